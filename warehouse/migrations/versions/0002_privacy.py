"""What shows that no identifier left: policy, checks, sweep, risk, attestations; and approved quotes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("release", sa.Column("privacy_profile", sa.String()))
    _create("policy_drop", _word("table_name"), _word("reason"), sa.Column("rows", sa.BigInteger()))
    _create(
        "policy_column",
        _word("table_name"),
        _word("column_name"),
        _text("privacy_class"),
        _text("action"),
        sa.Column("mapped", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String()),
    )
    _create("privacy_check", _number("item"), _text("title"), _text("state"), _text("checked"), *_counted())
    _create(
        "sweep_result",
        _word("place"),
        _word("needle"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("needles", sa.BigInteger()),
        *_counted(),
    )
    _create("risk_figure", _word("measure"), sa.Column("value", sa.Float()), _text("state"), _text("meaning"))
    _create(
        "attestation",
        _number("position"),
        _text("about"),
        _text("attested_by"),
        sa.Column("attested_on", sa.Date(), nullable=False),
        _text("says"),
    )
    _create(
        "quote",
        sa.Column("quote_id", sa.BigInteger(), primary_key=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String()),
        _text("text"),
    )


def _create(name: str, *columns: sa.Column) -> None:
    release = sa.Column("release_id", sa.Integer(), sa.ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    op.create_table(name, release, *columns)


def _word(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), primary_key=True)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), primary_key=True)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def _counted() -> tuple[sa.Column, ...]:
    return sa.Column("looked_at", sa.BigInteger()), sa.Column("hits", sa.BigInteger())
