"""Which rollouts can be shown, under a plan or without one, and what was decided of each?

What is concluded of a release grows without a new release (a plan is locked, a look is signed): everything here is kept
by `stamp`, which is read anew at each run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard import access, change, data, trail, words
from dashboard.access import Scope
from metrics.decided import Decision, LineShown
from metrics.decision import decision, without_plan
from metrics.effects.answer import MetricEffect
from warehouse import record
from warehouse.store import Store

Stamp = tuple[object, ...]


@dataclass(frozen=True)
class About:
    """One rollout to be judged: under the plan of that hash, or without one."""

    label: str
    plan: str = ""
    component: str = ""
    intervention: str = ""


def stamp() -> Stamp:
    """What tells that something was concluded since, the record of who did what included."""
    return (*record.stamp(access.store()), trail.stamp())


@data.kept
def choices(scope: Scope, at: Stamp) -> tuple[About, ...]:
    """Every rollout that can be shown: the plans, newest first, then what was rolled out without one."""
    store = access.store()
    plans = record.read_record(store).plans[::-1]
    planned: set[tuple[str, str]] = set()
    found = []
    for row in plans:
        shown = decision(store, row["hash"])
        planned |= {(one.component, one.intervention) for one in _effects(shown.lines)}
        version = shown.plan.plan.version if shown.plan else ""
        told = change.rollout(row["component"], version)
        found.append(About(f"{told}, plan locked on {words.day(row['locked_at'])}", plan=row["hash"]))
    effects = _effects(without_plan(store).others)
    free = dict.fromkeys((one.component, one.intervention) for one in effects)
    known = {(one.component, one.intervention) for one in effects if one.adjusted.value is not None}
    unplanned = sorted((pair for pair in free if pair not in planned), key=lambda pair: pair not in known)
    return (*found, *(About(f"{change.rollout(*pair)}, no plan", "", *pair) for pair in unplanned))


@data.kept
def decided(scope: Scope, at: Stamp, about: About | None) -> Decision:
    """Everything there is to show of one rollout. None: nothing was rolled out, or no effect is worked out yet."""
    store = access.store()
    if about is not None and about.plan:
        return decision(store, about.plan, broken=faults(store))
    found = without_plan(store)
    mine = tuple(line for line in found.others if about is not None and _is_of(line, about))
    return replace(found, others=mine)


@data.kept
def effects_on(scope: Scope, at: Stamp, metrics: tuple[str, ...]) -> tuple[LineShown, ...]:
    """What every rollout did to these metrics, rollout after rollout."""
    lines = without_plan(access.store()).others
    return tuple(line for line in lines if line.metric.partition(":")[0] in metrics)


def faults(store: Store) -> tuple[str, ...]:
    """What the record of who did what says against the locked plans, where it can be read from here."""
    log = trail.log()
    return record.lock_faults(record.read_record(store).plans, log) if log is not None else ()


def _effects(lines: tuple[LineShown, ...]) -> list[MetricEffect]:
    return [line.effect for line in lines if line.effect is not None]


def _is_of(line: LineShown, about: About) -> bool:
    effect = line.effect
    return effect is not None and (effect.component, effect.intervention) == (about.component, about.intervention)
