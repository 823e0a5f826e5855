"""What is due after a release? Its effects, the looks whose day has come, and what is no longer as the plan says.

Each part is one transaction and repeatable: a run that was killed between is made good by the next, a look that was
taken is never taken again, and a sentence about a deviation stands once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from metrics.effects.ahead import ahead
from metrics.effects.answer import answer
from metrics.effects.declared import panels_of, source_of
from metrics.effects.interventions import Intervention, interventions
from metrics.effects.lookwords import words
from metrics.effects.panels import Panel
from metrics.effects.released import Progress, complete_effects
from metrics.effects.snapshots import as_snapshot, taken_before
from metrics.effects.stored import as_row
from metrics.plan import Plan, differences, plan_of_content
from metrics.plan_scope import came, others_of
from metrics.verdict import Word
from warehouse.record import Record, add_deviations, add_effects, add_snapshots, read_record
from warehouse.store import Release, Store

Row = Mapping[str, Any]


def _quiet(step: str, share: float | None) -> None:
    """Says nothing."""


def govern(store: Store, progress: Progress = _quiet) -> None:
    """Bring everything that follows from the releases up to date."""
    complete_effects(store, progress)
    record = read_record(store)
    release = store.latest()
    if release is None or not record.plans:
        return
    source = source_of(store, release.id)
    known = interventions(store.read("rollout", release.id), source.sites)
    panels: dict[str, Panel] | None = None
    for row in record.plans:
        plan = plan_of_content(row["content"])
        change = came(plan, known)
        _note_safety(store, record, row, release)
        add_deviations(store, row["hash"], rollout_deviations(plan, change, source.sites, release))
        if change is None:
            continue
        wants_effects = not has_effects(record, row, release)
        if not wants_effects and not looks_due(record, row, plan, release):
            continue
        panels = panels or {panel.metric: panel for panel in panels_of(source)}
        progress(f"Looks of the plan for {plan.says}", None)
        if wants_effects:
            _keep_effects(store, row, plan, change, known, panels, release)
        if looks_due(record, row, plan, release):
            _take(store, record, row, plan, change, known, panels, release)


def _note_safety(store: Store, record: Record, row: Row, release: Release) -> None:
    """A safety fact halts between looks, at once: kept once per release."""
    facts = store.read("safety_fact", release.id)
    says = [str(fact.says) for fact in facts.itertuples() if fact.happened]
    noted = any(
        one["look"] is None and one["release_hash"] == release.content_hash for one in snapshots_of(record, row)
    )
    if not says or noted:
        return
    told = {"plan_hash": row["hash"], "look": None, "look_on": None, "release_id": release.id}
    told |= {"release_hash": release.content_hash, "word": Word.HALT.value, "sentence": Word.HALT.value}
    add_snapshots(store, [{**told, "detail": json.dumps({"why": says, "lines": []})}])


def own_name(plan_hash: str) -> str:
    """Under which intervention the effects of a plan are kept, as the plan draws its bounds."""
    return f"plan {plan_hash[:12]}"


def has_effects(record: Record, row: Row, release: Release) -> bool:
    """Are the effects of a plan's own lines there?"""
    there = any(one["intervention"] == own_name(row["hash"]) for one in record.effects)
    return record.effects_of == release.id and there


def _keep_effects(
    store: Store,
    row: Row,
    plan: Plan,
    change: Intervention,
    known: Sequence[Intervention],
    panels: Mapping[str, Panel],
    release: Release,
) -> None:
    """The effects on a plan's lines, with what it takes as one and what it replaces."""
    wanted = [plan.aim.metric, *(one.metric for one in plan.guardrails)]
    others = others_of(plan, known)
    found = [answer(panels[metric], change, others) for metric in wanted if metric in panels]
    named = [replace(effect, intervention=own_name(row["hash"])) for effect in found]
    add_effects(store, release.id, [as_row(effect) for effect in named])


def looks_due(record: Record, row: Row, plan: Plan, release: Release) -> bool:
    """Has the day of a look come that was not taken yet?"""
    taken = [snapshot["look"] for snapshot in snapshots_of(record, row) if snapshot["look"] is not None]
    until = release.published_until
    return until is not None and sum(day <= until for day in plan.looks) > len(taken)


def snapshots_of(record: Record, row: Row) -> list[Row]:
    """The verdicts given under one plan, oldest first."""
    return [snapshot for snapshot in record.snapshots if snapshot["plan_hash"] == row["hash"]]


def _take(
    store: Store,
    record: Record,
    row: Row,
    plan: Plan,
    change: Intervention,
    known: Sequence[Intervention],
    panels: Mapping[str, Panel],
    release: Release,
) -> None:
    late, moved = is_retrospective(row, plan, change), has_moved_end(record, row, plan)
    others = others_of(plan, known)
    before = taken_before(snapshots_of(record, row), retrospective=late)
    until = release.published_until or release.extracted_on
    found = words(panels, plan, change, others, until=until, taken=before, retrospective=late, moved_end=moved)
    foreseen = ahead(panels, plan, change, others, (*before, *found)) if found else ()
    rows = [
        as_snapshot(look, foreseen if look is found[-1] else (), row["hash"], release.id, release.content_hash)
        for look in found
    ]
    add_snapshots(store, rows)


def is_retrospective(row: Row, plan: Plan, change: Intervention | None) -> bool:
    """Was the plan locked on or after the day of the first go-live?"""
    first = min([*plan.go_live.values(), *([change.first] if change else [])])
    return bool(row["locked_at"].date() >= first)


def differences_before(record: Record, row: Row, plan: Plan) -> tuple[str, ...]:
    """What was changed since an earlier lock of a plan for the same intervention, against the first of them."""
    before = earlier_plans(record, row, plan)
    return differences(before[0], plan) if before else ()


def has_moved_end(record: Record, row: Row, plan: Plan) -> bool:
    """Had an earlier plan for the same intervention another day of decision?"""
    return any(other.decision_on != plan.decision_on for other in earlier_plans(record, row, plan))


def earlier_plans(record: Record, row: Row, plan: Plan) -> list[Plan]:
    """Plans locked before for the same component and version, oldest first."""
    before = [plan_of_content(each["content"]) for each in record.plans if each["id"] < row["id"]]
    return [each for each in before if (each.component, each.version) == (plan.component, plan.version)]


def rollout_deviations(
    plan: Plan, change: Intervention | None, sites: Sequence[str], release: Release
) -> tuple[str, ...]:
    """Where did the rollout not go as planned? As of the last published day."""
    until = release.published_until or release.extracted_on
    starts = change.starts if change else {}
    found = []
    for site, day in plan.go_live.items():
        live = starts.get(site)
        if site not in (*sites, *starts):
            found.append(f"{site} is in the plan and is no published site.")
        elif live is None and day < until:
            found.append(f"{site} was to go live on {day} and has not.")
        elif live is not None and live != day:
            found.append(f"{site} was to go live on {day} and did on {live}.")
    for site, live in starts.items():
        if live is not None and site not in plan.go_live:
            found.append(f"{site} went live on {live} and is not in the plan.")
    return tuple(found)
