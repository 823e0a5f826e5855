"""What did the rollout cause, over all sites at once? One over-dispersed model of all cells, with an honest interval.

An unpenalised fit gives the dispersion; a fit with declared priors on drift and season gives the effect; its variance
knows the priors, autocorrelation, shocks that sites share and patients who repeat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from metrics.effects import glm, moments
from metrics.effects.design import Design, Priors, Rollout, independent, make_design
from metrics.effects.glm import FAMILIES, Cells, Family, Fit, Floats
from metrics.effects.moments import Dispersion, Times


@dataclass(frozen=True)
class Terms:
    """Where an effect's variance comes from, each term as it was added. beside: the part of `priors` that was assumed
    of other components."""

    priors: float
    cells: float  # the nugget and autocorrelation
    shared: float  # shocks that sites share
    repeats: float  # patients who come back
    beside: float = 0.0

    @property
    def total(self) -> float:
        return self.priors + self.cells + self.shared + self.repeats


@dataclass(frozen=True)
class Change:
    """An effect on the mean's own scale (a share, a count, points), with its limits and what they rest on."""

    value: float
    low: float
    high: float
    error: float
    freedom: float
    terms: Terms

    @property
    def ends(self) -> tuple[float, float, float]:
        return self.value, self.low, self.high


@dataclass(frozen=True)
class Model:
    """A fitted model and all that its effects' variances need."""

    family: Family
    design: Design
    cells: Cells
    fit: Fit
    columns: Floats
    effect: np.ndarray
    beside: np.ndarray  # which columns are other components
    penalty: Floats
    inverse: Floats
    factor: float
    dispersion: Dispersion
    times: Times
    freedom: float
    repeat_deff: float


def cells_of(family: Family, panel: pd.DataFrame) -> Cells:
    """Means, weights and known part of a panel's cells, as the family needs them.

    binomial, log: events and n. gaussian: total, squares and n; the variance within cells is pooled over all of them.
    expected (optional): events (or total) foreseen from what is known of each row before go-live; observed minus
    expected then decides, on the predictor's scale.
    """
    n = panel["n"].to_numpy(float)
    if family.name == "gaussian":
        mean = panel["total"].to_numpy(float) / n
        within = float((panel["squares"].to_numpy(float) - n * mean**2).sum()) / max(float((n - 1).sum()), 1.0)
        weight = n / max(within, 1e-12)
    else:
        mean, weight = panel["events"].to_numpy(float) / n, n
    if "expected" not in panel:
        return Cells(mean, weight, np.zeros(len(panel)))
    foreseen = panel["expected"].to_numpy(float) / n
    return Cells(mean, weight, family.link(foreseen) if family.name != "gaussian" else foreseen)


def fit_pooled(
    panel: pd.DataFrame,
    rollout: Rollout,
    family_name: str,
    priors: Priors,
    *,
    repeat_deff: float,
    penalised: bool,
    each_period: bool = False,
) -> Model:
    """The model of one panel. Raises NoFit where it has no answer.

    repeat_deff: by how much patients who repeat inflate the variance of half a year's mean (1 = not at all).
    each_period: the companion's terms (`design.make_design`).
    """
    design = make_design(panel, rollout, priors, each_period=each_period)
    told = (family_name, rollout.period_weeks)
    return fit_design(design, *told, repeat_deff=repeat_deff, penalised=penalised)


def fit_design(design: Design, family_name: str, period_weeks: int, *, repeat_deff: float, penalised: bool) -> Model:
    """The model of columns that are laid out already; the rest as for `fit_pooled`."""
    family = FAMILIES[family_name]
    cells = cells_of(family, design.cells)
    times = Times.of(design.cells, period_weeks)
    everything = np.ones(len(design.names), dtype=bool)
    kept = independent(design.columns, cells.weight)
    if not kept[design.effect].all():
        raise glm.NoFit(
            "The effect cannot be told apart from drift, season and the sites' levels: nobody was in another state at "
            "the same time, or too few weeks were seen."
        )
    if not penalised and not kept[design.beside].all():
        raise glm.NoFit("Without assumptions the effect cannot be told apart from what other components did.")
    free = glm.fit(family, cells, design.columns[:, kept])
    root = np.sqrt(free.working)[:, None]
    dispersion = moments.estimate(free.residuals, design.columns[:, kept] * root, times)
    freedom = max((len(design.cells) - int(kept.sum())) / 3, 3.0)
    use = everything if penalised else kept
    penalty = np.where(np.isinf(design.prior_sd), 0.0, design.prior_sd**-2.0)[use]
    penalty = penalty if penalised else np.zeros_like(penalty)
    columns = design.columns[:, use]
    factor = dispersion.inflation
    fitted = glm.fit(family, cells, columns, penalty=penalty, factor=factor) if penalised else free
    information = (columns * fitted.working[:, None]).T @ columns / factor + np.diag(penalty)
    inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return Model(
        family,
        design,
        cells,
        fitted,
        columns,
        design.effect[use],
        design.beside[use],
        penalty,
        inverse,
        factor,
        dispersion,
        times,
        freedom,
        repeat_deff,
    )


def change(model: Model, share: Floats | None = None, *, ratio: bool = False, level: float = 0.95) -> Change:
    """By how much did the rollout move the mean of the treated cells (or by which factor)?

    share: weights of the cells (0 outside those asked about); each treated cell by its n where absent.
    """
    weights = model.design.cells["n"].to_numpy(float) * model.design.treated if share is None else share
    weights = weights / weights.sum()
    without = model.columns.copy()
    without[:, model.effect] = 0.0
    before = model.family.mean(model.cells.offset + without @ model.fit.coefficients)
    slope_now = (weights * model.family.slope(model.fit.fitted))[:, None] * model.columns
    slope_before = (weights * model.family.slope(before))[:, None] * without
    now, then = float(weights @ model.fit.fitted), float(weights @ before)
    if not ratio:
        return _with_limits(model, now - then, (slope_now - slope_before).sum(axis=0), level)
    found = _with_limits(
        model, float(np.log(now / then)), slope_now.sum(axis=0) / now - slope_before.sum(axis=0) / then, level
    )
    with np.errstate(over="ignore"):  # what has no bound is refused in `bounds`
        value, low, high = (float(np.exp(number)) for number in found.ends)
    return Change(value, low, high, found.error, found.freedom, found.terms)


def loads(model: Model, gradient: Floats) -> tuple[Floats, Floats]:
    """How a quantity with this gradient moves with what is assumed of each coefficient, and with each cell's error."""
    along = model.inverse @ gradient
    return along, np.sqrt(model.fit.working) * (model.columns @ along) / model.factor


def variance(model: Model, gradient: Floats) -> Terms:
    """The variance of a quantity with this gradient in the coefficients, term by term."""
    return terms_of(model, *loads(model, gradient))


def terms_of(model: Model, along: Floats, load: Floats) -> Terms:
    """The same of a quantity with these loads."""
    plain = float(load @ load)
    found = model.dispersion
    within = float(load @ moments.decaying(model.times, found.rho, load))
    cells = plain + found.tau * within
    shared = found.kappa * moments.together(model.times, found.rho, load, within) if found.kappa else 0.0
    assumed = model.penalty * along**2
    return Terms(
        priors=float(assumed.sum()),
        cells=cells,
        shared=max(shared, 0.0),
        repeats=plain * max(model.repeat_deff - 1, 0.0),
        beside=float(assumed[model.beside].sum()),
    )


def _with_limits(model: Model, value: float, gradient: Floats, level: float) -> Change:
    terms = variance(model, gradient)
    error = float(np.sqrt(terms.total))
    reach = float(stats.t.ppf(0.5 + level / 2, model.freedom)) * error
    return Change(value, value - reach, value + reach, error, model.freedom, terms)
