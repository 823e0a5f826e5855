"""Simulations of forecasts as released, in bins of a hundredth: the whole practice, a group of it, flags, drift."""

from __future__ import annotations

import numpy as np
from scipy import special

from bench.validate import made
from bench.validate.predictors import INTERCEPT, MEAN, SLOPE, SPREAD, TRUTH
from bench.validate.simulation import Draw, Floats, Simulation, all_held
from metrics.audit_many import recalibrated
from metrics.figures import normal

BINS = 100
SLIPPED = 0.4  # log odds, from the first twelve weeks to now
METRICS = {  # metric -> what, and its true value
    "predictor_auc": ("AUC", TRUTH["auc"]),
    "predictor_brier": ("Brier score", TRUTH["brier"]),
    "predictor_observed_expected": ("observed over expected", TRUTH["ratio"]),
    "predictor_intercept": ("calibration intercept", INTERCEPT),
    "predictor_slope": ("calibration slope", SLOPE),
    "predictor_in_the_large": ("calibration in the large", TRUTH["large"]),
}


def _bins(random: np.random.Generator, draws: int, scored: int, shift: float = 0.0) -> dict[str, np.ndarray]:
    """Counts per draw and bin, flattened."""
    odds = MEAN + SPREAD * random.normal(size=(draws, scored))
    missed = random.random(odds.shape) < special.expit(INTERCEPT + shift + SLOPE * odds)
    score = np.round(special.expit(odds) * 1e6)
    place = (np.arange(draws)[:, None] * BINS + np.minimum(score // 10_000, BINS - 1)).astype(int).ravel()
    values = {
        "scored": np.ones(place.size),
        "missed": missed.ravel(),
        "score": score.ravel(),
        "score_squared": score.ravel() ** 2,
    }
    sums = {name: np.bincount(place, weights=each, minlength=draws * BINS) for name, each in values.items()}
    return {"draw": np.repeat(np.arange(draws), BINS), "bin": np.tile(np.arange(BINS), draws), **sums}


def _audited(metric: str, scored: int) -> Simulation:
    what, truth = METRICS[metric]

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        rows = _bins(random, draws, scored)
        return made.told(metric, made.cells("prediction_cells", _of_model(rows), draws, part="model"), truth)

    part = "a group of " if scored < 500 else ""
    return Simulation(f"{metric}_{scored}", f"{what}, from bins", f"{part}{scored} visits scored, as above", many=many)


def _of_model(rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    size = len(rows["draw"])
    return {**rows, "model": np.full(size, "model", object), "horizon": np.full(size, "48-72", object)}


def _flags(metric: str, what: str, above: str, below: str, p: tuple[float, float]) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        n, chance = random.integers(40, 400, draws), random.uniform(*p, draws)
        rows = {
            "draw": np.arange(draws),
            "bin": np.full(draws, 50),
            "scored": n,
            below: n,
            above: random.binomial(n, chance),
        }
        return made.told(metric, made.cells("prediction_cells", _of_model(rows), draws, part="model"), chance)

    return Simulation(metric, what, f"{p[0]:.0%} to {p[1]:.0%} of 40 to 400".replace("%", " %"), many=many)


def _rubber(random: np.random.Generator, draws: int) -> list[Draw]:
    n, p = random.integers(40, 400, draws), random.uniform(0.7, 0.98, draws)
    rows = {
        "draw": np.arange(draws),
        "bin": np.full(draws, 50),
        "scored": n,
        "acted": n,
        "overridden": n - random.binomial(n, p),
    }
    return made.told(
        "predictor_rubber_stamped", made.cells("prediction_cells", _of_model(rows), draws, part="model"), p
    )


def _drift(random: np.random.Generator, draws: int) -> list[Draw]:
    """Two spans of twelve weeks, the risks too low by SLIPPED more in the second; the slope as before."""
    fits = []
    for shift in (0.0, SLIPPED):
        rows = {name: each.reshape(draws, BINS) for name, each in _bins(random, draws, 600, shift).items()}
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(rows["scored"] > 0, rows["score"] / 1e6 / rows["scored"], 0.5)
        fits.append(recalibrated(mean, rows["missed"], rows["scored"]))
    before, after = fits
    found = normal(after.large - before.large, after.large_error**2 + before.large_error**2, np.full(draws, 600.0))
    return all_held(_true_slip(), found.value, found.low, found.high)


def _true_slip() -> float:
    """How far the risks are off in the large after the slip, less before."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    odds = MEAN + SPREAD * nodes

    def shift(slipped: float) -> float:
        low, high = -5.0, 5.0
        for _ in range(80):
            middle = (low + high) / 2
            gap: Floats = special.expit(odds + middle) - special.expit(INTERCEPT + slipped + SLOPE * odds)
            low, high = (middle, high) if float(weights @ gap) < 0 else (low, middle)
        return (low + high) / 2

    return shift(SLIPPED) - shift(0.0)


FORECASTS = (
    *(_audited(metric, scored) for scored in (500, 250) for metric in METRICS),
    _flags("predictor_ppv", "flagged visits that were missed", "alerts_missed", "alerts", (0.15, 0.6)),
    _flags("predictor_flagged", "visits flagged", "alerts", "scored", (0.03, 0.3)),
    _flags("predictor_overridden", "flags a person decided against", "overridden", "alerts", (0.02, 0.3)),
    Simulation("rubber_stamped", "acted on without a second thought", "70 to 98 % of 40 to 400", many=_rubber),
    Simulation("drift", "slipped since the model began, in log odds", "600 visits scored in each span", many=_drift),
)
