"""Which columns are read for the length of one run only, and kept by nobody?

A patient's direct identifiers, to find them in texts and to sweep for them at the end; a text that is to be scrubbed.
They stay in temporary tables of the engine, which spills encrypted, and are never part of a conformed table.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

import duckdb

from etl.canonical import Column, Kind, Privacy, Table

REDUCED = ("birth_date", "postal_code")  # kept in a reduced form; what is written is an identifier
TEXTS = "_texts"  # beside a conformed row: the hash of its texts, to tell two rows apart


def scrubbed(table: Table) -> tuple[Column, ...]:
    """Which texts of this table are kept once what identifies is out of them?"""
    return tuple(column for column in table.columns if column.scrubbed)


def carried(column: Column) -> bool:
    """Is this column read as it is written, for the length of the run?"""
    return column.privacy is Privacy.DIRECT or column.scrubbed or column.name in REDUCED


def own(name: str) -> str:
    """By which name does the scanned table hold the written value?"""
    return f"_own_{name}"


def own_view(con: duckdb.DuckDBPyConnection, table: Table, present: frozenset[str], number: str) -> None:
    """Make own_<table>: source_row, the keys of persons, and every carried column of this export as it is written."""
    names = [column.name for column in table.columns if carried(column)]
    if not names:
        return
    people = [column.name for column in table.columns if column.kind is Kind.PERSON_KEY and column.kept]
    values = [f"{own(name) if own(name) in present else 'NULL::VARCHAR'} AS {name}" for name in names]
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW own_{table.name} AS SELECT CAST({number} AS BIGINT) AS source_row, "
        f"{', '.join([*people, *values])} FROM scanned_{table.name} WHERE NOT _nul_bytes"
    )


def texts_hash(table: Table, present: frozenset[str]) -> str:
    """SQL of the column TEXTS where this table has texts to scrub; else nothing."""
    found = scrubbed(table)
    if not found:
        return ""
    return f"hash([{', '.join(own(c.name) if own(c.name) in present else 'NULL' for c in found)}]) AS {TEXTS}, "
