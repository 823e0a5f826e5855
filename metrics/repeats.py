"""How much less do visits tell because patients come back? The design effect, from sums over patients.

deff = sum over patients of (y - p m)^2 x P/(P-1) / (n p q), with m a patient's visits and y their events in the window.
Weekly counts need none (1.0): hardly anybody comes twice in a week. See docs/metrics.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.cells import Cells
from metrics.groups import PERIODS
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS, WINDOWS

NOT_KNOWN = "the interval does not know that patients come back"
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Repeats:
    """Per group: variance of a visit as patients make it (nan: not known), and the binomial design effect (>= 1)."""

    per_visit: Floats
    design_effect: Floats

    @property
    def known(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.isfinite(self.per_visit)


def repeats_of(cells: Cells, index: pd.DataFrame, outcome: str, period: str) -> Repeats:
    """For each group of `index`: from its own window, else a longer one, else that of all strata, else the practice."""
    if period == "week":
        ones = np.ones(len(index))
        return Repeats(np.zeros(len(index)), ones)
    windows = _windows(cells, outcome)
    per_visit, effect = np.full(len(index), np.nan), np.full(len(index), np.nan)
    start = pd.Timestamp(cells.release.grid_start or "2000-01-03")
    for site, stratum in ((None, None), (None, ALL), (ALL_SITES, None), (ALL_SITES, ALL)):
        for window in _longer(period):
            lacking = np.isnan(per_visit) | np.isnan(effect)
            if not lacking.any():
                break
            found = windows[window].reindex(_keys(index[lacking], start, window, site, stratum))
            for wanted, column in ((per_visit, "per_visit"), (effect, "effect")):
                wanted[lacking] = np.where(np.isnan(wanted[lacking]), found[column].to_numpy(), wanted[lacking])
    return Repeats(per_visit, np.where(np.isnan(effect), 1.0, np.maximum(effect, 1.0)))


def design_effect(sums: pd.DataFrame) -> tuple[Floats, Floats]:
    """(variance of one visit as patients make it, design effect) of rows of n, events, patients, mm, my, yy.

    nan where fewer than two patients; the design effect also where nothing or everything happened.
    """
    n, y, people = (sums[name].to_numpy(dtype=float) for name in ("n", "events", "patients"))
    mm, my, yy = (sums[name].to_numpy(dtype=float) for name in ("mm", "my", "yy"))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = y / n
        spread = np.maximum(yy - 2 * p * my + p * p * mm, 0.0) * people / (people - 1)
        per_visit = np.where((n > 0) & (people > 1), spread / n, np.nan)
        effect = per_visit / (p * (1 - p))
    return per_visit, np.where(np.isfinite(effect) & (p > 0) & (p < 1), effect, np.nan)


def _windows(cells: Cells, outcome: str) -> dict[str, pd.DataFrame]:
    """Per window length: per_visit and effect by (site, stratum, first day as a number; 0 for the whole period)."""
    frame = cells.repeats
    keep = (frame["outcome"] == outcome) & (frame["state"] == PUBLISHED) & frame["stratum"].isin([ALL, *cells.strata])
    keep &= (frame["stratifier"] == cells.by) | ((frame["stratum"] == ALL) if cells.by != ALL else False)
    frame = frame[keep].drop_duplicates(["site", "window", "window_start", "stratum"])
    frame = pd.concat([frame, _practice(frame)], ignore_index=True)
    per_visit, effect = design_effect(frame)
    days = np.where(frame["window"] == ALL, 0, _days(frame["window_start"]))
    keys = pd.MultiIndex.from_arrays([frame["site"], frame["stratum"], days])
    values = pd.DataFrame({"per_visit": per_visit, "effect": effect}, index=keys)
    of_length = {window: values[(frame["window"] == window).to_numpy()] for window in WINDOWS}
    return {window: one[~one.index.duplicated()] for window, one in of_length.items()}


def _days(when: pd.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
    return when.to_numpy(dtype="datetime64[D]").astype(np.int64)


def _practice(frame: pd.DataFrame) -> pd.DataFrame:
    """Where the practice's own sums are not published, its sites' added (a patient of two counts twice)."""
    keys = ["window", "window_start", "stratum"]
    own = frame.loc[frame["site"] == ALL_SITES, keys]
    sums = (
        frame[frame["site"] != ALL_SITES]
        .groupby(keys, as_index=False)[["n", "events", "patients", "mm", "my", "yy"]]
        .sum()
    )
    lacking = sums.merge(own.assign(own=True), how="left", on=keys)
    return lacking[lacking["own"].isna()].drop(columns="own").assign(site=ALL_SITES)


def _longer(period: str) -> tuple[str, ...]:
    """This window and every longer one, shortest first."""
    return tuple(window for window in WINDOWS if PERIODS.index(window) >= PERIODS.index(period))


def _keys(
    index: pd.DataFrame, start: pd.Timestamp, window: str, site: str | None, stratum: str | None
) -> pd.MultiIndex:
    """Which window of this length holds each group?"""
    days = np.zeros(len(index), dtype=np.int64)
    if window != ALL:
        first, length = int(_days(pd.Series([start]))[0]), 7 * WEEKS[window]
        days = first + (_days(index["period"]) - first) // length * length
    sites = index["site"] if site is None else np.full(len(index), site, dtype=object)
    strata = index["stratum"] if stratum is None else np.full(len(index), stratum, dtype=object)
    return pd.MultiIndex.from_arrays([sites, strata, days])
