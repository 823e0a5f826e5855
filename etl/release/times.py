"""How long does it take until the right care begins, or a missed visit is booked again? Days, whole and censored.

Each is followed for a fixed time and told once that time is over, so that no period is followed longer than another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import ibis
import ibis.expr.types as ir
import numpy as np

from deid.disclosure import BLOCK, CHUNK
from etl.release import engine, family
from etl.release.events import placed
from etl.release.repeats import Repeated
from etl.release.rows import Column, Rows, fetch
from etl.release.strata import coded
from etl.release.sums import Part
from etl.release.work import Work
from warehouse.families import TIME_CELLS, WITHIN

CARE_FOLLOWED_DAYS = 84  # after a request for care: twelve weeks
BOOKED_BY = ("staff", "self_service", "automation", "not recorded")
NOBODY = len(BOOKED_BY)  # of a missed visit that was not booked again
HOW = (*BOOKED_BY, "")

# Of minutes: (from, step). Whole up to two hours, then coarser.
MINUTES = ((0, 1), (120, 15), (480, 60), (1440, 360), (10_080, 1440))
LONGEST = 525_600  # a year


def up(values: Column, steps: tuple[tuple[int, int], ...], *, observed: Column) -> Column:
    """Times on a coarser grid: what was seen to end at the upper end of its step, the rest at the lower one.

    So nothing is told to have ended sooner, or to have been followed longer, than it was.
    """
    values = np.clip(values, 0, LONGEST)
    found = np.zeros(len(values), dtype=np.int64)
    for start, step in steps:
        over = (values - start) / step
        ends = start + step * np.where(observed, np.ceil(over), np.floor(over)).astype(np.int64)
        found = np.where(values >= start, ends, found)
    return found.astype(np.int32)


def within(question: str, rows: Rows) -> Repeated:
    """What is alike among the times of one patient. rows: time, observed and censored."""
    seen = rows["observed"]
    values = {f"within_{limit}": seen & (rows["time"] <= limit) for limit in WITHIN[question]}
    told = rows.having(followed=seen | rows["censored"], **values)
    return Repeated(told, {f"{question}.{name}": ("followed", name) for name in values})


def right_care_times(work: Work) -> None:
    """Adds the days from a request for care to the right kind of care."""
    asked = engine.table(work.backend, "triage")
    if engine.empty(asked):
        return
    days = asked.right_care_on.delta(asked.requested_on, unit="day").cast("int64")
    events = asked.select("patient_id", "site_id", day=asked.requested_on, days=days)
    followed = _followed(events, CARE_FOLLOWED_DAYS).drop("days")
    _release(work, placed(work, followed), "right_care", CARE_FOLLOWED_DAYS, partial(within, "right_care"))


def rebooking_times(work: Work) -> None:
    """Adds the days from a missed visit to the booking of the next, and who made that booking."""
    follow = work.settings.release.lapse_days
    missed = coded(work.appointments, work.patients, work.wanted)
    missed = work.sites.numbered(missed.filter(missed.status == "no_show"))
    missed = missed.left_join(_next_bookings(work, follow), [("appointment_id", "missed_id")])
    first = ibis.date(work.grid.start.isoformat())
    week = missed.starts_on.delta(first, unit="day") // 7
    rows = _followed(missed.mutate(week=week), follow).filter(ibis._.week >= 0, ibis._.week < work.grid.until)
    rows = rows.select(
        "patient_id",
        "site",
        week=rows.week.cast("int16"),
        chunk=(rows.week // CHUNK * CHUNK).cast("int16"),
        block=(rows.week // BLOCK * BLOCK).cast("int16"),
        time=rows.time,
        observed=rows.observed,
        censored=rows.censored,
        how=rows.how,
        **{item.column: rows[item.column] for item in work.wanted},
    )
    _release(work, fetch(rows, "site", "week"), "rebooking", follow, _rebooked)


def _rebooked(rows: Rows) -> Repeated:
    """How soon, and by whom of those of whom it is recorded."""
    times, recorded = within("rebooking", rows), BOOKED_BY[:-1]
    by = {f"by_{word}": rows["how"] == number for number, word in enumerate(recorded)}
    told = times.rows.having(by_somebody=rows["how"] < len(recorded), **by)
    return Repeated(told, {**times.outcomes, **{f"rebooking.{name}": ("by_somebody", name) for name in by}})


def _next_bookings(work: Work, follow: int) -> ir.Table:
    """missed_id, days until the first booking after it, and by whom that was made."""
    visits = work.appointments
    missed = visits.filter(visits.status == "no_show")
    missed = missed.select("patient_id", missed_id=missed.appointment_id, missed_on=missed.starts_on)
    codes = [(word, at) for at, word in enumerate(BOOKED_BY)]
    by = visits.booked_via.cases(*codes, else_=BOOKED_BY.index("not recorded"))
    again = visits.filter(visits.booked_on.notnull()).mutate(by=by.cast("int64"))
    again = again.select("patient_id", "booked_on", "by", "rebooked_from", next_on=again.starts_on)
    pairs = missed.inner_join(again, "patient_id")
    days = pairs.booked_on.delta(pairs.missed_on, unit="day").cast("int64")
    later = (pairs.next_on > pairs.missed_on) & (days >= 0)
    linked = (pairs.rebooked_from == pairs.missed_id).fill_null(False)
    found = pairs.mutate(days=ibis.greatest(days, 0)).filter(later | linked, ibis._.days < follow)
    first = found.group_by("missed_id").aggregate(first=(found.days * len(HOW) + found.by).min())
    return first.select("missed_id", days=first.first // len(HOW), by=first.first % len(HOW))


def _followed(rows: ir.Table, follow: int) -> ir.Table:
    """With time, observed, censored and how (a number of HOW)."""
    seen = (rows.days < follow).fill_null(False)
    by = rows.by.cast("int64") if "by" in rows.columns else ibis.literal(NOBODY)
    return rows.mutate(
        time=ibis.ifelse(seen, rows.days, follow).cast("int32"),
        observed=seen,
        censored=~seen,
        how=ibis.ifelse(seen, by, NOBODY).cast("int8"),
    )


def _release(work: Work, found: Rows, question: str, follow: int, of: Callable[[Rows], Repeated]) -> None:
    if not len(found):
        return
    part = Part(
        TIME_CELLS,
        {"observed": ("observed",), "censored": ("censored",)},
        {"question": question},
        {"time": None, "how": HOW},
    )
    known = work.grid.data_end - timedelta(days=follow)
    until = max(0, min(work.grid.until, ((known - work.grid.start).days + 1) // 7))
    piece = family.Slice((part,), found, {"question": question}, repeated=of, until=until)
    family.release(work, piece)
