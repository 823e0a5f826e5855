"""Which random number does each person of this export have, and who is new?"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb
import numpy as np
import pandas as pd

from deid.pseudonyms import lookup_sql, random_ids
from etl.canonical import Column, Kind, Table

KINDS = ("patient", "clinician")


def give_ids(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> int:
    """Make `person_<kind>(written, id)` for everybody the good rows name; how many were new?

    A person the vault knows keeps the number; a new one gets a random number. The vault keeps only the keyed digest of
    the practice's number, and its rows in the order of the random numbers: arrival leaves no trace.
    """
    read = list(tables)
    return sum(_give_ids_of(con, kind, list(_places(read, kind))) for kind in KINDS)


def person_columns(table: Table) -> Iterator[Column]:
    """Which columns of this table say who?"""
    return (column for column in table.columns if column.kept and column.kind is Kind.PERSON_KEY)


def _places(tables: Iterable[Table], kind: str) -> Iterator[tuple[Table, Column]]:
    for table in tables:
        for column in person_columns(table):
            if column.identifies == kind:
                yield table, column


def _give_ids_of(con: duckdb.DuckDBPyConnection, kind: str, places: list[tuple[Table, Column]]) -> int:
    named = " UNION ALL ".join(
        f"SELECT {column.name} AS written FROM good_{table.name} WHERE {column.name} IS NOT NULL"
        for table, column in places
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE named AS SELECT written, {lookup_sql(kind, 'written')} AS lookup "
        f"FROM (SELECT DISTINCT written FROM ({named or 'SELECT NULL::VARCHAR AS written LIMIT 0'}))"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE person_{kind} AS SELECT n.written, i.id FROM named n "
        f"JOIN vault.identity i ON i.kind = '{kind}' AND i.lookup = n.lookup"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE newcomer AS SELECT n.*, row_number() OVER () AS position "
        "FROM named n ANTI JOIN vault.identity i ON i.lookup = n.lookup"
    )
    return _welcome(con, kind)


def _welcome(con: duckdb.DuckDBPyConnection, kind: str) -> int:
    row = con.execute("SELECT count(*) FROM newcomer").fetchone()
    count = row[0] if row else 0
    if count:
        taken = con.execute("SELECT id FROM vault.identity").fetchdf()["id"].to_numpy(np.int64)
        ids = random_ids(count, taken)
        con.register("drawn", pd.DataFrame({"position": range(1, count + 1), "id": ids}))
        con.execute(
            f"INSERT INTO vault.identity SELECT '{kind}', n.lookup, d.id FROM newcomer n "
            "JOIN drawn d USING (position) ORDER BY d.id"
        )
        con.execute(f"INSERT INTO person_{kind} SELECT n.written, d.id FROM newcomer n JOIN drawn d USING (position)")
        con.unregister("drawn")
    con.execute("DROP TABLE newcomer; DROP TABLE named")
    return count
