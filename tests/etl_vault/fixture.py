"""Conformed tables made by hand, as the sources would leave them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb

from etl.canonical import TABLES, Kind, vault_columns
from etl.conform.carried import TEXTS, scrubbed

FIRST_DAY = date(2024, 1, 1)


def conformed(con: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> int:
    """Make `conformed_<name>` and an empty `rejected_<name>`; columns not named in a row are null."""
    table = TABLES[name]
    columns = [("source_row", "BIGINT"), ("reason", "VARCHAR")]
    for column_name, sql_type, column in vault_columns(table):
        natural = column.kind in (Kind.RECORD_KEY, Kind.PERSON_KEY)
        columns.append((column_name, "VARCHAR" if natural else sql_type))
    if scrubbed(table):
        columns.append((TEXTS, "UBIGINT"))
    con.execute(f"CREATE OR REPLACE TEMP TABLE conformed_{name} ({', '.join(f'{n} {t}' for n, t in columns)})")
    for kind in ("rejected", "left_out"):
        con.execute(f"CREATE OR REPLACE TEMP TABLE {kind}_{name} (source_row BIGINT, reason VARCHAR)")
    values = [{"source_row": place} | row for place, row in enumerate(rows, 1)]
    marks = ", ".join("?" for _ in columns)
    if values:
        con.executemany(
            f"INSERT INTO conformed_{name} VALUES ({marks})", [[row.get(n) for n, _ in columns] for row in values]
        )
    return len(values)


def visit(number: int, **changes: Any) -> dict[str, Any]:
    """One plausible appointment."""
    row = {
        "appointment_id": f"A{number}",
        "patient_id": f"P{number % 40}",
        "site_id": ("north", "south")[number % 2],
        "booked_on": FIRST_DAY + timedelta(days=number % 300),
        "starts_on": FIRST_DAY + timedelta(days=number % 300 + 7),
        "status": ("attended", "attended", "no_show")[number % 3],
    }
    return row | changes
