"""How are cells of counts or means fitted, with or without declared priors on some of the coefficients?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

Floats = np.ndarray[Any, np.dtype[np.float64]]

_STEPS = 60
_CLOSE = 1e-9
_FARTHEST = 20.0  # a linear predictor beyond this is a rate of 2e-9: separation, not an answer


@dataclass(frozen=True)
class Family:
    """How a cell's mean follows from the linear predictor, and its variance from the mean (times phi / weight)."""

    name: str
    mean: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]  # d mean / d predictor, as a function of the mean
    variance: Callable[[Floats], Floats]
    link: Callable[[Floats], Floats]


FAMILIES = {
    "binomial": Family(
        "binomial", special.expit, lambda mean: mean * (1 - mean), lambda mean: mean * (1 - mean), special.logit
    ),
    "log": Family("log", np.exp, lambda mean: mean, lambda mean: mean, np.log),
    "gaussian": Family("gaussian", lambda eta: eta, np.ones_like, np.ones_like, lambda mean: mean),
}


class NoFit(Exception):  # noqa: N818
    """The model has no finite answer on these cells: a sentence."""


@dataclass(frozen=True)
class Cells:
    """mean: each cell's mean (events / n); weight: what its variance is divided by; offset: the part known before."""

    mean: Floats
    weight: Floats
    offset: Floats


@dataclass(frozen=True)
class Fit:
    """Coefficients, fitted means, working weights; Pearson residuals (variance 1 if cells vary as the family says)."""

    coefficients: Floats
    fitted: Floats
    working: Floats
    residuals: Floats


def fit(family: Family, cells: Cells, columns: Floats, *, penalty: Floats | None = None, factor: float = 1.0) -> Fit:
    """Which coefficients explain the cells best? Iteratively reweighted least squares, ridge on penalised columns.

    columns: cells x coefficients. penalty: one over the prior variance per coefficient (0 = free), on the scale of the
    predictor; factor: by how much the cells vary more than the family says, so that the data do not outvote the prior.
    Raises NoFit where the iterations do not settle (a site or period without any event, or collinear columns).
    """
    ridge = np.diag(np.zeros(columns.shape[1]) if penalty is None else penalty)
    eta = family.link(_start(family, cells)) if family.name != "gaussian" else cells.mean.copy()
    before: Floats | None = None
    for _ in range(_STEPS):
        mean = family.mean(eta)
        slope = family.slope(mean)
        working = cells.weight * slope**2 / family.variance(mean)
        target = eta - cells.offset + (cells.mean - mean) / slope
        coefficients = _solve(columns, working, target, ridge, factor)
        eta = cells.offset + columns @ coefficients
        eta = eta if family.name == "gaussian" else np.clip(eta, -_FARTHEST, _FARTHEST)
        if before is not None and np.abs(coefficients - before).max() < _CLOSE * (1 + np.abs(before).max()):
            return _finished(family, cells, coefficients, eta)
        before = coefficients
    raise NoFit("The model does not settle on these cells: too few events for its terms.")


def _start(family: Family, cells: Cells) -> Floats:
    if family.name == "gaussian":
        return cells.mean
    overall = np.average(cells.mean, weights=cells.weight)
    mixed = 0.5 * cells.mean + 0.5 * overall
    return np.asarray(np.clip(mixed, 1e-6, 1 - 1e-6) if family.name == "binomial" else np.maximum(mixed, 1e-9))


def _solve(columns: Floats, working: Floats, target: Floats, ridge: Floats, factor: float) -> Floats:
    weighted = columns * working[:, None]
    try:
        return np.asarray(np.linalg.solve(weighted.T @ columns / factor + ridge, weighted.T @ target / factor))
    except np.linalg.LinAlgError:
        raise NoFit("Terms of the model cannot be told apart on these cells.") from None


def _finished(family: Family, cells: Cells, coefficients: Floats, eta: Floats) -> Fit:
    mean = family.mean(eta)
    if np.abs(eta).max() >= _FARTHEST and family.name != "gaussian":
        raise NoFit("A site or period has no events, so its rate has no finite estimate.")
    variance = family.variance(mean)
    working = cells.weight * family.slope(mean) ** 2 / variance
    return Fit(coefficients, mean, working, (cells.mean - mean) * np.sqrt(cells.weight / variance))
