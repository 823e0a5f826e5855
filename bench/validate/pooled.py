"""Simulations of the pooled rollout model on whole practices, every term of its variance switched on together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import numpy as np

from bench.validate.practices import World, make
from bench.validate.simulation import Draw, Simulation, held
from metrics.effects.companions import period_change
from metrics.effects.design import Priors, Rollout, make_design
from metrics.effects.exposure import expose
from metrics.effects.interventions import Intervention, Kind
from metrics.effects.its import EffectPlan, assumed
from metrics.effects.panels import Panel
from metrics.effects.pooled import change, fit_pooled
from metrics.effects.reading import interval, read
from metrics.effects.units import SHARES

SITES = (1, 3, 6, 12, 20)
HONEST = (0.92, 0.985)
START = date(2022, 1, 3)
DRAWS, MORE_DRAWS = 500, 2000  # more where 500 cannot tell whether the promise is kept

SCENARIOS: dict[str, tuple[str, World]] = {
    "null": ("no effect", World(1)),
    "fall20": ("a fall by 20 %", World(1, effect=-0.2)),
    "fall40": ("a fall by 40 %", World(1, effect=-0.4)),
    "ramp8": ("a fall by 40 % that takes 8 weeks", World(1, effect=-0.4, ramp=8)),
    "ramp26": ("a fall by 40 % that takes 26 weeks", World(1, effect=-0.4, ramp=26)),
    "shocks": ("no effect; shocks that last longer and are larger (rho .5, phi 3)", World(1, rho=0.5, phi=3.0)),
    "shared": ("no effect; 30 % of the shocks shared by all sites", World(1, shared=0.3)),
    "shared40": ("a fall by 40 %; 30 % of the shocks shared", World(1, effect=-0.4, shared=0.3)),
    "drift": ("no effect; sites drift twice as much as assumed", World(1, drift_sd=0.24)),
}
TWO = {
    "beside20": ("no effect; another component, a fall by 20 %, came 24 weeks before", (0.0, -0.2, 24)),
    "beside40": ("no effect; another component, a fall by 40 %, came 24 weeks before", (0.0, -0.4, 24)),
    "both40": ("a fall by 40 %; another component, a fall by 40 %, came 24 weeks before", (-0.4, -0.4, 24)),
    "next40": ("a fall by 40 %, read until another component came 22 weeks after", (-0.4, 0.0, -22)),
}
_FEWER = {"drift": 0.90}  # what is promised where the assumption about drift is wrong by half
_SHARED_LARGE = 0.89  # shared shocks with a large effect, from twelve sites on: kappa is underestimated


def _draw(random: np.random.Generator, world: World) -> Draw:
    practice = make(random, world)
    model = fit_pooled(
        practice.panel, practice.rollout, "binomial", Priors(), repeat_deff=practice.repeat_deff, penalised=True
    )
    found = change(model)
    truth = practice.truth(model.design.cells[model.design.treated])
    if assumed(model.design, found.terms):
        return truth, None, False
    return held(truth, found.value, found.low, found.high)


def _draw_two(random: np.random.Generator, world: World) -> Draw:
    """As a release reads it: the other component is a term of the model, or ends what is read."""
    practice = make(random, world)
    told = ("no_show_rate", "No-show rate", "access", "lower", SHARES, "binomial", 1, START)
    panel = Panel(*told, practice.panel, repeat_deff=practice.repeat_deff)  # type: ignore[arg-type]
    own, other = (_intervention(name, each) for name, each in (("own", practice.rollout), ("other", practice.other)))
    found = read(expose(panel, own, [other]))
    if found.value is None or found.error is None or found.freedom is None:
        return 0.0, None, False
    design = found.models[0].design
    limits = interval(found.value, found.error, found.freedom)
    return held(practice.truth(design.cells[design.treated]), found.value, *limits)


def _intervention(name: str, rollout: Rollout) -> Intervention:
    starts = {site: None if week is None else START + timedelta(weeks=week) for site, week in rollout.go_live.items()}
    return Intervention(name, str(Kind.GO_LIVE), Kind.GO_LIVE, starts, {})


def _lowest(name: str, sites: int) -> float:
    if name == "shared40" and sites >= 12:
        return _SHARED_LARGE
    return _FEWER.get(name, HONEST[0])


def _draw_periods(random: np.random.Generator, world: World) -> Draw:
    """The companion with a level for every four weeks."""
    practice = make(random, world)
    told = EffectPlan(practice.rollout, repeat_deff=practice.repeat_deff)
    found, _ = period_change(practice.panel, told)
    design = make_design(practice.panel, practice.rollout)
    return held(practice.truth(design.cells[design.treated]), found.value, found.low, found.high)


PERIODS = tuple(
    Simulation(
        key=f"pooled_periods_{name}_{sites}",
        what=f"effect of a rollout, a level for every four weeks: {SCENARIOS[name][0]}",
        setting=f"{sites} sites, 104 weeks before, 52 after; patients come back",
        draw=partial(_draw_periods, world=replace(SCENARIOS[name][1], sites=sites)),
        draws=DRAWS,
        biased=True,
        known=True,
        note="why no data choose it",
    )
    for name, sites in (("shared", 12), ("ramp26", 9))
)
ALONE = tuple(
    Simulation(
        key=f"pooled_{name}_{sites}",
        what=f"effect of a rollout, pooled series: {words}",
        setting=f"{sites} site{'s' if sites > 1 else ''}, 104 weeks before, 52 after; patients come back",
        draw=partial(_draw, world=replace(world, sites=sites)),
        covers=(_lowest(name, sites), HONEST[1]),
        draws=MORE_DRAWS if (name, sites) == ("shared40", 6) else DRAWS,
        biased=True,
    )
    for name, (words, world) in SCENARIOS.items()
    for sites in SITES
)

TOGETHER = tuple(
    Simulation(
        key=f"pooled_{name}_{sites}",
        what=f"effect of a rollout, pooled series: {words}",
        setting=f"{sites} sites, 104 weeks before, 52 after; effects grow over 8 weeks; patients come back",
        draw=partial(_draw_two, world=World(sites, effect=effect, ramp=8, other=other, other_before=before)),
        covers=(HONEST[0], 1.0),
        note="wide: the prior allows for more than came",
        draws=DRAWS,
        biased=True,
    )
    for name, (words, (effect, other, before)) in TWO.items()
    for sites in (3, 6, 12)
)
POOLED = (*ALONE, *TOGETHER, *PERIODS)
