"""Is the automation worth its cost, how sure is that, and which assumption would turn the answer round?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from metrics.errors import CellError

Floats = np.ndarray[Any, np.dtype[np.float64]]

DRAWS = 20_000  # chance of a loss to within 0.4 points
NORMAL_95 = 1.96


@dataclass(frozen=True)
class Assumption:
    """A number the answer rests on. kind: "estimate" (low, high = its 95 % limits) or "range" (declared; triangular).

    low = value = high: taken as known. unit in words ("slots a week", "euros an hour").
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    kind: Literal["estimate", "range"] = "range"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.value <= self.high):
            raise CellError(f"{self.name}: write low <= value <= high, all of them numbers")


@dataclass(frozen=True)
class Line:
    """One line of the account: an amount of money that is a product of assumptions; gain = False is subtracted."""

    what: str
    factors: tuple[str, ...]
    gain: bool


@dataclass(frozen=True)
class Turn:
    """An assumption and the value at which the net benefit is nothing, the others as they are.

    turns: does that value lie within the assumption's own limits? at: None where no value of it would do.
    swing: the net benefit at its high limit minus that at its low one.
    """

    name: str
    unit: str
    at: float | None
    turns: bool
    swing: float


@dataclass(frozen=True)
class NetBenefit:
    """Money, over the period the lines are written for. value: with every assumption as it is; low, high: 95 % of
    draws lie between; chance_of_loss: the share of draws below 0. lines: each line's amount, losses negative. turns:
    the assumption that moves the answer most comes first.
    """

    value: float
    low: float
    high: float
    chance_of_loss: float
    lines: Mapping[str, float]
    turns: tuple[Turn, ...]
    draws: int
    seed: int


def net_benefit(
    lines: Sequence[Line], assumptions: Sequence[Assumption], *, seed: int, draws: int = DRAWS
) -> NetBenefit:
    """What does the automation bring after all it costs, and how likely is it that it loses money?

    lines: gains (slots no longer lost times the realised fee) and losses (licences, staff time, repair work), each a
    product of assumptions. Assumptions are drawn independently of each other. The same seed gives the same answer.
    Raises CellError for a line that names no assumption, an assumption named twice, or no line.
    """
    known = {each.name: each for each in assumptions}
    _check(lines, assumptions, known)
    as_is = {name: np.array([each.value]) for name, each in known.items()}
    random = np.random.default_rng(seed)
    drawn = {each.name: _drawn(each, random, draws) for each in assumptions}
    totals = _net(lines, drawn)
    low, high = np.quantile(totals, [0.025, 0.975])
    turns = sorted((_turn(lines, as_is, each) for each in assumptions), key=lambda turn: -abs(turn.swing))
    return NetBenefit(
        float(_net(lines, as_is)[0]),
        float(low),
        float(high),
        float((totals < 0).mean()),
        {line.what: float(_amount(line, as_is)[0]) for line in lines},
        tuple(turns),
        draws,
        seed,
    )


def _check(lines: Sequence[Line], assumptions: Sequence[Assumption], known: Mapping[str, Assumption]) -> None:
    if not lines:
        raise CellError("an account needs a line")
    if len(known) < len(assumptions):
        raise CellError("an assumption stands there twice")
    for line in lines:
        absent = [name for name in line.factors if name not in known]
        if absent or not line.factors:
            raise CellError(f"{line.what}: no assumption {', '.join(absent) or 'is named'}; known: {', '.join(known)}")


def _amount(line: Line, values: Mapping[str, Floats]) -> Floats:
    product = np.prod([values[name] for name in line.factors], axis=0)
    return np.asarray(product if line.gain else -product)


def _net(lines: Sequence[Line], values: Mapping[str, Floats]) -> Floats:
    return np.asarray(sum(_amount(line, values) for line in lines))


def _drawn(each: Assumption, random: np.random.Generator, draws: int) -> Floats:
    if each.low == each.high:
        return np.full(draws, each.value)
    if each.kind == "range":
        return random.triangular(each.low, each.value, each.high, draws)
    normal = random.normal(size=draws)  # limits need not lie evenly about the value
    spread = np.where(normal < 0, each.value - each.low, each.high - each.value) / NORMAL_95
    return np.asarray(each.value + normal * spread)


def _turn(lines: Sequence[Line], as_is: Mapping[str, Floats], each: Assumption) -> Turn:
    low, high = (float(_net(lines, {**as_is, each.name: np.array([end])})[0]) for end in (each.low, each.high))
    net = np.array([float(_net(lines, {**as_is, each.name: np.array([end])})[0]) for end in (0.0, 1.0)])
    uses = {line.factors.count(each.name) for line in lines}
    if uses <= {0, 1}:  # a straight line in this assumption
        at = float(-net[0] / (net[1] - net[0])) if net[1] != net[0] else None
        return Turn(each.name, each.unit, at, at is not None and each.low <= at <= each.high, high - low)
    return Turn(each.name, each.unit, None, low * high < 0, high - low)
