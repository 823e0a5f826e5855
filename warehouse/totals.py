"""What do the published groups of a release add up to, and which weeks do they cover? Worked out as it is written.

A question about everything published then reads a row per site and stratum instead of one per week: it costs the same
however long and busy the practice. Made from the released cells alone, in the transaction that writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    func,
    literal,
    select,
)

from warehouse.schema import (
    ATTENDANCE_CELLS,
    ATTENDANCE_COUNTS,
    METADATA,
    PUBLISHED,
    RELEASE,
    RETENTION_CELLS,
    RETENTION_COUNTS,
    WEEKS,
)

FIRST_WEEKS = 12  # of retention_cells: later weeks in care are published per twelve weeks, whatever the period of these
GROUP = ("stratifier", "site", "stratum")  # in this order: one split is read at a time


def _table(name: str, *columns: Column[Any]) -> Table:
    release = Column("release_id", Integer, ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    return Table(name, METADATA, release, *columns)


def _keys(*names: str) -> list[Column[str]]:
    return [Column(name, String, primary_key=True) for name in names]


ATTENDANCE_TOTALS = _table(
    "attendance_totals",
    *_keys(*GROUP),
    *(Column(name, BigInteger) for name in ATTENDANCE_COUNTS if name != "patients"),  # distinct patients do not add
)

RETENTION_TOTALS = _table(
    "retention_totals",
    *_keys(*GROUP),
    Column("week_in_care", Integer, primary_key=True),
    *(Column(name, BigInteger) for name in RETENTION_COUNTS),
)

RELEASED_SPANS = _table(  # a run of periods of one length, one after the other, of one state
    "released_spans",
    *_keys("stratifier", "table_name", "site", "state", "grain"),
    Column("period_start", Date, primary_key=True),
    Column("periods", Integer, nullable=False),
)

TOTALS = {ATTENDANCE_CELLS: ATTENDANCE_TOTALS, RETENTION_CELLS: RETENTION_TOTALS}
DERIVED_TABLES = (*TOTALS.values(), RELEASED_SPANS)


def add_up(connection: Connection, release_id: int) -> None:
    """Works out the derived tables of a release whose cells are written."""
    for source, target in TOTALS.items():
        _sums(connection, release_id, source, target)
        spans = [{"release_id": release_id, **span} for span in _spans(connection, release_id, source)]
        if spans:
            connection.execute(RELEASED_SPANS.insert(), spans)


def complete(connection: Connection) -> None:
    """Works them out for releases written before these tables were there."""
    known = select(RELEASED_SPANS.c.release_id)
    for release_id in connection.execute(select(RELEASE.c.id).where(RELEASE.c.id.not_in(known))).scalars().all():
        add_up(connection, release_id)


def _sums(connection: Connection, release_id: int, source: Table, target: Table) -> None:
    """Published rows added over all periods. A count that is not known in a row adds nothing."""
    columns = [column for column in target.columns if column.name != "release_id"]
    keys = [source.c[column.name] for column in columns if column.primary_key]
    sums = [func.coalesce(func.sum(source.c[column.name]), 0) for column in columns if not column.primary_key]
    chosen = (
        select(literal(release_id), *keys, *sums)
        .where(source.c.release_id == release_id, source.c.state == PUBLISHED)
        .group_by(*keys)
    )
    connection.execute(target.insert().from_select(["release_id", *(column.name for column in columns)], chosen))


def _spans(connection: Connection, release_id: int, source: Table) -> Iterator[dict[str, Any]]:
    names = ("stratifier", "site", "state", "grain")
    keys = [source.c[name] for name in names]
    query = select(*keys, source.c.period_start).distinct().where(source.c.release_id == release_id)
    if source is RETENTION_CELLS:
        query = query.where(source.c.week_in_care < FIRST_WEEKS)
    rows = [tuple(row) for row in connection.execute(query.order_by(*keys, source.c.period_start))]
    for words, group in groupby(rows, key=lambda row: row[:-1]):
        known = {"table_name": source.name, **dict(zip(names, words, strict=True))}
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
