"""Which dispersions are likely, given what a history shows? One estimate is one guess, and a plan rests on more.

By the restricted likelihood [1] of the residuals under a nugget of 1 and an AR(1) process within sites, on a grid.
Before the data it is as likely as not that nothing lasts at all; else each rho is as likely as any other, and so is
each share that the process has of the variance of a sum over many periods: an effect is such a sum.
[1] Patterson & Thompson 1971, Biometrika 58:545.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from metrics.effects.moments import Dispersion, Times

Floats = np.ndarray[Any, np.dtype[np.float64]]

_LASTING = (np.arange(24) + 0.5) / 24  # 1 - 1 / inflation


def likely(residuals: Floats, basis: Floats, times: Times, kappa: float, count: int) -> tuple[Dispersion, ...]:
    """So many dispersions, each as likely as the next, by their inflation, the smallest first.

    residuals: in units of the family's own standard deviation; basis: orthonormal, of the terms fitted, per cell.
    kappa is taken as estimated, though no larger than tau.
    """
    rhos = times.decays()[::2].tolist()
    scores = np.concatenate([_scores(residuals, basis, times, rho) for rho in rhos])
    none = -0.5 * float(residuals @ residuals)  # nothing lasts
    most = max(none, float(scores.max()))
    weights = np.append(np.exp(scores - most) / len(scores), math.exp(none - most))
    each = [Dispersion(tau, rho, min(kappa, tau)) for rho in rhos for tau in _taus(rho).tolist()]
    each.append(Dispersion(0.0, 0.0, 0.0))
    order = np.argsort([one.inflation for one in each], kind="stable")
    upto = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(upto, (np.arange(count) + 0.5) / count), len(order) - 1)
    return tuple(each[order[place]] for place in places)


def _taus(rho: float) -> Floats:
    return np.asarray(_LASTING / (1 - _LASTING) * (1 - rho) / (1 + rho), dtype=np.float64)


def _scores(residuals: Floats, basis: Floats, times: Times, rho: float) -> Floats:
    """The log of the restricted likelihood at one rho, for every tau; R is diagonal in its own directions."""
    turned, spread = _turned(np.column_stack([basis, residuals]), times, rho)
    terms, values = turned[:, :-1], turned[:, -1]
    found = []
    for tau in _taus(rho):
        variance = 1 + tau * spread
        scaled = terms / variance[:, None]
        inner, across = scaled.T @ terms, scaled.T @ values
        squares = float(values @ (values / variance) - across @ np.linalg.solve(inner, across))
        found.append(-0.5 * (float(np.log(variance).sum()) + float(np.linalg.slogdet(inner)[1]) + squares))
    return np.array(found)


def _turned(columns: Floats, times: Times, rho: float) -> tuple[Floats, Floats]:
    """(columns along the directions of R, its eigenvalues); sites with the same periods share them."""
    turned, spread = np.empty_like(columns), np.empty(len(columns))
    known: dict[bytes, tuple[Floats, Floats]] = {}
    for block in times.blocks():
        period = times.period[block] - times.period[block.start]
        key = period.tobytes()
        if key not in known:
            values, vectors = np.linalg.eigh(rho ** np.abs(np.subtract.outer(period, period)).astype(float))
            known[key] = values, vectors
        spread[block] = known[key][0]
        turned[block] = known[key][1].T @ columns[block]
    return turned, spread
