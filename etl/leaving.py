"""Who is left out of everything, and how does a person leave the vault?

A person who was forgotten is known only by a tombstone: the keyed digest of the practice's number. A person who opted
out of analytics is known only by the practice's own list. Rows of either are dropped by policy; rows in the vault go.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

from collections.abc import Iterable

import duckdb

from deid.pseudonyms import lookup_sql
from etl.canonical import TABLES, Kind, Table
from etl.known import people_columns
from etl.vault_rows import SEALED, WAITING

QUOTES, CODINGS = "quote_review", "coding"  # what people decided on comments, and read in them
FORGOTTEN = "forgotten"
OPTED_OUT = "opted_out_of_analytics"
PERSONAL = (FORGOTTEN, OPTED_OUT)  # reasons that are about a person: published only where there are enough of them
ANALYTICS = "opted_out_analytics"  # temporary: patient_id as the practice writes it


def find(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> bool:
    """Make left_out(patient_id, reason): the patients of this export who are left out. Is there any?"""
    con.execute("CREATE OR REPLACE TEMP TABLE left_out (patient_id VARCHAR, reason VARCHAR)")
    named = " UNION ".join(
        f"SELECT {name} AS patient_id FROM conformed_{table.name}"
        for table in tables
        for name in people_columns(table.name)
    )
    if not named:
        return False
    if _count(con, "vault.tombstone"):
        con.execute(
            f"INSERT INTO left_out SELECT patient_id, '{FORGOTTEN}' FROM ({named}) WHERE patient_id IS NOT NULL "
            f"AND {lookup_sql('patient', 'patient_id')} IN (SELECT lookup FROM vault.tombstone)"
        )
    con.execute(
        f"INSERT INTO left_out SELECT patient_id, '{OPTED_OUT}' FROM {ANALYTICS} "
        "WHERE patient_id NOT IN (SELECT patient_id FROM left_out)"
    )
    return bool(_count(con, "left_out"))


def drop(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Drop the rows of those left out from every table, those that only point to their appointments included."""
    for table in tables:
        for name, whose in _ways(table, {each.name for each in tables}):
            con.execute(
                f"INSERT INTO dropped_{table.name} SELECT c.source_row, any_value(l.reason) "
                f"FROM conformed_{table.name} c JOIN ({whose}) l ON l.number = c.{name} "
                f"ANTI JOIN bad_{table.name} b ON b.source_row = c.source_row "
                f"ANTI JOIN dropped_{table.name} d ON d.source_row = c.source_row GROUP BY c.source_row"
            )


def people(con: duckdb.DuckDBPyConnection, table: Table, read: set[str]) -> dict[str, int]:
    """How many people are the dropped rows of this table about, reason by reason?"""
    found: dict[str, int] = {}
    for name, whose in _ways(table, read):
        rows = con.execute(
            f"SELECT d.reason, count(DISTINCT l.patient_id) FROM dropped_{table.name} d "
            f"JOIN conformed_{table.name} c ON c.source_row = d.source_row JOIN ({whose}) l ON l.number = c.{name} "
            f"WHERE d.reason IN ({', '.join(repr(reason) for reason in PERSONAL)}) GROUP BY 1"
        ).fetchall()
        found |= dict(rows)
    return found


def to_remove(con: duckdb.DuckDBPyConnection) -> bool:
    """Make leaving(id): everybody in the vault who was forgotten or is on the list of today. Is there anybody?"""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE leaving AS SELECT id FROM vault.identity WHERE kind = 'patient' AND lookup IN ("
        f"SELECT {lookup_sql('patient', 'patient_id')} FROM {ANALYTICS} UNION ALL SELECT lookup FROM vault.tombstone)"
    )
    return bool(_count(con, "leaving"))


def remove(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Take everybody in `leaving` out of every table of the vault, rows that wait and decisions on quotes included.

    Remembers how many rows went (`vault.removed`) until no kept release counts them any more.
    """
    present = _present(con)
    gone: dict[str, int] = {}
    _remove_dependents(con, present, gone)
    for table in TABLES.values():
        for name in people_columns(table.name):
            for held in (table.name, WAITING) if table.name == SEALED else (table.name,):
                if held in present:
                    _delete(con, gone, table.name, f"DELETE FROM vault.{held} WHERE {name} IN (SELECT id FROM leaving)")
    con.execute("DELETE FROM vault.identity WHERE id IN (SELECT id FROM leaving)")
    for name in (QUOTES, CODINGS):
        gone.pop(name, None)
    con.executemany("INSERT INTO vault.removed VALUES (?, ?)", [list(pair) for pair in gone.items()] or [[SEALED, 0]])
    con.execute("DROP TABLE leaving")
    return gone


def removed(con: duckdb.DuckDBPyConnection) -> dict[str, int] | None:
    """How many rows left the vault that kept releases may still count? None where there are none."""
    rows = con.execute("SELECT table_name, sum(rows)::BIGINT FROM vault.removed GROUP BY 1").fetchall()
    return dict(rows) if rows else None


def settled(con: duckdb.DuckDBPyConnection) -> None:
    """No kept release counts them any more."""
    con.execute("DELETE FROM vault.removed")


def _ways(table: Table, read: set[str]) -> list[tuple[str, str]]:
    """By which columns does a row of this table concern a patient? (column, SQL: number, patient_id, reason)."""
    direct = people_columns(table.name)
    if direct:
        return [(name, "SELECT patient_id AS number, patient_id, reason FROM left_out") for name in direct]
    return [
        (
            column.name,
            f"SELECT r.{TABLES[column.refers_to].key[0]} AS number, l.patient_id, l.reason "
            f"FROM conformed_{column.refers_to} r JOIN left_out l ON l.patient_id = r.{owner}",
        )
        for column in table.columns
        if column.kind is Kind.RECORD_KEY and column.refers_to in read
        for owner in people_columns(column.refers_to)
    ]


def _remove_dependents(con: duckdb.DuckDBPyConnection, present: frozenset[str], gone: dict[str, int]) -> None:
    """Rows that name no patient but point to a record of one: forecasts of an appointment, decisions on a comment."""
    pointing = [
        (table.name, column.name, column.refers_to)
        for table in TABLES.values()
        for column in table.columns
        if column.kind is Kind.RECORD_KEY and column.refers_to in TABLES and not people_columns(table.name)
    ]
    for name, column, target in [*pointing, *((name, "feedback_id", "feedback") for name in (QUOTES, CODINGS))]:
        places = [held for held in ((target, WAITING) if target == SEALED else (target,)) if held in present]
        for owner in people_columns(target):
            for held in places if name in present else ():
                records = f"SELECT {TABLES[target].key[0]} FROM vault.{held} WHERE {owner} IN (SELECT id FROM leaving)"
                _delete(con, gone, name, f"DELETE FROM vault.{name} WHERE {column} IN ({records})")


def _delete(con: duckdb.DuckDBPyConnection, gone: dict[str, int], table: str, statement: str) -> None:
    row = con.execute(statement).fetchone()
    if row and row[0]:
        gone[table] = gone.get(table, 0) + int(row[0])


def _present(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    found = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'vault'").fetchall()
    return frozenset(name for (name,) in found)


def _count(con: duckdb.DuckDBPyConnection, name: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row else 0
