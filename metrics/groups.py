"""Which published groups make up each site, stratum and period, and where none do, why not?

Published groups never overlap, so every coarser figure is a sum of them. A period is shown where all its weeks are
published at that grain or finer; otherwise the reason is said. Everything is done on arrays of site x week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.cells import Cells
from metrics.errors import unknown
from metrics.estimate import State
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS

PERIODS = (*WEEKS, ALL)
BLOCK_WEEKS = 12  # what is published of twelve weeks is decided at once
HELD_BACK = -1  # marks a week whose group is withheld

Ints = np.ndarray[Any, np.dtype[np.int64]]


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


def group(frame: pd.DataFrame, cells: Cells, period: str) -> Groups:
    """The groups of one cell table at one period length ("week", "4weeks", "12weeks", "24weeks" or "all")."""
    if period not in PERIODS:
        raise unknown("period", period, PERIODS)
    grid = _Grid.of(frame, cells)
    length = grid.weeks if period == ALL else WEEKS[period]
    count = grid.weeks // length if length else 0
    state, note = _states(grid, cells, length, count, whole=period == ALL)
    sites = (ALL_SITES, *cells.sites)
    return Groups(
        _index(cells, sites, grid, state, note, length=length, whole=period == ALL),
        *_membership(frame, cells, grid, length, count),
    )


@dataclass(frozen=True)
class _Grid:
    """span[site, week]: how many weeks long the published group is that covers it; 0 none, HELD_BACK withheld.

    Site 0 is the practice's own groups (those published for all sites together).
    """

    start: pd.Timestamp
    weeks: int
    span: Ints
    first: Ints  # per row of the cells: its first week
    length: Ints  # per row of the cells: how many weeks long
    site: Ints  # per row of the cells: its site's number

    @classmethod
    def of(cls, frame: pd.DataFrame, cells: Cells) -> _Grid:
        start = pd.Timestamp(cells.release.grid_start or "2000-01-03")
        numbers = {name: place for place, name in enumerate((ALL_SITES, *cells.sites))}
        first = ((frame["period_start"] - start).dt.days // 7).to_numpy().astype(np.int64)
        length = frame["grain"].map(WEEKS).to_numpy().astype(np.int64)
        site = frame["site"].map(numbers).to_numpy().astype(np.int64)
        published = (frame["state"] == PUBLISHED).to_numpy()
        until = cells.release.published_until
        weeks = (pd.Timestamp(until) - start).days // 7 if until else 0
        weeks = max([weeks, *(first + length)[published]])
        span = np.zeros((len(numbers), weeks), dtype=np.int64)
        for wanted, value in ((~published, np.full(len(frame), HELD_BACK)), (published, length)):
            keep = np.flatnonzero(wanted & (first >= 0))
            _, one = np.unique(np.stack([site[keep], first[keep], length[keep]]), axis=1, return_index=True)
            keep = keep[one]
            cell = np.repeat(keep, length[keep])
            within = np.arange(len(cell)) - np.repeat(np.cumsum(length[keep]) - length[keep], length[keep])
            week = first[cell] + within
            inside = week < weeks
            span[site[cell][inside], week[inside]] = value[cell][inside]
        return cls(start, weeks, span, first, length, site)


def _states(
    grid: _Grid, cells: Cells, length: int, count: int, *, whole: bool
) -> tuple[list[list[State]], list[list[str]]]:
    """State and note of every site (0 = the practice) and period."""
    state: list[list[State]] = []
    note: list[list[str]] = []
    for place in range(len(cells.sites) + 1):
        judged = [
            _judge(grid, cells, place, turn * length, length, whole=whole) for turn in range(count)
        ]  # sites x periods: hundreds, each a look at a few weeks
        state.append([one for one, _ in judged])
        note.append([text for _, text in judged])
    return state, note


def _judge(  # noqa: PLR0911  one return per reason reads best
    grid: _Grid, cells: Cells, place: int, first: int, length: int, *, whole: bool
) -> tuple[State, str]:
    span = grid.span[:, first : first + length]
    own = span if place == 0 else span[[place]]
    coarsest = int(own.max(initial=0))
    if coarsest > length:
        return State.WITHHELD, f"published only per {coarsest} weeks"
    covered = int((own > 0).any(axis=0).sum())
    if covered == length or (whole and covered):
        return State.PUBLISHED, _left_out(span, place, covered, length)
    if covered:
        return State.WITHHELD, "part of this period is withheld or not yet published"
    if (own == HELD_BACK).any() or (span[0] == HELD_BACK).any():
        return State.WITHHELD, f"fewer than {cells.release.smallest_group} patients in a group here"
    if (span[0] > 0).any():
        return State.WITHHELD, "published only for the practice as a whole"
    if not whole and (first // BLOCK_WEEKS + 1) * BLOCK_WEEKS > grid.weeks and grid.span.max(initial=0) > 0:
        return State.WITHHELD, "waits until its twelve weeks are over"
    return State.ZERO, "nobody was seen here in this period"


def _left_out(span: Ints, place: int, covered: int, length: int) -> str:
    """What a published sum does not contain, in words; "" where it is whole."""
    notes = []
    if covered < length:
        notes.append(f"{covered} of {length} weeks; the rest is withheld or not yet published")
    if place == 0:
        lacking = int(((span[1:] == HELD_BACK).any(axis=1)).sum())
        if lacking:
            notes.append(f"without some weeks of {lacking} of {len(span) - 1} sites, withheld")
    return "; ".join(notes)


def _index(
    cells: Cells,
    sites: tuple[str, ...],
    grid: _Grid,
    state: list[list[State]],
    note: list[list[str]],
    *,
    length: int,
    whole: bool,
) -> pd.DataFrame:
    count = len(state[0])
    strata = len(cells.strata)
    starts = pd.DatetimeIndex(
        [pd.NaT] * count if whole else grid.start + pd.to_timedelta(np.arange(count) * length * 7, "D")
    )
    return pd.DataFrame(
        {
            "site": np.repeat(np.array(sites, dtype=object), strata * count),
            "stratum": np.tile(np.repeat(np.array(cells.strata, dtype=object), count), len(sites)),
            "period": np.tile(starts, len(sites) * strata),
            "state": np.concatenate([np.tile(np.array(row, dtype=object), strata) for row in state]),
            "note": np.concatenate([np.tile(np.array(row, dtype=object), strata) for row in note]),
        }
    )


def _membership(frame: pd.DataFrame, cells: Cells, grid: _Grid, length: int, count: int) -> tuple[Ints, Ints]:
    strata = {name: place for place, name in enumerate(cells.strata)}
    stratum = frame["stratum"].map(strata).fillna(-1).to_numpy(dtype=np.int64)
    turn = grid.first // max(length, 1)
    fits = (frame["state"] == PUBLISHED).to_numpy() & (stratum >= 0) & (grid.length <= length)
    fits &= (turn >= 0) & (turn < count)
    rows = np.flatnonzero(fits)
    practice = stratum[rows] * count + turn[rows]
    own = (grid.site[rows] * len(strata) + stratum[rows]) * count + turn[rows]
    of_a_site = grid.site[rows] > 0
    return np.concatenate([rows, rows[of_a_site]]), np.concatenate([practice, own[of_a_site]])
