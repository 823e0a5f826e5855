"""Which tables hold what was concluded from the released counts: effects, locked plans, verdicts, signatures?

Effects belong to their release and go with it. Plans, deviations, verdicts and acts are only ever added to and outlive
every release: they carry the hashes of the plan and the release they rest on (DESIGN, effects and verdict).
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, String, Table

from warehouse.columns import METADATA, keys, release_key


def _estimate(name: str) -> list[Column[float]]:
    return [Column(f"{name}_{part}", Float) for part in ("value", "low", "high")]


EFFECTS_MADE = Table(  # a release whose effects are all there; one without a row is still being worked on
    "effects_made",
    METADATA,
    release_key(),
    Column("made_at", DateTime, nullable=False),  # UTC
    Column("method", String, nullable=False),  # version of the estimators
    Column("effects", Integer, nullable=False),
)

EFFECT_RESULT = Table(
    "effect_result",
    METADATA,
    release_key(),
    *keys("component", "intervention", "metric", "scope"),  # scope: "*", all sites it went live at
    Column("state", String, nullable=False),  # published, cannot_say
    Column("reason", String, nullable=False),
    Column("unit", String, nullable=False),
    *_estimate("adjusted"),
    *_estimate("ratio"),
    *_estimate("naive"),
    *_estimate("unpenalised"),
    Column("n", Integer, nullable=False),
    Column("design", String, nullable=False),
    Column("why", String, nullable=False),
    Column("error", Float),  # standard error of the adjusted effect
    Column("freedom", Float),
    Column("information", Float),  # 1 / squared error, as looks count it
    Column("proves", Boolean, nullable=False),  # may a PROCEED rest on it?
    Column("weeks_before", Integer, nullable=False),
    Column("weeks_after", Integer, nullable=False),
    Column("detail", String, nullable=False),  # JSON: terms, labels, by_weeks, companions, checks
)

LOCKED_PLAN = Table(
    "locked_plan",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("hash", String, nullable=False, unique=True),  # of `content`
    Column("content", String, nullable=False),  # the plan as canonical JSON
    Column("component", String, nullable=False),
    Column("locked_at", DateTime, nullable=False),  # UTC
    Column("locked_by", String, nullable=False),
    Column("reason", String, nullable=False),  # why it takes the place of an earlier one; "" for a first plan
    Column("audit_entry", Integer, nullable=False),  # its number in the audit log
    Column("audit_hash", String, nullable=False),
    sqlite_autoincrement=True,
)

PLAN_DEVIATION = Table(  # what is not as the plan said; each sentence once
    "plan_deviation",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("plan_hash", String, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("says", String, nullable=False),
    sqlite_autoincrement=True,
)

VERDICT_SNAPSHOT = Table(  # what was said, when, from what
    "verdict_snapshot",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("plan_hash", String, nullable=False),
    Column("look", Integer),  # number of the planned look; null: between looks
    Column("look_on", Date),
    Column("made_at", DateTime, nullable=False),
    Column("release_id", Integer, nullable=False),  # no foreign key: a snapshot outlives its release
    Column("release_hash", String, nullable=False),
    Column("word", String, nullable=False),
    Column("sentence", String, nullable=False),
    Column("detail", String, nullable=False),  # JSON: reasons, and per metric the estimate, look and finding
    sqlite_autoincrement=True,
)

VERDICT_ACT = Table(  # signed, or overruled, by whom
    "verdict_act",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("plan_hash", String, nullable=False),
    Column("snapshot_id", Integer, nullable=False),
    Column("act", String, nullable=False),  # signed, overruled
    Column("word", String, nullable=False),  # that the person stands for
    Column("by", String, nullable=False),
    Column("second", String, nullable=False),  # the second person; "" for a signature
    Column("reason", String, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("audit_entry", Integer, nullable=False),
    Column("audit_hash", String, nullable=False),
    sqlite_autoincrement=True,
)

EFFECT_TABLES = (EFFECTS_MADE, EFFECT_RESULT)
KEPT_TABLES = (LOCKED_PLAN, PLAN_DEVIATION, VERDICT_SNAPSHOT, VERDICT_ACT)
