"""Do patients come to the visits they booked, and how long do they wait for them?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import special

from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric, Texts
from metrics.groups import Groups
from metrics.intervals import wilson_limits
from metrics.repeats import NOT_KNOWN, Repeats, repeats_of

LEVEL = 0.95
_WILSON = "Wilson 1927, JASA 22:209, with n divided by the design effect of repeat visits (Kish 1965, Survey Sampling)"


def no_show_rate(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of the visits patients were due to attend did they miss without a word?"""
    attended, missed = (groups.total(cells.attendance[name]) for name in ("attended", "no_show"))
    return _share(missed, attended + missed, repeats_of(cells, groups, "no_show", period))


def late_cancel_rate(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of the slots were given back too late to be used?"""
    counts = cells.attendance
    attended, missed, late = (groups.total(counts[name]) for name in ("attended", "no_show", "late_cancel"))
    found = _share(late, attended + missed + late, repeats_of(cells, groups, "late_cancel", period))
    names = ("late_cancel", "cancelled_patient", "cancelled_practice", "rescheduled")
    recorded = sum(np.nansum(counts[name]) for name in names)
    return _with(found, absent=_absent(found, recorded, "the exports hold no cancelled appointments"))


def slots_lost(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of the slots stood empty in the end?"""
    counts = cells.attendance
    names = ("attended", "no_show", "late_cancel", "refilled", "refill_known")
    attended, missed, late, refilled, known = (groups.total(counts[name]) for name in names)
    freed = missed + late
    lost = np.maximum(freed - refilled, 0)
    found = _share(lost, attended + freed, repeats_of(cells, groups, "slots_lost", period))
    absent = _absent(
        found, known.sum(), "the exports do not say which freed slots were refilled (appointment.refilled)"
    )
    if absent:
        return _with(found, absent=absent)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(freed > 0, known / freed, 1.0)
    notes = [f"known for {one:.0%} of freed slots; the others count as lost" if one < 0.995 else "" for one in share]
    return _with(found, notes=_texts(notes))


def wait_from_booking(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many days pass from booking a visit to the visit?"""
    counts = cells.attendance
    n, total, squares = (groups.total(counts[name]) for name in ("waits", "wait_days", "wait_days_squared"))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        plain = np.maximum(squares - n * mean**2, 0) / (n - 1)
    repeats = repeats_of(cells, groups, "wait", period)
    variance = np.fmax(plain, repeats.per_visit) / np.where(n > 0, n, np.nan)
    half = special.stdtrit(np.maximum(n - 1, 1), 0.5 + LEVEL / 2) * np.sqrt(variance)
    limits = (np.maximum(mean - half, 0), mean + half)
    found = Measured(mean, *limits, variance, n, n, n <= 0, _same(n, ""), _unknown(repeats))
    absent = "the exports do not say when a visit was booked (appointment.booked_at)"
    return _with(found, absent=absent if n.sum() <= 0 < groups.total(counts["attended"]).sum() else "")


def _share(events: Floats, n: Floats, repeats: Repeats) -> Measured:
    """Wilson limits on n / design effect; nan where nobody was there."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, events / n, np.nan)
        effective = n / repeats.design_effect
        variance = share * (1 - share) / effective
    low, high = wilson_limits(share, effective, LEVEL)
    return Measured(share, low, high, variance, n, n, n <= 0, _same(n, ""), _unknown(repeats))


def _absent(found: Measured, recorded: float, why: str) -> str:
    """Why nothing can be told, where there are visits but nothing of this kind was recorded about any of them."""
    return why if recorded <= 0 < found.n.sum() else ""


def _unknown(repeats: Repeats) -> Texts:
    return _texts(["" if known else NOT_KNOWN for known in repeats.known])


def _with(found: Measured, *, absent: str = "", notes: Texts | None = None) -> Measured:
    note = (
        found.note
        if notes is None
        else _texts(["; ".join(filter(None, pair)) for pair in zip(found.note, notes, strict=True)])
    )
    return replace(found, absent=_same(found.n, absent), note=note)


def _same(like: Floats, text: str) -> Texts:
    return np.full(len(like), text, dtype=object)


def _texts(values: list[str]) -> Texts:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


_LATE = (
    "Notice shorter than the practice's `late_cancel_hours` (24) counts as late. Visits the practice cancelled or "
    "moved, and visits whose outcome is unknown, count nowhere."
)

NO_SHOW_RATE = Metric(
    key="no_show_rate",
    version=1,
    question="What share of the visits patients were due to attend did they miss without a word?",
    name="No-show rate",
    unit="share",
    better="lower",
    side="access",
    margin=0.03,
    margin_reason="three visits in a hundred: about what a practice notices in its books",
    minimum_n=11,
    counted="visits attended or missed",
    cells=("attendance_cells", "repeat_cells"),
    numerator="visits missed without notice (no_show)",
    denominator="visits attended or missed (attended + no_show)",
    exclusions="cancelled (early, late or by the practice), rescheduled, still to come, and visits of unknown outcome",
    formula="no_show / (attended + no_show)",
    limits="Calling a no-show a late cancellation lowers it: read it beside slots lost after refill. It does not say "
    "why a patient stayed away, nor whether they were harmed. Visits of unknown outcome are left out: if those were "
    "mostly missed, the true rate is higher.",
    source=_WILSON,
    measure=no_show_rate,
    outcome="no_show",
    event="missed",
)

LATE_CANCEL_RATE = Metric(
    key="late_cancel_rate",
    version=1,
    question="What share of the slots were given back too late to be used?",
    name="Late-cancel rate",
    unit="share",
    better="lower",
    side="access",
    margin=0.03,
    margin_reason="as for no-shows: the slot is lost either way",
    minimum_n=11,
    counted="visits attended, missed or cancelled late",
    cells=("attendance_cells", "repeat_cells"),
    numerator="visits the patient cancelled late (late_cancel)",
    denominator="visits attended, missed or cancelled late (attended + no_show + late_cancel)",
    exclusions="cancellations in time, by the practice, rescheduled, still to come, unknown. " + _LATE,
    formula="late_cancel / (attended + no_show + late_cancel)",
    limits="A lower rate is no gain where no-shows rise by as much. Where the export does not date a cancellation, it "
    "counts as in time.",
    source=_WILSON,
    measure=late_cancel_rate,
    outcome="late_cancel",
    event="cancelled late",
)

SLOTS_LOST = Metric(
    key="slots_lost",
    version=1,
    question="What share of the slots stood empty in the end?",
    name="Slots lost after refill",
    unit="share",
    better="lower",
    side="money",
    margin=0.03,
    margin_reason="three slots in a hundred: about half a day of one clinician a month",
    minimum_n=11,
    counted="visits attended, missed or cancelled late",
    cells=("attendance_cells", "repeat_cells"),
    numerator="slots missed or cancelled late and not given to someone else (no_show + late_cancel - refilled)",
    denominator="visits attended, missed or cancelled late (attended + no_show + late_cancel)",
    exclusions="cancellations in time, by the practice, rescheduled, still to come, unknown. " + _LATE,
    formula="(no_show + late_cancel - refilled) / (attended + no_show + late_cancel)",
    limits="It counts slots, not patients: a refilled slot still has a patient who was not seen. Freed slots of which "
    "a refill is not recorded count as lost.",
    source=_WILSON,
    measure=slots_lost,
    outcome="slots_lost",
    event="lost",
)

WAIT_FROM_BOOKING = Metric(
    key="wait_from_booking",
    version=1,
    question="How many days pass from booking a visit to the visit?",
    name="Wait from booking",
    unit="days",
    better="lower",
    side="access",
    margin=2.0,
    margin_reason="two days longer is felt by patients and is more than the calendar's rounding",
    minimum_n=11,
    counted="visits with a known booking day",
    cells=("attendance_cells", "repeat_cells"),
    numerator="days from booking to start, by calendar day, summed",
    denominator="visits attended or missed with a known booking day",
    exclusions="cancelled, rescheduled, still to come, unknown outcome, and visits without a booking day",
    formula="wait_days / waits",
    limits="A mean: a few visits booked a year ahead weigh much. It includes waits a patient chose, and standing "
    "weekly appointments booked in one go; it says nothing of those who gave up before booking.",
    source="Mean with a t interval; variance from patients' own sums where visits repeat (Kish 1965, Survey Sampling)",
    measure=wait_from_booking,
    outcome="wait",
    event="",
)

ATTENDANCE = (NO_SHOW_RATE, LATE_CANCEL_RATE, SLOTS_LOST, WAIT_FROM_BOOKING)
