"""Do patients come to the visits they booked, and how long do they wait for them?"""

from __future__ import annotations

import numpy as np

from metrics.cells import Cells
from metrics.declare import Measured, Metric
from metrics.figures import mean, missing, noted, share, texts, unknown, unrecorded
from metrics.groups import Groups
from metrics.repeats import repeats_of

_WILSON = "Wilson 1927, JASA 22:209, with n divided by the design effect of repeat visits (Kish 1965, Survey Sampling)"


def no_show_rate(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of the visits patients were due to attend did they miss without a word?"""
    attended, missed = (groups.total(cells.attendance[name]) for name in ("attended", "no_show"))
    return share(missed, attended + missed, repeats_of(cells, groups, "no_show", period))


def late_cancel_rate(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of the slots were given back too late to be used?"""
    counts = cells.attendance
    attended, missed, late = (groups.total(counts[name]) for name in ("attended", "no_show", "late_cancel"))
    found = share(late, attended + missed + late, repeats_of(cells, groups, "late_cancel", period))
    names = ("late_cancel", "cancelled_patient", "cancelled_practice", "rescheduled")
    recorded = sum(np.nansum(counts[name]) for name in names)
    return unrecorded(found, recorded, "the exports hold no cancelled appointments")


def slots_lost(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of the slots stood empty in the end?"""
    counts = cells.attendance
    names = ("attended", "no_show", "late_cancel", "refilled", "refill_known")
    attended, missed, late, refilled, known = (groups.total(counts[name]) for name in names)
    freed = missed + late
    lost = np.maximum(freed - refilled, 0)
    found = share(lost, attended + freed, repeats_of(cells, groups, "slots_lost", period))
    found = unrecorded(
        found, known.sum(), "the exports do not say which freed slots were refilled (appointment.refilled)"
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(freed > 0, known / freed, 1.0)
    notes = [f"known for {one:.0%} of freed slots; the others count as lost" if one < 0.995 else "" for one in part]
    return noted(found, texts(notes))


def wait_from_booking(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many days pass from booking a visit to the visit?"""
    counts = cells.attendance
    n, total, squares = (groups.total(counts[name]) for name in ("waits", "wait_days", "wait_days_squared"))
    repeats = repeats_of(cells, groups, "wait", period)
    found = mean(total, squares, n, per_unit=repeats.per_visit, bounds=(0, np.inf))
    found = noted(found, unknown(repeats, len(n)))
    absent = "the exports do not say when a visit was booked (appointment.booked_at)"
    return missing(found, absent, when=bool(n.sum() <= 0 < groups.total(counts["attended"]).sum()))


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
