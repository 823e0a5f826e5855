"""What did a metric find, how sure is it, and if it cannot say, why not?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Why there is, or is not, a value. Four ways of having none are never mixed up."""

    PUBLISHED = "published"
    ZERO = "zero"  # nobody and nothing in this group
    WITHHELD = "withheld"  # the group has fewer people than may be shown
    MISSING = "missing"  # the exports do not hold what the metric needs
    NOT_APPLICABLE = "not_applicable"  # the question makes no sense here
    CANNOT_SAY = "cannot_say"  # too little to answer honestly


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, the number of units it rests on, its unit, and, where there is none, the reason.

    "Cannot say" is `value=None` with a reason; never 0 or nan. Raises ValueError for a value that is not finite, for a
    value without an interval, and for no value without a reason.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    state: State = State.PUBLISHED
    reason: str = ""

    def __post_init__(self) -> None:
        numbers = (self.value, self.low, self.high)
        if self.value is None:
            if not self.reason or self.state is State.PUBLISHED or self.low is not None or self.high is not None:
                raise ValueError("an estimate without a value needs a state and a reason, and no interval")
        elif any(number is None or not math.isfinite(number) for number in numbers):
            raise ValueError("an estimate with a value needs a finite value and interval")


def cannot_say(reason: str, *, unit: str, n: int = 0, state: State = State.CANNOT_SAY) -> Estimate:
    """An estimate that says why there is none."""
    return Estimate(None, None, None, n, unit, state, reason)
