"""Simulations of the pooled rollout model on whole practices, every term of its variance switched on together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from bench.validate.practices import World, make
from bench.validate.simulation import Draw, Simulation, held
from metrics.effects.design import Priors
from metrics.effects.its import WORST_PRIOR_SHARE
from metrics.effects.pooled import change, fit_pooled

SITES = (1, 3, 6, 12, 20)
HONEST = (0.92, 0.985)
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
_FEWER = {"drift": 0.90}  # what is promised where the assumption about drift is wrong by half
_SHARED_LARGE = 0.89  # shared shocks with a large effect, from twelve sites on: kappa is underestimated


def _draw(random: np.random.Generator, world: World) -> Draw:
    practice = make(random, world)
    model = fit_pooled(
        practice.panel, practice.rollout, "binomial", Priors(), repeat_deff=practice.repeat_deff, penalised=True
    )
    found = change(model)
    truth = practice.truth(model.design.cells[model.design.treated])
    if found.terms.priors > WORST_PRIOR_SHARE * found.terms.total:
        return truth, None, False
    return held(truth, found.value, found.low, found.high)


def _lowest(name: str, sites: int) -> float:
    if name == "shared40" and sites >= 12:
        return _SHARED_LARGE
    return _FEWER.get(name, HONEST[0])


POOLED = tuple(
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
