"""After a missed visit, is a new one booked, how soon, and by whom?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from metrics.cells import Cells
from metrics.declare import Measured, Metric
from metrics.figures import DEFF, WILSON, share, unrecorded
from metrics.groups import Groups
from metrics.parts import plain
from metrics.repeats import repeats_of
from metrics.times import KM, quantile, question, within

NOT_RECORDED = "not recorded"
Objects = np.ndarray[Any, np.dtype[np.object_]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


def rebooked(cells: Cells, groups: Groups, period: str) -> Measured:
    """Of missed visits, how many had a new one booked in time?"""
    counts = cells.attendance
    missed, again, waits = (groups.total(np.nan_to_num(counts[name])) for name in ("no_show", "rebooked", "waits"))
    found = share(again, missed, repeats_of(cells, groups, "rebooked", period))
    return unrecorded(found, float(again.sum() + waits.sum()), "the exports do not say when a visit was booked")


def booked_by(how: str) -> Callable[[Cells, Groups, str], Measured]:
    """Of new bookings after a missed visit, what share was made so?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = cells.tables["time_cells"]
        ways = {name: plain(str(name)) for name in set(counts["how"].tolist())}
        said = [name for name, way in ways.items() if way not in ("", plain(NOT_RECORDED))]
        observed = np.nan_to_num(counts["observed"])
        wanted = (said, [name for name, way in ways.items() if way == plain(how)])
        n, mine = (groups.total(observed * _one_of(counts["how"], names)) for names in wanted)
        return share(mine, n, repeats_of(cells, groups, f"rebooking.by_{how}", period))

    return measure


def _one_of(words: Objects, names: list[str]) -> Flags:
    found = np.zeros(len(words), dtype=np.bool_)
    for name in names:
        found |= words == name
    return found


def _metric(key: str, name: str, asks: str, **told: object) -> Metric:
    plain_ = {
        "version": 1,
        "side": "access",
        "better": "higher",
        "unit": "share",
        "minimum_n": 11,
        "cells": ("time_cells", "repeat_cells"),
        "source": WILSON + DEFF,
        "only": question("rebooking"),
    }
    return Metric(key=key, name=name, question=asks, **{**plain_, **told})  # type: ignore[arg-type]


def _by(how: str, words: str) -> Metric:
    return _metric(
        f"rebooked_by_{how}",
        f"Rebooked by {words}",
        f"Of new bookings after a missed visit, what share was made by {words}?",
        margin=0.10,
        margin_reason="it says who does the work; more of one is less of another, and neither is better by itself",
        counted="new bookings of which it is recorded",
        numerator=f"new bookings made by {words}",
        denominator="new bookings after a missed visit of which it is recorded who made them",
        exclusions="bookings of which that is not recorded",
        formula=f"booked by {words} / all recorded",
        limits="It does not say who gave up trying to book.",
        measure=booked_by(how),
        repeats=(f"rebooking.by_{how}",),
    )


REBOOKING = (
    _metric(
        "rebooked",
        "Rebooked after a missed visit",
        "Of missed visits, how many had a new one booked within two weeks?",
        margin=0.05,
        margin_reason="one in twenty more patients lost from sight after a miss",
        counted="missed visits",
        cells=("attendance_cells", "repeat_cells"),
        only=(),
        numerator="missed visits whose patient had a new visit booked within the practice's limit (14 days)",
        denominator="visits missed without notice",
        exclusions="late cancellations, and visits of unknown outcome",
        formula="rebooked / no-shows",
        limits="A standing weekly appointment counts as booked before, not after, unless the export links the two.",
        measure=rebooked,
        repeats=("rebooked",),
    ),
    _metric(
        "rebooking_median",
        "Median time to a new booking",
        "After a missed visit, within how many days is a new one booked for half of the patients?",
        unit="days",
        better="lower",
        margin=2.0,
        margin_reason="two days: as for the wait from booking",
        counted="missed visits",
        numerator="days from the missed visit to a new booking, by which half were booked",
        denominator="visits missed without notice",
        exclusions="late cancellations. Who has not booked again counts for as long as it was seen",
        formula="first time at which the share without a new booking is half or less",
        limits="It says when a new visit was booked, not when it takes place.",
        source=KM,
        measure=quantile("rebooking", 0.5, "days"),
        repeats=within("rebooking"),
    ),
    _by("staff", "staff"),
    _by("self_service", "patients themselves"),
    _by("automation", "automation"),
)
