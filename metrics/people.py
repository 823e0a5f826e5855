"""How many different people, at least, stand behind a figure: those it happened to, and the others?

A figure counts visits, sheets, messages or courses of care; what may leave the practice is judged by people. The
release holds three things from which a lower bound follows:
- sums over patients of their own counts (repeat_cells): of y events in all and a sum of squares q, at least y^2 / q
  people had one (Cauchy-Schwarz);
- slots and patients of a published group: beyond one slot a patient, `booked - patients` slots are repetitions, so at
  least x - (booked - patients) people are behind x of them;
- sheets and staff of a published group (`metrics.staff`), in the same way.
A figure over several groups is about at least as many people as any one of them. Where none of these is known, nothing
is. Of means the people behind n are asked; weeks in care are published only where at least k patients are at risk in
each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from metrics.cells import load_totals
from metrics.declare import ANY, Floats, Metric
from metrics.predictor_counts import model_in_use
from metrics.query import ResultRow, wanted
from metrics.registry import metric_named
from warehouse.external import RATES
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS
from warehouse.store import Release, Store

BEHIND, WITH, WITHOUT, FAMILY = "people_behind", "people_with", "people_without", "family"
BETTER_IS_MORE = ("in_care_12_weeks",)  # its share counts those to whom it did not happen
WEEKS_IN_CARE = "mean_weeks_in_care"
HOURS = "staff_time"
_KEYS = ["outcome", "stratifier", "stratum", "site"]
_BOUNDS = [BEHIND, WITH, WITHOUT]
_EVENTS = {  # outcome: (columns that count its events, taken off them, the visits it is asked of)
    "no_show": (("no_show",), (), ("attended", "no_show")),
    "late_cancel": (("late_cancel",), (), ("attended", "no_show", "late_cancel")),
    "slots_lost": (("no_show", "late_cancel"), ("refilled",), ("attended", "no_show", "late_cancel")),
    "wait": ((), (), ("waits",)),
}
_OF_FORECASTS = {  # whose events are summed over patients; other figures on forecasts are about all that were scored
    "predictor_ppv": "alerts_missed",
    "predictor_flagged": "alerts",
    "predictor_overridden": "overridden",
    "predictor_rubber_stamped": "left_alone",
}
_SCORED = "missed"
_FORECAST = "forecast."
_SAME_EVENTS = {"unplanned_12_weeks": "in_care_12_weeks"}  # those who left in weeks 0 to 11
_OF_TWO = ("difference of shares", "money", "probability")  # units of what joins two groups, or money to one
_NOT_SUMMED = (  # past the target are not all of the others: some are undetermined, and may be all the people there
    *("predictor_ppv_in_time", "predictor_flagged_in_time"),
    "crisis_inside_target",
)


def at_least(store: Store, rows: Iterable[ResultRow], period: str) -> pd.DataFrame:
    """For each row, in order: people_with and people_without, lower bounds (0 where nothing is known), and family.

    rows: of the latest release, of one length of period. People of the practice are those of its site with the most. Of
    what is no share people_with counts those behind n. family: the table whose rows it counts.
    """
    release = store.releases()[0]
    found = pd.concat(_bounds(store, release), ignore_index=True)
    found = found.assign(turn=_turn(found["week"], found["weeks"], period)).dropna(subset="turn")
    practice = found.assign(site=ALL_SITES)
    best = pd.concat([found, practice]).groupby([*_KEYS, "turn"])[_BOUNDS].max()
    model = model_in_use(load_totals(store, wanted=wanted([metric_named("predictor_brier")]))) if period == ALL else ""
    places = [_place(row, release, period, model) for row in rows]
    asked = pd.DataFrame(places, columns=[*_KEYS, "turn", "turned", "counts", FAMILY])
    told = asked.join(best, on=[*_KEYS, "turn"])[_BOUNDS].fillna(0).astype("int64")
    told.loc[asked["outcome"] == WEEKS_IN_CARE, BEHIND] = release.smallest_group
    turned, counts = (asked[name].to_numpy(dtype=bool) for name in ("turned", "counts"))
    return pd.DataFrame(
        {
            WITH: np.where(counts, np.where(turned, told[WITHOUT], told[WITH]), told[BEHIND]),
            WITHOUT: np.where(counts, np.where(turned, told[WITH], told[WITHOUT]), 0),
            FAMILY: asked[FAMILY],
        }
    )


def _place(
    row: ResultRow, release: Release, period: str, model: str
) -> tuple[str, str, str, str, int, bool, bool, str]:
    metric = metric_named(row.metric)
    turn = 0
    if period != ALL and release.grid_start is not None:
        turn = (pd.Timestamp(row.period) - pd.Timestamp(release.grid_start)).days // 7 // WEEKS[period]
    place = (summed_as(metric, model), row.stratifier, row.stratum, row.site, turn)
    return (*place, row.metric in BETTER_IS_MORE, counts_events(metric), metric.cells[0])


def counts_events(metric: Metric) -> bool:
    """Does its value tell how many it happened to, or is it a mean of those behind n?"""
    return metric.unit == "share" or metric.unit in RATES


def summed_as(metric: Metric, model: str = "") -> str:
    """Under which outcome are the people behind a figure bounded? "" where they are not.

    model: whose forecasts the figure is about; "" = anybody's. Figures that join two groups, or money to either, have
    none; nor have those whose events are not summed.
    """
    table = metric.cells[0]
    if metric.unit in _OF_TWO or metric.key in _NOT_SUMMED:
        return ""
    if table == "staff_cells":
        (_, (instrument, *_)), (_, (scale, *_)) = metric.only
        return _sheets(instrument, scale, asked=metric.key == "staff_answered")
    if table in ("staff_time_cells", "retention_cells"):
        return HOURS if table == "staff_time_cells" else _SAME_EVENTS.get(metric.key, metric.key)
    if ANY in metric.repeats:
        return f"{_FORECAST}{model}{'.' if model else ''}{_OF_FORECASTS.get(metric.key, _SCORED)}"
    first = next(iter((*filter(None, [metric.outcome]), *metric.repeats)), "")
    return "" if counts_events(metric) and first.startswith("score.") else first


def _sheets(instrument: str, scale: str, *, asked: bool) -> str:
    return f"staff.{instrument}.{scale}" + (".asked" if asked else "")


def _turn(week: pd.Series, weeks: pd.Series, period: str) -> pd.Series:
    """Which period holds the whole of these weeks? Nothing where none does. weeks 0: everything published."""
    if period == ALL:
        return week * 0
    length = WEEKS[period]
    first = week // length
    return first.where((weeks > 0) & (week + weeks <= (first + 1) * length))


def _bounds(store: Store, release: Release) -> Iterator[pd.DataFrame]:
    """Lower bounds from every source: the keys, week (the first), weeks (how many), and the three bounds."""
    yield _by_squares(store.read("repeat_cells", release.id, state=PUBLISHED), release)
    cells = store.read("attendance_cells", release.id, state=PUBLISHED)
    again = cells["booked"] - cells["patients"]
    for outcome, (added, taken, asked) in _EVENTS.items():
        events = cells[list(added)].sum(axis=1) - cells[list(taken)].sum(axis=1)
        n = cells[list(asked)].sum(axis=1)
        yield _bound(_dated(cells, outcome), [x - again for x in (n, events, n - events)], release)
    yield from _of_sheets(store.read("staff_cells", release.id, state=PUBLISHED), release)
    hours = store.read("staff_time_cells", release.id, state=PUBLISHED)
    yield _bound(_dated(hours, HOURS), [hours["patients"], 0 * hours["patients"], 0 * hours["patients"]], release)


def _dated(cells: pd.DataFrame, outcome: Any) -> pd.DataFrame:
    return cells.assign(outcome=outcome, start=cells["period_start"], weeks=cells["grain"].map(WEEKS))


def _of_sheets(cells: pd.DataFrame, release: Release) -> Iterator[pd.DataFrame]:
    """Of those asked, who answered; of those who answered, who is past the cut-off."""
    again = cells["invited"] - cells["patients"]
    for asked, n, events in ((True, "invited", "answered"), (False, "answered", "past_cutoff")):
        keys = zip(cells["instrument"], cells["scale"], strict=True)
        named = [_sheets(instrument, scale, asked=asked) for instrument, scale in keys]
        sides = (cells[n], cells[events], cells[n] - cells[events])
        yield _bound(_dated(cells, named), [side - again for side in sides], release)


def _by_squares(cells: pd.DataFrame, release: Release) -> pd.DataFrame:
    """From sums over patients; those on forecasts a second time under no model's name."""
    forecasts = cells[cells["outcome"].str.startswith(_FORECAST)]
    anybody = forecasts.assign(outcome=_FORECAST + forecasts["outcome"].str.rsplit(".", n=1).str[-1])
    cells = pd.concat([cells, anybody], ignore_index=True)
    sums = {name: cells[name].to_numpy(dtype=float) for name in ("n", "events", "mm", "my", "yy")}
    behind = _quotient(sums["n"], sums["mm"])
    happened = _quotient(sums["events"], sums["yy"])
    left = _quotient(sums["n"] - sums["events"], sums["mm"] - 2 * sums["my"] + sums["yy"])
    weeks = cells["window"].map(WEEKS).fillna(0).astype("int64")
    return _bound(cells.assign(start=cells["window_start"], weeks=weeks), [behind, happened, left], release)


def _quotient(total: Floats, squares: Floats) -> Floats:
    """total^2 / squares, rounded up: a number of people is whole."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(squares > 0, np.ceil(total**2 / squares - 1e-9), 0.0)


def _bound(rows: pd.DataFrame, bounds: Iterable[Any], release: Release) -> pd.DataFrame:
    start = pd.to_datetime(rows["start"]) - pd.Timestamp(release.grid_start)  # type: ignore[arg-type]
    found = rows.assign(week=start.dt.days // 7)
    for name, bound in zip(_BOUNDS, bounds, strict=True):
        found[name] = np.maximum(np.asarray(bound, dtype=float), 0)
    return found[[*_KEYS, "week", "weeks", *_BOUNDS]]
