"""How likely is an outcome, given words about each case? A logistic (or straight-line) model on a table of counts.

Every explanation is a word, so cases with the same words are one line: a million visits fit as fast as a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS = 50
NEAR = 1e-10  # of the deviance: between two steps
FURTHEST = 12.0  # of a coefficient: beyond it words part the outcomes, and nothing can be said of how far


@dataclass(frozen=True)
class Fit:
    """The coefficients in the order of the design's columns, and their standard errors."""

    coefficients: Floats
    errors: Floats


def logistic(design: Floats, n: Floats, events: Floats) -> Fit | None:
    """The most likely coefficients, by iteratively reweighted least squares [1]; None where they run away.

    design: a line per distinct case and a column per coefficient; n and events: how many cases, how many with the
    outcome. [1] McCullagh & Nelder 1989, Generalized Linear Models, 2.5.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.clip((events + 0.5) / (n + 1), 1e-6, 1 - 1e-6)
        linear, before = np.log(share / (1 - share)), np.inf
        for _ in range(STEPS):
            risk = 1 / (1 + np.exp(-linear))
            weight = np.maximum(n * risk * (1 - risk), 1e-12)
            found = _solved(design, weight, linear + (events - n * risk) / weight)
            if found is None or np.abs(found.coefficients).max() > FURTHEST:
                return None
            linear = design @ found.coefficients
            now = float(2 * (n * np.logaddexp(0, linear) - events * linear).sum())
            if abs(before - now) <= NEAR * (abs(now) + 1):
                return found
            before = now
    return None


def straight(design: Floats, n: Floats, total: Floats, squares: float) -> Fit | None:
    """The least squares coefficients of a mean. total: summed outcome per line; squares: of every case, summed."""
    found = _solved(design, n, total / n)
    freedom = float(n.sum()) - design.shape[1]
    if found is None or freedom <= 0:
        return None
    left = squares - float(total @ (design @ found.coefficients))
    return Fit(found.coefficients, found.errors * np.sqrt(max(left, 0.0) / freedom))


def _solved(design: Floats, weight: Floats, target: Floats) -> Fit | None:
    information = design.T @ (design * weight[:, None])
    try:
        inverse = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(inverse).all() or np.linalg.cond(information) > 1e12:
        return None
    return Fit(inverse @ (design.T @ (weight * target)), np.sqrt(np.diag(inverse)))
