"""Which published groups make up each site, stratum and period, and where none do, why not?

Published groups never overlap, so every coarser figure is a sum of them. A period is shown where all its weeks are
published at that grain or finer; otherwise the reason is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from metrics import parts
from metrics.cells import Cells, rows_where
from metrics.errors import unknown
from metrics.estimate import State
from metrics.grid import Grid, Ints, lengths, make_grid, weeks_since
from metrics.tables import SOURCES, Source
from metrics.windows import places_of
from warehouse.frames import Columns
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS

Array = np.ndarray[Any, np.dtype[np.bool_]]


class Group(NamedTuple):
    """A site ("*" = the practice), a stratum and a period (its Monday; None = everything published)."""

    site: str
    stratum: str
    period: date | None
    state: State
    note: str


@dataclass(frozen=True)
class Groups:
    """One entry of `index` per site (practice first) x stratum x period, in that order; `shape` counts them.

    weeks: the first week of each period, counted from the grid's Monday.
    rows, places: row `rows[i]` of the cells belongs to group `places[i]` (a site's row also to the practice).
    """

    index: tuple[Group, ...]
    shape: tuple[int, int, int]
    weeks: Ints
    rows: Ints
    places: Ints
    known: bool = True  # does the release hold any group of this kind, of whatever split or state?

    def whole(self) -> Array:
        """Which groups are over everything published?"""
        return np.array([one.period is None for one in self.index], dtype=bool)

    def total(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The sum of one column of the cells over each group."""
        found = np.bincount(self.places, weights=values[self.rows], minlength=len(self.index))
        return found.astype(np.float64, copy=False)

    def find(self, site: str, stratum: str) -> tuple[int, ...]:
        """Where in `index` the periods of one site and stratum are."""
        return tuple(place for place, one in enumerate(self.index) if (one.site, one.stratum) == (site, stratum))


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

    @property
    def weeks(self) -> Ints:
        return np.arange(self.first, self.first + self.count, dtype=np.int64) * self.length


def group(cells: Cells, table: str, period: str, *, only: parts.Only = ()) -> Groups:
    """The groups of one cell table at one period length ("week", "4weeks", "12weeks", "24weeks" or "all").

    only: which part of it, as (key, value) pairs.
    """
    if period not in cells.periods:
        raise unknown("period", period, cells.periods)
    source = SOURCES[table]
    if source.timeless:
        return _timeless(cells, source, period)
    spans = parts.spans_of(cells.spans[table], source, only)
    grid = make_grid(rows_where(spans, spans["stratifier"] == cells.by), cells, source)
    turns = _Turns.of(grid, period)
    shape = (1 + len(cells.sites), len(cells.strata), turns.count)
    rows, places = _membership(cells.tables[table], cells, grid, turns, only)
    return Groups(_index(cells, grid, turns), shape, turns.weeks, rows, places, len(spans["site"]) > 0)


def _timeless(cells: Cells, source: Source, period: str) -> Groups:
    """The practice and its sites, over everything: counts made for the practice as a whole."""
    held = cells.aside[source.name]
    index = []
    for site in (ALL_SITES, *cells.sites) if period == ALL else ():
        state, note = State.NOT_APPLICABLE, "this is counted for the practice as a whole"
        if site == ALL_SITES and cells.by == ALL:
            shown = bool((held["state"] == PUBLISHED).any())
            state, note = (State.PUBLISHED, "") if shown else (State.WITHHELD, "fewer patients than may be shown")
        index += [Group(site, stratum, None, state, note) for stratum in cells.strata]
    none = np.zeros(0, dtype=np.int64)
    shape = (1 + len(cells.sites), len(cells.strata), int(period == ALL))
    return Groups(tuple(index), shape, np.zeros(shape[2], dtype=np.int64), none, none, len(held["state"]) > 0)


def _index(cells: Cells, grid: Grid, turns: _Turns) -> tuple[Group, ...]:
    """Site (practice first) x stratum x period, with the state and the note of each site and period."""
    weeks = turns.weeks.tolist()
    starts = [None] if turns.whole else [grid.start + timedelta(weeks=week) for week in weeks]
    index: list[Group] = []
    for place, site in enumerate((ALL_SITES, *cells.sites)):
        judged = [grid.judge(place, week, turns.length, whole=turns.whole) for week in weeks]
        for stratum in cells.strata:
            index += [Group(site, stratum, start, *one) for start, one in zip(starts, judged, strict=True)]
    return tuple(index)


def _membership(counts: Columns, cells: Cells, grid: Grid, turns: _Turns, only: parts.Only) -> tuple[Ints, Ints]:
    """(row of the cells, group it belongs to): each published row to the practice, and to its site."""
    rows = parts.rows_of(counts, only)
    stratum = places_of(counts["stratum"][rows], cells.strata)
    turn = _turn(counts, rows, grid, turns) if "period_start" in counts else np.zeros_like(stratum)
    kept = np.flatnonzero((stratum >= 0) & (turn >= 0))
    rows, stratum, turn = rows[kept], stratum[kept], turn[kept]
    practice = stratum * turns.count + turn
    site = places_of(counts["site"][rows], (ALL_SITES, *cells.sites))
    of_a_site = site > 0
    own = site * (len(cells.strata) * turns.count) + practice
    return np.concatenate([rows, rows[of_a_site]]), np.concatenate([practice, own[of_a_site]])


def _turn(counts: Columns, rows: Ints, grid: Grid, turns: _Turns) -> Ints:
    """The number, among those asked for, of the period that holds each published row; -1 where none does."""
    turn = weeks_since(grid.start, counts["period_start"][rows]) // turns.length - turns.first
    fits = (counts["state"][rows] == PUBLISHED) & (lengths(counts["grain"][rows]) <= turns.length)
    return np.where(fits & (turn >= 0) & (turn < turns.count), turn, -1)
