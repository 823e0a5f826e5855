"""How much more do cells vary than the model says, for how long, and together across sites?

Cell errors, in units of the family's own standard deviation, are taken as a nugget of variance 1 and an AR(1) process
of variance tau within each site; kappa is what two sites share in one week. Residuals are smaller than errors and their
lagged products biased towards 0 (both by the terms fitted), so the moments are matched to what is expected of
residuals, not of errors: intervals without that correction cover 75-92 % at the size of a practice.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Floats = np.ndarray[Any, np.dtype[np.float64]]

_GRID = np.linspace(0.0, 0.95, 24)


@dataclass(frozen=True)
class Dispersion:
    """tau: variance of the process beside the nugget of 1; rho: its correlation from one period to the next;
    kappa: covariance of two sites in one period. inflation: of a sum over many periods."""

    tau: float
    rho: float
    kappa: float

    @property
    def inflation(self) -> float:
        return 1 + self.tau * (1 + self.rho) / (1 - self.rho)


@dataclass(frozen=True)
class Times:
    """Where each cell stands: site as a code, period as a whole number. Cells are in order of site and period."""

    site: np.ndarray[Any, np.dtype[np.int64]]
    period: np.ndarray[Any, np.dtype[np.int64]]

    @classmethod
    def of(cls, cells: pd.DataFrame, period_weeks: int) -> Times:
        codes, _ = pd.factorize(cells["site"])
        return cls(codes.astype(np.int64), (cells["week"].to_numpy() // period_weeks).astype(np.int64))

    def blocks(self) -> list[slice]:
        """The cells of each site."""
        ends = np.flatnonzero(np.diff(self.site)) + 1
        edges = [0, *ends.tolist(), len(self.site)]
        return [slice(low, high) for low, high in itertools.pairwise(edges)]


def decaying(times: Times, rho: float, values: Floats) -> Floats:
    """R @ values, where R holds rho^|periods apart| within a site and 0 between sites."""
    out = np.empty_like(values, dtype=float)
    for block in times.blocks():
        apart = np.abs(np.subtract.outer(times.period[block], times.period[block]))
        out[block] = (rho**apart if rho else (apart == 0).astype(float)) @ values[block]
    return out


def estimate(residuals: Floats, weighted: Floats, times: Times) -> Dispersion:
    """Which dispersion do the residuals of an unpenalised fit show?

    weighted: the model's columns times the root of the working weights (cells x coefficients, full rank).
    """
    basis = np.linalg.qr(weighted)[0]
    tau, rho = _tau_rho(residuals, basis, times)
    return Dispersion(tau, rho, _kappa(residuals, times, len(residuals) - basis.shape[1]))


def _tau_rho(residuals: Floats, basis: Floats, times: Times) -> tuple[float, float]:
    """Solve tr M + tau tr(M R) = g0 and tr(MLM) + tau tr(MLM R) = g1 for tau >= 0 on a grid of rho."""
    n, k = basis.shape
    neighbours = _Neighbours(times)
    next_basis = neighbours.half(basis)
    inner = basis.T @ next_basis  # U'LU
    g0 = float(residuals @ residuals)
    g1 = float(residuals @ neighbours.half(residuals))
    plain0 = n - k
    plain1 = -2 * float(np.trace(inner)) + float(np.trace(inner))  # tr L - 2 tr(HL) + tr(HLH); tr L = 0
    best, answer = np.inf, (0.0, 0.0)
    for rho in _GRID:
        spread = decaying(times, rho, basis)
        around = basis.T @ spread  # U'RU
        with0 = n - float(np.trace(around))
        with1 = neighbours.pairs * rho - 2 * float(np.sum(next_basis * spread)) + float(np.sum(inner * around.T))
        tau = max((g0 - plain0) / with0, 0.0)
        miss = abs(g1 - plain1 - tau * with1)
        if miss < best:
            best, answer = miss, (tau, float(rho))
    return answer


class _Neighbours:
    """L: half the adjacency of consecutive periods of a site, so that r'Lr is the sum of lagged products."""

    def __init__(self, times: Times) -> None:
        self.first = np.flatnonzero((np.diff(times.site) == 0) & (np.diff(times.period) == 1))
        self.pairs = len(self.first)

    def half(self, values: Floats) -> Floats:
        out = np.zeros_like(values, dtype=float)
        out[self.first] += 0.5 * values[self.first + 1]
        out[self.first + 1] += 0.5 * values[self.first]
        return out


def _kappa(residuals: Floats, times: Times, freedom: int) -> float:
    """The mean product of two sites' residuals in one period, no less than 0, corrected for the terms fitted."""
    table = pd.Series(residuals).groupby(times.period)
    sums, squares, count = table.sum(), (pd.Series(residuals) ** 2).groupby(times.period).sum(), table.size()
    pairs = float((count * (count - 1)).sum())
    if pairs == 0:
        return 0.0
    products = float((sums**2 - squares).sum())
    return max(0.0, products / pairs) * len(residuals) / max(freedom, 1)


def together(times: Times, rho: float, load: Floats) -> float:
    """sum over pairs of different sites of h_i' R h_j: how much a shock shared by sites moves the effect."""
    first, last = int(times.period.min()), int(times.period.max())
    by_period = np.zeros(last - first + 1)
    np.add.at(by_period, times.period - first, load)
    whole = Times(np.zeros(len(by_period), dtype=np.int64), np.arange(len(by_period)))
    everyone = float(by_period @ decaying(whole, rho, by_period))
    return everyone - float(load @ decaying(times, rho, load))
