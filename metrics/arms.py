"""How often did it happen in each arm of each stratum of a contrast, and how sure is that?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.contrast import EffectReport, Stratum
from metrics.estimate import Estimate, State, cannot_say
from metrics.intervals import wilson_limits

LEVEL = 0.95


@dataclass(frozen=True)
class Band:
    """One stratum with both arms' shares; `comparable` is False, and `why_not` says why, where an arm is empty."""

    name: str
    exposed: Estimate
    other: Estimate
    comparable: bool
    why_not: str


def bands(report: EffectReport) -> tuple[Band, ...]:
    """Both arms' shares per stratum, with Wilson limits on n divided by the contrast's design effect.

    The design effect is that of all comparable visits together; where none is known it is taken as 1 and the limits
    are a little too narrow for patients who come often.
    """
    effect = report.design_effect or 1.0
    return tuple(
        Band(
            one.name,
            _share(one.exposed_events, one.exposed_n, effect),
            _share(one.other_events, one.other_n, effect),
            one.comparable,
            _why_not(one),
        )
        for one in report.strata
    )


def _share(events: int, n: int, effect: float) -> Estimate:
    if not n:
        return cannot_say("no visit of this kind", unit="share", state=State.ZERO)
    share = events / n
    low, high = wilson_limits(np.array([share]), np.array([n / effect]), LEVEL)
    return Estimate(share, float(low[0]), float(high[0]), n, "share")


def _why_not(one: Stratum) -> str:
    if one.comparable:
        return ""
    if not one.exposed_n and not one.other_n:
        return "there are no such visits"
    return "no visit here was touched by it" if not one.exposed_n else "every visit here was touched by it"
