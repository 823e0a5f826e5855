"""How sure can we be of a share, and of a difference between two? Which of many findings stand?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special, stats

from metrics.errors import CellError

Array = np.ndarray[Any, np.dtype[np.float64]]


def wilson(x: float, n: float, level: float = 0.95, *, design_effect: float = 1.0) -> tuple[float, float]:
    """Between which limits lies the true share, when x of n were seen?

    Score limits [1] with n divided by the design effect (visits of one patient are alike: 100 visits with a design
    effect of 2 tell as much as 50). Both limits inclusive, in [0, 1]. Raises CellError unless 0 <= x <= n, n > 0 and
    design_effect > 0. [1] Wilson 1927, JASA 22:209.
    """
    _check(x, n, level)
    if not design_effect > 0:
        raise CellError("the design effect must be above 0")
    low, high = wilson_limits(np.array([x / n]), np.array([n / design_effect]), level)
    return float(low[0]), float(high[0])


def wilson_limits(share: Array, n: Array, level: float = 0.95) -> tuple[Array, Array]:
    """The same for many shares at once; nan where n is 0 or the share is nan."""
    z = _z(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = np.where(share == 0, 0.0, np.maximum(middle - half, 0.0))
    high = np.where(share == 1, 1.0, np.minimum(middle + half, 1.0))
    return low, high


def clopper_pearson(x: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """The same by the exact binomial: never too narrow, mostly too wide. Clopper & Pearson 1934, Biometrika 26:404."""
    _check(x, n, level)
    tail = (1 - level) / 2
    low = 0.0 if x == 0 else float(stats.beta.ppf(tail, x, n - x + 1))
    high = 1.0 if x == n else float(stats.beta.ppf(1 - tail, x + 1, n - x))
    return low, high


def newcombe_difference(
    x1: float, n1: float, x2: float, n2: float, level: float = 0.95, *, design_effect: float = 1.0
) -> tuple[float, float, float]:
    """By how much does the share x1 of n1 exceed x2 of n2? (difference, low, high), method 10 of [1].

    [1] Newcombe 1998, Stat Med 17:873. Raises CellError as `wilson` does.
    """
    p1, p2 = x1 / n1 if n1 > 0 else 0.0, x2 / n2 if n2 > 0 else 0.0
    low1, high1 = wilson(x1, n1, level, design_effect=design_effect)
    low2, high2 = wilson(x2, n2, level, design_effect=design_effect)
    difference = p1 - p2
    low = difference - float(np.hypot(p1 - low1, high2 - p2))
    high = difference + float(np.hypot(high1 - p1, p2 - low2))
    return difference, low, high


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Which findings stand if one in twenty of those kept may be false? Adjusted p-values, in the order given.

    Benjamini & Hochberg 1995, JRSS B 57:289. Raises CellError for a p outside [0, 1].
    """
    values = _p_values(p)
    order = np.argsort(values)[::-1]
    ranks = np.arange(len(values), 0, -1)
    return _back(np.minimum.accumulate(values[order] * len(values) / ranks), order)


def holm(p: Sequence[float]) -> list[float]:
    """Which findings stand if not one may be false? Adjusted p-values, in the order given.

    Holm 1979, Scand J Stat 6:65. Raises CellError for a p outside [0, 1].
    """
    values = _p_values(p)
    order = np.argsort(values)
    ranks = np.arange(len(values), 0, -1)
    return _back(np.maximum.accumulate(values[order] * ranks), order)


def _back(adjusted: Array, order: Any) -> list[float]:
    result = np.empty(len(adjusted))
    result[order] = np.minimum(adjusted, 1.0)
    return [float(value) for value in result]


def _p_values(p: Sequence[float]) -> Array:
    values = np.asarray(p, dtype=float)
    if values.ndim != 1 or not bool(np.all((values >= 0) & (values <= 1))):
        raise CellError("p-values lie between 0 and 1")
    return values


def _z(level: float) -> float:
    return float(special.ndtri(0.5 + level / 2))


def _check(x: float, n: float, level: float) -> None:
    if not n > 0 or not 0 <= x <= n:
        raise CellError("a share needs 0 <= x <= n and n > 0")
    if not 0 < level < 1:
        raise CellError("the level lies between 0 and 1")
