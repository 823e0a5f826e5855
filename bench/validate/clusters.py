"""Simulations of what few patients have many of: signs of danger, ruptures, complaints and messages they answer to."""

from __future__ import annotations

import numpy as np
from scipy import special

from bench.validate.simulation import Draw, Simulation, held
from metrics.figures import rate
from metrics.intervals import wilson
from metrics.repeats import Repeats
from metrics.windows import Spread, spread_of

SPREAD = 1.0  # log odds between patients
ALIKE = 1.2  # standard deviation of the log rate between patients


def _spread(m: np.ndarray, y: np.ndarray) -> Spread:
    sums = (m.sum(), y.sum(), (m > 0).sum(), (m * m).sum(), (m * y).sum(), (y * y).sum())
    return spread_of(*(np.array([float(each)]) for each in sums))


def _risks(random: np.random.Generator, middle: float, many: int) -> tuple[np.ndarray, float]:
    """Each patient's own risk, and the mean of all."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    truth = float((special.expit(middle + SPREAD * nodes) * weights).sum() / weights.sum())
    return special.expit(middle + SPREAD * random.normal(size=many)), truth


def _signals(random: np.random.Generator, *, knows: bool) -> Draw:
    """Of about 250 signs of danger of 80 patients, some of whom have many, what share is not answered in time?"""
    m = 1 + random.negative_binomial(0.8, 0.27, 80)
    risk, truth = _risks(random, -1.5, len(m))
    y = random.binomial(m, risk)
    effect = max(float(_spread(m, y).effect[0]), 1.0) if knows else 1.0
    return held(truth, y.sum() / m.sum(), *wilson(int(y.sum()), int(m.sum()), design_effect=effect))


def _ruptures(random: np.random.Generator) -> Draw:
    """Pairs of answers; the design effect is that of ruptures among all answers, first ones counted with."""
    answers = 1 + random.poisson(5, 250)
    risk, truth = _risks(random, -2.6, len(answers))
    y = random.binomial(answers - 1, risk)
    effect = max(float(_spread(answers, y).effect[0]), 1.0)
    compared = int((answers - 1).sum())
    return held(truth, y.sum() / compared, *wilson(int(y.sum()), compared, design_effect=effect))


def _said(random: np.random.Generator, *, knows: bool) -> Draw:
    """Complaints per 1,000 contacts of 1,500 patients, of whom a few complain again and again."""
    contacts = 1 + random.poisson(12, 1500)
    own = np.exp(ALIKE * random.normal(size=len(contacts)) - ALIKE**2 / 2)
    y = random.poisson(0.006 * contacts * own)
    known, ones = _spread(y, y), np.ones(1)
    times = np.fmax(known.dispersion, 1.0) if knows else ones
    events, exposure = (np.array([float(counts.sum())]) for counts in (y, contacts))
    found = rate(events, exposure, 1000.0, Repeats(ones, ones, ones, times))
    return held(6.0, float(found.value[0]), float(found.low[0]), float(found.high[0]))


def _pair(key: str, what: str, setting: str, draw: object) -> tuple[Simulation, Simulation]:
    def known(random: np.random.Generator) -> Draw:
        return draw(random, knows=True)  # type: ignore[operator,no-any-return]

    def ignored(random: np.random.Generator) -> Draw:
        return draw(random, knows=False)  # type: ignore[operator,no-any-return]

    return (
        Simulation(f"{key}_known", f"{what}, with the patients' own sums", setting, known),
        Simulation(f"{key}_ignored", f"{what}, as if each were a patient's only one", setting, ignored, known=True),
    )


CLUSTERS = (
    *_pair(
        "signals", "share of signs of danger", "80 patients, 3 signals each in the mean, log odds spread 1", _signals
    ),
    *_pair("said", "complaints per 1,000 contacts", "1,500 patients, 6 per 1,000, log rate spread 1.2", _said),
    Simulation("ruptures", "share of ruptures, with the sums of all answers", "250 patients with 1 to 14", _ruptures),
)
