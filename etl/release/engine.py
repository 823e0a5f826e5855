"""How does a release reach the vault's tables, whichever engine holds them?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd

MEBIBYTES = {"MiB": 1, "GiB": 1024, "TiB": 1024**2}
LEAST_ROOM = 256  # MiB the engine keeps


def backend_of(vault: Any) -> Any:
    """An Ibis backend over the vault: a backend as it is, or one made from an open DuckDB connection."""
    return ibis.duckdb.from_connection(vault) if isinstance(vault, duckdb.DuckDBPyConnection) else vault


def table(backend: Any, name: str) -> ir.Table:
    """One table of the vault."""
    return backend.table(name, database=("vault", "main"))


def empty(rows: ir.Table) -> bool:
    """Is there no row at all? Asked before much is read for the sake of a table that no export gives."""
    return int(rows.limit(1).count().execute()) == 0


@contextmanager
def giving_room(backend: Any) -> Iterator[None]:
    """Holds DuckDB to half of its memory for as long as the block runs, in which many rows are taken out of it."""
    if backend.name != "duckdb":
        yield
        return
    (limit,) = backend.con.execute("SELECT current_setting('memory_limit')").fetchone()
    number, unit = limit.split()
    mebibytes = float(number) * MEBIBYTES.get(unit, 0)
    with suppress(duckdb.Error):  # what it holds at the moment may not fit into less: then it keeps what it has
        if mebibytes / 2 >= LEAST_ROOM:
            backend.con.execute(f"SET memory_limit = '{mebibytes / 2:.2f} MiB'")
    try:
        yield
    finally:
        backend.con.execute(f"SET memory_limit = '{limit}'")


def small(rows: pd.DataFrame) -> ir.Table:
    """A small frame of settings or groups as a table to join with. Never rows about people."""
    return ibis.memtable(rows)


def distinct_patients(rows: ir.Table, *by: str) -> pd.DataFrame:
    """How many different patients does each group hold? Groups without any are absent.

    Counting the rows of a distinct selection is several times faster than counting distinct values.
    """
    people = rows.select("patient_id", *by).distinct()
    return people.group_by(list(by)).aggregate(patients=ibis._.count()).to_pandas()
