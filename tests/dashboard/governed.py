"""A made-up practice with a rollout of two waves, its effects, a locked plan and the looks taken under it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from metrics.governing import govern
from metrics.plan import Aim, Guardrail, Plan
from metrics.verdict import Role
from tests.metrics.released_rollouts import LIVE, SITES, practice
from tests.metrics.releases import monday
from warehouse.record import add_act, add_plan, last_snapshot_id
from warehouse.store import Store

FIRST = monday(LIVE[0] or 0)
OWNER = "Rowan Ellis"


def plan(**changes: object) -> Plan:
    """Fewer visits missed, and nobody lost for it; one guardrail can be judged here, one cannot."""
    told: dict[str, object] = {
        "component": "ai_scheduling",
        "version": "",
        "go_live": {site: monday(week) for site, week in zip(SITES, LIVE, strict=True) if week is not None},
        "decision_on": FIRST + timedelta(weeks=40),
        "aim": Aim("no_show_rate", 3.0, 4.5, "three in a hundred: half a day a month"),
        "guardrails": (
            Guardrail("slots_lost", 3.0, Role.MUST_HOLD, "three in a hundred more is half a day a month"),
            Guardrail("in_care_12_weeks", 8.0, Role.WATCHED, "one in twelve", OWNER),
        ),
        "dropped": {"burnout": "no survey is held; A. Director, 3 March"},
    }
    return Plan(**{**told, **changes})  # type: ignore[arg-type]


def lock(store: Store, one: Plan, *, on: date, entry: int = 7, entry_hash: str = "f" * 64) -> None:
    """Keep a plan as the command does."""
    told = {"hash": one.hash, "content": one.content, "component": one.component, "locked_by": "Ana Silva"}
    at = {"locked_at": datetime(on.year, on.month, on.day), "reason": ""}  # noqa: DTZ001  stored as UTC without a zone
    add_plan(store, {**told, **at, "audit_entry": entry, "audit_hash": entry_hash})


def overrule(store: Store, one: Plan) -> None:
    """Two people decide otherwise."""
    told = {"plan_hash": one.hash, "snapshot_id": last_snapshot_id(store, one.hash), "act": "overruled"}
    told |= {"word": "PROCEED", "by": "Ana Silva", "second": OWNER, "reason": "The winter list is long."}
    add_act(store, {**told, "audit_entry": 9, "audit_hash": "e" * 64})


def decided(folder: Path) -> Store:
    """The whole of it."""
    store = practice(folder)
    lock(store, plan(), on=FIRST - timedelta(weeks=12))
    govern(store)
    return store
