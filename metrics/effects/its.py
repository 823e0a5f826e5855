"""Did the rollout change this metric, by how much, and when must we say that we cannot know?

The main line of every verdict: the pooled interrupted time series of `metrics.effects.pooled`, with what stands beside
it on the page: the fit without priors, the naive comparison, made-up go-live dates, and what would make it unsound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from metrics.effects import naive
from metrics.effects.bounds import RATIO, UNBOUNDED, bounded, estimated
from metrics.effects.checks import Checks, placebo_changes, residual_checks, step_inflation
from metrics.effects.design import BINS, Design, Priors, Rollout, make_design
from metrics.effects.glm import NoFit
from metrics.effects.pooled import Change, Model, Terms, change, fit_design, fit_pooled
from metrics.effects.textbook import ItsResult, interrupted_time_series
from metrics.estimate import Estimate, cannot_say

__all__ = ["Effect", "EffectPlan", "ItsResult", "interrupted_time_series", "pooled_its"]

FEWEST_WEEKS_BEFORE = 52  # a season must have been seen once
TRUSTED_WEEKS_BEFORE = 78  # below it the answer rests on the assumption about drift
FEWEST_WEEKS_AFTER = 8
FEWEST_CELLS = 20
WORST_PRIOR_SHARE = 0.5  # of the variance: above it the priors answer, not the data
WORST_INFLATION = 6.0  # of the step's variance by drift and season: above it no answer without priors


@dataclass(frozen=True)
class EffectPlan:
    """What was decided before the data were looked at.

    rollout: who went live when, in weeks of the panel. family: "binomial" (shares), "log" (counts by exposure),
    "gaussian" (means). repeat_deff: variance inflation of half a year's mean by patients who repeat, from repeat cells.
    unit: what the effect is counted in. priors: for means, on their own scale.
    """

    rollout: Rollout
    family: str = "binomial"
    priors: Priors = field(default_factory=Priors)
    repeat_deff: float = 1.0
    unit: str = "difference of shares"


@dataclass(frozen=True)
class Effect:
    """One metric's effect line. `effect` and `ratio` are cannot-say with a reason where the design refuses.

    terms: which variance terms the interval carries, in words. labels: what must be said with the number.
    """

    effect: Estimate
    ratio: Estimate
    naive: Estimate
    unpenalised: Estimate
    by_weeks: Mapping[str, Estimate]
    design: str
    why: str
    error: float | None
    freedom: float | None
    terms: tuple[str, ...]
    labels: tuple[str, ...]
    proves: bool  # may a PROCEED rest on it?
    checks: Checks | None
    weeks_before: int
    weeks_after: int


def pooled_its(panel: pd.DataFrame, plan: EffectPlan) -> Effect:
    """What did the rollout cause, averaged over all treated visits seen so far?

    panel: one row per site and period: site, week (whole weeks since the panel began), n, and events (shares, counts)
    or total and squares (means); optionally expected. Periods that are withheld are left out of the panel, never 0.
    Never a number where the design refuses: under 52 weeks before the first go-live or 8 after, under 20 cells, no
    events before or after, an effect that cannot be told apart from drift, priors that decide more than the data.
    Raises CellError for a panel that is none.
    """
    line = main_line(panel, plan)
    beside = naive.before_after(line.cells, plan.rollout, plan.family, unit=plan.unit)
    if line.model is None or line.change is None:
        return _refused(plan, beside, line.reason, line.before, line.after)
    return _effect(line.cells, plan, line.model, line.change, beside, line.before, line.after)


@dataclass(frozen=True)
class MainLine:
    """The effect alone, without what stands beside it. reason: why there is none; model and change are None then."""

    cells: pd.DataFrame
    before: int
    after: int
    model: Model | None
    change: Change | None
    reason: str = ""

    @property
    def proves(self) -> bool:
        """Was enough seen before go-live, or do sites that went live later stand in for it?"""
        return self.model is not None and _proves(self.model, self.before)


def main_line(panel: pd.DataFrame, plan: EffectPlan) -> MainLine:
    """What did the rollout cause? One fit, refused where nothing can be said; arguments as for `pooled_its`."""
    cells = panel[panel["n"] > 0]
    design = make_design(cells, plan.rollout, plan.priors) if len(cells) else None
    before, after = _weeks(cells, plan.rollout, design)
    reason = _refusal(plan, design, before, after)
    if reason or design is None:
        return MainLine(cells, before, after, None, None, reason)
    try:
        model = _fit_laid_out(design, plan)
    except NoFit as fault:
        return MainLine(cells, before, after, None, None, str(fault))
    found = change(model)
    if not bounded(found.ends, plan.unit):
        return MainLine(cells, before, after, None, None, UNBOUNDED)
    if assumed(design, found.terms):
        reason = "What was assumed about drift and season would decide, not the data."
        return MainLine(cells, before, after, None, None, reason)
    return MainLine(cells, before, after, model, found)


def assumed(design: Design, terms: Terms) -> bool:
    """Would what was assumed answer, and not the data?

    Where sites went live at different times, or some not at all, they show drift and season, and what is assumed of
    these is a part of the interval however large the practice is: only what is assumed of other components then counts.
    """
    starts = (design.cells["week"].to_numpy() - design.since)[design.treated]
    controls = set(design.cells["site"]) - set(design.cells["site"][design.treated])
    told = terms.beside if len(np.unique(starts)) > 1 or controls else terms.priors
    return told > WORST_PRIOR_SHARE * terms.total


def _proves(model: Model, before: int) -> bool:
    starts = model.design.cells["week"].to_numpy() - model.design.since
    return before >= TRUSTED_WEEKS_BEFORE or len(np.unique(starts[model.design.treated])) > 1


def _fit(cells: pd.DataFrame, plan: EffectPlan, *, penalised: bool) -> Model:
    return fit_pooled(cells, plan.rollout, plan.family, plan.priors, repeat_deff=plan.repeat_deff, penalised=penalised)


def _fit_laid_out(design: Design, plan: EffectPlan) -> Model:
    told = (plan.family, plan.rollout.period_weeks)
    return fit_design(design, *told, repeat_deff=plan.repeat_deff, penalised=True)


def _weeks(cells: pd.DataFrame, rollout: Rollout, design: Design | None) -> tuple[int, int]:
    """Weeks seen before the first go-live (at the site with the longest history), and after it."""
    lives = [week for week in rollout.go_live.values() if week is not None]
    if design is None or not lives or not design.treated.any():
        return (0 if cells.empty or not lives else max(0, min(lives) - int(cells["week"].min()))), 0
    weeks = design.cells["week"].to_numpy()
    after = int(np.unique(weeks[design.treated]).size) * rollout.period_weeks
    return max(0, min(lives) - int(weeks.min())), after


def _refusal(plan: EffectPlan, design: Design | None, before: int, after: int) -> str:
    if design is None:
        return "There are no cells."
    if before < FEWEST_WEEKS_BEFORE:
        return f"Only {before} weeks were seen before the first go-live; {FEWEST_WEEKS_BEFORE} are needed."
    if after < FEWEST_WEEKS_AFTER:
        return f"Only {after} whole weeks were seen since go-live; {FEWEST_WEEKS_AFTER} are needed."
    if len(design.cells) < FEWEST_CELLS:
        return f"Only {len(design.cells)} periods can be used; {FEWEST_CELLS} are needed."
    if "events" in design.cells and plan.family != "gaussian":
        events = design.cells["events"].to_numpy()
        if events[design.treated].sum() == 0 or events[~design.treated].sum() == 0:
            return "There was no such event at all before, or after, go-live: a rate of 0 has no relative change."
    return ""


def _refused(plan: EffectPlan, beside: Estimate, reason: str, before: int, after: int) -> Effect:
    none = cannot_say(reason, unit=plan.unit)
    return Effect(
        none,
        replace(none, unit=RATIO),
        beside,
        none,
        {},
        "none",
        reason,
        None,
        None,
        (),
        (),
        False,
        None,
        before,
        after,
    )


def _effect(
    cells: pd.DataFrame, plan: EffectPlan, model: Model, found: Change, beside: Estimate, before: int, after: int
) -> Effect:
    n = int(model.design.cells["n"].sum())
    inflation = step_inflation(model)
    labels = list(_labels(model, before))
    ratio = (
        estimated(change(model, ratio=True).ends, n, RATIO)
        if plan.family != "gaussian"
        else cannot_say("A ratio of means on this scale says nothing.", unit=RATIO)
    )
    return Effect(
        effect=estimated(found.ends, n, plan.unit),
        ratio=ratio,
        naive=beside,
        unpenalised=_without_priors(cells, plan, inflation, n),
        by_weeks=_by_weeks(model, n, plan.unit),
        design="pooled_its",
        why=_why(plan.rollout),
        error=found.error,
        freedom=found.freedom,
        terms=_terms(model, found),
        labels=tuple(labels),
        proves=_proves(model, before),
        checks=Checks(inflation, residual_checks(model), placebo_changes(cells, plan)),
        weeks_before=before,
        weeks_after=after,
    )


def _without_priors(cells: pd.DataFrame, plan: EffectPlan, inflation: float, n: int) -> Estimate:
    """The same model with nothing assumed of drift and season; beside the answer, never instead of it."""
    if inflation > WORST_INFLATION:
        return cannot_say(
            f"Without assumptions about drift and season the variance is {inflation:.0f} times as large: no answer.",
            unit=plan.unit,
        )
    try:
        return estimated(change(_fit(cells, plan, penalised=False)).ends, n, plan.unit)
    except NoFit as fault:
        return cannot_say(str(fault), unit=plan.unit)


def _by_weeks(model: Model, n: int, unit: str) -> dict[str, Estimate]:
    """The effect by time since go-live: does it grow, or wear off?"""
    found = {}
    for low, high in BINS:
        inside = (model.design.since >= low) & (model.design.since < (np.inf if high is None else high))
        share = np.where(inside, model.design.cells["n"].to_numpy(float), 0.0)
        if share.any():
            name = f"{low}+" if high is None else f"{low}-{high - 1}"
            found[name] = estimated(change(model, share).ends, n, unit)
    return found


def _lives(rollout: Rollout) -> list[int]:
    return [week for week in rollout.go_live.values() if week is not None]


def _why(rollout: Rollout) -> str:
    lives, sites = _lives(rollout), len(rollout.go_live)
    controls = sites - len(lives)
    if sites == 1:
        return "One site: its own history says what would have been expected."
    if controls == 0 and len(set(lives)) == 1:
        return "All sites went live in one week: it is one experiment, and a shock of that week would pass for it."
    kept = f"; {controls} of them without it so far" if controls else ""
    return f"{sites} sites, {len(set(lives))} go-live dates{kept}: sites not yet live show season and common shocks."


def _labels(model: Model, before: int) -> list[str]:
    labels = []
    if before < TRUSTED_WEEKS_BEFORE:
        labels.append(f"Rests on the assumption about drift: {before} weeks were seen before go-live, not 78.")
    if "expected" in model.design.cells:
        labels.append("Observed against what the declared confounders let expect.")
    return labels


def _terms(model: Model, found: Change) -> tuple[str, ...]:
    spread = model.dispersion
    words = [f"over-dispersion and autocorrelation (tau {spread.tau:.2f}, rho {spread.rho:.2f})"]
    words.append("declared assumptions about drift and season")
    if found.terms.shared > 0:
        words.append(f"shocks that sites share (kappa {spread.kappa:.2f})")
    if found.terms.repeats > 0:
        words.append(f"patients who come back (design effect {model.repeat_deff:.1f})")
    return tuple(words)
