"""What may the looks of a plan report, and how will their estimates spread? The looks themselves, on made-up cells.

A look's interval rests on the dispersion it will see, and its estimate on the one that is true. Neither is known from a
history: so the true one is drawn from what is likely, cells to come are drawn from it beside those that are known, and
each look takes its dispersion from them as it will (`metrics.effects.moments`). Estimates at two looks share their
cells, priors and patients, and are correlated by just that: the looks' estimand grows with the weeks in use, so theirs
are not the independent increments that the bounds are made for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import signal, stats

from metrics.effects import pooled
from metrics.effects.design import independent
from metrics.effects.future import gradient
from metrics.effects.likely import likely
from metrics.effects.moments import Dispersion, Expected, Times, by_period, decaying
from metrics.effects.pooled import Model
from metrics.effects.reading import LEVEL_Z

COUNT, SEED = 40, 20_261  # dispersions that are looked at, each as likely as the next
Floats = np.ndarray[Any, np.dtype[np.float64]]
Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Courses:
    """errors: courses x looks, wide ones, as the looks will report them; spread: courses x looks x looks, a root of the
    covariance of the looks' estimates."""

    errors: Floats
    spread: Floats


def courses(known: Sequence[Model], ahead: Sequence[Sequence[Model]], scale: float) -> Courses:
    """Courses of one line, each as likely as the next.

    known: what is fitted so far (two models for a gap); ahead: per look, in order, the same as they would be fitted
    then; scale: the metric's unit per unit of what is fitted.
    """
    parts = [
        _of_one(model, [look[at] for look in ahead], np.random.default_rng([SEED, at]))
        for at, model in enumerate(known)
    ]
    variance, covariance = (np.sum([part[at] for part in parts], axis=0) for at in (0, 1))
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    return Courses(scale * np.sqrt(variance), scale * root)


def _of_one(known: Model, ahead: Sequence[Model], random: np.random.Generator) -> tuple[Floats, Floats]:
    """(squared wide errors: courses x looks, covariance of the estimates: courses x looks x looks)."""
    whole, looks = ahead[-1], [_Look(model, ahead[-1]) for model in ahead]
    past, rows = _expected(known), _rows(known, whole)
    shown = past.left(known.fit.residuals)
    told = likely(shown, past.basis, known.times, known.dispersion.kappa, COUNT)
    errors, covariances = np.empty((COUNT, len(looks))), np.empty((COUNT, len(looks), len(looks)))
    for course, at in enumerate(random.permutation(COUNT)):  # so that both sides of a gap are not large together
        noise = _noise(random, whole.times, told[at])
        _put(noise, rows, shown, past)
        found = [look.refitted(noise) for look in looks]
        errors[course] = [one.error**2 for one in found]
        covariances[course] = _covariance(whole, told[at], looks, found)
    return errors, covariances


@dataclass(frozen=True)
class _Refitted:
    """What a look reports, and how its estimate moves with each assumption and each cell."""

    error: float
    along: Floats
    load: Floats


class _Look:
    """A model as it would be fitted on a day, and which of all cells it knows."""

    def __init__(self, model: Model, whole: Model) -> None:
        self.model, self.rows, self._gradient = model, _rows(model, whole), gradient(model)
        self._expected = _expected(model)
        self._cross = (model.columns * model.fit.working[:, None]).T @ model.columns
        names = zip(model.design.names, model.design.prior_sd, strict=True)
        self.assumed = [name for name, sd in names if np.isfinite(sd)]
        self._reach = float(stats.t.ppf(0.975, model.freedom)) / LEVEL_Z

    def refitted(self, noise: Floats) -> _Refitted:
        """The look on these errors of all cells."""
        model, seen = self.model, self._expected.dispersion(self._expected.left(noise[self.rows]))
        inverse: Floats = np.linalg.inv(self._cross / seen.inflation + np.diag(model.penalty)).astype(np.float64)
        model = replace(model, dispersion=seen, factor=seen.inflation, inverse=inverse)
        along, load = pooled.loads(model, self._gradient)
        error = float(np.sqrt(pooled.terms_of(model, along, load).total)) * self._reach
        return _Refitted(error, along[model.penalty > 0], load)


def _expected(model: Model) -> Expected:
    kept = independent(model.design.columns, model.cells.weight)
    return Expected(model.design.columns[:, kept] * np.sqrt(model.fit.working)[:, None], model.times)


def _rows(part: Model, whole: Model) -> Rows:
    """Where each cell of a part stands in the whole; -1 where it is left out there."""
    every, own = (pd.MultiIndex.from_frame(model.design.cells[["site", "week"]]) for model in (whole, part))
    return np.asarray(every.get_indexer(own), dtype=np.int64)


def _put(noise: Floats, rows: Rows, shown: Floats, past: Expected) -> None:
    """Set the cells that are known to what was shown; of what the terms took up, noise is all that is known."""
    inside = rows >= 0
    drawn = np.zeros(len(rows))
    drawn[inside] = noise[rows[inside]]
    noise[rows[inside]] = (shown + drawn - past.left(drawn))[inside]


def _noise(random: np.random.Generator, times: Times, true: Dispersion) -> Floats:
    """Errors of cells in units of the family's standard deviation: a nugget, and shocks that last and are shared."""
    sites, periods = int(times.site.max()) + 1, int(np.ptp(times.period)) + 1
    fresh = random.standard_normal((sites + 1, periods))
    fresh[:, 1:] *= np.sqrt(1 - true.rho**2)
    shocks = signal.lfilter([1.0], [1.0, -true.rho], fresh, axis=1)
    lasting = np.sqrt(true.tau - true.kappa) * shocks[:-1] + np.sqrt(true.kappa) * shocks[-1]
    nugget = random.standard_normal(len(times.site))
    return np.asarray(nugget + lasting[times.site, times.period - times.period.min()], dtype=np.float64)


def _covariance(whole: Model, true: Dispersion, looks: Sequence[_Look], found: Sequence[_Refitted]) -> Floats:
    """Of the estimates of these looks, by the same terms as one look's variance (`pooled.variance`)."""
    load = np.zeros((len(whole.times.site), len(looks)))
    names = looks[-1].assumed
    along = np.zeros((len(names), len(looks)))
    for at, (look, one) in enumerate(zip(looks, found, strict=True)):
        load[look.rows, at] = one.load
        along[[names.index(name) for name in look.assumed], at] = one.along
    plain = load.T @ load
    within = load.T @ decaying(whole.times, true.rho, load)
    sites_as_one, added = by_period(whole.times, load)
    shared = added.T @ decaying(sites_as_one, true.rho, added) - within
    penalty = whole.penalty[whole.penalty > 0, None]
    repeats = max(whole.repeat_deff - 1, 0.0) * plain
    return np.asarray(along.T @ (penalty * along) + plain + true.tau * within + true.kappa * shared + repeats)
