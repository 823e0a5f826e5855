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

from etl.release import engine, family
from etl.release.bookings import BOOKED_BY, HOW, NOBODY
from etl.release.events import placed
from etl.release.kin import Kin
from etl.release.repeats import Repeated
from etl.release.rows import Column, Rows
from etl.release.slots import MISSED
from etl.release.sums import Part
from etl.release.work import Work
from warehouse.families import TIME_CELLS, TRIAGE_CELLS, WITHIN
from warehouse.schema import ATTENDANCE_CELLS

CARE_FOLLOWED_DAYS = 84  # after a request for care: twelve weeks

# Of minutes: (from, step). Whole up to two hours, then coarser.
MINUTES = ((0, 1), (120, 15), (480, 60), (1440, 360), (10_080, 1440))
LONGEST = 525_600  # a year
FOLLOWED = ("observed", "censored")


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
    followed = placed(work, _followed(events, CARE_FOLLOWED_DAYS))
    requests = Kin(TRIAGE_CELLS, {}, ("requests",), FOLLOWED)
    _release(work, followed, "right_care", CARE_FOLLOWED_DAYS, partial(within, "right_care"), requests)


def rebooking_times(work: Work) -> None:
    """Adds the days from a missed visit to the booking of the next, and who made that booking."""
    follow = work.settings.release.lapse_days
    missed = work.slots.where(work.slots["status"] == MISSED)
    days, by = missed["again"] // len(HOW), missed["again"] % len(HOW)
    seen = days < follow
    told = {"time": np.where(seen, days, follow), "how": np.where(seen, by, NOBODY).astype(np.int8)}
    visits = Kin(ATTENDANCE_CELLS, {}, ("no_show",), FOLLOWED)
    _release(work, missed.having(observed=seen, censored=~seen, **told), "rebooking", follow, _rebooked, visits)


def _rebooked(rows: Rows) -> Repeated:
    """How soon, and by whom of those of whom it is recorded."""
    times, recorded = within("rebooking", rows), BOOKED_BY[:-1]
    by = {f"by_{word}": rows["how"] == number for number, word in enumerate(recorded)}
    told = times.rows.having(by_somebody=rows["how"] < len(recorded), **by)
    outcomes = {f"rebooking.{name}": ("by_somebody", name) for name in by}
    return Repeated(told, {**times.outcomes, **outcomes, "rebooking.recorded": ("followed", "by_somebody")})


def _followed(rows: ir.Table, follow: int) -> ir.Table:
    """With time, observed, censored and how in the place of days."""
    seen = (rows.days < follow).fill_null(False)
    time = ibis.ifelse(seen, rows.days, follow).cast("int32")
    told = rows.mutate(time=time, observed=seen, censored=~seen, how=ibis.literal(NOBODY).cast("int8"))
    return told.drop("days")


def _release(work: Work, found: Rows, question: str, follow: int, of: Callable[[Rows], Repeated], kin: Kin) -> None:
    if not len(found):
        return
    part = Part(
        TIME_CELLS,
        {name: (name,) for name in FOLLOWED},
        {"question": question},
        {"time": None, "how": HOW},
    )
    known = work.grid.data_end - timedelta(days=follow)
    until = max(0, min(work.grid.until, ((known - work.grid.start).days + 1) // 7))
    piece = family.Slice((part,), found, {"question": question}, repeated=of, until=until, kin=(kin,))
    family.release(work, piece)
