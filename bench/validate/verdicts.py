"""Simulations of the verdict: a year of locked looks at whole practices with every line of a default plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np

from bench.validate.rollouts import ALLIANCE, Year, drafted, roll_out
from bench.validate.simulation import Draw, Simulation
from metrics.effects.lookwords import LookTaken, words
from metrics.plan import Plan
from metrics.planner import forecast
from metrics.verdict import Word

DRAWS = 500
Looks = Sequence[LookTaken]


def _silent(looks: Looks) -> bool:
    """Was no word said that moves anything?"""
    return not any(look.verdict.word in (Word.HALT, Word.PROCEED) for look in looks)


def _halted(looks: Looks) -> bool:
    return any(look.verdict.word is Word.HALT for look in looks)


def _draw(random: np.random.Generator, year: Year, kept: Callable[[Looks], bool]) -> Draw:
    rolled = roll_out(random, year)
    plan = replace(rolled.plan, guardrails=_roles(year.sites, year.visits).guardrails)
    looks = words(rolled.panels, plan, rolled.change, until=rolled.until)
    return 0.0, math.nan, kept(looks)


@cache
def _roles(sites: int, visits: float) -> Plan:
    """Roles as drafted from one practice of that size."""
    pilot = roll_out(np.random.default_rng([sites, 77]), Year(sites, visits=visits))
    return drafted(pilot.plan, forecast(pilot.before, pilot.plan))


def _simulation(key: str, what: str, year: Year, kept: Callable[[Looks], bool], least: float) -> Simulation:
    size = "" if year.visits == 1 else f" of {100 * year.visits:.0f} visits a week"
    return Simulation(
        key=key,
        what=f"a year of looks: {what}",
        setting=f"{year.sites} sites{size}, default plan of six lines; patients come back",
        draw=partial(_draw, year=year, kept=kept),
        covers=(least, 1.0),
        draws=DRAWS,
    )


REAL_GAIN = -0.35  # of slots lost: about five points
VERDICTS = (
    _simulation("words_null_3", "nothing changed: neither HALT nor PROCEED", Year(3), _silent, 0.95),
    _simulation(
        "words_halt_3",
        "alliance falls by twice its margin: HALT",
        Year(3, effect=REAL_GAIN, harmed=((ALLIANCE, 2.0),)),
        _halted,
        0.95,
    ),
)
