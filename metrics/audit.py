"""Does a predictor tell apart those who miss a visit from those who come, and are its risks true?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from metrics.errors import CellError
from metrics.intervals import wilson

Floats = np.ndarray[Any, np.dtype[np.float64]]

ONE_KIND = "all, or none, of those scored had the event: nothing to tell apart"
NO_LOGIT = "a score of 0 or 1 has no odds: calibration cannot be fitted"
SEPARATED = "the scores separate those with the event from those without: no finite calibration fits"
SAME_SCORE = "all scores are the same: a slope cannot be fitted"
_STEPS = 50
_CLOSE = 1e-10
_TOO_STEEP = 1e3  # logits: beyond it the fit is running away to infinity


@dataclass(frozen=True)
class Audit:
    """How good a predictor is, with limits where they are known. None is never a number: `reason` says why.

    auc: the chance that one with the event scored higher than one without. brier: mean squared distance of score and
    outcome. intercept, slope: of the outcome's log odds on the score's (0 and 1 where the risks are true; a slope below
    1: too extreme). in_the_large: the log odds by which the risks are too low. observed_expected: events over the sum
    of the scores.
    """

    auc: float | None
    auc_low: float | None
    auc_high: float | None
    brier: float
    intercept: float | None
    slope: float | None
    in_the_large: float | None
    observed_expected: float | None
    n: int = 0
    events: int = 0
    auc_error: float | None = None
    brier_low: float | None = None
    brier_high: float | None = None
    intercept_error: float | None = None
    slope_error: float | None = None
    in_the_large_error: float | None = None
    observed_expected_low: float | None = None
    observed_expected_high: float | None = None
    reason: str = ""


class _Recalibration(NamedTuple):
    intercept: float | None = None
    slope: float | None = None
    in_the_large: float | None = None
    intercept_error: float | None = None
    slope_error: float | None = None
    in_the_large_error: float | None = None
    reason: str = ""


def audit(cells: pd.DataFrame, *, level: float = 0.95) -> Audit:
    """Does the predictor tell people apart, and are the risks it gives true?

    cells: score (a risk in [0, 1]), events, n: one row per score, or per bin of scores with the bin's mean score; rows
    of two sites can be put under each other. AUC with ties counted half and DeLong's limits, kept within [0, 1] [1];
    calibration by logistic recalibration on the score's log odds [2], its errors those of the model (in the large: a
    sandwich); Brier score with normal limits; observed over expected with Wilson's limits of the observed share.
    Visits count as independent: with patients who repeat the limits are too narrow.
    Raises CellError for scores outside [0, 1] or counts that cannot be.
    [1] DeLong et al. 1988, Biometrics 44:837. [2] Cox 1958, Biometrika 45:562.
    """
    score, events, n = checked(cells)
    z = float(stats.norm.ppf(0.5 + level / 2))
    auc = _auc(score, events, n - events)
    brier, spread = _brier(score, events, n)
    fit = _recalibrate(score, events, n)
    total, had = float(n.sum()), float(events.sum())
    expected = float((score * n).sum())
    ratios: list[float | None] = [None] * 3
    if expected > 0:
        ratios = [share * total / expected for share in (had / total, *wilson(had, total, level))]
    return Audit(
        auc.value,
        _within(auc.value, auc.error, -z),
        _within(auc.value, auc.error, z),
        brier,
        fit.intercept,
        fit.slope,
        fit.in_the_large,
        ratios[0],
        n=int(total),
        events=int(had),
        auc_error=auc.error,
        brier_low=max(brier - z * spread, 0.0),
        brier_high=min(brier + z * spread, 1.0),
        intercept_error=fit.intercept_error,
        slope_error=fit.slope_error,
        in_the_large_error=fit.in_the_large_error,
        observed_expected_low=ratios[1],
        observed_expected_high=ratios[2],
        reason=ONE_KIND if auc.value is None else fit.reason,
    )


def checked(cells: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """(score, events, n) of the rows in which somebody was scored. Raises CellError for counts that cannot be."""
    absent = [name for name in ("score", "events", "n") if name not in cells]
    if absent:
        raise CellError(f"the cells have no column {', '.join(absent)}")
    score, events, n = (cells[name].to_numpy(dtype=float) for name in ("score", "events", "n"))
    if not bool(np.all((events >= 0) & (events <= n))):
        raise CellError("events lie between 0 and n, and neither may be missing")
    some = n > 0
    if not some.any():
        raise CellError("nobody was scored")
    if not bool(np.all((score[some] >= 0) & (score[some] <= 1))):
        raise CellError("a score is a risk between 0 and 1")
    return score[some], events[some], n[some]


class _Auc(NamedTuple):
    value: float | None
    error: float | None


def _auc(score: Floats, events: Floats, others: Floats) -> _Auc:
    """DeLong's estimate from counts: each score is compared with how many of the other kind lie below and level."""
    had, had_not = events.sum(), others.sum()
    if not (had > 0 and had_not > 0):
        return _Auc(None, None)
    levels, place = np.unique(score, return_inverse=True)
    with_event, without = (np.bincount(place, counts, len(levels)) for counts in (events, others))
    below = (np.cumsum(without) - without / 2) / had_not
    above = (np.cumsum(with_event[::-1])[::-1] - with_event / 2) / had
    auc = float((with_event * below).sum() / had)
    if had < 2 or had_not < 2 or auc in (0.0, 1.0):  # no spread to learn the error from
        return _Auc(auc, None)
    among = (with_event * (below - auc) ** 2).sum() / (had - 1)
    outside = (without * (above - auc) ** 2).sum() / (had_not - 1)
    return _Auc(auc, float(np.sqrt(among / had + outside / had_not)))


def _brier(score: Floats, events: Floats, n: Floats) -> tuple[float, float]:
    """(mean squared distance, its standard error)."""
    total = n.sum()
    brier = float((events * (1 - score) ** 2 + (n - events) * score**2).sum() / total)
    squares = float((events * (1 - score) ** 4 + (n - events) * score**4).sum() / total)
    return brier, float(np.sqrt(max(squares - brier**2, 0.0) / total))


def _recalibrate(score: Floats, events: Floats, n: Floats) -> _Recalibration:
    if not 0 < events.sum() < n.sum():
        return _Recalibration(reason=ONE_KIND)
    if bool(np.any((score <= 0) | (score >= 1))):
        return _Recalibration(reason=NO_LOGIT)
    odds = np.log(score / (1 - score))
    alone = _logistic(np.ones((len(odds), 1)), odds, events, n)
    large = float(alone[0][0]) if alone else None
    large_error = None if large is None else _shift_error(odds + large, events, n)
    if float(np.ptp(odds)) < _CLOSE:
        return _Recalibration(in_the_large=large, in_the_large_error=large_error, reason=SAME_SCORE)
    both = _logistic(np.column_stack([np.ones(len(odds)), odds]), np.zeros(len(odds)), events, n)
    if both is None:
        return _Recalibration(in_the_large=large, in_the_large_error=large_error, reason=SEPARATED)
    (intercept, slope), (intercept_error, slope_error) = both[0].tolist(), both[1].tolist()
    return _Recalibration(intercept, slope, large, intercept_error, slope_error, large_error)


def _shift_error(odds: Floats, events: Floats, n: Floats) -> float:
    """By the sandwich: where the slope is not 1 the shifted risks are not true, and the model's own error is off."""
    p = 1 / (1 + np.exp(-odds))
    squares = (events * (1 - p) ** 2 + (n - events) * p**2).sum()
    return float(np.sqrt(squares) / (n * p * (1 - p)).sum())


def _logistic(design: Floats, offset: Floats, events: Floats, n: Floats) -> tuple[Floats, Floats] | None:
    """(coefficients, standard errors) by Newton's method; None where they run away to infinity."""
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(offset + design @ beta)))
        information = design.T @ ((n * p * (1 - p))[:, None] * design)
        if np.linalg.cond(information) > 1 / _CLOSE**1.5:
            return None
        step = np.linalg.solve(information, design.T @ (events - n * p))
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.abs(beta).max() > _TOO_STEEP:
            return None
        if np.abs(step).max() < _CLOSE:
            return beta, np.sqrt(np.diag(np.linalg.inv(information)))
    return None


def _within(value: float | None, error: float | None, times: float) -> float | None:
    return None if value is None or error is None else min(max(value + times * error, 0.0), 1.0)
