"""Does a predictor tell people apart, and are its risks true: for many groups at once, from bins of scores?

The figures of `metrics.audit.audit` for every group in one pass. Arrays are groups x bins, bins ascending.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
_STEPS = 40
_CLOSE = 1e-10
_EDGE = 1e-4  # a bin whose mean score is nearer to 0 or 1 is taken as this: it has no odds
_STEEPEST = 50.0  # logits: beyond it the fit is running away to infinity


@dataclass(frozen=True)
class Fits:
    """Per group: the logistic recalibration on the score's log odds, and its errors; nan where none fits.

    large: the log odds by which the risks are too low, the slope held at 1.
    """

    intercept: Floats
    intercept_error: Floats
    slope: Floats
    slope_error: Floats
    large: Floats
    large_error: Floats


def aucs(events: Floats, others: Floats) -> tuple[Floats, Floats]:
    """(AUC with ties counted half, DeLong's standard error) per group; nan without both kinds, or spread."""
    had, had_not = events.sum(axis=1), others.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (np.cumsum(others, axis=1) - others / 2) / had_not[:, None]
        above = (np.cumsum(events[:, ::-1], axis=1)[:, ::-1] - events / 2) / had[:, None]
        auc = (events * below).sum(axis=1) / had
        among = (events * (below - auc[:, None]) ** 2).sum(axis=1) / (had - 1)
        outside = (others * (above - auc[:, None]) ** 2).sum(axis=1) / (had_not - 1)
        error = np.sqrt(among / had + outside / had_not)
    told = (had > 1) & (had_not > 1) & (auc > 0) & (auc < 1)
    return np.where((had > 0) & (had_not > 0), auc, np.nan), np.where(told, error, np.nan)


def briers(mean_score: Floats, events: Floats, n: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """(mean squared distance of score and outcome, its standard error) per group.

    mean_score: of each bin; squares: sums of squared scores. Within a bin, a hundredth wide, the scores of those with
    and without the event are taken to have one mean.
    """
    total = n.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        brier = (squares - 2 * mean_score * events + events).sum(axis=1) / total
        fourth = (events * (1 - mean_score) ** 4 + (n - events) * mean_score**4).sum(axis=1) / total
        return brier, np.sqrt(np.maximum(fourth - brier**2, 0) / total)


def recalibrated(mean_score: Floats, events: Floats, n: Floats) -> Fits:
    """The recalibration of every group, by Newton's method (Cox 1958, Biometrika 45:562)."""
    p = np.clip(mean_score, _EDGE, 1 - _EDGE)
    odds = np.where(n > 0, np.log(p / (1 - p)), 0.0)
    both = (events.sum(axis=1) > 0) & (events.sum(axis=1) < n.sum(axis=1))
    large, large_error = _shift(odds, events, n)
    intercept, slope, errors = _line(odds, events, n)
    fits = Fits(intercept, errors[0], slope, errors[1], large, large_error)
    return Fits(*(np.where(both, column, np.nan) for column in vars(fits).values()))


def _shift(odds: Floats, events: Floats, n: Floats) -> tuple[Floats, Floats]:
    """The shift, and its sandwich error: where the slope is not 1 the model's own error is off."""
    shift = np.zeros(len(odds))
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(odds + shift[:, None])))
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (events - n * p).sum(axis=1) / (n * p * (1 - p)).sum(axis=1)
        shift = np.clip(shift + np.clip(np.nan_to_num(step), -2, 2), -_STEEPEST, _STEEPEST)
        if np.abs(np.nan_to_num(step)).max(initial=0) < _CLOSE:
            break
    p = 1 / (1 + np.exp(-(odds + shift[:, None])))
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = (events * (1 - p) ** 2 + (n - events) * p**2).sum(axis=1)
        return shift, np.sqrt(squares) / (n * p * (1 - p)).sum(axis=1)


def _line(odds: Floats, events: Floats, n: Floats) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """(intercept, slope, (their errors)); nan where they run away, or all scores are one."""
    a, b, settled = np.zeros(len(odds)), np.zeros(len(odds)), np.zeros(len(odds), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(_STEPS):
            p = 1 / (1 + np.exp(-(a[:, None] + b[:, None] * odds)))
            weight, rest = n * p * (1 - p), events - n * p
            s0, s1, s2 = (np.sum(weight * odds**power, axis=1) for power in (0, 1, 2))
            g0, g1 = rest.sum(axis=1), (rest * odds).sum(axis=1)
            determinant = s0 * s2 - s1**2
            step_a, step_b = (s2 * g0 - s1 * g1) / determinant, (s0 * g1 - s1 * g0) / determinant
            settled = np.maximum(np.abs(step_a), np.abs(step_b)) < _CLOSE
            a, b = a + np.clip(step_a, -2, 2), b + np.clip(step_b, -2, 2)
            if settled.all():
                break
        known = settled & (determinant > _CLOSE * np.maximum(s0 * s2, 1e-300)) & (np.abs(b) < _STEEPEST)
        errors = np.sqrt(s2 / determinant), np.sqrt(s0 / determinant)
    a, b, one, two = (np.where(known, column, np.nan) for column in (a, b, *errors))
    return a, b, (one, two)
