"""Questionnaires, outcomes, danger, triage, messages, comments, forecasts, staff, costs and what is declared."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SCORES = (
    *("invited", "answered", "differing", "points", "points_squared", "past_cutoff", "at_best", "compared"),
    *("ruptures", "fourths", "early_change", "early_change_squared", "modelled", "expected_points"),
)
OUTCOMES = (
    *("finished", "paired", "at_caseness", "recovered", "improved", "reliably_recovered", "deteriorated"),
    *("change", "change_squared"),
)
CRISIS = (
    *("signals", "contacted", "unreached", "closed_by_automation", "log_minutes", "log_minutes_squared"),
    *("within_target", "past_target", "undetermined", "out_of_hours", "out_of_hours_within_target"),
    *("real", "false_alarm", "not_judged", "real_found", "real_missed", "false_by_automation", "clinician_weeks"),
)
FEEDBACK = (
    *("given", "rated", "rating", "rating_squared", "comments", "complaints", "processed", "cared_for", "contacts"),
)
PREDICTIONS = (
    *("scored", "missed", "score", "score_squared", "alerts", "alerts_missed", "acted", "overridden"),
    *("waits", "wait_days", "overbooked", "reminded"),
)
PAIRED_SUMS = (
    *("patients", "n1", "y1", "mm1", "my1", "yy1", "n0", "y0", "mm0", "my0", "yy0"),
    *("m1m0", "y1y0", "m1y0", "y1m0"),
)


def upgrade() -> None:
    _cells("score_cells", *_words("instrument", "scale"), sums=SCORES)
    _cells("outcome_cells", *_words("instrument"), sums=OUTCOMES)
    _cells("crisis_cells", sums=CRISIS)
    _cells("time_cells", *_words("question", "how"), *_numbers("time"), sums=("observed", "censored"))
    _cells("triage_cells", *_numbers("automation_level", "clinician_level"), sums=("requests",))
    contact = ("sent", "delivered", "opted_out", "escalated")
    _cells("contact_cells", *_words("kind", "automated", "personalised"), sums=contact)
    _cells("feedback_cells", sums=FEEDBACK)
    _cells("feedback_themes", *_words("theme"), sums=("comments",))
    _cells("prediction_cells", *_words("model", "horizon"), *_numbers("bin"), sums=PREDICTIONS)
    staff = ("invited", "answered", "differing", "points", "points_squared", "past_cutoff")
    _cells("staff_cells", *_words("instrument", "scale"), sums=staff)
    hours = ("people_weeks", "care_hours", "admin_hours", "after_hours", "repair_hours")
    _cells("staff_time_cells", sums=hours)
    told = sa.Column("state", sa.String(), nullable=False)
    _create("notice_cells", *_words("topic", "version", "outcome"), told, *_counts(*PAIRED_SUMS))
    period = sa.Column("period_start", sa.Date(), primary_key=True)
    _create("cost_cells", *_words("site", "grain"), period, *_words("component", "vendor_kind"), *_counts("cents"))
    _declared()


def _declared() -> None:
    _create(
        "safety_fact",
        *_words("fact"),
        sa.Column("happened", sa.Boolean(), nullable=False),
        sa.Column("says", sa.String(), nullable=False),
    )
    _create(
        "confounder_fit",
        *_words("outcome", "term"),
        *_floats("coefficient", "standard_error"),
        *_counts("rows", "events"),
        sa.Column("fitted_until", sa.Date()),
        sa.Column("reason", sa.String()),
    )
    units = (sa.Column("unit", sa.String()), sa.Column("says", sa.String()))
    _create("declared_value", *_words("name"), *_floats("value", "low", "high"), *units)
    _create("declared_instrument", *_words("instrument"), sa.Column("declaration", sa.String(), nullable=False))


def _cells(name: str, *own: sa.Column, sums: tuple[str, ...]) -> None:
    _create(
        name,
        *_words("site", "grain"),
        sa.Column("period_start", sa.Date(), primary_key=True),
        *_words("stratifier", "stratum"),
        *own,
        sa.Column("state", sa.String(), nullable=False),
        *_counts("patients", *sums),
    )


def _create(name: str, *columns: sa.Column) -> None:
    release = sa.Column("release_id", sa.Integer(), sa.ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    op.create_table(name, release, *columns)


def _words(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.String(), primary_key=True) for name in names]


def _numbers(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Integer(), primary_key=True) for name in names]


def _counts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger()) for name in names]


def _floats(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Float()) for name in names]
