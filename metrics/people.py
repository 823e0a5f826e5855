"""How many different people, at least, stand behind a figure: those it happened to, and the others?

A figure counts visits or courses of care; what may leave the practice is judged by people. The release holds two things
from which a lower bound follows:
- sums over patients of their own counts (repeat_cells): of y events in all and a sum of squares q, at least y^2 / q
  people had one (Cauchy-Schwarz);
- slots and patients of a published group: beyond one slot a patient, `booked - patients` slots are repetitions, so at
  least x - (booked - patients) people are behind x of them.
A figure over several groups is about at least as many people as any one of them. Where neither is known, nothing is.
Of means the people behind n are asked; weeks in care are published only where at least k patients are at risk in each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from metrics.declare import Floats
from metrics.query import ResultRow
from metrics.registry import metric_named
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS
from warehouse.store import Release, Store

WITH, WITHOUT = "people_with", "people_without"
BETTER_IS_MORE = ("in_care_12_weeks",)  # its share counts those to whom it did not happen
WEEKS_IN_CARE = "mean_weeks_in_care"
_KEYS = ["outcome", "stratifier", "stratum", "site"]
_MEANS = {"wait": "waits"}  # outcome of a mean: what counts its visits
_EVENTS = {  # outcome: (columns that count its events, taken off them, the visits it is asked of)
    "no_show": (("no_show",), (), ("attended", "no_show")),
    "late_cancel": (("late_cancel",), (), ("attended", "no_show", "late_cancel")),
    "slots_lost": (("no_show", "late_cancel"), ("refilled",), ("attended", "no_show", "late_cancel")),
}


def at_least(store: Store, rows: Iterable[ResultRow], period: str) -> pd.DataFrame:
    """For each row, in order: people_with and people_without, lower bounds; 0 where nothing is known.

    rows: of the latest release, of one length of period. People of the practice are those of its site with the most.
    """
    release = store.releases()[0]
    found = pd.concat(_bounds(store, release), ignore_index=True)
    found = found.assign(turn=_turn(found["week"], found["weeks"], period)).dropna(subset="turn")
    practice = found.assign(site=ALL_SITES)
    best = pd.concat([found, practice]).groupby([*_KEYS, "turn"])[[WITH, WITHOUT]].max()
    asked = pd.DataFrame([_place(row, release, period) for row in rows], columns=[*_KEYS, "turn", "turned"])
    told = asked.join(best, on=[*_KEYS, "turn"])[[WITH, WITHOUT]].fillna(0).astype("int64")
    told.loc[asked["outcome"] == WEEKS_IN_CARE, WITH] = release.smallest_group
    turned = asked["turned"].to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            WITH: np.where(turned, told[WITHOUT], told[WITH]),
            WITHOUT: np.where(turned, told[WITH], told[WITHOUT]),
        }
    )


def _place(row: ResultRow, release: Release, period: str) -> tuple[str, str, str, str, int, bool]:
    metric = metric_named(row.metric)
    turn = 0
    if period != ALL and release.grid_start is not None:
        turn = (pd.Timestamp(row.period) - pd.Timestamp(release.grid_start)).days // 7 // WEEKS[period]
    return (metric.outcome or row.metric, row.stratifier, row.stratum, row.site, turn, row.metric in BETTER_IS_MORE)


def _turn(week: pd.Series, weeks: pd.Series, period: str) -> pd.Series:
    """Which period holds the whole of these weeks? Nothing where none does. weeks 0: everything published."""
    if period == ALL:
        return week * 0
    length = WEEKS[period]
    first = week // length
    return first.where((weeks > 0) & (week + weeks <= (first + 1) * length))


def _bounds(store: Store, release: Release) -> Iterator[pd.DataFrame]:
    """Lower bounds from both sources: the keys, week (the first), weeks (how many), people_with, people_without."""
    yield _by_squares(store.read("repeat_cells", release.id, state=PUBLISHED), release)
    cells = store.read("attendance_cells", release.id, state=PUBLISHED)
    again = cells["booked"] - cells["patients"]
    rows = cells.assign(start=cells["period_start"], weeks=cells["grain"].map(WEEKS))
    for outcome, (added, taken, asked) in _EVENTS.items():
        events = cells[list(added)].sum(axis=1) - cells[list(taken)].sum(axis=1)
        others = cells[list(asked)].sum(axis=1) - events
        yield _bound(rows.assign(outcome=outcome), events - again, others - again, release)
    for outcome, counted in _MEANS.items():
        yield _bound(rows.assign(outcome=outcome), cells[counted] - again, 0 * again, release)


def _by_squares(cells: pd.DataFrame, release: Release) -> pd.DataFrame:
    sums = {name: cells[name].to_numpy(dtype=float) for name in ("n", "events", "mm", "my", "yy")}
    mean = cells["outcome"].isin(list(_MEANS)).to_numpy()
    happened = np.where(mean, _quotient(sums["n"], sums["mm"]), _quotient(sums["events"], sums["yy"]))
    left = _quotient(sums["n"] - sums["events"], sums["mm"] - 2 * sums["my"] + sums["yy"])
    weeks = cells["window"].map(WEEKS).fillna(0).astype("int64")
    rows = cells.assign(start=cells["window_start"], weeks=weeks)
    return _bound(rows, happened, np.where(mean, 0, left), release)


def _quotient(total: Floats, squares: Floats) -> Floats:
    """total^2 / squares, rounded up: a number of people is whole."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(squares > 0, np.ceil(total**2 / squares - 1e-9), 0.0)


def _bound(rows: pd.DataFrame, happened: Any, others: Any, release: Release) -> pd.DataFrame:
    start = pd.to_datetime(rows["start"]) - pd.Timestamp(release.grid_start)  # type: ignore[arg-type]
    found = rows.assign(week=start.dt.days // 7)
    for name, bound in ((WITH, happened), (WITHOUT, others)):
        found[name] = np.maximum(np.asarray(bound, dtype=float), 0)
    return found[[*_KEYS, "week", "weeks", WITH, WITHOUT]]
