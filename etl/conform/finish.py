"""Is the table that came out believable, and how is it handed on?

What only the whole column can say is decided here: whether a column of times holds days alone, whether the mapping
itself is wrong (most rows hold the same unknown word), which rows are no record of this table.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations

from __future__ import annotations

from datetime import date

import duckdb

from etl.canonical import Kind, vault_columns
from etl.conform import carried, status
from etl.conform.plan import Plan
from etl.errors import InputError
from etl.mapping import nearest

MOST = 0.5  # above this share of rows the mapping is wrong, not the rows
ECHOED = 11  # a word that this many rows share is vocabulary, not one person's text
ENOUGH_ROWS = 11  # fewer rows are quarantined one by one


def finish(
    con: duckdb.DuckDBPyConnection, plan: Plan, number: str, *, where: str, today: date, late_cancel_hours: int
) -> int:
    """Make conformed_<table>, left_out_<table> and complete rejected_<table>. Returns the rows read.

    Raises InputError naming the file, the column, the first row and the nearest known word where the mapping is wrong.
    """
    table = plan.table
    scanned = f"scanned_{table.name}"
    con.execute(f"INSERT INTO rejected_{table.name} SELECT {number}, 'nul_bytes' FROM {scanned} WHERE _nul_bytes")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE left_out_{table.name} AS SELECT {number} AS source_row, _left_out AS reason "
        f"FROM {scanned} WHERE _left_out IS NOT NULL AND NOT _nul_bytes"
    )
    rows, refused = _one(con, f"SELECT count(*) FROM {scanned}"), _refused(con, table.name, where)
    day_only = {name for name in plan.times if not _one(con, f"SELECT count(*) FROM {scanned} WHERE _timed_{name}")}
    present = frozenset(plan.hidden)
    columns = _columns(plan, day_only, late_cancel_hours, today)
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW conformed_{table.name} AS SELECT CAST({number} AS BIGINT) AS source_row, "
        f"{columns}, {carried.texts_hash(table, present)}reason FROM {scanned} "
        "WHERE _left_out IS NULL AND NOT _nul_bytes"
    )
    carried.own_view(con, table, present, number)
    _refuse_wrong_mapping(con, plan, number, where)
    return rows + refused


def _columns(plan: Plan, day_only: set[str], late_cancel_hours: int, today: date) -> str:
    found: dict[str, str] = {}
    for name, _, column in vault_columns(plan.table):
        found[name] = name
        if column.name in day_only and column.kind is Kind.TIMESTAMP:
            written = f"_day_{column.name}"
            found[name] = "NULL::TIMESTAMP" if name == column.name else (written if written in plan.hidden else name)
    if plan.table.name == "appointment":
        found["status"] = status.settled("status", found, late_cancel_hours, today)
    return ", ".join(f"{sql} AS {name}" for name, sql in found.items())


def _refused(con: duckdb.DuckDBPyConnection, table: str, where: str) -> int:
    """How many lines are no rows. Raises InputError where most are: then it is the file."""
    refused = _one(con, f"SELECT count(*) FROM rejected_{table} WHERE reason <> 'nul_bytes'")
    rows = _one(con, f"SELECT count(*) FROM scanned_{table}")
    if refused > MOST * (rows + refused) and refused + rows >= ENOUGH_ROWS:
        reason, first = con.execute(
            f"SELECT reason, min(source_row) FROM rejected_{table} GROUP BY reason ORDER BY count(*) DESC"
        ).fetchall()[0]
        raise InputError(
            f"{where}: {refused:,} of {rows + refused:,} lines are no rows ({reason}, first in row {first}): "
            "check delimiter and encoding in rapport.toml, or export the file again"
        )
    return refused


def _refuse_wrong_mapping(con: duckdb.DuckDBPyConnection, plan: Plan, number: str, where: str) -> None:
    name = plan.table.name
    rows = _one(con, f"SELECT count(*) FROM conformed_{name}")
    for column in plan.table.columns:
        helper = f"_word_{column.name}"
        if helper in plan.hidden and rows > 1:
            found = con.execute(
                f"SELECT {helper}, count(*) AS n, min({number}) FROM scanned_{name} WHERE {helper} IS NOT NULL "
                "GROUP BY 1 ORDER BY n DESC LIMIT 1"
            ).fetchone()
            if found and found[1] > MOST * rows:
                raise InputError(_unknown_word(where, column.name, column.allowed, *found))
    reasons = con.execute(
        f"SELECT reason, count(*), min(source_row) FROM conformed_{name} WHERE reason IS NOT NULL GROUP BY 1"
    ).fetchall()
    for reason, count, first in reasons:
        if rows >= ENOUGH_ROWS and count > MOST * rows:
            raise InputError(_wrong_column(plan, where, reason, f"{count:,} of {rows:,} rows", first))


def _unknown_word(where: str, column: str, allowed: tuple[str, ...], word: str, count: int, first: int) -> str:
    shown = f'"{word}"' if count >= ECHOED else "the same unknown word"
    close = nearest(word, allowed) or f" Known words: {', '.join(allowed)}."
    return (
        f"{where}: {count:,} rows say {shown} for {column}, first in row {first}.{close} "
        f"Write what it means under values.{column} in rapport.toml."
    )


def _wrong_column(plan: Plan, where: str, reason: str, share: str, first: int) -> str:
    column = next((each.name for each in plan.table.columns if reason.startswith(f"{each.name}_")), "")
    advice = f"check columns.{column}"
    if column and plan.table.column(column).kind in (Kind.TIMESTAMP, Kind.DATE):
        advice = f'check columns.{column} and write formats.{column}, for example "%d/%m/%Y %H:%M"'
    return f"{where}: {share} cannot be read ({reason}, first in row {first}): {advice} in rapport.toml"


def add_sites(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Where no site table is declared, the sites are the words that other tables use for them."""
    con.execute(
        "CREATE TEMP TABLE IF NOT EXISTS conformed_site (source_row BIGINT, site_id VARCHAR, name VARCHAR, "
        "country VARCHAR, urban BOOLEAN, reason VARCHAR)"
    )
    con.execute(
        "INSERT INTO conformed_site SELECT (SELECT count(*) FROM conformed_site) "
        f"+ row_number() OVER (ORDER BY site_id), site_id, site_id, NULL, NULL, NULL "
        f"FROM (SELECT DISTINCT site_id FROM conformed_{table} "
        f"WHERE site_id IS NOT NULL) s WHERE site_id NOT IN (SELECT site_id FROM conformed_site)"
    )


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int((con.execute(query).fetchone() or (0,))[0])
