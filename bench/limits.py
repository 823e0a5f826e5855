"""Values and 95 % limits of many groups at once, as one would write them for a table of sums in pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from bench.peer import Answer, Key, Z

Array = np.ndarray[Any, np.dtype[np.float64]]
Answers = dict[Key, Answer]


def summed(frame: pd.DataFrame, keys: list[str], **columns: Any) -> pd.DataFrame:
    """Each of these columns added up per group; one row where there are no keys."""
    table = pd.DataFrame({name: pd.Series(values, index=frame.index).astype(float) for name, values in columns.items()})
    if not keys:
        return table.sum().to_frame().T
    return table.groupby([frame[key] for key in keys], observed=True).sum()


def shares(total: pd.DataFrame, effect: Array | float = 1.0, *, y: str = "y", n: str = "n") -> Answers:
    """Wilson limits, n divided by the design effect."""
    events, size = total[y].to_numpy(), total[n].to_numpy()
    share = events / np.where(size > 0, size, np.nan)
    return answers(total, share, *wilson(share, size / effect))


def wilson(share: Array, n: Array) -> tuple[Array, Array]:
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return centre - half, centre + half


def rates(total: pd.DataFrame, per: float, times: Array | float = 1.0) -> Answers:
    """Events y per so many of n, exact Poisson limits of y / times, times that."""
    y, unit = total["y"].to_numpy(), per / total["n"].to_numpy() * times
    low = np.where(y > 0, stats.chi2.ppf(0.025, 2 * y / times) / 2, 0.0)
    return answers(total, y * unit / times, low * unit, stats.chi2.ppf(0.975, 2 * y / times + 2) / 2 * unit)


def means(total: pd.DataFrame, clustered: Array | None = None) -> Answers:
    """Of n numbers with sum y and sum of squares yy: t limits, the variance at least that of patients' own sums."""
    n, y, squares = (total[name].to_numpy() for name in ("n", "y", "yy"))
    value = y / n
    spread = np.maximum(squares - n * value**2, 0) / (n - 1)
    spread = spread if clustered is None else np.fmax(spread, clustered)
    half = stats.t.ppf(0.975, np.maximum(n - 1, 1)) * np.sqrt(spread / n)
    return answers(total, value, value - half, value + half)


def clustered(frame: pd.DataFrame, keys: list[str], counted: pd.Series, values: pd.Series) -> tuple[Array, Array]:
    """Per group: the variance of one answer as patients make it, and how many answers the patient of one has."""
    sums = pd.DataFrame({"m": counted.astype(float), "y": values.where(counted, 0.0).astype(float)})
    own = sums.groupby([*(frame[key] for key in keys), frame["patient"]], observed=True).sum()
    m, y = own["m"], own["y"]
    parts = pd.DataFrame({"n": m, "y": y, "mm": m * m, "my": m * y, "yy": y * y, "people": (m > 0).astype(float)})
    total = parts.groupby(level=keys, observed=True).sum() if keys else parts.sum().to_frame().T
    n, all_y, mm, my, yy, people = (total[name].to_numpy() for name in parts)
    mean = all_y / n
    return np.maximum(yy - 2 * mean * my + mean**2 * mm, 0) * people / (people - 1) / n, mm / n


def effects(frame: pd.DataFrame, keys: list[str], population: pd.Series, event: pd.Series) -> Array:
    """By how much patients who come back inflate the variance of a share, per group; at least 1."""
    own, _ = clustered(frame, keys, population, event.astype(float))
    total = summed(frame, keys, n=population, y=event & population)
    share = (total["y"] / total["n"]).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.fmax(np.where((share > 0) & (share < 1), own / (share * (1 - share)), 1.0), 1.0))


def shared(frame: pd.DataFrame, keys: list[str], population: pd.Series, event: pd.Series) -> Answers:
    """A share whose interval knows that patients come back."""
    total = summed(frame, keys, n=population, y=event & population)
    return shares(total, effects(frame, keys, population, event))


def differences(one: Answers, other: Answers) -> Answers:
    """Newcombe's method 10 on two sets of limits."""
    found = {}
    for key in one.keys() & other.keys():
        (a, a_low, a_high), (b, b_low, b_high) = one[key], other[key]
        low, high = a - b - np.hypot(a - a_low, b_high - b), a - b + np.hypot(a_high - a, b - b_low)
        found[key] = (a - b, float(low), float(high))
    return found


def answers(total: pd.DataFrame, value: Array, low: Array, high: Array) -> Answers:
    """By group, in the order of the keys."""
    named = total.index.names != [None]
    index = [(one if isinstance(one, tuple) else (one,)) if named else () for one in total.index]
    return dict(zip(index, zip(value.tolist(), low.tolist(), high.tolist(), strict=True), strict=True))
