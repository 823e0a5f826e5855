"""Which sums that are not shown follow, by linear algebra, from those that are? Of one table, or of several together.

Twelve weeks and one stratifier at a time: columns are site x week x stratum, rows the sums over them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deid.disclosure import GRAINS

EVERYWHERE = "*"
UNDIVIDED = "all"
EXACT = 1e-7  # sums of zeros and ones: a combination is exact or far off
HALF_A_ROW = 0.5  # counts are whole: published sums that miss each other by more do not add up
RANK = 1e-9  # of the largest: what is below counts as zero
LARGEST = 1500  # columns of one system that is solved; a larger one is judged by overlaps and differences alone

Matrix = NDArray[np.float64]


def recoverable(published: Matrix, hidden: Matrix) -> NDArray[np.bool_]:
    """Which hidden sums are a linear combination of published ones?

    published, hidden: one row per sum, one column per finest group, 1 where the sum includes the group. True where a
    hidden row lies in the row space of the published ones.
    """
    if not len(hidden) or not len(published):
        return np.zeros(len(hidden), dtype=bool)
    sizes, directions = np.linalg.eigh(published.T @ published)  # sums of zeros and ones: no size is nearly zero
    basis = directions.T[sizes > sizes.max(initial=0.0) * RANK]
    rest = hidden - (hidden @ basis.T) @ basis
    return np.asarray(np.abs(rest).max(axis=1) < EXACT)


def numbered(cells: pd.DataFrame | None, grid_start: object) -> pd.DataFrame:
    """The cells with `week`: weeks since the Monday the grid begins on."""
    if cells is None or cells.empty:
        return pd.DataFrame(
            columns=["site", "grain", "week", "stratifier", "stratum", "state", "week_in_care", "booked"]
        )
    since = pd.to_datetime(cells["period_start"]) - pd.Timestamp(grid_start)  # type: ignore[arg-type]
    return cells.assign(week=(since.dt.days // 7).astype("int64")).reset_index(drop=True)


@dataclass(frozen=True)
class Group:
    """One row of a table: week counts from the first of the twelve; stratum is None where it is undivided."""

    table: int
    site: str
    week: int
    grain: str
    stratum: str | None
    shown: bool


Groups = dict[Group, float]  # and the rows it holds, where it is shown


def of_one(cells: pd.DataFrame) -> Iterator[str]:
    """What follows from one table alone? A sentence for each fault, without values.

    cells: site, grain, week, stratifier, stratum, state and booked; one row per group.
    """
    known: dict[frozenset[Group], bool] = {}  # periods are cut alike again and again
    for name, groups in _blocks([cells]):
        key = frozenset(groups)
        if key not in known:
            known[key] = _follows(System(groups))
        if known[key]:
            yield f"A group of {name} that is not shown follows from the groups that are."


def of_several(tables: Sequence[pd.DataFrame], what: str) -> Iterator[str]:
    """What follows from tables that count the same rows (`what`), and from none of them alone?"""
    known: dict[frozenset[Group], bool] = {}
    for name, groups in _blocks(tables):
        if len({group.table for group in groups if group.shown}) < len(tables):
            continue
        key, system = frozenset(groups), System(groups)
        if key not in known:
            known[key] = _follows(system)
        if known[key]:
            yield f"A group of {name} that is not shown follows from two tables that count {what}."
        if not system.adds_up():
            yield f"Two tables that count {what} hold different ones in the same groups of {name}."


def _blocks(tables: Sequence[pd.DataFrame]) -> Iterator[tuple[str, Groups]]:
    """The stratifier and the groups of every twelve weeks in which there is anything to ask."""
    found: dict[tuple[int, str], Groups] = defaultdict(dict)
    names = ["site", "week", "grain", "stratifier", "stratum", "state", "booked"]
    for number, cells in enumerate(tables):
        for site, week, grain, name, stratum, state, booked in cells[names].itertuples(index=False, name=None):
            shown, block = state == "published", week // GRAINS["12weeks"]
            told = None if name == UNDIVIDED else stratum
            group = Group(number, site, week - block * GRAINS["12weeks"], grain, told, shown)
            found[block, name][group] = float(booked) if shown else 0.0
    for (block, name), groups in found.items():
        every = groups | (found[block, UNDIVIDED] if name != UNDIVIDED else {})
        shown = [group.shown for group in every]
        if any(shown) and (len(tables) > 1 or not all(shown) or any(group.grain != "week" for group in every)):
            yield name, every


def _follows(system: System) -> bool:
    """Is anything that is not shown a combination of all that is, and of no table by itself?"""
    if system.published.shape[1] > LARGEST or not recoverable(system.published, system.hidden).any():
        return False
    tables = np.unique(system.table)
    if len(tables) == 1:
        return True
    alone = [recoverable(system.published[system.table == one], system.hidden) for one in tables]
    return bool((recoverable(system.published, system.hidden) & ~np.any(alone, axis=0)).any())


class System:
    """Twelve weeks of one stratifier, over the columns that differ.

    published: the sums that are shown; table, values: whose each is, and what it is. hidden: those that should not
    follow.
    """

    def __init__(self, groups: Groups) -> None:
        sites = sorted({group.site for group in groups} - {EVERYWHERE})
        strata = sorted({group.stratum for group in groups if group.stratum is not None}) or [UNDIVIDED]
        columns = [(site, week, stratum) for site in sites for week in range(GRAINS["12weeks"]) for stratum in strata]
        self.site, self.week, self.stratum = (np.array([one[at] for one in columns]) for at in range(3))
        self.released = dict.fromkeys((group.table for group in groups), np.zeros(len(columns), dtype=bool))
        kept = [group for group in groups if group.shown]
        for group in kept:
            if group.stratum is None:
                self.released[group.table] = self.released[group.table] | self._places(group)
        self.table = np.array([group.table for group in kept])
        self.values = np.array([groups[group] for group in kept])
        published = [self._columns(group) for group in kept]
        wanted = self._wanted(groups, {one.tobytes() for one in published})
        kinds = np.unique(np.array(published + wanted, dtype=float), axis=1)
        self.published, self.hidden = np.split(kinds, [len(published)])

    def adds_up(self) -> bool:
        """Are there numbers of the finest groups that make up every published sum?"""
        if self.published.shape[1] > LARGEST:
            return True
        found = np.linalg.lstsq(self.published, self.values, rcond=None)[0]
        return bool(np.abs(self.published @ found - self.values).max(initial=0.0) < HALF_A_ROW)

    def _places(self, group: Group) -> NDArray[np.bool_]:
        inside = (self.week >= group.week) & (self.week < group.week + GRAINS[group.grain])
        return inside if group.site == EVERYWHERE else inside & (self.site == group.site)

    def _columns(self, group: Group) -> NDArray[np.bool_]:
        """Which columns a group adds up. Strata are counted over what is released undivided alone."""
        inside = self._places(group)
        if group.stratum is None:
            return inside
        return inside & self.released[group.table] & (self.stratum == group.stratum)

    def _wanted(self, groups: Groups, published: set[bytes]) -> list[NDArray[np.bool_]]:
        """What is withheld, and each week and each site of what is shown for several."""
        targets = [self._columns(group) for group in groups if not group.shown]
        divided = any(group.stratum is not None for group in groups)
        for group in groups:
            coarse = group.grain != "week" or group.site == EVERYWHERE
            if group.shown and coarse and (group.stratum is not None) == divided:
                mask = self._columns(group)
                for values in (self.week, self.site):
                    targets += [mask & (values == one) for one in np.unique(values[mask])]
        return list({one.tobytes(): one for one in targets if one.any() and one.tobytes() not in published}.values())
