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
from scipy import signal

Floats = np.ndarray[Any, np.dtype[np.float64]]

LONGEST_SHOCK = (
    0.95  # correlation of one week with the next: what lasts longer than that is drift, and has its own terms
)
_STEPS = 24


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
    """Where each cell stands: site as a code, period (of so many weeks) as a whole number; in order of both."""

    site: np.ndarray[Any, np.dtype[np.int64]]
    period: np.ndarray[Any, np.dtype[np.int64]]
    weeks: int = 1

    @classmethod
    def of(cls, cells: pd.DataFrame, period_weeks: int) -> Times:
        codes, _ = pd.factorize(cells["site"])
        return cls(codes.astype(np.int64), (cells["week"].to_numpy() // period_weeks).astype(np.int64), period_weeks)

    def decays(self) -> Floats:
        """The correlations from one period to the next that a shock may have: of twelve weeks less than of one.

        From few long periods the correlation is not to be told from drift; were it let up to that of weeks, shocks
        would be found that last for years, and nothing could be proven of crises or staff in a practice of any size.
        """
        return np.linspace(0.0, LONGEST_SHOCK**self.weeks, _STEPS)

    def blocks(self) -> list[slice]:
        """The cells of each site."""
        ends = np.flatnonzero(np.diff(self.site)) + 1
        edges = [0, *ends.tolist(), len(self.site)]
        return [slice(low, high) for low, high in itertools.pairwise(edges)]


def decaying(times: Times, rho: float, values: Floats) -> Floats:
    """R @ values, where R holds rho^|periods apart| within a site and 0 between sites.

    values: cells, or cells x columns. By the recursion of an AR(1), forwards and backwards over every period, those
    without a cell at 0.
    """
    at = times.period - int(times.period.min())
    grid = np.zeros((int(times.site.max()) + 1, int(at.max()) + 1, *values.shape[1:]))
    grid[times.site, at] = values
    forwards = signal.lfilter([1.0], [1.0, -rho], grid, axis=1)
    backwards = signal.lfilter([1.0], [1.0, -rho], grid[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((forwards + backwards - grid)[times.site, at], dtype=np.float64)


def estimate(residuals: Floats, weighted: Floats, times: Times) -> Dispersion:
    """Which dispersion do the residuals of an unpenalised fit show?

    weighted: the model's columns times the root of the working weights (cells x coefficients, full rank).
    """
    return Expected(weighted, times).dispersion(residuals)


class Expected:
    """What the products of residuals come to on average by the terms fitted: worked out once, for any residuals.

    Solves tr M + tau tr(M R) = g0 and tr(MLM) + tau tr(MLM R) = g1 for tau >= 0 on a grid of rho. With U an
    orthonormal basis of the terms, tr(H R) = sum of U * RU and tr(MLM R) = tr(L R) - sum of (2 LU - U U'LU) * RU; each
    is a polynomial in rho, whose coefficients are sums over cells so many periods apart.
    """

    def __init__(self, weighted: Floats, times: Times) -> None:
        self.basis, self.times = np.linalg.qr(weighted)[0], times
        n, k = self.basis.shape
        self._neighbours = _Neighbours(times)
        next_basis = self._neighbours.half(self.basis)
        inner = self.basis.T @ next_basis  # U'LU
        apart = _by_distance(times, self.basis, self.basis, 2 * next_basis - self.basis @ inner)
        self._decays = times.decays()
        powers = self._decays[:, None] ** np.arange(apart.shape[1])
        self._plain0 = n - k
        self._plain1 = -float(np.trace(inner))  # tr L - 2 tr(HL) + tr(HLH); tr L = 0
        self._with0 = n - powers @ apart[0]
        self._with1 = self._neighbours.pairs * self._decays - powers @ apart[1]

    def left(self, values: Floats) -> Floats:
        """M @ values: what the terms leave of them."""
        return np.asarray(values - self.basis @ (self.basis.T @ values), dtype=np.float64)

    def dispersion(self, residuals: Floats) -> Dispersion:
        """Which dispersion do these residuals show?"""
        g0, g1 = float(residuals @ residuals), float(residuals @ self._neighbours.half(residuals))
        told = self._with0 > 1e-9 * len(residuals)  # 0: the terms fit whatever such shocks could do
        tau = np.divide(max(g0 - self._plain0, 0.0), self._with0, out=np.zeros(len(told)), where=told)
        best = int(np.argmin(np.abs(g1 - self._plain1 - tau * self._with1)))
        return Dispersion(float(tau[best]), float(self._decays[best]), _kappa(residuals, self.times, self._plain0))


def _by_distance(times: Times, basis: Floats, *others: Floats) -> Floats:
    """Per other matrix A: the sum of A_i . U_j over the cells i, j of one site that lie 0, 1, 2 ... periods apart."""
    longest = int(times.period.max() - times.period.min())
    found = np.zeros((len(others), longest + 1))
    for block in times.blocks():
        period = times.period[block]
        distance = np.abs(np.subtract.outer(period, period)).ravel()
        for at, other in enumerate(others):
            products = (other[block] @ basis[block].T).ravel()
            found[at] += np.bincount(distance, weights=products, minlength=longest + 1)
    return found


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
    at = times.period - int(times.period.min())
    sums, squares, count = (np.bincount(at, weights=each) for each in (residuals, residuals**2, np.ones(len(at))))
    pairs = float((count * (count - 1)).sum())
    if pairs == 0:
        return 0.0
    products = float((sums**2 - squares).sum())
    return max(0.0, products / pairs) * len(residuals) / max(freedom, 1)


def by_period(times: Times, values: Floats) -> tuple[Times, Floats]:
    """All sites' values of a period added up, as if the sites were one."""
    at = times.period - int(times.period.min())
    added = np.zeros((int(at.max()) + 1, *values.shape[1:]))
    np.add.at(added, at, values)
    return Times(np.zeros(len(added), dtype=np.int64), np.arange(len(added))), added


def together(times: Times, rho: float, load: Floats, within: float) -> float:
    """sum over pairs of different sites of h_i' R h_j: how much a shock shared by sites moves the effect.

    within: the same sum over each site with itself.
    """
    whole, added = by_period(times, load)
    return float(added @ decaying(whole, rho, added)) - within
