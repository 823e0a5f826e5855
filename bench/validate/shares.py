"""Simulations of shares and of differences between two, with patients who come once and patients who come back."""

from __future__ import annotations

import numpy as np
from scipy import special

from bench.validate.simulation import Draw, Simulation, held
from metrics.intervals import clopper_pearson, newcombe_difference, wilson
from metrics.windows import spread_of

SPREAD = 1.0  # log odds between patients
STAY_WEEKS = 20


def _one_share(random: np.random.Generator) -> Draw:
    p, n = random.uniform(0.05, 0.30), int(random.integers(60, 300))
    x = random.binomial(n, p)
    return held(p, x / n, *wilson(x, n))


def _exact_share(random: np.random.Generator) -> Draw:
    p, n = random.uniform(0.05, 0.30), int(random.integers(60, 300))
    x = random.binomial(n, p)
    return held(p, x / n, *clopper_pearson(x, n))


def _difference(random: np.random.Generator) -> Draw:
    p1, p2 = random.uniform(0.05, 0.30, 2)
    n1, n2 = random.integers(60, 300, 2)
    return held(p1 - p2, *newcombe_difference(random.binomial(n1, p1), int(n1), random.binomial(n2, p2), int(n2)))


def _caseload(random: np.random.Generator, weeks: int) -> tuple[np.ndarray, np.ndarray, float]:
    """(visits, missed) of each patient seen in the window, and the true share missed.

    About 100 weekly patients at a time, who stay STAY_WEEKS on average, each with a risk of their own.
    """
    many = random.poisson(100 * (weeks + STAY_WEEKS) / STAY_WEEKS)
    started = random.uniform(-STAY_WEEKS, weeks, many)
    # patients already in care at the window's start stay on as long as new ones would: stays have no memory
    visits = np.ceil(np.minimum(random.exponential(STAY_WEEKS, many), weeks - np.maximum(started, 0))).astype(int)
    odds = -1.9 + SPREAD * random.normal(size=many)
    missed = random.binomial(visits, special.expit(odds))
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    truth = float((special.expit(-1.9 + SPREAD * nodes) * weights).sum() / weights.sum())
    return visits, missed, truth


def _repeated(weeks: int, *, knows: bool) -> Simulation:
    def draw(random: np.random.Generator) -> Draw:
        m, y, truth = _caseload(random, weeks)
        n, x = m.sum(), y.sum()
        sums = (n, x, len(m), (m * m).sum(), (m * y).sum(), (y * y).sum())
        effect = float(spread_of(*(np.array([float(each)]) for each in sums)).effect[0])
        return held(truth, x / n, *wilson(x, n, design_effect=max(effect, 1.0) if knows else 1.0))

    how = "with the design effect of the patients' own sums" if knows else "as if visits were independent"
    return Simulation(
        f"repeat_{weeks}_{'known' if knows else 'ignored'}",
        f"share of visits missed over {weeks} weeks, {how}",
        "100 weekly patients at a time, staying 20 weeks, log odds spread 1",
        draw,
        known=not knows,
        note="" if knows else "why every interval on visits knows its patients",
    )


SHARES = (
    Simulation("wilson", "share, Wilson", "5 to 30 % of 60 to 300", _one_share),
    Simulation(
        "clopper",
        "share, Clopper-Pearson",
        "5 to 30 % of 60 to 300",
        _exact_share,
        (0.95, 1.0),
        note="exact limits never cover less",
    ),
    Simulation("newcombe", "difference of two shares, Newcombe 10", "5 to 30 % of 60 to 300", _difference),
    *(_repeated(weeks, knows=True) for weeks in (4, 12, 52, 104)),
    *(_repeated(weeks, knows=False) for weeks in (4, 12, 52, 104)),
)
