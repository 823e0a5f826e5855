"""Simulations of triage: is automation as urgent as the clinician, and when does the right care begin?"""

from __future__ import annotations

import math

import numpy as np

from bench.validate import made
from bench.validate.crises import IN_STEPS
from bench.validate.simulation import Draw, Floats, Simulation
from warehouse.totals import PART

DAYS, FOLLOWED = 8.6, 84  # days to the right care, median of an exponential; days followed
LEVELS = 5
APART = np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS))


def _levels() -> Floats:
    """The chance of each pair of levels: automation's down, the clinician's across."""
    right = np.array([0.08, 0.17, 0.35, 0.25, 0.15])
    apart = np.abs(np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS)))
    given = np.exp(-1.3 * apart)
    return np.asarray(given / given.sum(axis=0) * right)


def _triage(metric: str, what: str, truth: float, many: int) -> Simulation:
    chances = _levels().ravel()

    def drawn(random: np.random.Generator, draws: int) -> list[Draw]:
        counts = random.multinomial(many, chances, draws)
        place = np.arange(LEVELS**2)
        rows = {
            "draw": np.repeat(np.arange(draws), LEVELS**2),
            "automation_level": np.tile(place // LEVELS + 1, draws),
            "clinician_level": np.tile(place % LEVELS + 1, draws),
            "requests": counts.ravel(),
        }
        return made.told(metric, made.cells("triage_cells", rows, draws), truth)

    return Simulation(f"{metric}_{many}", what, f"{many} requests, five levels", many=drawn)


def _true_kappa(weighted: bool) -> float:
    p = _levels()
    apart = np.abs(np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS))) / (LEVELS - 1)
    credit = 1 - apart**2 if weighted else np.eye(LEVELS)
    seen, chance = float((credit * p).sum()), float(p.sum(axis=1) @ credit @ p.sum(axis=0))
    return (seen - chance) / (1 - chance)


def _wait(question: str, metric: str, what: str) -> Simulation:
    """Days to the right care or to a new booking; who is not there yet counts for as long as seen."""

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        draw = np.repeat(np.arange(draws), 80)
        days = np.ceil(random.exponential(DAYS / math.log(2), len(draw)))
        watched = np.where(random.random(len(draw)) < 0.8, FOLLOWED, random.integers(1, FOLLOWED, len(draw)))
        seen = days <= watched
        size = len(draw)
        words = {"question": np.full(size, question, object), "how": np.full(size, "", object)}
        rows = {"draw": draw, "time": np.minimum(days, watched), "observed": seen * 1, "censored": 1 - seen * 1}
        return made.told(
            metric, made.cells("time_cells", {**rows, **words}, draws, part=question + PART), math.ceil(DAYS)
        )

    setting = "80 patients, a fifth seen for part of 84 days"
    return Simulation(metric, what, setting, many=many, covers=(0.935, 1.0), note=IN_STEPS)


TRIAGE = (
    _triage("triage_under", "under-triage", float(_levels()[APART > 0].sum()), 60),
    _triage("triage_over", "over-triage", float(_levels()[APART < 0].sum()), 60),
    *(_triage("triage_kappa", "agreement on urgency, kappa", _true_kappa(False), many) for many in (60, 250)),
    *(
        _triage("triage_kappa_weighted", "agreement on urgency, weighted kappa", _true_kappa(True), many)
        for many in (60, 250)
    ),
    _wait("right_care", "right_care_median", "median of the days to the right care"),
    _wait("rebooking", "rebooking_median", "median of the days to a new booking"),
)
