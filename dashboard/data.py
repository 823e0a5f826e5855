"""What do the pages read? The only cached reads: keyed by warehouse, release and reader, so a new one is seen at once.

A failed read raises StoreError or QueryError and is not cached: the page says so, and asks again the next time.
"""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
import streamlit as st

from dashboard.access import Scope
from dashboard.marks import Break
from metrics import query
from metrics.apart import Ratio, forecast_wrongly
from metrics.balance import Balance, balance
from metrics.calibrated import calibrated
from metrics.calibration import CalibrationCurve
from metrics.cells import Cells, Wanted, load_cells
from metrics.errors import QueryError
from metrics.query import EffectReport, ResultRow
from metrics.registry import metric_named
from metrics.retention import curve
from metrics.selection import Selection
from metrics.survival import SurvivalCurve
from metrics.tables import SOURCES
from warehouse.schema import ALL, ALL_SITES, GRAINS
from warehouse.store import Store, StoreError, open_store

KEPT_ANSWERS = 400
KEPT_CELLS = 40
FAILURES = (StoreError, QueryError)

# For finished pieces of a page, asked for at every choice: a look-up costs microseconds, not the milliseconds of
# Streamlit's own caches. Its arguments, the View or Scope among them, are the key; what raises is not kept.
kept = lru_cache(maxsize=KEPT_ANSWERS)


@st.cache_data(max_entries=KEPT_ANSWERS, show_spinner=False)
def table(scope: Scope, name: str) -> pd.DataFrame:
    """One whole table of the release."""
    return _store(scope).read(name, scope.release_id)


def results(scope: Scope, metric: str, site: str | None, by: str | None, period: str = ALL) -> list[ResultRow]:
    """The rows of one metric, as `metrics.query.results` gives them."""
    rows = [row for row in _everywhere(scope, metric, by, period) if site in (None, row.site)]
    cells = _cells(scope, by, query.beside(metric))
    return rows or query.results_from(cells, metric=metric, site=site, period=period)


@kept
def finest(scope: Scope, metric: str) -> str:
    """The shortest steps of time of which most is shown, for the practice and for it and its sites together."""
    for grain in GRAINS[:-1]:
        rows = results(scope, metric, None, None, grain)
        if _most([row for row in rows if row.site == ALL_SITES]) and _most(rows):
            return grain
    return GRAINS[-1]


def _most(rows: list[ResultRow]) -> bool:
    return 2 * sum(row.value is not None for row in rows) > len(rows)


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def _everywhere(scope: Scope, metric: str, by: str | None, period: str) -> tuple[ResultRow, ...]:
    """One metric at every site, so that choosing another site computes nothing. Frozen rows, so shared, not copied."""
    return tuple(query.results_from(_cells(scope, by, query.beside(metric)), metric=metric, period=period))


@st.cache_data(max_entries=KEPT_ANSWERS, show_spinner=False)
def effect(scope: Scope, component: str, metric: str) -> EffectReport:
    """What difference a component makes to a metric: naively, and within strata."""
    return query.effect(_store(scope), component, metric, release_id=scope.release_id)


@st.cache_data(max_entries=KEPT_ANSWERS, show_spinner=False)
def survival(scope: Scope, site: str) -> SurvivalCurve:
    """The share still in care after each week, for a site or the practice."""
    return curve(Selection(_cells(scope, None, query.beside("in_care_12_weeks")), site))


@kept
def facts(scope: Scope, at: tuple[object, ...]) -> tuple[str, ...]:
    """Safety facts that halt, in words. at: they are made known without a new release."""
    held = _store(scope).read("safety_fact", scope.release_id)
    return tuple(str(row["says"]) for row in held.to_dict("records") if row["happened"])


@kept
def sites(scope: Scope) -> tuple[str, ...]:
    """The published sites, in their order."""
    return tuple(table(scope, "site").sort_values("position")["site"])


@kept
def stratifiers(scope: Scope, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """By what this release can be split, for one of these metrics at least."""
    held = [SOURCES[metric_named(key).cells[0]] for key in metrics]
    known = sorted(set(table(scope, "category")["stratifier"]) - {ALL})
    return tuple(by for by in known if any(not source.why_not(by) for source in held))


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def calibration(scope: Scope, by: str | None, stratum: str) -> CalibrationCurve | None:
    """Forecasts against what happened, for one group; None where there is no forecast."""
    return calibrated(_cells(scope, by, query.beside("predictor_auc")), stratum)


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def account(scope: Scope, site: str) -> Balance | None:
    """What the net benefit is made of; None where there is none."""
    return balance(_cells(scope, None, query.beside("net_benefit")), site)


@kept
def breaks(scope: Scope, metric: str) -> tuple[Break, ...]:
    """Where the series of a metric breaks, because its definition changed."""
    asked = metric_named(metric)
    says = {change.version: change.says for change in asked.changes}
    known = asked.eras(_cells(scope, None, query.beside(metric)))
    return tuple(Break(era.since, era.version, says.get(era.version, "")) for era in known if era.since is not None)


def components(scope: Scope, outcome: str) -> list[str]:
    """Which automation components can be compared for this outcome."""
    cells = table(scope, "contrast_cells")
    return sorted(set(cells.loc[cells["outcome"] == outcome, "component"]))


@st.cache_resource(max_entries=KEPT_CELLS, show_spinner=False)
def _cells(scope: Scope, by: str | None, wanted: Wanted) -> Cells:
    """The counts behind the answers of one split; shared between readers and never changed."""
    return load_cells(_store(scope), release_id=scope.release_id, by=by, wanted=wanted)


def _store(scope: Scope) -> Store:
    return open_store(scope.warehouse_url, read_only=True)


@kept
def wrongly_forecast(scope: Scope) -> tuple[tuple[Ratio, ...], int]:
    """The groups that are forecast wrongly, of all splits, for the whole practice; and how many can be assessed."""
    key = "predictor_observed_expected"
    ratios = [
        Ratio(row.stratifier, row.stratum, row.value, row.low, row.high)
        for by in stratifiers(scope, (key,))
        for row in results(scope, key, ALL_SITES, by)
        if row.value is not None and row.low is not None and row.high is not None
    ]
    return forecast_wrongly(ratios), len(ratios)
