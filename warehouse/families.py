"""Which counts does a release hold besides attendance and time in care? Questionnaires, danger, messages, staff, money.

The groups of each table are decided as those of `attendance_cells` are: atoms that never overlap, whole or withheld.
`patients` guards the k-rule only (sheets of one wave where staff answered, who have no key). Scores are held in
hundredths of a point, hours in hundredths, probabilities and logarithms in millionths, money in cents: whole numbers
that add exactly. A key such as `time` or `bin` divides a group whose people are counted as one; the group is decided
as a whole, so a count in one such row may be small (docs/privacy.md). A group with nobody in it, and a withheld one,
has one row for each scale; where minutes, levels or kinds divide it, one row with 0 and "".
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Integer, String, Table

from warehouse.columns import METADATA, counts, keys, period_cells, release_key


def _number(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True)


SCORE_COUNTS = (
    "invited",  # sheets whose answer was asked for (or given) in the period
    "answered",  # of those, answered and complete enough to score
    "differing",  # of those, with a stated total that is not the sum of the items
    "points",  # hundredths, summed
    "points_squared",
    "past_cutoff",  # on the side of the instrument's cut-off that calls for attention
    "at_best",  # at the best possible score: the ceiling
    "compared",  # answers with an earlier one of the same course, where a reliable change is agreed on
    "ruptures",  # of those, worse than the one before by at least the reliable change
    "fourths",  # fourth answers of a course that began with the data or later
    "early_change",  # hundredths: fourth less first answer, summed over them
    "early_change_squared",
    "modelled",  # answers whose confounders are known
    "expected_points",  # hundredths: what those let expect
)
SCORE_CELLS = period_cells("score_cells", *keys("instrument", "scale"), sums=SCORE_COUNTS)

OUTCOME_COUNTS = (
    "finished",  # courses of care begun in the data that ended in the period, after visits kept on two days or more
    "paired",  # of those, with a first and a last score: of two sheets asked for between beginning and end
    "at_caseness",  # of the pairs, at or above the cut-off at first
    "recovered",  # of those, below it at last
    "improved",  # of the pairs, better by at least the reliable change
    "reliably_recovered",  # both
    "deteriorated",  # worse by at least the reliable change
    "change",  # hundredths: last less first, summed over the pairs
    "change_squared",
)
# instrument: each with a caseness and a reliable change, and talking_therapies: PHQ-9 and GAD-7 together (no change).
OUTCOME_CELLS = period_cells("outcome_cells", *keys("instrument"), sums=OUTCOME_COUNTS)

CRISIS_COUNTS = (
    "signals",
    "contacted",  # a human reached the patient within settle_days of the signal's week, and the minute is known
    "unreached",  # not by then: censored
    "closed_by_automation",  # closed by automation and no human had been in contact
    "log_minutes",  # millionths of ln(1 + minutes to human contact), summed over those contacted
    "log_minutes_squared",
    "within_target",  # contacted within the target of their severity
    "past_target",  # later than it, or not yet although it has passed
    "undetermined",  # not yet, and younger than the target; or of unknown severity; or contact known by day alone
    "out_of_hours",
    "out_of_hours_within_target",
    "real",  # judged to be real danger
    "false_alarm",
    "not_judged",
    "real_found",  # real, noticed by automation
    "real_missed",  # real, noticed by a human or the patient and not by automation
    "false_by_automation",
    "clinician_weeks",  # clinicians with a visit in the week, summed over the weeks; undivided groups only
)
CRISIS_CELLS = period_cells("crisis_cells", sums=CRISIS_COUNTS)

# question: crisis (minutes to human contact), right_care (days from request), rebooking (days from a missed visit).
# how: of what ended in rebooking, who made the booking (staff, self_service, automation, not recorded); else "".
# Followed for settle_days after the week, 84 days, lapse_days. Minutes are whole up to 120; then, in steps of a quarter
# of an hour, an hour, a quarter of a day, a day, the end of the step where observed and its beginning where censored.
# Stratifiers of signals besides those of patients: severity, hours (in hours, out of hours), channel.
# Sums over patients (repeat_cells) say how many of each were over within so long, as <question>.within_<time>: of no
# more than three digits, for the sweep takes a word with four for an identifier.
WITHIN = {
    "crisis": (5, 15, 30, 60, 120, 240, 480, 960),
    "right_care": (1, 3, 7, 14, 28, 56),
    "rebooking": (1, 3, 7, 14, 28, 56),
}
TIME_CELLS = period_cells("time_cells", *keys("question", "how"), _number("time"), sums=("observed", "censored"))

# 0 = no level given. 1 is the most urgent.
TRIAGE_CELLS = period_cells("triage_cells", _number("automation_level"), _number("clinician_level"), sums=("requests",))

# automated, personalised: yes, no, not recorded. A kind that few patients got is among "all others".
CONTACT_COUNTS = ("sent", "delivered", "opted_out", "escalated")
CONTACT_CELLS = period_cells("contact_cells", *keys("kind", "automated", "personalised"), sums=CONTACT_COUNTS)

FEEDBACK_COUNTS = (
    "given",
    "rated",
    "rating",  # hundredths, summed
    "rating_squared",
    "comments",
    "complaints",
    "processed",  # comments coded "processed" by the codebook
    "cared_for",
    "contacts",  # visits attended and messages delivered in the group's weeks, whoever commented
)
FEEDBACK_CELLS = period_cells("feedback_cells", sums=FEEDBACK_COUNTS)
FEEDBACK_THEMES = period_cells("feedback_themes", *keys("theme"), sums=("comments",))

PREDICTION_COUNTS = (
    "scored",  # forecasts of visits that were then attended or missed
    "missed",
    "score",  # millionths, summed
    "score_squared",
    "alerts",  # at or above the threshold in use
    "alerts_missed",
    "acted",  # something was done
    "overridden",  # a person decided otherwise
    "waits",  # forecasts of visits with a known booking day
    "wait_days",
    "overbooked",
    "reminded",  # by a reminder or a call
)
# Practice-wide. horizon: "48-72" hours ahead, or "other"; bin: hundredths of the score, 0-99.
PREDICTION_CELLS = period_cells("prediction_cells", *keys("model", "horizon"), _number("bin"), sums=PREDICTION_COUNTS)

STAFF_COUNTS = ("invited", "answered", "differing", "points", "points_squared", "past_cutoff")
STAFF_CELLS = period_cells("staff_cells", *keys("instrument", "scale"), sums=STAFF_COUNTS)  # stratifier: all, role

STAFF_TIME_COUNTS = ("people_weeks", "care_hours", "admin_hours", "after_hours", "repair_hours")  # hours: hundredths
STAFF_TIME_CELLS = period_cells("staff_time_cells", sums=STAFF_TIME_COUNTS)

# Patients who were told something: their visits in the weeks before (0) and after (1), practice-wide, whole study.
# outcome: cancelled (by the patient, of all booked), no_show, attended (per week). m: visits or weeks, y: events.
# Twelve weeks on either side of the day a patient was first told so, the day left out, both within the data.
NOTICE_CELLS = Table(
    "notice_cells",
    METADATA,
    release_key(),
    *keys("topic", "version", "outcome"),
    Column("state", String, nullable=False),
    *counts("patients", "n1", "y1", "mm1", "my1", "yy1", "n0", "y0", "mm0", "my0", "yy0"),
    *counts("m1m0", "y1y0", "m1y0", "y1m0"),
)

COST_CELLS = Table(  # what automation costs: nobody is counted, so nothing is withheld
    "cost_cells",
    METADATA,
    release_key(),
    *keys("site", "grain"),  # site "*": costs of the practice that belong to no one site
    Column("period_start", Date, primary_key=True),
    *keys("component", "vendor_kind"),
    *counts("cents"),
)

SAFETY_FACT = Table(  # yes or no for the practice, whatever a gate says; never suppressed
    "safety_fact",
    METADATA,
    release_key(),
    *keys("fact"),  # closed_by_automation
    Column("happened", Boolean, nullable=False),
    Column("says", String, nullable=False),
)

CONFOUNDER_FIT = Table(  # of the models behind `expected`, fitted inside the boundary: their summary is all that leaves
    "confounder_fit",
    METADATA,
    release_key(),
    *keys("outcome", "term"),
    Column("coefficient", Float),
    Column("standard_error", Float),
    *counts("rows", "events"),
    Column("fitted_until", Date),
    Column("reason", String),  # why there is none
)

DECLARED_VALUE = Table(  # what the operator declared: crisis targets, prices, hours
    "declared_value",
    METADATA,
    release_key(),
    *keys("name"),
    Column("value", Float),
    Column("low", Float),
    Column("high", Float),
    Column("unit", String),
    Column("says", String),
)

DECLARED_INSTRUMENT = Table(  # questionnaires of the practice's own, as TOML (instruments.declaration)
    "declared_instrument",
    METADATA,
    release_key(),
    *keys("instrument"),
    Column("declaration", String, nullable=False),
)

DEFINITION = Table(  # under which version of each metric's definition were the published periods counted?
    "definition",
    METADATA,
    release_key(),
    *keys("metric"),
    Column("version", Integer, primary_key=True),
    Column("counted_from", Date),  # the first period counted so; null: every one of them, or from before this was kept
)

PERIOD_FAMILIES = (
    SCORE_CELLS,
    OUTCOME_CELLS,
    CRISIS_CELLS,
    TIME_CELLS,
    TRIAGE_CELLS,
    CONTACT_CELLS,
    FEEDBACK_CELLS,
    FEEDBACK_THEMES,
    PREDICTION_CELLS,
    STAFF_CELLS,
    STAFF_TIME_CELLS,
)
FAMILIES = (*PERIOD_FAMILIES, NOTICE_CELLS, COST_CELLS)
PARTS = {  # whose values are groups of their own: one may be withheld where the others are shown
    "score_cells": ("instrument", "scale"),
    "outcome_cells": ("instrument",),
    "time_cells": ("question",),
    "prediction_cells": ("model",),
    "staff_cells": ("instrument", "scale"),
}
DECLARED = (SAFETY_FACT, CONFOUNDER_FIT, DECLARED_VALUE, DECLARED_INSTRUMENT, DEFINITION)
