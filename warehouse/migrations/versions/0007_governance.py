"""What was concluded: effects of a release; locked plans, deviations, verdicts and signatures, which are only added to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _of_release("effects_made", sa.Column("made_at", sa.DateTime(), nullable=False), _text("method"), _count("effects"))
    _of_release(
        "effect_result",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("component", "intervention", "metric", "scope")),
        *(_text(name) for name in ("state", "reason", "unit")),
        *(
            sa.Column(f"{name}_{part}", sa.Float())
            for name in ("adjusted", "ratio", "naive", "unpenalised")
            for part in ("value", "low", "high")
        ),
        _count("n"),
        _text("design"),
        _text("why"),
        *(sa.Column(name, sa.Float()) for name in ("error", "freedom", "information")),
        sa.Column("proves", sa.Boolean(), nullable=False),
        _count("weeks_before"),
        _count("weeks_after"),
        _text("detail"),
    )
    _kept(
        "locked_plan",
        sa.Column("hash", sa.String(), nullable=False, unique=True),
        *(_text(name) for name in ("content", "component")),
        sa.Column("locked_at", sa.DateTime(), nullable=False),
        *(_text(name) for name in ("locked_by", "reason")),
        _count("audit_entry"),
        _text("audit_hash"),
    )
    _kept("plan_deviation", _text("plan_hash"), sa.Column("seen_at", sa.DateTime(), nullable=False), _text("says"))
    _kept(
        "verdict_snapshot",
        _text("plan_hash"),
        sa.Column("look", sa.Integer()),
        sa.Column("look_on", sa.Date()),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        _count("release_id"),
        *(_text(name) for name in ("release_hash", "word", "sentence", "detail")),
    )
    _kept(
        "verdict_act",
        _text("plan_hash"),
        _count("snapshot_id"),
        *(_text(name) for name in ("act", "word", "by", "second", "reason")),
        sa.Column("at", sa.DateTime(), nullable=False),
        _count("audit_entry"),
        _text("audit_hash"),
    )


def _of_release(name: str, *columns: sa.Column) -> None:
    release = sa.Column("release_id", sa.Integer(), sa.ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    op.create_table(name, release, *columns)


def _kept(name: str, *columns: sa.Column) -> None:
    number = sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True)
    op.create_table(name, number, *columns, sqlite_autoincrement=True)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)
