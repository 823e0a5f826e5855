"""Do other honest ways of looking agree with the main line? Shown beside the effect, never instead of it.

A model with a level for every period, which no common shock or season can fool; made-up assignments of the go-live
dates to the sites, which need no model of the errors; and the main line without each site in turn.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from metrics.effects.bounds import estimated
from metrics.effects.design import BESIDE, Rollout, independent, make_design
from metrics.effects.glm import FAMILIES, Floats, NoFit, fit
from metrics.effects.pooled import cells_of, change, fit_pooled
from metrics.estimate import Estimate, cannot_say

if TYPE_CHECKING:
    from metrics.effects.its import EffectPlan

COMPANION_WEEKS = 4
FEWEST_SITES, FEWEST_DATES = 6, 3  # below them no permutation can reach 5 %
MOST_DRAWS = 999


@dataclass(frozen=True)
class Permutation:
    """How often would chance assignment of the dates look as much like an effect? exact: every assignment was tried."""

    p: float | None
    draws: int
    exact: bool
    reason: str = ""


@dataclass(frozen=True)
class WithoutSite:
    """The effect with one site left out."""

    site: str
    effect: Estimate


def coarsened(panel: pd.DataFrame, rollout: Rollout, weeks: int = COMPANION_WEEKS) -> tuple[pd.DataFrame, Rollout]:
    """The panel in periods of `weeks`, counted from its first; sums are added. Phase-in weeks are left out."""
    kept = make_design(panel, rollout).cells
    begin = int(panel["week"].min())
    period = begin + (kept["week"] - begin) // weeks * weeks
    how = {name: "sum" for name in ("n", "events", "total", "squares", "expected") if name in kept}
    how |= {str(name): "mean" for name in kept.columns if str(name).startswith(BESIDE)}
    cells = kept.assign(week=period).groupby(["site", "week"], as_index=False).agg(how)
    return cells, replace(rollout, period_weeks=weeks)


def period_model(panel: pd.DataFrame, plan: EffectPlan) -> Estimate:
    """What does a model with a level for every four weeks say? Needs a site that is not live while another is.

    Not for effects that grow over months: with all sites live at the end it looks past them.
    """
    return period_change(panel, plan)[0]


def period_change(panel: pd.DataFrame, plan: EffectPlan) -> tuple[Estimate, float | None]:
    """The same, with the degrees of freedom its interval has (None without one)."""
    cells, rollout = panel[panel["n"] > 0], plan.rollout
    if rollout.period_weeks == 1:
        cells, rollout = coarsened(cells, rollout)
    if len(rollout.go_live) < 2:
        return cannot_say("One site has nobody to be compared with in the same weeks.", unit=plan.unit), None
    try:
        model = fit_pooled(
            cells, rollout, plan.family, plan.priors, repeat_deff=plan.repeat_deff, penalised=False, each_period=True
        )
    except NoFit:
        why = "All sites went live at once: nobody was in another state in the same weeks."
        return cannot_say(why, unit=plan.unit), None
    if not model.design.treated.any():
        return cannot_say("No whole period of it lies after go-live.", unit=plan.unit), None
    found = change(model)
    told = estimated(found.ends, int(model.design.cells["n"].sum()), plan.unit)
    return told, None if told.value is None else found.freedom


def permutation(panel: pd.DataFrame, plan: EffectPlan, *, seed: int = 0) -> Permutation:
    """Had the same go-live dates fallen on other sites, how often would as large an effect have been seen?

    From 6 sites and 3 dates (never counts as one). The statistic is the score of one step beside levels and drifts of
    the sites and a level for every four weeks; all assignments where there are at most 999, else 999 drawn by `seed`.
    """
    dates = list(plan.rollout.go_live.values())
    if len(dates) < FEWEST_SITES or len(set(dates)) < FEWEST_DATES:
        return Permutation(None, 0, False, f"Needs {FEWEST_SITES} sites and {FEWEST_DATES} go-live dates.")
    cells = panel[panel["n"] > 0]
    if plan.rollout.period_weeks == 1:
        cells, _ = coarsened(cells, Rollout(dict.fromkeys(plan.rollout.go_live)))
    score = _Score(cells, plan)
    seen = abs(score.of(dates))
    assignments, exact = _assignments(dates, seed)
    as_large = sum(abs(score.of(each)) >= seen * (1 - 1e-9) for each in assignments)
    extra = 0 if exact else 1  # of all assignments the true one is among those tried; else it is added
    return Permutation((as_large + extra) / (len(assignments) + extra), len(assignments), exact)


def without_each_site(panel: pd.DataFrame, plan: EffectPlan) -> tuple[WithoutSite, ...]:
    """Does the answer hang on one site? The main line without each in turn; nothing where two or fewer remain."""
    sites = list(plan.rollout.go_live)
    return tuple(_without(panel, plan, site) for site in sites) if len(sites) > 2 else ()


def _without(panel: pd.DataFrame, plan: EffectPlan, site: str) -> WithoutSite:
    lives = {name: week for name, week in plan.rollout.go_live.items() if name != site}
    if all(week is None for week in lives.values()):
        return WithoutSite(site, cannot_say("No other site went live.", unit=plan.unit))
    cells = panel[(panel["site"] != site) & (panel["n"] > 0)]
    try:
        model = fit_pooled(
            cells,
            replace(plan.rollout, go_live=lives),
            plan.family,
            plan.priors,
            repeat_deff=plan.repeat_deff,
            penalised=True,
        )
    except NoFit as fault:
        return WithoutSite(site, cannot_say(str(fault), unit=plan.unit))
    if not model.design.treated.any():
        return WithoutSite(site, cannot_say("No other site has weeks after go-live.", unit=plan.unit))
    return WithoutSite(site, estimated(change(model).ends, int(model.design.cells["n"].sum()), plan.unit))


class _Score:
    """The signed score of a step under an assignment of dates, from one fit without any step."""

    def __init__(self, cells: pd.DataFrame, plan: EffectPlan) -> None:
        self.sites = list(plan.rollout.go_live)
        nobody = Rollout(dict.fromkeys(self.sites), period_weeks=COMPANION_WEEKS)
        design = make_design(cells, nobody, each_period=True)
        family = FAMILIES[plan.family]
        given = cells_of(family, design.cells)
        kept = design.columns[:, independent(design.columns, given.weight)]
        found = fit(family, given, kept)
        self.root = np.sqrt(found.working)
        self.residuals = found.residuals
        self.basis = np.linalg.qr(kept * self.root[:, None])[0]
        self.site = design.cells["site"].map({site: at for at, site in enumerate(self.sites)}).to_numpy()
        self.week = design.cells["week"].to_numpy(float)

    def of(self, dates: Sequence[int | None]) -> float:
        starts = np.array([np.inf if date is None else float(date) for date in dates])
        step: Floats = (self.week > starts[self.site] - COMPANION_WEEKS / 2).astype(float) * self.root
        rest = step - self.basis @ (self.basis.T @ step)
        size = float(rest @ rest)
        return float(rest @ self.residuals) / math.sqrt(size) if size > 1e-9 else 0.0


def _assignments(dates: Sequence[int | None], seed: int) -> tuple[list[tuple[int | None, ...]], bool]:
    """Every different way of giving the dates to the sites, or 999 drawn ones; and: are these all?"""
    ways = math.factorial(len(dates))
    for date in set(dates):
        ways //= math.factorial(list(dates).count(date))
    if ways <= MOST_DRAWS:
        return list(_different(sorted(dates, key=str))), True
    rng = np.random.default_rng(seed)
    return [tuple(dates[at] for at in rng.permutation(len(dates))) for _ in range(MOST_DRAWS)], False


def _different(dates: Sequence[int | None]) -> Iterator[tuple[int | None, ...]]:
    if len(dates) <= 8:
        yield from set(itertools.permutations(dates))
        return
    for date in dict.fromkeys(dates):  # few different dates on many sites: place them one by one
        rest = list(dates)
        rest.remove(date)
        for tail in _different(rest):
            yield (date, *tail)
