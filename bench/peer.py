"""All metrics from the rows, with pandas and lifelines, as one would write it with care: never a loop over rows.

lifelines gets one row per course of care; sums over a patient's own visits are a groupby over all visits.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from bench.rows import Rows

HORIZON_WEEKS, MEAN_WEEKS = 12, 26
Z = 1.959963984540054
OUTCOMES = {  # metric -> what happened, and the visits it can happen to
    "no_show_rate": ("no_show", ("attended", "no_show")),
    "late_cancel_rate": ("late_cancel", ("attended", "no_show", "late_cancel")),
    "slots_lost": ("slots_lost", ("attended", "no_show", "late_cancel")),
    "wait_from_booking": ("wait", ("attended", "no_show")),
}

Answer = tuple[float, float, float]
Key = tuple[Hashable, ...]  # the names of a group, in the order of the keys


def everything(rows: Rows, stratifiers: Sequence[str]) -> dict[tuple[str, ...], dict[Key, Answer]]:
    """Every metric, for the practice and every site, undivided and by each stratifier: (metric, keys...) -> groups."""
    found: dict[tuple[str, ...], dict[Key, Answer]] = {}
    for by in (None, *stratifiers):
        for site in ((), ("site",)):
            keys = [*site, *([by] if by else [])]
            for name, answers in attendance(rows.visits, keys):
                found[name, *keys] = answers
            for name, answers in retention(rows.episodes, keys):
                found[name, *keys] = answers
    return found


def attendance(visits: pd.DataFrame, keys: list[str]) -> Iterator[tuple[str, dict[Key, Answer]]]:
    """Shares with Wilson limits, and the mean wait; both know that patients come back."""
    names = ["attended", "no_show", "late_cancel", "slots_lost", "wait", "squares"]
    waits = visits["wait"] * (visits["attended"] + visits["no_show"])
    worked_out = visits.assign(wait=waits, squares=waits**2)
    own = worked_out.groupby([*keys, "patient"], observed=True, sort=False)[names].sum()
    for metric, (event, population) in OUTCOMES.items():
        m, y = own[list(population)].sum(axis=1), own[event]
        sums = pd.DataFrame({"n": m, "y": y, "mm": m * m, "my": m * y, "yy": y * y, "people": m > 0})
        sums["squares"] = own["squares"]
        total = sums.groupby(level=keys, observed=True).sum() if keys else sums.sum().to_frame().T
        yield metric, _limits(total, grouped=bool(keys), share=event != "wait")


def retention(episodes: pd.DataFrame, keys: list[str]) -> Iterator[tuple[str, dict[Key, Answer]]]:
    """Kaplan-Meier at twelve weeks, the mean of the first 26 weeks, and who left after the first visit."""
    at_horizon: dict[Key, Answer] = {}
    mean: dict[Key, Answer] = {}
    for name, part in episodes.groupby(keys, observed=True) if keys else [((), episodes)]:
        key = _key(name)
        curve = KaplanMeierFitter().fit(part["weeks"], part["ended"])
        at_horizon[key] = (float(curve.predict(HORIZON_WEEKS)), *_at(curve.confidence_interval_, HORIZON_WEEKS))
        weeks = float(restricted_mean_survival_time(curve, t=MEAN_WEEKS))
        half = Z * _error_of_mean(curve, weeks)
        mean[key] = (weeks, weeks - half, weeks + half)
    yield "in_care_12_weeks", at_horizon
    yield "mean_weeks_in_care", mean
    left = episodes.assign(n=1, y=episodes["left_after_first"])
    total = left.groupby(keys, observed=True)[["n", "y"]].sum() if keys else left[["n", "y"]].sum().to_frame().T
    yield "left_after_first_visit", _limits(total, grouped=bool(keys), share=True)


def _limits(total: pd.DataFrame, *, grouped: bool, share: bool) -> dict[Key, Answer]:
    """Value and limits per group, from sums over patients where there are any."""
    n, y = (total[name].to_numpy(dtype=float) for name in ("n", "y"))
    value = y / n
    spread = value * (1 - value)
    if "mm" in total:
        mm, my, yy, people = (total[name].to_numpy(dtype=float) for name in ("mm", "my", "yy", "people"))
        clustered = (yy - 2 * value * my + value**2 * mm) * people / (people - 1) / n
        if not share:
            spread = (total["squares"].to_numpy(dtype=float) - n * value**2) / (n - 1)
        spread = np.maximum(clustered, spread)
    if share:
        low, high = _wilson(value, n * value * (1 - value) / spread)
    else:
        low, high = value - Z * np.sqrt(spread / n), value + Z * np.sqrt(spread / n)
    index = [_key(one) if grouped else () for one in total.index]
    return dict(zip(index, zip(value.tolist(), low.tolist(), high.tolist(), strict=True), strict=True))


def _error_of_mean(curve: KaplanMeierFitter, mean: float) -> float:
    """The standard error of the area under the curve to MEAN_WEEKS; lifelines has that of the shortened times alone."""
    table = curve.event_table
    table = table[(table.index > 0) & (table.index <= MEAN_WEEKS) & (table["observed"] > 0)]
    time, left, at_risk = (
        column.to_numpy(dtype=float) for column in (table.index, table["observed"], table["at_risk"])
    )
    share = curve.survival_function_.iloc[:, 0].reindex(table.index).to_numpy()
    until = np.cumsum(np.diff(time, prepend=0.0) * np.concatenate([[1.0], share[:-1]]))
    stays = at_risk > left  # past a time at which all leave there is no area
    parts = (mean - until[stays]) ** 2 * left[stays] / (at_risk[stays] * (at_risk[stays] - left[stays]))
    return float(np.sqrt(parts.sum()))


def _wilson(share: np.ndarray[Any, Any], n: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return centre - half, centre + half


def _key(name: Any) -> Key:
    return name if isinstance(name, tuple) else (name,)


def _at(interval: pd.DataFrame, week: int) -> tuple[float, float]:
    row = interval[interval.index <= week].iloc[-1]
    return float(row.iloc[0]), float(row.iloc[1])
