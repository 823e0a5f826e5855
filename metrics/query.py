"""What does a release answer? Rows for printing and for pages, from cells alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from metrics.cells import EVERY, Cells, Wanted, load_cells, load_contrast, load_every, load_totals
from metrics.contrast import EffectReport, report
from metrics.declare import ANY, Answers, Metric
from metrics.errors import QueryError, unknown
from metrics.estimate import State
from metrics.groups import Groups
from metrics.registry import METRICS, metric_named
from metrics.tables import SOURCES
from warehouse.schema import ALL, ALL_SITES
from warehouse.store import Store

__all__ = ["EVERY", "EffectReport", "QueryError", "ResultRow", "effect", "results", "results_from"]


@dataclass(frozen=True)
class ResultRow:
    """One figure: a metric for a site ("*" = the practice), a stratum and a period ("all", or the Monday it begins).

    value, low and high are None unless `state` is "published"; `reason` then says why, else what to keep in mind.
    """

    metric: str
    site: str
    stratifier: str
    stratum: str
    period: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    state: State
    reason: str
    release: int

    def as_json(self) -> dict[str, Any]:
        """The row as printed by `rapport metrics --json`."""
        return {**vars(self), "state": self.state.value}


def results(
    store: Store,
    *,
    release_id: int | None = None,
    metric: str | None = None,
    site: str | None = None,
    by: str | None = None,
    period: str = ALL,
) -> list[ResultRow]:
    """Every figure asked for, in the order metric, site (practice first), stratum, period.

    metric None = all of them; site None = the practice and every site, "*" = the practice alone; by None = undivided,
    EVERY = undivided, then by each stratifier, every metric where that makes sense; period "all" = one figure over
    everything published, else one per "week", "4weeks", "12weeks" or "24weeks".
    Raises QueryError for a name that is not known, naming the nearest.
    """
    whole = period == ALL
    needed = wanted(METRICS if metric is None else (metric_named(metric),))
    if by == EVERY:
        splits = load_every(store, release_id=release_id, whole=whole, wanted=needed)
    else:
        splits = ((load_totals if whole else load_cells)(store, release_id=release_id, by=by, wanted=needed),)
    return [
        row
        for cells in splits
        for row in results_from(cells, metric=metric, site=site, period=period, sensible=by == EVERY)
    ]


def results_from(
    cells: Cells, *, metric: str | None = None, site: str | None = None, period: str = ALL, sensible: bool = False
) -> list[ResultRow]:
    """The same from cells already loaded. sensible: leave out metrics that are never split so."""
    chosen = METRICS if metric is None else (metric_named(metric),)
    if sensible:
        chosen = tuple(one for one in chosen if not one.why_not(cells.by))
    if site is not None and site not in (ALL_SITES, *cells.sites):
        raise unknown("site", site, cells.sites)
    if period not in cells.periods:
        raise unknown("period", period, cells.periods)
    shared: dict[object, Groups] = {}
    rows: list[ResultRow] = []
    for one in chosen:
        source = SOURCES[one.cells[0]]
        asked = (source.name, one.only) if one.held(cells) else (source.followed, source.timeless)
        if asked not in shared:
            shared[asked] = one.groups(cells, period)
        rows.extend(_rows(one, one.answers(cells, period, shared[asked]), cells, site))
    return rows


def wanted(metrics: Sequence[Metric]) -> Wanted:
    """What must be read of a release to answer these?"""
    outcomes = [name for metric in metrics for name in (metric.outcome, *metric.repeats) if name]
    return Wanted(
        tables=tuple(name for name in SOURCES if any(name in metric.cells for metric in metrics)),
        outcomes=None if ANY in outcomes else tuple(dict.fromkeys(outcomes)),
        exposure=any(metric.exposure for metric in metrics),
        over_time=tuple(dict.fromkeys(name for metric in metrics for name in metric.over_time)),
        effects=tuple(dict.fromkeys(name for metric in metrics for name in metric.effects)),
    )


def beside(metric: str) -> Wanted:
    """What must be read to answer this metric and all others of the same counts, as a page asks them."""
    table = metric_named(metric).cells[0]
    return wanted([each for each in METRICS if each.cells[0] == table])


def effect(store: Store, component: str, metric: str, *, release_id: int | None = None) -> EffectReport:
    """What difference does a component make to a metric, naively and within strata of the confounder?

    Raises QueryError for an unknown metric or component; a metric without a contrast gives a report that says so.
    """
    chosen = metric_named(metric)
    return report(chosen, load_contrast(store, component, chosen.outcome, release_id=release_id))


def _rows(metric: Metric, answers: Answers, cells: Cells, site: str | None) -> Iterator[ResultRow]:
    found = answers.measured
    value, low, high = (column.tolist() for column in (found.value, found.low, found.high))
    for place, group in enumerate(answers.groups.index):
        if site not in (None, group.site):
            continue
        shown = answers.states[place] is State.PUBLISHED
        yield ResultRow(
            metric=metric.key,
            site=group.site,
            stratifier=cells.by,
            stratum=group.stratum,
            period=ALL if group.period is None else group.period.isoformat(),
            value=value[place] if shown else None,
            low=low[place] if shown else None,
            high=high[place] if shown else None,
            n=answers.n(place),
            unit=metric.unit,
            state=answers.states[place],
            reason=answers.reasons[place],
            release=cells.release.id,
        )
