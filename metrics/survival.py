"""How long do patients stay in care, when many are still in care and cannot yet be counted as having stayed?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from metrics.competing import cumulative_incidence
from metrics.errors import CellError
from metrics.logrank import LogRank, logrank
from metrics.risk_sets import Floats, read

__all__ = [
    "LogRank",
    "Quantile",
    "RestrictedMean",
    "SurvivalCurve",
    "cumulative_incidence",
    "kaplan_meier",
    "logrank",
    "restricted_mean",
]
_ROUNDING = 1e-12  # a survival of 0.5 reached by multiplication may print as 0.5000000000000001


@dataclass(frozen=True)
class Quantile:
    """A time by which a share has left; None where the curve, or its limit, never gets there."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SurvivalCurve:
    """The share still in care after each time, with pointwise limits; arrays of one length, time ascending."""

    time: Floats
    at_risk: Floats
    survival: Floats
    low: Floats
    high: Floats
    variance: Floats  # Greenwood

    def at(self, time: float) -> tuple[float, float, float]:
        """(share, low, high) just after `time`; all 1 before the first time of the table."""
        place = int(np.searchsorted(self.time, time, side="right")) - 1
        if place < 0:
            return 1.0, 1.0, 1.0
        return float(self.survival[place]), float(self.low[place]), float(self.high[place])

    def quantile(self, p: float) -> Quantile:
        """By when has the share p left? The first such time, on a flat piece too (R takes the middle of it)."""
        if not 0 < p < 1:
            raise CellError("a quantile lies between 0 and 1")
        value, low, high = (self._first(curve, 1 - p) for curve in (self.survival, self.low, self.high))
        return Quantile(value, low, high)

    @property
    def median(self) -> float | None:
        """By when has half left? None where more than half are still in care."""
        return self.quantile(0.5).value

    def _first(self, curve: Floats, level: float) -> float | None:
        below = np.flatnonzero(curve <= level + _ROUNDING)
        return float(self.time[below[0]]) if len(below) else None


@dataclass(frozen=True)
class RestrictedMean:
    """The mean time in care, counted to `tau` at most, in the unit of the times."""

    value: float
    standard_error: float
    low: float
    high: float
    tau: float


def kaplan_meier(cells: pd.DataFrame, *, level: float = 0.95) -> SurvivalCurve:
    """What share of patients is still in care after each week?

    cells: one row per time, ascending: time (whole weeks since intake), observed (unplanned endings in
    that week), censored (left for another reason or still in care), at_risk (optional: delayed entry;
    derived where absent). Integers, so the cells of two sites can be added.
    Greenwood variance, log(-log) limits [1]; a patient in care or transferred is censored, never retained.
    The limits are those of the step before where nobody is left, and 1 before the first ending.
    Raises CellError where more leave than were at risk (repeated discharge rows). [1] Kalbfleisch & Prentice 2002, 1.4.
    """
    sets = read(cells)
    time, observed, at_risk = sets.time, sets.observed[0], sets.at_risk
    survival, variance = product_limit(observed[None, :], at_risk[None, :])
    low, high = log_log_limits(survival, variance, level)
    return SurvivalCurve(time, at_risk, survival[0], low[0], high[0], variance[0])


def restricted_mean(cells: pd.DataFrame, tau: float, *, level: float = 0.95) -> RestrictedMean:
    """How long, on average, is a patient in care, counting no more than `tau`?

    cells as for `kaplan_meier`. The area under the curve to tau, with the standard error of that area (R's se(rmean));
    not the variance of min(T, tau). Normal limits kept within [0, tau].
    Raises CellError where somebody was still in care when the last was seen, before tau: the mean is then not known.
    """
    sets = read(cells)
    time, observed, at_risk = sets.time, sets.observed[0], sets.at_risk
    survival, _ = product_limit(observed[None, :], at_risk[None, :])
    if not tau > 0:
        raise CellError("tau must be above 0")
    if time[-1] < tau and survival[0, -1] > _ROUNDING:
        raise CellError(f"nobody was followed to {tau:g}: choose a tau of {time[-1]:g} or less")
    value, error = area_under(time, observed[None, :], at_risk[None, :], survival, tau)
    z = float(special.ndtri(0.5 + level / 2))
    mean, se = float(value[0]), float(error[0])
    return RestrictedMean(mean, se, max(mean - z * se, 0.0), min(mean + z * se, tau), tau)


def product_limit(observed: Floats, at_risk: Floats) -> tuple[Floats, Floats]:
    """(survival, Greenwood variance) of many curves at once: rows are curves, columns times."""
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(at_risk > 0, observed / at_risk, 0.0)
        step = np.where(observed > 0, observed / (at_risk * (at_risk - observed)), 0.0)
    survival = np.cumprod(1 - hazard, axis=1)
    with np.errstate(invalid="ignore"):
        variance = survival**2 * np.cumsum(step, axis=1)
    return survival, np.where(survival > 0, variance, 0.0)


def log_log_limits(survival: Floats, variance: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Pointwise limits of many curves, on the log(-log) scale: they never leave [0, 1]."""
    z = float(special.ndtri(0.5 + level / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * np.sqrt(variance) / np.abs(survival * np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
    low, high = np.where(survival >= 1, 1.0, low), np.where(survival >= 1, 1.0, high)
    gone = survival <= 0
    for column in range(1, survival.shape[1]):  # the step where the last one leaves has no variance of its own
        high[:, column] = np.where(gone[:, column], high[:, column - 1], high[:, column])
    high[:, 0] = np.where(gone[:, 0], 1.0, high[:, 0])
    return np.where(gone, 0.0, low), high


def area_under(time: Floats, observed: Floats, at_risk: Floats, survival: Floats, tau: float) -> tuple[Floats, Floats]:
    """(area to tau, its standard error) of many curves with common times."""
    edges = np.concatenate([[0.0], np.minimum(time, tau), [tau]])
    heights = np.concatenate([np.ones((len(survival), 1)), survival], axis=1)
    pieces = heights * np.diff(edges)
    area = pieces.sum(axis=1)
    beyond = np.cumsum(pieces[:, ::-1], axis=1)[:, ::-1][:, 1:]  # area from each time to tau
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where((observed > 0) & (at_risk > observed), observed / (at_risk * (at_risk - observed)), 0.0)
    return area, np.sqrt((beyond**2 * np.where(time <= tau, step, 0.0)).sum(axis=1))
