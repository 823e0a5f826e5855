"""What do the published groups of a release add up to, and which weeks do they cover? Worked out as it is written.

A question about everything published then reads a row per site and stratum instead of one per week (the weeks in care
of a group are one row too): it costs the same however long and busy the practice, and however far care is followed.
Made from the released cells alone, in the transaction that writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Column, Connection, Date, Integer, Table, Text, select

from warehouse.adding import GROUP, derived, sums
from warehouse.columns import keys
from warehouse.families import PARTS, PERIOD_FAMILIES
from warehouse.family_totals import FAMILY_TOTALS, add_families
from warehouse.schema import (
    ATTENDANCE_CELLS,
    ATTENDANCE_COUNTS,
    RELEASE,
    RETENTION_CELLS,
    RETENTION_COUNTS,
    WEEKS,
)

FIRST_WEEKS = 12  # of retention_cells: later weeks in care are published per twelve weeks, whatever the period of these
PART = " | "  # between the keys that make a group of its own: "PHQ-9 | total"
FIRST_VISITS = ("starts_followed", "left_after_first")  # counts of week 0 alone
BY_WEEK = tuple(name for name in RETENTION_COUNTS if name not in FIRST_VISITS)


ATTENDANCE_TOTALS = derived(
    "attendance_totals",
    *keys(*GROUP),
    *(Column(name, BigInteger) for name in ATTENDANCE_COUNTS if name != "patients"),  # distinct patients do not add
)

RETENTION_TOTALS = derived(
    "retention_totals",
    *keys(*GROUP),
    *(Column(name, Text, nullable=False) for name in BY_WEEK),  # [week 0, week 1, ...]; null: that week is withheld
    *(Column(name, BigInteger) for name in FIRST_VISITS),
)

RELEASED_SPANS = derived(  # a run of periods of one length, one after the other, of one state
    "released_spans",
    *keys("stratifier", "table_name", "part", "site", "state", "grain"),  # part: "" where the table has none
    Column("period_start", Date, primary_key=True),
    Column("periods", Integer, nullable=False),
)

DERIVED_TABLES = (ATTENDANCE_TOTALS, RETENTION_TOTALS, *FAMILY_TOTALS.values(), RELEASED_SPANS)


def add_up(connection: Connection, release_id: int) -> None:
    """Works out the derived tables of a release whose cells are written."""
    _add_attendance(connection, release_id)
    _add_retention(connection, release_id)
    add_families(connection, release_id)
    for source in (ATTENDANCE_CELLS, RETENTION_CELLS, *PERIOD_FAMILIES):
        spans = [{"release_id": release_id, **span} for span in _spans(connection, release_id, source)]
        if spans:
            connection.execute(RELEASED_SPANS.insert(), spans)


def complete(connection: Connection) -> None:
    """Works them out for releases written before these tables were there."""
    known = select(RELEASED_SPANS.c.release_id)
    for release_id in connection.execute(select(RELEASE.c.id).where(RELEASE.c.id.not_in(known))).scalars().all():
        add_up(connection, release_id)


def by_week(column: Iterable[str], weeks: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The first `weeks` weeks in care of one column of retention_totals, a line per group; nan where not published."""
    found = json.loads(f"[{','.join(column)}]")
    rows = [counts[:weeks] + [None] * (weeks - len(counts)) for counts in found]
    return np.array(rows, dtype=np.float64).reshape(len(rows), weeks)


def _add_attendance(connection: Connection, release_id: int) -> None:
    counts = [column.name for column in ATTENDANCE_TOTALS.columns if not column.primary_key]
    chosen = sums(ATTENDANCE_CELLS, release_id, GROUP, counts)
    connection.execute(ATTENDANCE_TOTALS.insert().from_select(["release_id", *GROUP, *counts], chosen))


def _add_retention(connection: Connection, release_id: int) -> None:
    """A row per group: its weeks in care in order, and null for one of which nothing is published."""
    own = (*GROUP, "week_in_care")
    found = connection.execute(sums(RETENTION_CELLS, release_id, own, RETENTION_COUNTS).order_by(*own)).mappings().all()
    rows = [
        {
            "release_id": release_id,
            **dict(zip(GROUP, group, strict=True)),
            **_packed({int(one["week_in_care"]): dict(one) for one in weeks}),
        }
        for group, weeks in groupby(found, key=lambda row: tuple(row[name] for name in GROUP))
    ]
    if rows:
        connection.execute(RETENTION_TOTALS.insert(), rows)


def _packed(weeks: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """The counts of one group, those by week in care as a list."""
    places = range(max(weeks) + 1)
    lists = {name: [int(weeks[place][name]) if place in weeks else None for place in places] for name in BY_WEEK}
    first = {name: int(sum(week[name] for week in weeks.values())) for name in FIRST_VISITS}
    return {name: json.dumps(counts) for name, counts in lists.items()} | first


def _spans(connection: Connection, release_id: int, source: Table) -> Iterator[dict[str, Any]]:
    parts, names = PARTS.get(source.name, ()), ("stratifier", "site", "state", "grain")
    named = [source.c[name] for name in (*parts, *names)]
    query = select(*named, source.c.period_start).distinct().where(source.c.release_id == release_id)
    if source is RETENTION_CELLS:
        query = query.where(source.c.week_in_care < FIRST_WEEKS)
    rows = [tuple(row) for row in connection.execute(query.order_by(*named, source.c.period_start))]
    for words, group in groupby(rows, key=lambda row: row[:-1]):
        part, rest = PART.join(words[: len(parts)]), words[len(parts) :]
        known = {"table_name": source.name, "part": part, **dict(zip(names, rest, strict=True))}
        for start, periods in _runs([row[-1] for row in group], WEEKS[known["grain"]]):
            yield {**known, "period_start": start, "periods": periods}


def _runs(days: list[date], weeks: int) -> Iterator[tuple[date, int]]:
    """(first, how many) of the unbroken runs of these days, ascending, so many weeks apart."""
    step = timedelta(weeks=weeks)
    first, count = days[0], 1
    for day in days[1:]:
        if day == first + count * step:
            count += 1
        else:
            yield first, count
            first, count = day, 1
    yield first, count
