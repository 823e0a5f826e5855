"""Can what was estimated be told at all, or does its interval reach beyond every number that makes sense?"""

from __future__ import annotations

import numpy as np

from metrics.effects.units import LOG_MINUTES
from metrics.estimate import Estimate, cannot_say

RATIO = "ratio"
LARGEST_LOG = 20.0  # of a ratio: five hundred million times as much says nothing
UNBOUNDED = "These cells do not bound it: its interval reaches beyond anything that could be."


def bounded(ends: tuple[float, float, float], unit: str) -> bool:
    """Are value, low and high numbers that can be told? As a ratio, or in log minutes, none beyond LARGEST_LOG."""
    found = np.array(ends, dtype=np.float64)
    if not np.isfinite(found).all():
        return False
    if unit == RATIO:
        return bool((found > 0).all()) and float(np.abs(np.log(found)).max()) <= LARGEST_LOG
    return unit != LOG_MINUTES or float(np.abs(found).max()) <= LARGEST_LOG


def estimated(ends: tuple[float, float, float], n: int, unit: str) -> Estimate:
    """Value, low and high as an estimate, or that it cannot be said."""
    return Estimate(*ends, n, unit) if bounded(ends, unit) else cannot_say(UNBOUNDED, unit=unit, n=n)
