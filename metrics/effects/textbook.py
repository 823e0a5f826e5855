"""Did one series of numbers jump, or bend, at a date? The textbook model, for reference and teaching.

Not what a verdict rests on: at the size of a practice its 95 % intervals cover 75 to 94 %, with any lag, because a
season, a drift and shocks that last are hard to tell from an effect. `metrics.effects.its` is what the verdict uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from metrics.errors import CellError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Family = Literal["gaussian", "binomial", "log"]

FEWEST_EACH_SIDE = 3  # a level and a slope need two points; a third says something about the error
HARMONICS = 2
INTERCEPT, TREND, LEVEL, SLOPE = "intercept", "trend", "level", "slope"


@dataclass(frozen=True)
class Term:
    """One number of the model with its standard error and limits, on the model's scale (log odds, log, or as given)."""

    value: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class _Fit:
    """The fitted model: terms, coefficients and their covariance, and the multiple of an error that makes a limit."""

    names: tuple[str, ...]
    beta: Floats
    covariance: Floats
    multiple: float
    freedom: int
    dispersion: float
    design: Floats
    residual: Floats

    def combined(self, weights: Mapping[str, float]) -> Term:
        row = np.array([weights.get(name, 0.0) for name in self.names])
        value, error = float(row @ self.beta), float(np.sqrt(row @ self.covariance @ row))
        return Term(value, error, value - self.multiple * error, value + self.multiple * error)


@dataclass(frozen=True)
class ItsResult:
    """A segmented regression. level: the jump at the change; slope: the change of the trend, per unit of time.

    Both on the model's scale; slope is None where the trend was not allowed to change. ratio: the jump as a ratio of
    odds (binomial) or rates (log), None for gaussian. dispersion: Pearson's chi-square / degrees of freedom (gaussian:
    the residual variance). durbin_watson: 2 where the residuals do not remember. breusch_godfrey: (statistic, p) of
    memory from one time to the next, gaussian only.
    """

    level: float
    level_error: float
    level_low: float
    level_high: float
    slope: float | None
    slope_error: float | None
    slope_low: float | None
    slope_high: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    intercept: Term
    trend: Term
    post_trend: Term
    dispersion: float
    durbin_watson: float
    breusch_godfrey: tuple[float, float] | None
    n: int
    freedom: int
    family: Family
    change_at: float
    hac_lags: int | None
    _fit: _Fit = field(repr=False, compare=False)

    def effect_at(self, time: float) -> Term:
        """How far is the series at this time from where the old level and trend would have led (model's scale)?"""
        if time < self.change_at:
            raise CellError("there is no effect before the change")
        weights = {LEVEL: 1.0} if self.slope is None else {LEVEL: 1.0, SLOPE: time - self.change_at}
        return self._fit.combined(weights)


def interrupted_time_series(
    series: pd.DataFrame | pd.Series[float],
    *,
    change_at: float,
    family: str,
    season: float | tuple[float, int] | None = None,
    slope_change: bool = True,
    hac_lags: int | None = None,
    level: float = 0.95,
) -> ItsResult:
    """By how much did the series jump at the change, and did its trend bend?

    series: one row per time: time, and value (gaussian), events and n (binomial), or events and optionally n, the
    exposure (log); or a pandas Series with its index as the time. change_at: the first time after the change.
    season: a period in units of time, or (period, number of harmonics; 2 where not told). slope_change: may the trend
    bend? hac_lags: Newey-West (Bartlett) errors with so many lags, times n/(n - k) as Stata's `newey` [1]; without it
    model errors, inflated by the dispersion (quasi-likelihood). Limits by t with n - k degrees of freedom [2].
    Raises CellError for times that repeat, fewer than three on a side, or terms that cannot be told apart.
    [1] Newey & West 1987, Econometrica 55:703. [2] Linden 2015, Stata J 15:480.
    """
    kind = _family(family)
    time, outcome, weight = _read(series, kind)
    _check(time, change_at, hac_lags)
    design, names = _design(time, change_at, season, slope_change)
    if np.linalg.matrix_rank(design) < len(names) or len(time) <= len(names):
        raise CellError("the series is too short to tell trend, season and change apart")
    beta, fitted, information, residual = _fitted(kind, design, outcome, weight)
    freedom = len(time) - len(names)
    dispersion = float((residual**2).sum() / freedom)
    bread = np.linalg.inv(information)
    covariance = np.asarray(bread * dispersion)
    if hac_lags is not None:
        scores = design * ((outcome - fitted) * weight)[:, None]
        covariance = bread @ _bartlett(scores, hac_lags) @ bread * len(time) / freedom
    multiple = float(stats.t.ppf(0.5 + level / 2, freedom))
    fit = _Fit(tuple(names), beta, covariance, multiple, freedom, dispersion, design, residual)
    return _result(fit, kind, float(change_at), hac_lags)


def _family(family: str) -> Family:
    known: dict[str, Family] = {"gaussian": "gaussian", "binomial": "binomial", "log": "log", "poisson": "log"}
    if family not in known:
        raise CellError(f"family {family!r} is not known: write gaussian, binomial or log")
    return known[family]


def _read(series: Any, kind: Family) -> tuple[Floats, Floats, Floats]:
    """(time, outcome per unit of weight, weight), in order of time."""
    if isinstance(series, pd.Series):
        series = pd.DataFrame({"time": series.index, "value": series.to_numpy()})
    counted = "events" if "events" in series else "value"
    wanted = {"gaussian": ("time", "value"), "binomial": ("time", "events", "n"), "log": ("time", counted)}[kind]
    absent = [name for name in wanted if name not in series]
    if absent:
        raise CellError(f"a {kind} series needs the columns {', '.join(wanted)}")
    rows = series.sort_values("time")
    time, seen = (rows[name].to_numpy(dtype=float) for name in wanted[:2])
    exposed = kind != "gaussian" and "n" in rows
    weight = rows["n"].to_numpy(dtype=float) if exposed else np.ones(len(rows))
    if not bool(np.isfinite(time).all() and np.isfinite(seen).all() and (weight > 0).all()):
        raise CellError("leave out times without a value, or with n = 0: they are not 0")
    if kind != "gaussian" and not bool((seen >= 0).all() and (kind == "log" or (seen <= weight).all())):
        raise CellError("events lie between 0 and n")
    return time, seen / weight, weight


def _check(time: Floats, change_at: float, hac_lags: int | None) -> None:
    if len(np.unique(time)) < len(time):
        raise CellError("each time may stand there once")
    before, after = int((time < change_at).sum()), int((time >= change_at).sum())
    if min(before, after) < FEWEST_EACH_SIDE:
        raise CellError(
            f"{before} times before the change and {after} after it: {FEWEST_EACH_SIDE} are needed on each side"
        )
    if hac_lags is not None and not 0 <= hac_lags < len(time):
        raise CellError("hac_lags counts times: 0 or more, and fewer than the series has")


def _design(time: Floats, change_at: float, season: Any, bend: bool) -> tuple[Floats, list[str]]:
    after = (time >= change_at).astype(float)
    columns = {INTERCEPT: np.ones(len(time)), TREND: time - time[0], LEVEL: after}
    if bend:
        columns[SLOPE] = after * (time - change_at)
    if season is not None:
        period, harmonics = season if isinstance(season, tuple) else (season, HARMONICS)
        if not period > 0 or harmonics < 1:
            raise CellError("season is a period above 0, or (period, number of harmonics)")
        for order in range(1, harmonics + 1):
            angle = 2 * np.pi * order * time / period
            columns |= {f"sine {order}": np.sin(angle), f"cosine {order}": np.cos(angle)}
    return np.column_stack(list(columns.values())), list(columns)


def _fitted(kind: Family, design: Floats, outcome: Floats, weight: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """(coefficients, fitted, X'WX with the canonical weights, Pearson residuals)."""
    from statsmodels.genmod.families import Binomial, Gaussian, Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    families = {"gaussian": Gaussian, "binomial": Binomial, "log": Poisson}
    if kind != "gaussian" and not outcome.sum() > 0:
        raise CellError("there is no event in the series: a rate of 0 has no ratio")
    fit = GLM(outcome, design, family=families[kind](), var_weights=weight).fit(tol=1e-12, maxiter=200)
    fitted = np.asarray(fit.fittedvalues)
    variance = {"gaussian": np.ones_like(fitted), "binomial": fitted * (1 - fitted), "log": fitted}[kind]
    if not fit.converged or not bool((variance > 1e-10).all()):
        raise CellError("no finite model fits: one side of the change has no events, or nothing but events")
    residual = (outcome - fitted) * np.sqrt(weight / variance)
    return np.asarray(fit.params), fitted, design.T @ (design * (variance * weight)[:, None]), residual


def _bartlett(scores: Floats, lags: int) -> Floats:
    total = scores.T @ scores
    for lag in range(1, lags + 1):
        product = scores[lag:].T @ scores[:-lag]
        total = total + (1 - lag / (lags + 1)) * (product + product.T)
    return np.asarray(total)


def _result(fit: _Fit, kind: Family, change_at: float, hac_lags: int | None) -> ItsResult:
    jump = fit.combined({LEVEL: 1.0})
    bend = fit.combined({SLOPE: 1.0}) if SLOPE in fit.names else None
    ratio = None if kind == "gaussian" else [float(np.exp(end)) for end in (jump.value, jump.low, jump.high)]
    residual = fit.residual
    return ItsResult(
        level=jump.value,
        level_error=jump.error,
        level_low=jump.low,
        level_high=jump.high,
        slope=bend.value if bend else None,
        slope_error=bend.error if bend else None,
        slope_low=bend.low if bend else None,
        slope_high=bend.high if bend else None,
        ratio=ratio[0] if ratio else None,
        ratio_low=ratio[1] if ratio else None,
        ratio_high=ratio[2] if ratio else None,
        intercept=fit.combined({INTERCEPT: 1.0}),
        trend=fit.combined({TREND: 1.0}),
        post_trend=fit.combined({TREND: 1.0, SLOPE: 1.0}),
        dispersion=fit.dispersion,
        durbin_watson=float((np.diff(residual) ** 2).sum() / (residual**2).sum()),
        breusch_godfrey=_memory(fit.design, residual) if kind == "gaussian" else None,
        n=len(residual),
        freedom=fit.freedom,
        family=kind,
        change_at=change_at,
        hac_lags=hac_lags,
        _fit=fit,
    )


def _memory(design: Floats, residual: Floats) -> tuple[float, float]:
    """Breusch-Godfrey with one lag (before the first: 0), as R's lmtest."""
    wide = np.column_stack([design, np.concatenate([[0.0], residual[:-1]])])
    left = residual - wide @ np.linalg.lstsq(wide, residual, rcond=None)[0]
    statistic = len(residual) * (1 - float((left**2).sum() / (residual**2).sum()))
    return statistic, float(stats.chi2.sf(statistic, 1))
