"""What does a table look like as a whole? Counts from the engine, for the gate to judge and the next run to compare."""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb

from etl.canonical import Kind, Table, vault_columns
from etl.report import ROWS_SHOWN, TableReport

WORD_ROWS = 11  # a word in fewer rows could be about one person: counted, never shown or kept
WORDS_KEPT = 200


@dataclass(frozen=True)
class Profile:
    """One table after the row rules. missing: kept rows without a value; words: rows of each word (11 or more)."""

    table: str
    read: int
    kept: int
    missing: dict[str, int]
    words: dict[str, dict[str, int]]

    def missing_share(self, column: str) -> float | None:
        """Which share of the kept rows has no value here? None where there are no rows or no such column."""
        return self.missing[column] / self.kept if self.kept and column in self.missing else None


def reconcile(con: duckdb.DuckDBPyConnection, table: Table, rows_read: int, until: date) -> TableReport:
    """Where did every row of this table go?

    until: the day of the export; `latest_on` looks no further.
    Raises RuntimeError where read = kept + quarantined + dropped does not hold.
    """
    quarantined, first_rows = _reasons(con, table)
    day = _day_column(table)
    latest = f"max({day}) FILTER ({day} <= ?)" if day else "NULL::DATE"
    kept, latest_on = _one(con, f"SELECT count(*), {latest} FROM good_{table.name}", [until] if day else [])
    dropped_for = dict(
        con.execute(
            f"SELECT reason, count(*) FROM (SELECT reason FROM dropped_{table.name} "
            f"UNION ALL SELECT reason FROM left_out_{table.name}) GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
    )
    dropped = sum(dropped_for.values())
    found = kept + dropped + sum(quarantined.values())
    if found != rows_read:
        raise RuntimeError(
            f"{table.name}: {rows_read:,} rows were read but {found:,} are accounted for. Nothing was written; "
            "this is a fault of Rapport: please report it."
        )
    return TableReport(
        table.name,
        rows_read,
        kept,
        quarantined,
        dropped,
        latest_on=latest_on,
        first_rows=first_rows,
        dropped_for=dropped_for,
    )


def take(con: duckdb.DuckDBPyConnection, table: Table, report: TableReport) -> Profile:
    """Count the missing values and the words of the kept rows: a pass each, and one per column of open vocabulary."""
    names = [_day_or_value(name, column.kind) for name, _, column in vault_columns(table)]
    names = list(dict.fromkeys(names))
    counts = _one(con, f"SELECT {', '.join(f'count({name})' for name in names)} FROM good_{table.name}")
    missing = {name: report.kept - present for name, present in zip(names, counts, strict=True)}
    told = [column for column in table.columns if column.kept and column.kind is Kind.WORD]
    closed = _together(con, table, [column.name for column in told if column.allowed])
    words = {c.name: closed[c.name] if c.allowed else _words(con, table, c.name) for c in told}
    return Profile(table.name, report.read, report.kept, missing, words)


def to_text(profiles: list[Profile]) -> str:
    """The profiles as kept in the vault beside their run."""
    return json.dumps([asdict(profile) for profile in profiles])


def from_text(text: str) -> dict[str, Profile]:
    """The profiles of an earlier run, by table."""
    return {entry["table"]: Profile(**entry) for entry in json.loads(text)}


def _day_or_value(name: str, kind: Kind) -> str:
    """Of a timestamp the day is counted: the moment is missing on purpose where only days are known."""
    return f"{name.removesuffix('_at')}_on" if kind is Kind.TIMESTAMP and name.endswith("_at") else name


def _day_column(table: Table) -> str | None:
    """By which day is a row dated? The first required one."""
    for column in table.columns:
        if column.required and column.kind in (Kind.TIMESTAMP, Kind.DATE):
            return column.day if column.kind is Kind.TIMESTAMP else column.name
    return None


def _reasons(con: duckdb.DuckDBPyConnection, table: Table) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    found = con.execute(
        f"SELECT reason, count(*), min(source_row, {ROWS_SHOWN}) FROM ("
        f"SELECT source_row, reason FROM rejected_{table.name} "
        f"UNION ALL SELECT source_row, reason FROM bad_{table.name}"
        ") GROUP BY reason ORDER BY 2 DESC, 1"
    ).fetchall()
    return {reason: n for reason, n, _ in found}, {reason: tuple(rows) for reason, _, rows in found}


def _together(con: duckdb.DuckDBPyConnection, table: Table, columns: list[str]) -> dict[str, dict[str, int]]:
    """The words of several columns of closed vocabulary; what occurs together is few enough to be counted at once."""
    if not columns:
        return {}
    counts: dict[str, Counter[str]] = {column: Counter() for column in columns}
    query = f"SELECT {', '.join(columns)}, count(*) FROM good_{table.name} GROUP BY ALL"
    for *words, rows in con.execute(query).fetchall():
        for column, word in zip(columns, words, strict=True):
            counts[column].update({} if word is None else {word: rows})
    return {column: _most(found) for column, found in counts.items()}


def _most(found: Mapping[str, int]) -> dict[str, int]:
    often = [(word, rows) for word, rows in found.items() if rows >= WORD_ROWS]
    return dict(sorted(often, key=lambda each: (-each[1], each[0]))[:WORDS_KEPT])


def _words(con: duckdb.DuckDBPyConnection, table: Table, column: str) -> dict[str, int]:
    return dict(
        con.execute(
            f"SELECT {column}, count(*) FROM good_{table.name} WHERE {column} IS NOT NULL GROUP BY 1 "
            f"HAVING count(*) >= {WORD_ROWS} ORDER BY 2 DESC, 1 LIMIT {WORDS_KEPT}"
        ).fetchall()
    )


def _one(con: duckdb.DuckDBPyConnection, query: str, values: list[object] | None = None) -> tuple[Any, ...]:
    row = con.execute(query, values or []).fetchone()
    if row is None:
        raise RuntimeError("a count gave no answer")
    return row
