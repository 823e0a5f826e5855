"""Which figures must be withheld beside one that is, lest it follow from a total and the others?

Complementary suppression (Cox 1980, JASA 75:377): figures of sites, strata and periods add up to totals that somebody
outside may hold.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.schema import ALL, ALL_SITES

PLACE = ["stratifier", "site", "stratum", "period"]
TOO_FINE = 1500  # withheld figures of one metric that can be examined; with more, none of the metric leaves

Flags = NDArray[np.bool_]


def complete(
    place: pd.DataFrame, counts: NDArray[np.float64], people: NDArray[np.float64], hidden: Flags, k: int
) -> Flags:
    """Withholds more figures of one metric until none that is withheld follows from the totals and the others."""
    if not hidden.any():
        return hidden
    lines = _lines(place)
    hidden = hidden.copy()
    alone = np.zeros(len(hidden), dtype=bool)  # the only part of its total, which tells it whatever is done here
    alone[[line[0] for line in lines if len(line) == 1]] = True
    while True:
        if hidden.sum() > TOO_FINE:
            return np.ones(len(hidden), dtype=bool)
        gone = [(line, line[hidden[line]]) for line in lines]
        weak = [line for line, these in gone if _told(counts[these], people[these], k)] or _solved(lines, hidden)
        rest = [line[~hidden[line] & ~alone[line]] for line in weak]
        more = {int(free[np.argmin(counts[free, 0])]) for free in rest if len(free)}
        if not more:
            return hidden
        hidden[list(more)] = True


def _lines(place: pd.DataFrame) -> list[NDArray[np.intp]]:
    """Figures that add up to a total somebody outside may hold: the sites of a practice, the strata, the periods."""
    found = []
    parts = place.reset_index(drop=True)
    for along, whole in (("site", ALL_SITES), ("stratum", ALL), ("period", ALL)):
        others = [name for name in PLACE if name != along]
        within = parts[parts[along].astype(str) != whole]
        found += [group.index.to_numpy() for _, group in within.groupby(others)]
    return found


def _told(counts: NDArray[np.float64], people: NDArray[np.float64], k: int) -> bool:
    """Would the total less the rest tell one figure, or a sum that is itself too small, of visits or of people?

    Several figures are about at least as many people as the one with the most. Of a count that is not known (nan) there
    may be none, or one.
    """
    if len(counts) < 2:
        return len(counts) == 1
    sums, most = np.nansum(counts, axis=0), people.max(axis=0)
    some = (sums > 0) | np.isnan(counts).any(axis=0)
    return bool((some & ((sums < k) | (most < k))).any())


def _solved(lines: list[NDArray[np.intp]], hidden: Flags) -> list[NDArray[np.intp]]:
    """The lines of withheld figures that follow from several lines together, though from none alone."""
    unknown = np.flatnonzero(hidden)
    if not len(unknown):
        return []
    sums = np.array([np.isin(unknown, line) for line in lines], dtype=float).reshape(-1, len(unknown))
    sizes, directions = np.linalg.eigh(sums.T @ sums)
    basis = directions[:, sizes > max(sizes.max(initial=0.0), 1.0) * 1e-9]
    known = unknown[(basis**2).sum(axis=1) > 1 - 1e-7]
    return [line for line in lines if np.isin(known, line).any()]
