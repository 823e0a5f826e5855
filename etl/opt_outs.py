"""Who asked to be left out of the analytics, or not to be touched by automation?

Two lists of the practice, each a CSV beside the toml with the practice's patient numbers. A list that is configured and
cannot be read in full stops the ingest: a person who opted out must not be counted because of a damaged file.

A list may say since when (`since`). From the analytics a person is left out with everything, whenever they asked: what
was published before stays lawful (45 CFR 164.508(b)(5), PHIPA s. 19(1): a withdrawal is not retroactive), but every
ingest counts anew, and that would be a new use. What automation did before they asked is not against their wish.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

import csv
import hashlib
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from etl.canonical import TABLES
from etl.conform import values
from etl.errors import InputError
from etl.known import people_columns
from etl.leaving import ANALYTICS
from etl.mapping import nearest
from etl.settings import IngestSettings, OptOutList

AUTOMATION = "opted_out_automation"  # temporary: patient_id as the practice writes it
_TOUCHED = {  # when has automation touched somebody, and on which day?
    "appointment": ("(len(exposed) > 0 OR booked_via = 'automation')", "starts_on"),
    "contact": ("automated", "sent_on"),
    "crisis_signal": ("(detected_by = 'automation' OR closed_by = 'automation')", "coalesce(closed_on, detected_on)"),
}


@dataclass(frozen=True)
class Asked:
    """One row of a list: its number under the header, the patient's as written, and since when (None: always)."""

    row: int
    raw: str
    since: date | None


@dataclass(frozen=True)
class Touched:
    """Rows in which automation touched people who had asked that it should not."""

    rows: int
    people: int


def fingerprint(settings: IngestSettings) -> list[str]:
    """What do the lists say today? One digest a list; "" where none is configured. Raises InputError."""
    lists = (settings.privacy.opt_out_analytics, settings.privacy.opt_out_automation)
    return [hashlib.sha256(_bytes(settings.base_dir, chosen)).hexdigest() if chosen else "" for chosen in lists]


def look(settings: IngestSettings) -> None:
    """Can both lists be read to their last row? Keeps nothing. Raises InputError as an ingest would."""
    for chosen in (settings.privacy.opt_out_analytics, settings.privacy.opt_out_automation):
        if chosen:
            deque(_asked(settings, chosen), maxlen=0)


def read(con: duckdb.DuckDBPyConnection, settings: IngestSettings) -> None:
    """Make opted_out_analytics and opted_out_automation (patient_id, since); empty where no list is named.

    since: the first day; NULL where one row of that person gives none.

    Raises InputError with the list, the row and what to do where a list cannot be read to its last row.
    """
    for table, chosen in (
        (ANALYTICS, settings.privacy.opt_out_analytics),
        (AUTOMATION, settings.privacy.opt_out_automation),
    ):
        asked = list(_asked(settings, chosen)) if chosen else []
        days = [each.since.isoformat() if each.since else None for each in asked]
        listed = {"row": [each.row for each in asked], "raw": [each.raw for each in asked], "since": days}
        con.register("listed", pd.DataFrame(listed, dtype=object))
        key = TABLES["patient"].column("patient_id")
        number = values.read(key, "raw", {}, None).outputs["patient_id"]
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {number} AS patient_id, min(row) AS row, "
            "CASE WHEN count(since) = count(*) THEN min(since) END AS since FROM (SELECT row::BIGINT AS row, "
            "raw::VARCHAR AS raw, since::VARCHAR::DATE AS since FROM listed) GROUP BY 1"
        )
        con.unregister("listed")
        bad = con.execute(f"SELECT row FROM {table} WHERE patient_id IS NULL").fetchone()
        if bad and chosen:
            raise InputError(
                f"{chosen.file}: the number in row {bad[0]} was rounded by a spreadsheet and cannot be told any more: "
                "write it as text. Nothing is read until the list is whole."
            )
        con.execute(f"ALTER TABLE {table} DROP COLUMN row")


def touched(con: duckdb.DuckDBPyConnection, name: str) -> Touched:
    """In how many good rows of this table did automation touch people who had asked that it should not?"""
    if name not in _TOUCHED:
        return Touched(0, 0)
    (who,) = people_columns(name)
    touched, day = _TOUCHED[name]
    row = con.execute(
        f"SELECT count(*), count(DISTINCT {who}) FROM good_{name} AS rows WHERE {touched} AND EXISTS (SELECT 1 FROM "
        f"{AUTOMATION} AS asked WHERE asked.patient_id = rows.{who} AND coalesce({day} >= asked.since, true))"
    ).fetchone() or (0, 0)
    return Touched(*map(int, row))


def notes(con: duckdb.DuckDBPyConnection, names: set[str]) -> list[str]:
    """How many people are on each list, and how many of them does the export know? Nothing where a list is empty."""
    told: list[str] = []
    sources = [f"SELECT {who} AS patient_id FROM conformed_{name}" for name in names for who in people_columns(name)]
    for table, what in ((ANALYTICS, "analytics"), (AUTOMATION, "automation")):
        (listed,) = con.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
        if listed and sources:
            (known,) = con.execute(
                f"SELECT count(*) FROM {table} WHERE patient_id IN ({' UNION '.join(sources)})"
            ).fetchone() or (0,)
            told.append(f"Opted out of {what}: {listed:,} on the list, {known:,} of them in the exports.")
    return told


def _asked(settings: IngestSettings, chosen: OptOutList) -> Iterator[Asked]:
    """Every row of a list. An empty line is none; an empty number, or a day that cannot be read, is a fault."""
    try:
        text = _bytes(settings.base_dir, chosen).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{chosen.file} is not UTF-8 text: save the list as CSV in UTF-8.") from None
    if "\0" in text:
        raise InputError(f"{chosen.file} holds NUL characters: save the list as CSV in UTF-8.")
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        place = _place(chosen, chosen.column, header)
        dated = None if chosen.since is None else _place(chosen, chosen.since, header)
        for number, row in enumerate(rows, start=1):
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header) or not row[place].strip():
                raise InputError(
                    f'{chosen.file}: row {number} has no number in "{chosen.column}". Complete or remove the row; '
                    "nothing is read until the list is whole."
                )
            since = None if dated is None else _since(settings, chosen, number, row[dated])
            yield Asked(number, row[place].strip(), since)
    except csv.Error:
        raise InputError(
            f"{chosen.file} cannot be read after row {rows.line_num - 1} (an open quote?): mend it."
        ) from None


def _place(chosen: OptOutList, column: str, header: list[str]) -> int:
    if column not in header:
        has = ", ".join(f'"{name}"' for name in header[:20])
        raise InputError(f'{chosen.file}: there is no column "{column}".{nearest(column, header)} It has: {has}.')
    return header.index(column)


def _since(settings: IngestSettings, chosen: OptOutList, number: int, written: str) -> date | None:
    """The day on which somebody asked; None where the field is empty. A day to come would leave them in until then."""
    if not written.strip():
        return None
    try:
        day = date.fromisoformat(written.strip())
    except ValueError:
        raise InputError(
            f'{chosen.file}: row {number} has no day in "{chosen.since}": write it as 2026-01-31, or leave it empty. '
            "Nothing is read until the list is whole."
        ) from None
    if day > datetime.now(ZoneInfo(settings.timezone)).date():
        raise InputError(
            f'{chosen.file}: row {number} has a day in "{chosen.since}" that is still to come: write the day on which '
            "they asked."
        )
    return day


def _bytes(base_dir: Path, chosen: OptOutList) -> bytes:
    try:
        return (base_dir / chosen.file).read_bytes()
    except OSError as fault:
        raise InputError(
            f"The opt-out list {base_dir / chosen.file} cannot be read ({fault.strerror}). Nothing is read without it: "
            "put it there, or take it out of [privacy] if nobody is on it."
        ) from None
