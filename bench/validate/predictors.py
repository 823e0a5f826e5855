"""Simulations of a predictor's audit, and of change scores that are measurement error alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import special

from bench.validate.simulation import Draw, Simulation, held
from instruments.change import jacobson_truax
from metrics.audit import audit
from metrics.intervals import wilson

SCORED = 500
INTERCEPT, SLOPE = -0.3, 0.7  # of the true log odds on the score's: too high, and too extreme
MEAN, SPREAD = -1.5, 1.0  # of the scores' log odds
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def _cells(random: np.random.Generator) -> pd.DataFrame:
    odds = MEAN + SPREAD * random.normal(size=SCORED)
    events = random.random(SCORED) < special.expit(INTERCEPT + SLOPE * odds)
    return pd.DataFrame({"score": special.expit(odds), "events": events.astype(int), "n": 1})


def _truths() -> dict[str, float]:
    odds = MEAN + SPREAD * NODES
    p, score = special.expit(INTERCEPT + SLOPE * odds), special.expit(odds)
    fine = np.linspace(-8, 8, 8001)
    density = np.exp(-(fine**2) / 2)
    risk = special.expit(INTERCEPT + SLOPE * (MEAN + SPREAD * fine))
    with_event, without = density * risk, density * (1 - risk)
    below = np.cumsum(without) - without / 2
    return {
        "auc": float((with_event * below).sum() / with_event.sum() / without.sum()),
        "brier": float(WEIGHTS @ (p * (1 - score) ** 2 + (1 - p) * score**2)),
        "ratio": float((WEIGHTS @ p) / (WEIGHTS @ score)),
        "large": _root(lambda shift: float(WEIGHTS @ (special.expit(odds + shift) - p))),
    }


def _root(function: Callable[[float], float]) -> float:
    low, high = -5.0, 5.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


TRUTH = _truths()


def _area(random: np.random.Generator) -> Draw:
    found = audit(_cells(random))
    return held(TRUTH["auc"], found.auc, found.auc_low, found.auc_high)


def _brier(random: np.random.Generator) -> Draw:
    found = audit(_cells(random))
    return held(TRUTH["brier"], found.brier, found.brier_low, found.brier_high)


def _ratio(random: np.random.Generator) -> Draw:
    found = audit(_cells(random))
    return held(TRUTH["ratio"], found.observed_expected, found.observed_expected_low, found.observed_expected_high)


def _slope(random: np.random.Generator) -> Draw:
    found = audit(_cells(random))
    return _by_error(SLOPE, found.slope, found.slope_error)


def _large(random: np.random.Generator) -> Draw:
    found = audit(_cells(random))
    return _by_error(TRUTH["large"], found.in_the_large, found.in_the_large_error)


def _by_error(truth: float, value: float | None, error: float | None) -> Draw:
    if value is None or error is None:
        return truth, None, False
    return held(truth, value, value - 1.96 * error, value + 1.96 * error)


def _nobody_changed(random: np.random.Generator) -> Draw:
    reliability, sd = 0.85, 6.0
    true = random.normal(18, sd * math.sqrt(reliability), 400)
    pre, post = (true + random.normal(0, sd * math.sqrt(1 - reliability), 400) for _ in range(2))
    found = jacobson_truax(pre, post, reliability=reliability, sd_pre=sd)
    changed = int(np.sum(found.reliable))
    return held(0.05, changed / 400, *wilson(changed, 400))


SCORES = f"{SCORED} visits scored, risks too high and too extreme (slope {SLOPE:g})"

PREDICTORS = (
    Simulation("auc", "AUC, DeLong", SCORES, _area),
    Simulation("brier", "Brier score", SCORES, _brier),
    Simulation("observed_expected", "observed over expected", SCORES, _ratio),
    Simulation("slope", "calibration slope", SCORES, _slope),
    Simulation("in_the_large", "calibration in the large", SCORES, _large),
    Simulation(
        "reliable_change", "share called reliably changed when nobody changed: 5 %", "400 pairs", _nobody_changed
    ),
)
