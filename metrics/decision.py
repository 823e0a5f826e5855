"""Proceed, hold or halt, and why? Everything the Verdict page and `rapport verdict` show, read from what is kept.

Nothing is estimated here: effects were worked out at release, looks were taken when they were due, and a reading costs
milliseconds. `decision(store)` is the newest plan's; `decisions(store)` has one for every locked plan, newest first.
"""

from __future__ import annotations

from collections.abc import Sequence

from metrics.decided import (
    CanTell,
    Decision,
    LineShown,
    LookShown,
    Moment,
    PlanShown,
    Said,
    Signature,
    Span,
)
from metrics.deciding import Standing, decide_on
from metrics.errors import QueryError
from metrics.governing import Row
from warehouse.record import read_record
from warehouse.store import Store

__all__ = [
    "CanTell",
    "Decision",
    "LineShown",
    "LookShown",
    "Moment",
    "PlanShown",
    "Said",
    "Signature",
    "Span",
    "decision",
    "decisions",
    "without_plan",
]


def decision(store: Store, plan_hash: str | None = None, *, broken: Sequence[str] = ()) -> Decision:
    """The decision under the newest plan, or under the plan whose hash begins so.

    broken: faults found outside the warehouse (the audit log), in words.
    Raises QueryError for a plan that is not there.
    """
    standing = _standing(store)
    rows = standing.record.plans
    if plan_hash is not None:
        rows = tuple(row for row in rows if row["hash"].startswith(plan_hash))
        if not rows:
            raise QueryError(f"No locked plan has a hash that begins with {plan_hash}. See `rapport plan show`.")
    return decide_on(standing, rows[-1] if rows else None, broken)


def decisions(store: Store) -> tuple[Decision, ...]:
    """One for every locked plan, newest first; one without a plan where none is locked."""
    standing = _standing(store)
    rows: Sequence[Row | None] = standing.record.plans[::-1] or (None,)
    return tuple(decide_on(standing, row) for row in rows)


def without_plan(store: Store) -> Decision:
    """What is known of every rollout, whether or not a plan is locked for it; no verdict but a safety halt."""
    return decide_on(_standing(store), None)


def _standing(store: Store) -> Standing:
    record = read_record(store)
    releases = store.releases()
    latest = releases[0] if releases else None
    if latest is None:
        raise QueryError("There is no release yet. Run `rapport ingest`.")
    of_effects = next((each for each in releases if each.id == record.effects_of), None)
    tables = store.read_tables(latest.id, {"rollout": {}, "safety_fact": {}, "quality_result": {}, "site": {}})
    return Standing(record, latest, of_effects, **tables)
