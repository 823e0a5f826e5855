"""Simulations of the verdict: a year of locked looks at whole practices with every line of a default plan."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from bench.validate.rollouts import AIM, ALLIANCE, CRISIS, Rolled, Year, drafted, roll_out
from bench.validate.simulation import Draw, Simulation
from bench.validate.years import Looks
from metrics.plan import Aim, Plan
from metrics.planner import forecast

DRAWS = 500
PLANNED_DRAWS = 300
PILOTS = 20  # practices whose planner is asked, where its chance is held against what happens
REAL_GAIN = -0.35  # of slots lost: about five points
WANTED = 3.0  # points
Kept = Callable[[Looks], bool]


@dataclass(frozen=True)
class Setting:
    """A size and what is true. Roles are as drafted from one practice of that size: others cannot be locked."""

    year: Year

    @property
    def says(self) -> str:
        visits = 100 * self.year.visits
        waves = "" if self.year.apart == Year.apart else f", waves {self.year.apart} weeks apart"
        size = f"{self.year.sites} sites of {visits:.0f} visits a week{waves}"
        return f"{size}, default plan of six lines; patients come back"

    def plan_for(self, rolled: Rolled) -> Plan:
        """The plan of that practice, with these roles."""
        return replace(rolled.plan, guardrails=_roles(replace(self.year, effect=0.0, harmed=())).guardrails)


@cache
def _roles(quiet: Year) -> Plan:
    """Roles as drafted from one practice of that size in which nothing changes."""
    pilot = roll_out(np.random.default_rng([quiet.sites, 77]), quiet)
    return drafted(pilot.plan, forecast(pilot.before, pilot.plan))


def _draw(random: np.random.Generator, setting: Setting, kept: Kept) -> Draw:
    rolled = roll_out(random, setting.year)
    looks = Looks(rolled.panels, setting.plan_for(rolled), rolled.change, until=rolled.until)
    return 0.0, math.nan, kept(looks)


@cache
def planned(setting: Setting) -> float:
    """The planner's chance of PROCEED, the mean over practices of that size, each told the gain that truly comes."""
    chances = []
    for at in range(PILOTS):
        pilot = roll_out(np.random.default_rng([setting.year.sites, 78, at]), setting.year)
        aim = Aim(AIM, WANTED, 100 * pilot.gain, "wanted")
        chances.append(forecast(pilot.before, replace(setting.plan_for(pilot), aim=aim)).proceed)
    return float(np.mean(chances))


def _silent(looks: Looks) -> bool:
    return not looks.halted() and not looks.proceeded()


def _halted(looks: Looks, metric: str) -> bool:
    return looks.halted(metric)


def _stopped(looks: Looks, metric: str) -> bool:
    return not looks.proceeded(metric)


def _proceeded(looks: Looks) -> bool:
    return looks.proceeded()


def _simulation(key: str, what: str, setting: Setting, kept: Kept, least: float) -> Simulation:
    return Simulation(
        key=key,
        what=f"a year of looks: {what}",
        setting=setting.says,
        draw=partial(_draw, setting=setting, kept=kept),
        covers=(least, 1.0),
        draws=DRAWS,
    )


def _harmed(metric: str, sites: int, visits: float, margins: float, least: float) -> Simulation:
    name, way = {ALLIANCE: ("alliance", "falls"), CRISIS: ("the time to a human in a crisis", "rises")}[metric]
    size = "its margin" if margins == 1 else "twice its margin"
    setting = Setting(Year(sites, effect=REAL_GAIN, visits=visits, harmed=((metric, margins),)))
    what = f"the aim reached, {name} {way} by {size}: no PROCEED"
    key = f"words_harm{margins:.0f}_{metric.partition('_')[0]}_{sites}"
    return _simulation(key, what, setting, partial(_stopped, metric=metric), least)


def _foreseen(key: str, setting: Setting, short: str = "") -> Simulation:
    """The planner held to its word; short: where it falls short of that, why."""
    told = _simulation(key, "nothing harmed, the aim truly better: PROCEED", setting, _proceeded, 0.0)
    return replace(
        told, target=partial(planned, setting), within=0.05, draws=PLANNED_DRAWS, known=bool(short), note=short
    )


VERDICTS = (
    _simulation("words_null_3", "nothing changed: neither HALT nor PROCEED", Setting(Year(3)), _silent, 0.95),
    _simulation("words_null_12", "nothing changed: neither HALT nor PROCEED", Setting(Year(12)), _silent, 0.95),
    _simulation(
        "words_halt_3",
        "alliance falls by twice its margin: HALT",
        Setting(Year(3, effect=REAL_GAIN, harmed=((ALLIANCE, 2.0),))),
        partial(_halted, metric=ALLIANCE),
        0.95,
    ),
    _harmed(ALLIANCE, 12, 1.0, 1.0, 0.97),
    _harmed(ALLIANCE, 12, 1.0, 2.0, 0.995),
    _harmed(CRISIS, 12, 1.0, 1.0, 0.97),
    _harmed(CRISIS, 12, 1.0, 2.0, 0.995),
    _harmed(ALLIANCE, 6, 2.5, 1.0, 0.97),
    _harmed(ALLIANCE, 6, 2.5, 2.0, 0.995),
    _foreseen("words_planned_60", Setting(Year(12, effect=-0.155))),
    _foreseen("words_planned_80", Setting(Year(12, effect=-0.205))),
    _foreseen("words_planned_95", Setting(Year(12, effect=REAL_GAIN))),
    _foreseen("words_planned_80_6", Setting(Year(6, effect=-0.205, visits=2.5))),
    _foreseen("words_planned_80_8", Setting(Year(8, effect=-0.195, visits=2.0))),
    _foreseen("words_planned_80_near", Setting(Year(12, effect=-0.205, apart=4))),
    _foreseen(
        "words_planned_70_far",
        Setting(Year(8, effect=-0.22, visits=1.5, apart=16)),
        "the planner is cautious: five lines must hold near their limit, where little lasts and intervals are wide",
    ),
)
