"""Simulations of what few patients have many of: signs of danger, ruptures, complaints and messages they answer to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special

from bench.validate import made
from bench.validate.predictors import INTERCEPT, MEAN, SLOPE
from bench.validate.predictors import SPREAD as SPREAD_OF_ODDS
from bench.validate.simulation import HONEST, Draw, Simulation, held
from metrics.cells import Cells
from metrics.figures import rate
from metrics.intervals import wilson
from metrics.registry import metric_named
from metrics.repeats import Repeats
from metrics.windows import Spread, spread_of

SPREAD = 1.0  # log odds between patients
UNKNOWN = 0.8  # log odds between patients that no forecast knows
BINS, FLAGGED = 100, 250_000  # of forecasts; flagged from a quarter on, in millionths
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


@dataclass(frozen=True)
class _Forecast:
    """Forecasts of many draws: whose they are, and what became of them; patients are numbered through all draws."""

    draw: np.ndarray
    patient: np.ndarray
    odds: np.ndarray
    missed: np.ndarray


def _forecast(random: np.random.Generator, draws: int, patients: int) -> _Forecast:
    """Eight forecasts a patient in the mean, by a predictor that does not know how reliable the patient is."""
    many = 1 + random.poisson(7, draws * patients)
    patient = np.repeat(np.arange(draws * patients), many)
    odds = MEAN + SPREAD_OF_ODDS * random.normal(size=len(patient))
    own = UNKNOWN * random.normal(size=draws * patients)[patient]
    missed = random.random(len(patient)) < special.expit(INTERCEPT + SLOPE * odds + own)
    return _Forecast(patient // patients, patient, odds, missed.astype(float))


def _released(made_up: _Forecast, draws: int, *, knows: bool) -> Cells:
    """As a release holds them: in bins of a hundredth, and patients' own sums beside them."""
    score = np.round(special.expit(made_up.odds) * 1e6)
    flagged = (score >= FLAGGED).astype(float)
    place = (made_up.draw * BINS + np.minimum(score // 10_000, BINS - 1)).astype(int)
    counts = {"scored": np.ones(len(score)), "missed": made_up.missed, "score": score, "score_squared": score**2}
    counts |= {"alerts": flagged, "alerts_missed": flagged * made_up.missed}
    rows = {name: np.bincount(place, weights=each, minlength=draws * BINS) for name, each in counts.items()}
    rows |= {"draw": np.repeat(np.arange(draws), BINS), "bin": np.tile(np.arange(BINS), draws)}
    size = draws * BINS
    named = {"model": np.full(size, "model", object), "horizon": np.full(size, "48-72", object)}
    pairs = {
        "missed": ("scored", "missed"),
        "alerts": ("scored", "alerts"),
        "alerts_missed": ("alerts", "alerts_missed"),
    }
    owners = np.bincount(made_up.patient)
    whose = made_up.draw[np.searchsorted(made_up.patient, np.arange(len(owners)))]
    own = {
        f"forecast.model.{name}": made.own_sums(
            whose, draws, *(np.bincount(made_up.patient, weights=counts[each]) for each in pair)
        )
        for name, pair in pairs.items()
    }
    return made.cells("prediction_cells", {**rows, **named}, draws, part="model", repeats=own if knows else {})


@cache
def _truth(metric: str) -> float:
    """What the metric says of a million patients."""
    cells = _released(_forecast(np.random.default_rng(1), 1, 300_000), 1, knows=False)
    return float(metric_named(metric).answers(cells, "all").measured.value[-1])


def _forecasts(metric: str, what: str, *, knows: bool = True, note: str = "") -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        return made.told(metric, _released(_forecast(random, draws, 80), draws, knows=knows), _truth(metric))

    how = "with the patients' own sums" if knows else "as if each were of another patient"
    return Simulation(
        f"{metric}_{'alike' if knows else 'ignored'}",
        f"{what}, {how}",
        "80 patients with 8 forecasts each in the mean",
        covers=(0.935, 1.0) if note else HONEST,
        known=not knows,
        note=note,
        many=many,
    )


CLUSTERS = (
    *_pair(
        "signals", "share of signs of danger", "80 patients, 3 signals each in the mean, log odds spread 1", _signals
    ),
    *_pair("said", "complaints per 1,000 contacts", "1,500 patients, 6 per 1,000, log rate spread 1.2", _said),
    *(
        _forecasts(f"predictor_{key}", what)
        for key, what in (
            ("ppv", "flagged visits that were missed"),
            ("flagged", "visits flagged"),
            ("observed_expected", "observed over expected"),
            ("in_the_large", "calibration in the large"),
            ("brier", "Brier score"),
            ("auc", "AUC, DeLong"),
            ("slope", "calibration slope"),
        )
    ),
    _forecasts(
        "predictor_intercept",
        "calibration intercept",
        note="no less: the part of it that is the slope's is not alike in a patient, and is widened with the rest",
    ),
    _forecasts("predictor_observed_expected", "observed over expected", knows=False),
    Simulation("ruptures", "share of ruptures, with the sums of all answers", "250 patients with 1 to 14", _ruptures),
)
