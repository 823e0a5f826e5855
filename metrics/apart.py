"""Which groups of patients are forecast wrongly, by more than chance among so many groups?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import norm

from metrics.intervals import holm

WIDTH = 2 * float(norm.ppf(0.975))  # standard errors in a 95 % interval


@dataclass(frozen=True)
class Ratio:
    """Events seen over events forecast in one group, with its 95 % interval; 1 is as forecast."""

    stratifier: str
    stratum: str
    value: float
    low: float
    high: float


def forecast_wrongly(ratios: Sequence[Ratio], *, level: float = 0.05) -> tuple[Ratio, ...]:
    """In which groups did other than the forecast happen, the furthest off first?

    ratios: every group that can be assessed, of all splits. Each is held against 1 on the log scale, its standard error
    from its interval; over all groups together one false finding is made in at most `level` of releases (Holm), also
    where the same patients are in groups of several splits. A group in which nothing happened is never found.
    """
    known = [each for each in ratios if each.value > 0 and 0 < each.low < each.high]
    z = [math.log(each.value) * WIDTH / math.log(each.high / each.low) for each in known]
    adjusted = holm([float(2 * norm.sf(abs(one))) for one in z])
    found = [each for each, p in zip(known, adjusted, strict=True) if p < level]
    return tuple(sorted(found, key=lambda each: -abs(math.log(each.value))))
