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
            keys = _keys(index, start, window, site, stratum)
            found = keys.merge(windows[windows["window"] == window], how="left", on=["site", "stratum", "window_start"])
            for wanted, column in ((per_visit, "per_visit"), (effect, "effect")):
                empty = np.isnan(wanted)
                wanted[empty] = found[column].to_numpy(dtype=float)[empty]
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


def _windows(cells: Cells, outcome: str) -> pd.DataFrame:
    frame = cells.repeats
    keep = (frame["outcome"] == outcome) & (frame["state"] == PUBLISHED) & frame["stratum"].isin([ALL, *cells.strata])
    if cells.by != ALL:
        keep &= (frame["stratifier"] == cells.by) | (frame["stratum"] == ALL)
    else:
        keep &= frame["stratifier"] == ALL
    frame = frame[keep].drop_duplicates(["site", "window", "window_start", "stratum"])
    frame = pd.concat([frame, _practice(frame)], ignore_index=True)
    per_visit, effect = design_effect(frame)
    kept = frame[["site", "window", "window_start", "stratum"]].assign(per_visit=per_visit, effect=effect)
    kept.loc[kept["window"] == ALL, "window_start"] = pd.NaT
    return kept.drop_duplicates(["site", "window", "window_start", "stratum"])


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


def _keys(index: pd.DataFrame, start: pd.Timestamp, window: str, site: str | None, stratum: str | None) -> pd.DataFrame:
    if window == ALL:
        starts = pd.Series(pd.NaT, index=index.index, dtype="datetime64[ns]")
    else:
        weeks = (index["period"] - start).dt.days // 7 // WEEKS[window] * WEEKS[window]
        starts = start + pd.to_timedelta(weeks * 7, "D")
    return pd.DataFrame(
        {"site": site or index["site"], "stratum": stratum or index["stratum"], "window_start": starts},
        index=index.index,
    )
