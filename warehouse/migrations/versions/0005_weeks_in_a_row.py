"""A row of retention_totals holds all weeks in care of a group. What is worked out is removed: the store fills it in."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BY_WEEK = ("at_risk", "unplanned", "completed", "transferred", "administrative", "censored")
FIRST_VISITS = ("starts_followed", "left_after_first")


def upgrade() -> None:
    op.drop_table("retention_totals")
    op.create_table(
        "retention_totals",
        sa.Column("release_id", sa.Integer(), sa.ForeignKey("release.id", ondelete="CASCADE"), primary_key=True),
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("stratifier", "site", "stratum")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in BY_WEEK),
        *(sa.Column(name, sa.BigInteger()) for name in FIRST_VISITS),
    )
    for name in ("attendance_totals", "released_spans"):  # made together, so removed together
        op.execute(sa.delete(sa.table(name)))
