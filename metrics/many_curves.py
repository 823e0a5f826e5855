"""By when was it over, for many groups at once, when for some it is not over yet?

The product-limit estimate of `metrics.survival.kaplan_meier` for every group in one pass: a group's times lie beside
each other in flat arrays, so that it costs the number of times, however many groups there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from metrics.errors import CellError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Curves:
    """place: the group of each time; time, survival (just after it), low, high: log(-log) limits.

    before: the survival, or that of the time before where the last one is over. spread: Greenwood's sum, the variance
    of the survival over its square. n: per group, how many there were. count: how many groups.
    """

    place: Ints
    time: Floats
    survival: Floats
    low: Floats
    high: Floats
    before: Floats
    spread: Floats
    n: Floats
    count: int
    level: float

    def widened(self, effect: Floats) -> Curves:
        """The same, the limits those of so many times the variance; a number for each group."""
        low, high = _limits(self.before, self.before**2 * self.spread * effect[self.place], self.level)
        return replace(self, low=np.where(self.survival > 0, low, 0.0), high=high)

    def quantile(self, p: float) -> tuple[Floats, Floats, Floats]:
        """(time, low, high) by which the share p is over, per group; nan where the curve never gets there."""
        return self._first(self.survival, 1 - p), self._first(self.low, 1 - p), self._first(self.high, 1 - p)

    def at(self, times: Floats) -> tuple[Floats, Floats, Floats]:
        """(share for whom it is not over, low, high) just after a time of each group's own.

        1 before a group's first time; nan without one, or where the last seen of it is earlier and not all are over.
        """
        reached = np.flatnonzero(self.time <= times[self.place])
        last, ends = np.full(self.count, -1), np.full(self.count, -np.inf)
        last[self.place[reached]] = reached  # ascending, so the last one stays
        np.maximum.at(ends, self.place, self.time)
        found = []
        for curve in (self.survival, self.low, self.high):
            value = np.where(last >= 0, curve[last] if len(curve) else 1.0, 1.0)
            found.append(np.where((ends >= times) | (value <= 0), value, np.nan))
        return found[0], found[1], found[2]

    def _first(self, curve: Floats, level: float) -> Floats:
        reached = np.flatnonzero(curve <= level + _ROUNDING)
        found = np.full(self.count, np.nan)
        groups, first = np.unique(self.place[reached], return_index=True)
        found[groups] = self.time[reached[first]]
        return found


def many_curves(
    place: Ints, time: Floats, observed: Floats, censored: Floats, count: int, *, level: float = 0.95
) -> Curves:
    """The share for whom it is not over yet, after each time of each group.

    place: the group of each row, 0 to count - 1; rows of one group and time are added. observed: over at that time;
    censored: not over when last seen then. Raises CellError for a negative count.
    """
    if bool((observed < 0).any() or (censored < 0).any()):
        raise CellError("counts cannot be negative")
    order = np.lexsort((time, place))
    place = place[order]
    time, observed, censored = (column[order].astype(np.float64) for column in (time, observed, censored))
    new = np.ones(len(place), dtype=bool)
    new[1:] = (np.diff(place) != 0) | (np.diff(time) != 0)
    starts = np.flatnonzero(new)
    place, time = place[starts], time[starts]
    if len(starts):
        observed, censored = (np.add.reduceat(column, starts) for column in (observed, censored))
    n = np.bincount(place, weights=observed + censored, minlength=count).astype(np.float64)
    before = _within(place, observed + censored) - (observed + censored)
    at_risk = n[place] - before
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(at_risk > 0, observed / at_risk, 0.0)
        last = hazard >= 1
        logs = np.where(last, 0.0, np.log1p(-np.where(last, 0.0, hazard)))
        step = np.where(last | (observed <= 0), 0.0, observed / (at_risk * (at_risk - observed)))
    survival = np.exp(_within(place, logs))
    ended = np.where(last, 0.0, survival)
    curves = Curves(place, time, ended, ended, ended, survival, _within(place, step), n, count, level)
    return curves.widened(np.ones(count))


def _within(place: Ints, values: Floats) -> Floats:
    """The running sum of each group."""
    running = np.cumsum(values, dtype=np.float64)
    first = np.searchsorted(place, place)
    return running - np.where(first > 0, running[first - 1], 0.0) if len(place) else running


def _limits(survival: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    z = float(special.ndtri(0.5 + level / 2))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spread = z * np.sqrt(variance) / np.abs(survival * np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
    untouched = survival >= 1
    return np.where(untouched, 1.0, low), np.where(untouched, 1.0, high)
