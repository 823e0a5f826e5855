"""Patients who come back, many draws at once, and scores whose true distribution is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from bench.validate.shares import STAY_WEEKS
from bench.validate.simulation import Floats

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True)
class Caseload:
    """draw: whose patient; visits: how many in the window; both a row per patient seen. owner: a row per visit."""

    draw: np.ndarray
    visits: np.ndarray

    @property
    def owner(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.draw)), self.visits)

    def total(self, values: np.ndarray) -> Floats:
        """The sum over each patient's visits."""
        return np.bincount(self.owner, weights=values, minlength=len(self.draw)).astype(float)


def caseload(random: np.random.Generator, draws: int, weeks: int, *, every: int = 1, at_once: int = 100) -> Caseload:
    """Patients seen in so many weeks, `at_once` in care at a time; only every so-many-th visit is counted.

    They stay STAY_WEEKS on average and come weekly: as in `shares`.
    """
    many = random.poisson(at_once * (weeks + STAY_WEEKS) / STAY_WEEKS, draws)
    draw = np.repeat(np.arange(draws), many)
    started = random.uniform(-STAY_WEEKS, weeks, len(draw))
    stay = random.exponential(STAY_WEEKS, len(draw))
    visits = np.ceil(np.minimum(stay, weeks - np.maximum(started, 0))).astype(int)
    counted = (visits + random.integers(0, every, len(draw))) // every
    return Caseload(draw[counted > 0], counted[counted > 0])


@dataclass(frozen=True)
class Scores:
    """A score of a patient at a visit: their own level, the change from visit to visit, rounded, in its range."""

    mean: float
    between: float
    within: float
    low: float
    high: float
    step: float = 1.0

    @property
    def values(self) -> Floats:
        return np.arange(self.low, self.high + self.step / 2, self.step)

    def at(self, level: np.ndarray, random: np.random.Generator) -> Floats:
        """Scores of patients with this level each."""
        score = level + self.within * random.normal(size=len(level))
        return np.clip(np.round(score / self.step) * self.step, self.low, self.high)

    def levels(self, random: np.random.Generator, many: int) -> Floats:
        return self.mean + self.between * random.normal(size=many)

    def chances(self) -> Floats:
        """Of each value, a row per level at NODES."""
        edges = np.concatenate([[-np.inf], self.values[:-1] + self.step / 2, [np.inf]])
        level = self.mean + self.between * NODES
        return np.diff(special.ndtr((edges[None, :] - level[:, None]) / self.within), axis=1)

    def true_mean(self) -> float:
        return float(WEIGHTS @ self.chances() @ self.values)

    def true_share(self, which: np.ndarray) -> float:
        """Of the values for which it holds."""
        return float(WEIGHTS @ self.chances() @ which)

    def true_fall(self, least: float) -> float:
        """The chance that a score is lower than the one before by so much."""
        fall = np.subtract.outer(self.values, self.values) >= least - 1e-9  # earlier down, later across
        found = self.chances()
        return float(WEIGHTS @ np.einsum("ni,ij,nj->n", found, fall, found))
