"""With what chance does a plan's word come, if its lines truly move by so much? The looks' own rule, on drawn paths.

A path is one course of a line (`metrics.effects.courses`) with estimates drawn around what is true; lines are drawn
independently. Seeded: the same plan has the same chances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metrics.effects.courses import Courses
from metrics.effects.looks import Look, obrien_fleming_looks
from metrics.effects.lookwords import ALPHA
from metrics.verdict import Role

PATHS, SEED = 20_000, 20_260
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Foreseen:
    """One line at the plan's looks. errors: at each look (None: nothing can be said there), wide ones, from which the
    bounds follow; courses: what those looks may come to report (None: no look can say anything). proves: may a PROCEED
    rest on it? margin, in the metric's unit."""

    metric: str
    role: Role
    margin: float
    errors: tuple[float | None, ...]
    courses: Courses | None
    proves: bool


@dataclass(frozen=True)
class Paths:
    """Per path and look: shown (preserved, or for an aim better and large enough), and undermined (for ever)."""

    shown: Flags
    undermined: Flags


def power(line: Foreseen, guardrails: int, *, true: float = 0.0) -> float:
    """The chance that the line is shown by the day of decision, if it truly changes by `true` (positive is better)."""
    found = paths(line, guardrails, true=true, place=0)
    return float((found.shown & ~found.undermined).any(axis=1).mean())


def chance_to_halt(line: Foreseen, guardrails: int, *, true: float) -> float:
    """The chance that the line is found undermined by the day of decision."""
    return float(paths(line, guardrails, true=true, place=0).undermined[:, -1].mean())


def chances_to_proceed(aim: Foreseen, guards: Sequence[Foreseen], gains: Sequence[float]) -> tuple[float, ...]:
    """The chance of a PROCEED at some look, if no guardrail moves, for each true gain of the aim."""
    count = len(guards)
    all_well = np.ones((PATHS, len(aim.errors)), dtype=bool)
    for place, line in enumerate(guards, start=1):
        found = paths(line, count, true=0.0, place=place)
        all_well &= ~found.undermined
        if line.role is Role.MUST_HOLD:
            all_well &= found.shown
    aimed = [paths(aim, count, true=gain, place=0).shown for gain in gains]
    return tuple(float((shown & all_well).any(axis=1).mean()) for shown in aimed)


def paths(line: Foreseen, guardrails: int, *, true: float, place: int) -> Paths:
    """What each look shows, over many made-up courses of one line."""
    told = [at for at, error in enumerate(line.errors) if error]
    nothing = np.zeros((PATHS, len(line.errors)), dtype=bool)
    if line.courses is None:
        return Paths(nothing, nothing)
    information = np.maximum.accumulate([float(line.errors[at] or np.inf) ** -2.0 for at in told])
    proof, halting = (_bounds(information, alpha) for alpha in (ALPHA, ALPHA / max(guardrails, 1)))
    value, error = _drawn(line.courses, np.random.default_rng([SEED, place]))
    value += true
    low, high = value - _reach(proof) * error, value + _reach(halting) * error
    counted = np.array([look.counted for look in proof])
    floor = 0.0 if line.role is Role.AIM else -line.margin
    shown = np.logical_or.accumulate((low > floor) & counted, axis=1) & line.proves
    if line.role is Role.AIM:
        shown &= value >= line.margin
    undermined = np.logical_or.accumulate((low <= -line.margin) & (high < 0) & counted, axis=1)
    if line.role is Role.AIM:
        undermined &= False
    return Paths(_at_every_look(shown, told, nothing), _at_every_look(undermined, told, nothing))


def _drawn(courses: Courses, random: np.random.Generator) -> tuple[Floats, Floats]:
    """(how far each path's estimates are off, the errors its looks report): paths x looks, each course as often."""
    course = random.permutation(np.arange(PATHS) % len(courses.errors))
    noise = random.standard_normal((PATHS, courses.errors.shape[1]))
    return np.einsum("pk,pjk->pj", noise, courses.spread[course]), courses.errors[course]


def _bounds(information: Floats, alpha: float) -> tuple[Look, ...]:
    return obrien_fleming_looks(list(information), float(information[-1]), alpha=alpha)


def _reach(looks: Sequence[Look]) -> Floats:
    return np.array([look.bound for look in looks])


def _at_every_look(found: Flags, told: Sequence[int], nothing: Flags) -> Flags:
    out = nothing.copy()
    for place, at in enumerate(told):
        out[:, at:] = found[:, [place]]
    return out
