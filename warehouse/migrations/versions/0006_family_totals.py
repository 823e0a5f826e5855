"""Sums of the newer counts, and which part of a table a span is of. What is worked out is removed and made anew."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

GROUP = ("stratifier", "site", "stratum")
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
STAFF = ("invited", "answered", "differing", "points", "points_squared", "past_cutoff")


def upgrade() -> None:
    _create("score_totals", *_words("instrument", "scale"), *_counts(*SCORES))
    _create("outcome_totals", *_words("instrument"), *_counts(*OUTCOMES))
    _create("crisis_totals", *_counts(*CRISIS))
    lists = (sa.Column(name, sa.Text(), nullable=False) for name in ("time", "observed", "censored"))
    _create("time_totals", *_words("question", "how"), *lists)
    _create("triage_totals", *_numbers("automation_level", "clinician_level"), *_counts("requests"))
    contact = ("sent", "delivered", "opted_out", "escalated")
    _create("contact_totals", *_words("kind", "automated", "personalised"), *_counts(*contact))
    _create("feedback_totals", *_counts(*FEEDBACK))
    _create("feedback_themes_totals", *_words("theme"), *_counts("comments"))
    _create("prediction_totals", *_words("model", "horizon"), *_numbers("bin"), *_counts(*PREDICTIONS))
    _create("staff_totals", *_words("instrument", "scale"), *_counts(*STAFF))
    op.drop_table("released_spans")
    op.create_table(
        "released_spans",
        _release(),
        *_words("stratifier", "table_name", "part", "site", "state", "grain"),
        sa.Column("period_start", sa.Date(), primary_key=True),
        sa.Column("periods", sa.Integer(), nullable=False),
    )
    for name in ("attendance_totals", "retention_totals"):  # made together with the spans, so removed with them
        op.execute(sa.delete(sa.table(name)))


def _release() -> sa.Column:
    return sa.Column("release_id", sa.Integer(), sa.ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)


def _create(name: str, *columns: sa.Column) -> None:
    op.create_table(name, _release(), *_words(*GROUP), *columns)


def _words(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.String(), primary_key=True) for name in names]


def _numbers(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Integer(), primary_key=True) for name in names]


def _counts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger()) for name in names]
