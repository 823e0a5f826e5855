"""How do the good rows of a table enter the vault? Same row: untouched. Corrected row: replaced. Late row: added.

A row of a published period that is new or changed waits beside the table until published periods are made anew:
otherwise two releases, a week apart, would differ by that one person.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

from datetime import date

import duckdb

from deid.pseudonyms import record_sql
from etl.canonical import TABLES, Column, Kind, Table, vault_columns
from etl.texts import EMPTY, text_columns
from etl.vault_people import person_columns

SEALED = "appointment"  # the table published periods are counted from
SEALED_DAY = "starts_on"
WAITING = f"waiting_{SEALED}"


def make_tables(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make this table in the vault where it is missing."""
    columns = ", ".join(f"{name} {sql_type}" for name, sql_type in stored_columns(table))
    names = (table.name, WAITING) if table.name == SEALED else (table.name,)
    for name in names:
        con.execute(f"CREATE TABLE IF NOT EXISTS vault.{name} ({columns}, row_hash UBIGINT, changed_in INTEGER)")


def renew_hashes(con: duckdb.DuckDBPyConnection, present: frozenset[str]) -> None:
    """Bring the tables of an older version to today's columns and hashes, so that nothing looks changed."""
    for name in present & {*TABLES, WAITING}:
        table = TABLES[SEALED if name == WAITING else name]
        for column, sql_type in stored_columns(table):
            con.execute(f"ALTER TABLE vault.{name} ADD COLUMN IF NOT EXISTS {column} {sql_type}")
        con.execute(f"UPDATE vault.{name} SET row_hash = {_hash(table)}")


def stored_columns(table: Table) -> list[tuple[str, str]]:
    """Which columns does the vault hold, and of which type? What is left of a text comes last."""
    kept = [(name, sql_type) for name, sql_type, _ in vault_columns(table)]
    return kept + [(name, "VARCHAR") for name in text_columns(table)]


def find_arrived(con: duckdb.DuckDBPyConnection, table: Table, *, read: bool) -> None:
    """Make `arrived`: the keys of this export's good rows as the vault knows them; empty where it has no such table."""
    key = table.key[0]
    rows = f"SELECT {key} FROM ({_rows(table)})" if read else f"SELECT NULL::BIGINT AS {key} LIMIT 0"
    con.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS {rows}")


def renew_hashes_of(con: duckdb.DuckDBPyConnection, table: Table, run: int) -> None:
    """Bring the hashes up to rows that this run changed in the vault itself."""
    con.execute(f"UPDATE vault.{table.name} SET row_hash = {_hash(table)} WHERE changed_in = {run}")


def merge_waiting(con: duckdb.DuckDBPyConnection) -> int:
    """Let the rows in that waited for published periods to be made anew. How many?"""
    table = TABLES[SEALED]
    (count,) = con.execute(f"SELECT count(*) FROM vault.{WAITING}").fetchone() or (0,)
    if count:
        con.execute(f"DELETE FROM vault.{SEALED} WHERE {table.key[0]} IN (SELECT {table.key[0]} FROM vault.{WAITING})")
        names = _stored(table)
        con.execute(f"INSERT INTO vault.{SEALED} ({names}) SELECT {names} FROM vault.{WAITING}")
        con.execute(f"DELETE FROM vault.{WAITING}")
    return int(count)


def write(con: duckdb.DuckDBPyConnection, table: Table, run: int, sealed_before: date | None) -> int:
    """Bring the good rows of one table into the vault. How many were new or different?

    sealed_before: rows of `appointment` that begin, or began before the correction, earlier than this day wait.
    """
    seal = sealed_before if table.name == SEALED else None
    if seal is None and _empty(con, table.name):
        names = _stored(table)
        added = con.execute(
            f"INSERT INTO vault.{table.name} ({names}) SELECT * EXCLUDE (source_row), {run} FROM ({_rows(table)})"
        ).fetchone()
        return int(added[0]) if added else 0
    _find_arriving(con, table)
    waited = _set_aside(con, seal, run) if table.name == SEALED else 0
    changed = _replace(con, table, run)
    con.execute("DROP TABLE arriving")
    return waited + changed


def waiting_rows(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    """How many rows of this table wait?"""
    return _count(con, f"vault.{WAITING}") if table.name == SEALED else 0


def _find_arriving(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    key = table.key[0]
    day = f"v.{SEALED_DAY}" if table.name == SEALED else "NULL"
    waits = f"OR n.{key} IN (SELECT {key} FROM vault.{WAITING})" if table.name == SEALED else ""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE arriving AS SELECT n.*, v.row_hash AS old_hash, {day} AS old_day "
        f"FROM ({_rows(table)}) n LEFT JOIN vault.{table.name} v ON v.{key} = n.{key} "
        f"WHERE v.row_hash IS DISTINCT FROM n.row_hash {waits}"
    )


def _set_aside(con: duckdb.DuckDBPyConnection, seal: date | None, run: int) -> int:
    """Move arriving rows of sealed periods to those that wait; how many of these are new or different?"""
    table = TABLES[SEALED]
    key, names = table.key[0], _stored(table)
    con.execute(f"DELETE FROM arriving a USING vault.{WAITING} w WHERE w.{key} = a.{key} AND w.row_hash = a.row_hash")
    gone = con.execute(f"DELETE FROM vault.{WAITING} WHERE {key} IN (SELECT {key} FROM arriving)").fetchone()
    back = con.execute("DELETE FROM arriving WHERE old_hash = row_hash").fetchone()
    if seal is None:
        return int(back[0]) if back and gone else 0
    sealed = f"({SEALED_DAY} < ? OR old_day < ?)"
    columns = ", ".join(name for name, _ in stored_columns(table))
    added = con.execute(
        f"INSERT INTO vault.{WAITING} ({names}) SELECT {columns}, row_hash, {run} FROM arriving WHERE {sealed}",
        [seal, seal],
    ).fetchone()
    con.execute(f"DELETE FROM arriving WHERE {sealed}", [seal, seal])
    return (int(added[0]) if added else 0) + (int(back[0]) if back else 0)


def _replace(con: duckdb.DuckDBPyConnection, table: Table, run: int) -> int:
    key, names = table.key[0], _stored(table)
    columns = ", ".join(name for name, _ in stored_columns(table))
    con.execute(
        f"DELETE FROM vault.{table.name} WHERE {key} IN (SELECT {key} FROM arriving WHERE old_hash IS NOT NULL)"
    )
    con.execute(f"INSERT INTO vault.{table.name} ({names}) SELECT {columns}, row_hash, {run} FROM arriving")
    return _count(con, "arriving")


def _rows(table: Table) -> str:
    """The good rows as the vault keeps them: persons by their random number, records by their keyed number."""
    values = [f"{_value(table, name, column)} AS {name}" for name, _, column in vault_columns(table)]
    values += [_text(name) for name in text_columns(table)]
    joins = " ".join(
        f"LEFT JOIN person_{column.identifies} by_{column.name} ON by_{column.name}.written = g.{column.name}"
        for column in person_columns(table)
    )
    if text_columns(table):
        joins += f" LEFT JOIN texts_{table.name} t ON t.source_row = g.source_row"
    names = ", ".join(name for name, _ in stored_columns(table))
    return (
        f"SELECT source_row, {names}, {_hash(table)} AS row_hash FROM "
        f"(SELECT g.source_row, {', '.join(values)} FROM good_{table.name} g {joins})"
    )


def _value(table: Table, name: str, column: Column) -> str:
    if column.kind is Kind.PERSON_KEY:
        return f"by_{name}.id"
    if column.kind is Kind.RECORD_KEY:
        return record_sql(column.refers_to or table.name, f"g.{name}")
    return f"g.{name}"


def _text(name: str) -> str:
    return f"coalesce(t.{name}, '{EMPTY}') AS {name}" if name.endswith("_state") else f"t.{name} AS {name}"


def _hash(table: Table) -> str:
    return f"hash({', '.join(name for name, _ in stored_columns(table))})"


def _stored(table: Table) -> str:
    return ", ".join([*(name for name, _ in stored_columns(table)), "row_hash", "changed_in"])


def _empty(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    return con.execute(f"SELECT 1 FROM vault.{name} LIMIT 1").fetchone() is None


def _count(con: duckdb.DuckDBPyConnection, name: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row else 0
