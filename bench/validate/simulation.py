"""Does an interval hold the truth as often as it says, and is the estimate centred on it?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Draw = tuple[float, float | None, bool]  # truth, estimate (None: cannot say), does the interval hold the truth?
Floats = np.ndarray[Any, np.dtype[np.float64]]
AT_ONCE = 500  # draws made in one go, to spare memory
HONEST = (0.935, 0.965)  # what a 95 % interval may cover, Monte-Carlo error of 2,000 draws allowed for
LARGEST_BIAS = 0.1  # of the estimate's own spread


@dataclass(frozen=True)
class Simulation:
    """One estimator on made-up data. covers: from which to which share its interval must hold the truth.

    target, within: a share foreseen, and how near it the one measured must come; it takes the place of `covers`.
    known: a weakness that is shown on purpose; then nothing is promised, and `note` says what to do instead. many: so
    many draws at once, in the place of `draw`.
    """

    key: str
    what: str
    setting: str
    draw: Callable[[np.random.Generator], Draw] | None = None
    covers: tuple[float, float] = HONEST
    known: bool = False
    note: str = ""
    draws: int = 2000  # at most: what takes long is drawn less often
    biased: bool = False  # priors draw the estimate in: its coverage is what is promised
    many: Callable[[np.random.Generator, int], list[Draw]] | None = None
    target: Callable[[], float] | None = None  # what was foreseen, where the share is held against that
    within: float = 0.0  # of it
    stream: str = ""  # whose draws it shares; its own where empty


@dataclass(frozen=True)
class Found:
    """What came of it. bias: in units of the estimate's spread, None where there is no estimate."""

    key: str
    covered: float
    error: float  # Monte-Carlo, one standard error
    bias: float | None
    draws: int
    unanswered: int  # draws in which the estimator could not say
    seed: int
    day: str = ""
    target: float | None = None  # what was foreseen


def held(truth: float, value: float | None, low: float | None, high: float | None) -> Draw:
    """A draw from an interval; a limit that is not reached is far away."""
    lowest, highest = -math.inf if low is None else low, math.inf if high is None else high
    return truth, value, lowest - 1e-12 <= truth <= highest + 1e-12


def all_held(truth: Floats | float, value: Floats, low: Floats, high: Floats) -> list[Draw]:
    """As many draws as there are values; nan where the estimator could not say."""
    rows = zip(
        np.broadcast_to(truth, value.shape).tolist(), *(each.tolist() for each in (value, low, high)), strict=True
    )
    return [held(true, None if math.isnan(one) else one, start, end) for true, one, start, end in rows]


def run(simulation: Simulation, draws: int, seed: int) -> Found:
    """Draw so often; draws without an answer are counted, and left out of coverage and bias."""
    draws = min(draws, simulation.draws)
    random = np.random.default_rng([seed, *(simulation.stream or simulation.key).encode()])
    made = _made(simulation, random, draws)
    answered = [(truth, value, covered) for truth, value, covered in made if value is not None]
    covered = float(np.mean([each[2] for each in answered]))
    away = np.array([value - truth for truth, value, _ in answered])
    bias = None if np.isnan(away).any() else _bias(away)
    error = math.sqrt(max(covered * (1 - covered), 1 / len(answered)) / len(answered))
    target = simulation.target() if simulation.target else None
    return Found(simulation.key, covered, error, bias, len(answered), draws - len(answered), seed, target=target)


def bounds(simulation: Simulation, found: Found | None) -> tuple[float, float]:
    """From which to which share is what was promised?"""
    if found is None or found.target is None:
        return simulation.covers
    return found.target - simulation.within, found.target + simulation.within


def together(simulations: Sequence[Simulation]) -> list[list[str]]:
    """The keys that one process runs: those of one stream ask the same practices, which are then drawn once."""
    found: dict[str, list[str]] = {}
    for each in simulations:
        found.setdefault(each.stream or each.key, []).append(each.key)
    return list(found.values())


def _made(simulation: Simulation, random: np.random.Generator, draws: int) -> list[Draw]:
    if simulation.many is None:
        if simulation.draw is None:
            raise ValueError(f"{simulation.key}: give it `draw` or `many`")
        return [simulation.draw(random) for _ in range(draws)]
    sizes = [min(AT_ONCE, draws - done) for done in range(0, draws, AT_ONCE)]
    return [draw for size in sizes for draw in simulation.many(random, size)]


def met(simulation: Simulation, found: Found) -> bool:
    """Is what was promised kept? Two Monte-Carlo errors are forgiven only where fewer than 2,000 draws were made."""
    asked = min(2000, simulation.draws) - found.unanswered
    forgiven = 2 * found.error if found.draws < asked else 0.0
    low, high = bounds(simulation, found)
    inside = low - forgiven <= found.covered <= high + forgiven
    if simulation.biased or found.bias is None:
        return inside
    spare = 3 / math.sqrt(found.draws) if found.draws < asked else 0.0
    return inside and abs(found.bias) <= LARGEST_BIAS + spare


def _bias(away: np.ndarray) -> float:
    spread = float(away.std(ddof=1))
    return float(away.mean() / spread) if spread > 0 else 0.0
