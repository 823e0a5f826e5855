"""Sums of what is published, and which weeks it covers: filled in by the store (warehouse/totals.py)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ATTENDANCE = (
    *("booked", "attended", "no_show", "late_cancel", "cancelled_patient", "cancelled_practice", "rescheduled"),
    *("unknown", "refilled", "refill_known", "rebooked", "exposed", "waits", "wait_days", "wait_days_squared"),
    *("fees", "fee_cents", "lost_fee_cents"),
)
RETENTION = (
    *("at_risk", "unplanned", "completed", "transferred", "administrative", "censored"),
    *("starts_followed", "left_after_first"),
)


def upgrade() -> None:
    group = ("stratifier", "site", "stratum")
    _create("attendance_totals", *_words(*group), *_counts(*ATTENDANCE))
    week = sa.Column("week_in_care", sa.Integer(), primary_key=True)
    _create("retention_totals", *_words(*group), week, *_counts(*RETENTION))
    _create(
        "released_spans",
        *_words("stratifier", "table_name", "site", "state", "grain"),
        sa.Column("period_start", sa.Date(), primary_key=True),
        sa.Column("periods", sa.Integer(), nullable=False),
    )


def _create(name: str, *columns: sa.Column) -> None:
    release = sa.Column("release_id", sa.Integer(), sa.ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    op.create_table(name, release, *columns)


def _words(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.String(), primary_key=True) for name in names]


def _counts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger()) for name in names]
