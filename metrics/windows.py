"""How much less do visits tell because patients come back? Per window, site and stratum, from sums over patients.

deff = sum over patients of (y - p m)^2 x P/(P-1) / (n p q), with m a patient's visits and y their events in the window.
See docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS

SUMS = ("n", "events", "patients", "mm", "my", "yy")
Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Spread:
    """per_visit: variance of one visit as patients make it; effect: the design effect. nan where not known."""

    per_visit: Floats
    effect: Floats


@dataclass(frozen=True)
class Windows:
    """The spread of every window of one split, worked out once for all outcomes.

    found: window length -> arrays of outcome x site (practice first) x stratum (all strata last) x window; past the
    last window comes one that knows nothing.
    """

    outcomes: Mapping[str, int]
    found: Mapping[str, Spread]

    def at(self, outcome: str, window: str, weeks: Ints) -> Spread | None:
        """site x stratum x period: the window of that length each period falls in; weeks: their first weeks."""
        place = self.outcomes.get(outcome)
        if place is None or window not in self.found:
            return None
        spread = self.found[window]
        turn = np.zeros_like(weeks) if window == ALL else weeks // WEEKS[window]
        turn = np.minimum(turn, spread.effect.shape[-1] - 1)
        return Spread(spread.per_visit[place][..., turn], spread.effect[place][..., turn])


def make_windows(frame: pd.DataFrame, sites: tuple[str, ...], strata: tuple[str, ...], start: date | None) -> Windows:
    """The spread of every published window. frame: rows of repeat_cells: undivided, and of the stratifier of `strata`.

    start: the Monday windows are counted from. Where the practice's own sums are not published, its sites' are added
    (a patient of two counts twice).
    """
    frame = frame[(frame["state"] == PUBLISHED).to_numpy() & frame["stratum"].isin([ALL, *strata]).to_numpy()]
    outcomes = {name: place for place, name in enumerate(dict.fromkeys(frame["outcome"]))}
    site = _places(frame["site"], (ALL_SITES, *sites))
    stratum = np.where(frame["stratifier"] == ALL, len(strata), _places(frame["stratum"], strata))
    outcome = np.array([outcomes[name] for name in frame["outcome"]], dtype=np.int64)
    turn = _turns(frame, start)
    values = frame[list(SUMS)].to_numpy(dtype=float)
    length = frame["window"].to_numpy()
    found = {}
    for window in dict.fromkeys(length):
        rows = np.flatnonzero((length == window) & (site >= 0) & (stratum >= 0))
        shape = (len(outcomes), 1 + len(sites), len(strata) + 1, 2 + int(turn[rows].max(initial=-1)))
        sums = np.full((*shape, len(SUMS)), np.nan)
        sums[outcome[rows], site[rows], stratum[rows], turn[rows]] = values[rows]
        if strata == (ALL,):
            sums[:, :, 0] = sums[:, :, -1]
        found[window] = spread_of(*np.moveaxis(_with_practice(sums), -1, 0))
    return Windows(outcomes, found)


def spread_of(n: Floats, events: Floats, patients: Floats, mm: Floats, my: Floats, yy: Floats) -> Spread:
    """The spread from the sums over patients.

    nan where fewer than two patients; the design effect also where nothing or everything happened.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p = events / n
        spread = np.maximum(yy - 2 * p * my + p * p * mm, 0.0) * patients / (patients - 1)
        per_visit = np.where((n > 0) & (patients > 1), spread / n, np.nan)
        effect = per_visit / (p * (1 - p))
        return Spread(per_visit, np.where(np.isfinite(effect) & (p > 0) & (p < 1), effect, np.nan))


def _with_practice(sums: Floats) -> Floats:
    """Where the practice's own sums are not known, those of its sites, added."""
    known = ~np.isnan(sums[:, 1:])
    added = np.where(known.any(axis=1), np.where(known, sums[:, 1:], 0.0).sum(axis=1), np.nan)
    sums[:, 0] = np.where(np.isnan(sums[:, 0]), added, sums[:, 0])
    return sums


def _turns(frame: pd.DataFrame, start: date | None) -> Ints:
    """Each row's number among the windows of its length; 0 for the window of everything."""
    if start is None:
        return np.zeros(len(frame), dtype=np.int64)
    days = frame["window_start"].to_numpy(dtype="datetime64[D]") - np.datetime64(start, "D")
    length = np.array([WEEKS.get(window, 0) for window in frame["window"]], dtype=np.int64)
    return np.where(length > 0, days.astype(np.int64) // 7 // np.maximum(length, 1), 0)


def _places(names: pd.Series, known: tuple[str, ...]) -> Ints:
    places = {name: place for place, name in enumerate(known)}
    return np.array([places.get(name, -1) for name in names], dtype=np.int64)
