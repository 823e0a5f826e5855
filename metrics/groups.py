"""Which published groups make up each site, stratum and period, and where none do, why not?

Published groups never overlap, so every coarser figure is a sum of them. A period is shown where all its weeks are
published at that grain or finer; otherwise the reason is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.cells import Cells
from metrics.errors import unknown
from metrics.grid import Grid, Ints, make_grid
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS

PERIODS = (*WEEKS, ALL)


@dataclass(frozen=True)
class Groups:
    """One row of `index` per site x stratum x period: site, stratum, period (Monday, NaT for all), state, note.

    rows, places: row `rows[i]` of the cells belongs to group `places[i]` (a site's row also to the practice).
    """

    index: pd.DataFrame
    rows: Ints
    places: Ints

    def total(self, values: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The sum of one column of the cells over each group."""
        weights = values.to_numpy(dtype=float)[self.rows]
        return np.bincount(self.places, weights=weights, minlength=len(self.index)).astype(np.float64)


@dataclass(frozen=True)
class _Turns:
    """The periods asked for: `count` of `length` weeks each, from period number `first` of the grid."""

    length: int
    first: int
    count: int
    whole: bool

    @classmethod
    def of(cls, grid: Grid, period: str) -> _Turns:
        """Every period that holds a week the exports reach and is over; one of all weeks for "all"."""
        if period == ALL:
            return cls(max(grid.until, 1), 0, 1, whole=True)
        length = WEEKS[period]
        first = grid.known[0] // length
        last = min(-(-grid.known[1] // length), grid.until // length)
        return cls(length, first, max(last - first, 0), whole=False)


def group(frame: pd.DataFrame, cells: Cells, period: str, *, followed: bool = False) -> Groups:
    """The groups of one cell table at one period length ("week", "4weeks", "12weeks", "24weeks" or "all").

    followed: the table counts what must be followed for `lapse_days` (time in care).
    """
    if period not in PERIODS:
        raise unknown("period", period, PERIODS)
    grid = make_grid(frame, cells, followed=followed)
    turns = _Turns.of(grid, period)
    return Groups(_index(cells, grid, turns), *_membership(frame, cells, grid, turns))


def _index(cells: Cells, grid: Grid, turns: _Turns) -> pd.DataFrame:
    """Site (practice first) x stratum x period, with the state and the note of each site and period."""
    sites, strata = (ALL_SITES, *cells.sites), len(cells.strata)
    numbers = np.arange(turns.first, turns.first + turns.count)
    starts = grid.start + pd.to_timedelta(numbers * turns.length * 7, "D")
    judged = [
        [grid.judge(place, int(turn) * turns.length, turns.length, whole=turns.whole) for turn in numbers]
        for place in range(len(sites))
    ]
    index = {
        "site": np.repeat(np.array(sites, dtype=object), strata * turns.count),
        "stratum": np.tile(np.repeat(np.array(cells.strata, dtype=object), turns.count), len(sites)),
        "period": np.tile(pd.DatetimeIndex([pd.NaT]) if turns.whole else starts, len(sites) * strata),
    }
    for part, name in enumerate(("state", "note")):
        rows = [np.array([one[part] for one in row] * strata, dtype=object) for row in judged]
        index[name] = np.concatenate(rows)
    return pd.DataFrame(index)


def _membership(frame: pd.DataFrame, cells: Cells, grid: Grid, turns: _Turns) -> tuple[Ints, Ints]:
    """(row of the cells, group it belongs to): each published row to the practice, and to its site."""
    strata = {name: place for place, name in enumerate(cells.strata)}
    stratum = frame["stratum"].map(strata).fillna(-1).to_numpy().astype(np.int64)
    turn = grid.first // turns.length - turns.first
    fits = (frame["state"] == PUBLISHED).to_numpy() & (stratum >= 0) & (grid.length <= turns.length)
    rows = np.flatnonzero(fits & (turn >= 0) & (turn < turns.count))
    practice = stratum[rows] * turns.count + turn[rows]
    own = (grid.site[rows] * len(strata) + stratum[rows]) * turns.count + turn[rows]
    of_a_site = grid.site[rows] > 0
    return np.concatenate([rows, rows[of_a_site]]), np.concatenate([practice, own[of_a_site]])
