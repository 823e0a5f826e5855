"""Which columns of which cell table does some metric read, and what is said where the exports hold none of it?"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.families import (
    CONTACT_COUNTS,
    CRISIS_COUNTS,
    FEEDBACK_COUNTS,
    OUTCOME_COUNTS,
    PARTS,
    PREDICTION_COUNTS,
    SCORE_COUNTS,
    STAFF_COUNTS,
    STAFF_TIME_COUNTS,
)
from warehouse.schema import ALL

OF_STAFF = ("role",)
OF_CRISES = ("severity", "hours", "channel")


@dataclass(frozen=True)
class Source:
    """One cell table as metrics read it.

    totals: the table of its sums over everything published, "" where it has none and its periods are read. keys: its
    own, besides site, period and stratum. counts: the columns added up. absent: why nothing can be told where it is
    empty; "" where that goes without saying. sparse: only groups with somebody in them have rows. followed: what it
    counts is followed for `lapse_days`. timeless: for the practice as a whole, over everything.
    """

    name: str
    totals: str
    keys: tuple[str, ...]
    counts: tuple[str, ...]
    absent: str
    people: str = "patients"
    sparse: bool = True
    followed: bool = False
    timeless: bool = False

    @property
    def part(self) -> tuple[str, ...]:
        """The keys whose values are groups of their own."""
        return PARTS.get(self.name, ())

    def why_not(self, by: str) -> str:
        """Why is this table never split so? "" where it is."""
        if by == ALL:
            return ""
        if self.timeless:
            return "this is counted for all patients together"
        if (by in OF_STAFF) != (self.people == "members of staff"):
            return "staff are not split by this" if by not in OF_STAFF else "only staff are split by role"
        about_danger = self.name in ("crisis_cells", "time_cells")
        return f"only signs of danger are split by {by}" if by in OF_CRISES and not about_danger else ""


ATTENDANCE = Source(
    "attendance_cells",
    "attendance_totals",
    (),
    (
        *("attended", "no_show", "late_cancel", "cancelled_patient", "cancelled_practice", "rescheduled"),
        *("refilled", "refill_known", "rebooked", "waits", "wait_days", "wait_days_squared"),
        *("fees", "fee_cents", "remote", "connection_failed", "reminders_known", "reminders"),
        *("no_show_modelled", "no_show_expected", "lost_modelled", "lost_expected"),
    ),
    "",
    sparse=False,
)
RETENTION = Source(
    "retention_cells",
    "retention_totals",
    (),
    (
        *("at_risk", "unplanned", "completed", "transferred", "administrative"),
        *("starts_followed", "left_after_first"),
    ),
    "the exports hold no visits or episodes followed for long enough to count time in care",
    sparse=False,
    followed=True,
)
SOURCES = {
    source.name: source
    for source in (
        ATTENDANCE,
        RETENTION,
        Source("score_cells", "score_totals", ("instrument", "scale"), SCORE_COUNTS, "the exports hold no {part}"),
        Source("outcome_cells", "outcome_totals", ("instrument",), OUTCOME_COUNTS, "the exports hold no {part}"),
        Source("crisis_cells", "crisis_totals", (), CRISIS_COUNTS, "the exports hold no crisis signals"),
        Source(
            "time_cells",
            "time_totals",
            ("question", "how", "time"),
            ("observed", "censored"),
            "the exports do not say when this was answered",
        ),
        Source(
            "triage_cells",
            "triage_totals",
            ("automation_level", "clinician_level"),
            ("requests",),
            "the exports hold no triage",
        ),
        Source(
            "contact_cells",
            "contact_totals",
            ("kind", "automated", "personalised"),
            CONTACT_COUNTS,
            "the exports hold no messages to patients",
        ),
        Source(
            "feedback_cells",
            "feedback_totals",
            (),
            FEEDBACK_COUNTS,
            "the exports hold nothing patients said about care",
        ),
        Source(
            "prediction_cells",
            "prediction_totals",
            ("model", "horizon", "bin"),
            PREDICTION_COUNTS,
            "the exports hold no forecasts of missed visits",
        ),
        Source(
            "staff_cells",
            "staff_totals",
            ("instrument", "scale"),
            STAFF_COUNTS,
            "the exports hold no {part} of staff",
            people="members of staff",
        ),
        Source(
            "staff_time_cells",
            "",
            (),
            STAFF_TIME_COUNTS,
            "the exports hold no hours of staff",
            people="members of staff",
        ),
        Source(
            "notice_cells",
            "",
            ("topic", "version", "outcome"),
            (),
            "the exports do not say who was told what (notice)",
            timeless=True,
        ),
    )
}
