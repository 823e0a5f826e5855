"""What did everything that was ever rolled out do? All effects of a release, worked out once and kept with it.

The release is published first; its effects follow in one transaction of their own. Until they are there readers keep to
the newest release that has them all, and a run that was killed between is made good by the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from metrics.effects.answer import MetricEffect, answer
from metrics.effects.declared import panels_of, source_of
from metrics.effects.interventions import Intervention, interventions
from metrics.effects.panels import Panel
from metrics.effects.stored import METHOD, as_row
from warehouse.record import effects_made, keep_effects
from warehouse.store import Store

Progress = Callable[[str, float | None], None]


def _quiet(step: str, share: float | None) -> None:
    """Says nothing."""


def complete_effects(store: Store, progress: Progress = _quiet) -> tuple[int, ...]:
    """Work out what is missing: the effects of each kept release that has none, or has those of another version of
    the estimators. Newest first. Returns the releases it did."""
    made = effects_made(store)
    due = [release.id for release in store.releases() if made.get(release.id) != METHOD]
    return tuple(release_id for release_id in due if _keep(store, release_id, progress))


def _keep(store: Store, release_id: int, progress: Progress) -> bool:
    found = release_effects(store, release_id, progress)
    return keep_effects(store, release_id, METHOD, [as_row(effect) for effect in found])


def release_effects(store: Store, release_id: int, progress: Progress = _quiet) -> tuple[MetricEffect, ...]:
    """Every intervention's effect on every metric, by component, intervention and metric."""
    source = source_of(store, release_id)
    known = interventions(store.read("rollout", release_id), source.sites)
    return effects_of(panels_of(source) if known else (), known, progress)


def effects_of(
    panels: tuple[Panel, ...], known: tuple[Intervention, ...], progress: Progress = _quiet
) -> tuple[MetricEffect, ...]:
    """The same from panels and interventions."""
    found: list[MetricEffect] = []
    total = max(len(panels) * len(known), 1)
    for one in known:
        others = others_than(one, known)
        for panel in panels:
            progress(f"Working out what {one.says} did", len(found) / total)
            found.append(_answered(panel, one, others))
    progress("Effects are there", 1.0)
    return tuple(found)


def _answered(panel: Panel, one: Intervention, others: tuple[Intervention, ...]) -> MetricEffect:
    """One effect. Where the estimator fails on these cells it says so: the others must not go without their answer."""
    try:
        return answer(panel, one, others)
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as fault:
        reason = f"The estimator failed on these cells ({type(fault).__name__}). Please report it."
        return answer(replace(panel, reason=reason), one, others)


def others_than(one: Intervention, known: tuple[Intervention, ...]) -> tuple[Intervention, ...]:
    """The interventions of other components: what else was going on."""
    return tuple(each for each in known if each.component != one.component)
