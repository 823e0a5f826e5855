"""Does anything in the data speak against the rollout model?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from metrics.effects.design import Rollout, independent
from metrics.effects.glm import Floats, NoFit
from metrics.effects.moments import Times
from metrics.effects.pooled import Model, change, fit_pooled

if TYPE_CHECKING:
    from metrics.effects.its import EffectPlan

PLACEBO_SPACING = 13  # weeks between made-up go-live dates
FEWEST_BEFORE, FEWEST_AFTER = 52, 8


@dataclass(frozen=True)
class Placebo:
    """A go-live date that was none: `shift` weeks before the true ones, with the effect the model then sees."""

    shift: int
    value: float
    low: float
    high: float

    @property
    def seen(self) -> bool:
        """Did the model see an effect where there was none?"""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Residuals:
    """dispersion: mean square (1 = as the family says); lag1: correlation from one period to the next; largest."""

    dispersion: float
    lag1: float
    largest: float


@dataclass(frozen=True)
class Checks:
    """inflation: of the step's variance by drift and season; residuals; placebo dates."""

    inflation: float
    residuals: Residuals
    placebos: tuple[Placebo, ...]


def step_inflation(model: Model) -> float:
    """By how much do drift and season inflate the variance of one step at go-live? 14-fold after one of two years.

    Without penalty, against a model of site levels alone. Over 6, an answer without assumptions is refused.
    """
    design = model.design
    step = design.treated.astype(float)
    nuisance = design.columns[:, ~design.effect]
    levels = nuisance[:, [name.startswith("level ") for name in np.array(design.names)[~design.effect]]]
    weights = model.fit.working
    return _left(levels, step, weights) / max(_left(nuisance, step, weights), 1e-12)


def _left(others: Floats, column: Floats, weights: Floats) -> float:
    """How much of a column do the others leave unexplained (weighted sum of squares)?"""
    root = np.sqrt(weights)
    kept = others[:, independent(others, weights)] * root[:, None]
    rest = column * root
    rest = rest - kept @ np.linalg.lstsq(kept, rest, rcond=None)[0]
    return float(rest @ rest)


def residual_checks(model: Model) -> Residuals:
    """What is left after the fit: how large, and does it hang together in time?"""
    rest = model.fit.residuals
    times = Times.of(model.design.cells, _period(model))
    near = (np.diff(times.site) == 0) & (np.diff(times.period) == 1)
    square = float(rest @ rest) / len(rest)
    lag1 = float((rest[1:] * rest[:-1])[near].mean()) / square if near.any() and square > 0 else 0.0
    return Residuals(square * len(rest) / max(len(rest) - model.columns.shape[1], 1), lag1, float(np.abs(rest).max()))


def _period(model: Model) -> int:
    gaps = np.diff(np.unique(model.design.cells["week"].to_numpy()))
    return int(gaps.min()) if len(gaps) else 1


def placebo_changes(cells: pd.DataFrame, plan: EffectPlan) -> tuple[Placebo, ...]:
    """Does the model see effects where there were none? The weeks before go-live, with the dates moved earlier.

    Only dates that leave 52 weeks before and 8 after; where the history is too short, none.
    """
    lives = {site: week for site, week in plan.rollout.go_live.items() if week is not None}
    if not lives:
        return ()
    first = min(lives.values())
    begin = int(cells["week"].min())
    until = cells["site"].map(lambda site: lives.get(site, max(lives.values())))
    untouched = cells[cells["week"] < until]
    found = []
    for shift in range(PLACEBO_SPACING, first - begin - FEWEST_BEFORE + 1, PLACEBO_SPACING):
        moved = {site: None if week is None else week - shift for site, week in plan.rollout.go_live.items()}
        rollout = replace(plan.rollout, go_live=moved, ended={})
        placebo = _placebo(untouched, plan, rollout, shift)
        found += [placebo] if placebo else []
    return tuple(found)


def _placebo(cells: pd.DataFrame, plan: EffectPlan, rollout: Rollout, shift: int) -> Placebo | None:
    if shift < FEWEST_AFTER:
        return None
    try:
        model = fit_pooled(cells, rollout, plan.family, plan.priors, repeat_deff=plan.repeat_deff, penalised=True)
    except NoFit:
        return None
    seen = change(model)
    return Placebo(shift, seen.value, seen.low, seen.high)
