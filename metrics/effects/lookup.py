"""What did one component do to one metric? The effects kept with the newest release that has them all."""

from __future__ import annotations

from metrics.effects.answer import MetricEffect
from metrics.effects.interventions import interventions
from metrics.effects.stored import from_row
from metrics.errors import QueryError, unknown
from metrics.registry import METRICS
from warehouse.record import read_record
from warehouse.store import Store


def kept_effects(store: Store, component: str, metric: str) -> tuple[tuple[MetricEffect, ...], int | None]:
    """(every intervention of the component, oldest first; the release they belong to).

    Empty where the exports name no go-live of it, or the metric is one that no effect over time is read on: a
    stratified contrast may answer then. Raises QueryError for a metric that is not there at all, and where the effects
    are still to be worked out.
    """
    record, latest = read_record(store), store.latest()
    if latest is None:
        raise QueryError("There is no release yet. Run `rapport ingest`.")
    rollout = store.read("rollout", latest.id)
    known = [one.name for one in interventions(rollout, ()) if one.component == component]
    if not known:
        return (), None
    rows = [row for row in record.effects if row["component"] == component and row["intervention"] in known]
    if not rows:
        raise QueryError(f"The effects of {component} are not worked out yet. Run `rapport ingest`.")
    there = {row["metric"] for row in rows}
    if metric not in there:
        if metric in {one.key for one in METRICS}:
            return (), None
        raise unknown("metric", metric, sorted({*there, *(one.key for one in METRICS)}))
    found = [from_row(row) for row in rows if row["metric"] == metric]
    return tuple(sorted(found, key=lambda effect: known.index(effect.intervention))), record.effects_of
