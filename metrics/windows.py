"""How much less do visits tell because patients come back? Per window, site and stratum, from sums over patients.

deff = sum over patients of (y - p m)^2 x P/(P-1) / (n p q), with m a patient's visits and y their events in the window.
See docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import Any

import numpy as np

from warehouse.frames import Columns
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS

SUMS = ("n", "events", "patients", "mm", "my", "yy")
Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Spread:
    """nan where not known. per_visit: variance of one visit as patients make it; effect: the design effect.

    own_visits: how many visits the patient of a visit has, on average over visits: the effect's largest value.
    dispersion: the variance of the number of events over that number, patients being independent.
    """

    per_visit: Floats
    effect: Floats
    own_visits: Floats
    dispersion: Floats


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
        told = (spread.per_visit, spread.effect, spread.own_visits, spread.dispersion)
        return Spread(*(each[place][..., turn] for each in told))


def make_windows(table: Columns, sites: tuple[str, ...], strata: tuple[str, ...], start: date | None) -> Windows:
    """The spread of every published window. table: rows of repeat_cells: undivided, and of the stratifier of `strata`.

    start: the Monday windows are counted from. Where the practice's own sums are not published, its sites' are added
    (a patient of two counts twice).
    """
    names = tuple(dict.fromkeys(table["outcome"]))
    outcome, site = places_of(table["outcome"], names), places_of(table["site"], (ALL_SITES, *sites))
    stratum = np.where(table["stratifier"] == ALL, len(strata), places_of(table["stratum"], strata))
    turn = _turns(table, start)
    values = np.stack([table[name] for name in SUMS], axis=-1).astype(float)
    known = (table["state"] == PUBLISHED) & (site >= 0) & (stratum >= 0)
    found = {}
    for window in dict.fromkeys(table["window"]):
        rows = np.flatnonzero(known & (table["window"] == window))
        shape = (len(names), 1 + len(sites), len(strata) + 1, 2 + int(turn[rows].max(initial=-1)))
        sums = np.full((*shape, len(SUMS)), np.nan)
        sums[outcome[rows], site[rows], stratum[rows], turn[rows]] = values[rows]
        if strata == (ALL,):
            sums[:, :, 0] = sums[:, :, -1]
        found[window] = spread_of(*np.moveaxis(_with_practice(sums), -1, 0))
    return Windows({name: place for place, name in enumerate(names)}, found)


def spread_of(n: Floats, events: Floats, patients: Floats, mm: Floats, my: Floats, yy: Floats) -> Spread:
    """The spread from the sums over patients.

    nan where fewer than two patients; the design effect also where nothing or everything happened.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p = events / n
        spread = np.maximum(yy - 2 * p * my + p * p * mm, 0.0) * patients / (patients - 1)
        per_visit = np.where((n > 0) & (patients > 1), spread / n, np.nan)
        effect = per_visit / (p * (1 - p))
        effect = np.where(np.isfinite(effect) & (p > 0) & (p < 1), effect, np.nan)
        dispersion = np.where((events > 0) & (patients > 1), yy / events, np.nan)
        return Spread(per_visit, effect, np.where(n > 0, mm / n, np.nan), dispersion)


def _with_practice(sums: Floats) -> Floats:
    """Where the practice's own sums are not known, those of its sites, added."""
    known = ~np.isnan(sums[:, 1:])
    added = np.where(known.any(axis=1), np.where(known, sums[:, 1:], 0.0).sum(axis=1), np.nan)
    sums[:, 0] = np.where(np.isnan(sums[:, 0]), added, sums[:, 0])
    return sums


def _turns(table: Columns, start: date | None) -> Ints:
    """Each row's number among the windows of its length; 0 for the window of everything."""
    if start is None:
        return np.zeros(len(table["window"]), dtype=np.int64)
    days = table["window_start"].astype("datetime64[D]") - np.datetime64(start, "D")
    windows = table["window"]
    length = np.fromiter(map(WEEKS.get, windows, repeat(0)), dtype=np.int64, count=len(windows))
    return np.where(length > 0, days.astype(np.int64) // 7 // np.maximum(length, 1), 0)


def places_of(names: np.ndarray[Any, Any], known: tuple[str, ...]) -> Ints:
    """Each name's place among the known ones; -1 for another."""
    places = {name: place for place, name in enumerate(known)}
    return np.fromiter(map(places.get, names, repeat(-1)), dtype=np.int64, count=len(names))
