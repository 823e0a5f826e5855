"""How many of the synthetic practice's patients truly stayed, with automation and without?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rapport.demo.scenario import AI, HUMAN, Scenario

WEEKS = 12
LAPSE_WEEKS = 9  # sixty days without a sign of care, and the week they began in
UNPLANNED = 1  # place in stays.ENDINGS


def retention(scenario: Scenario, stays: pd.DataFrame, world: str = "") -> dict[str, Any]:
    """Stays that began in the data and could be followed for twelve weeks and the sixty days a lapse takes to show.

    In care for w whole weeks = an unplanned ending comes in week w + 1 or later; completed and transferred are
    censored, as the product does it. An unplanned ending is dated at the week of the last slot due, which is the
    last visit as a rule.
    """
    followed = stays[(stays["start_week"] >= 0) & (stays["start_week"] < scenario.weeks - WEEKS - LAPSE_WEEKS)]
    every, end = followed["every_weeks"].to_numpy(), followed[f"end_week{world}"].to_numpy().astype(int)
    unplanned = followed[f"ending{world}"].to_numpy() == UNPLANNED
    last = np.where(unplanned, end // every * every, end)
    kept = 1.0
    for each in range(WEEKS):
        at_risk = int((last >= each).sum())
        kept *= 1 - int((unplanned & (last == each)).sum()) / at_risk if at_risk else 1.0
    return {
        "stays": len(followed),
        "still_in_care_12_weeks": round(kept, 6) if len(followed) else None,
        "left_after_first": round(float((unplanned & (last == 0)).mean()), 6) if len(followed) else None,
        "unplanned_by_12_weeks": int((unplanned & (last < WEEKS)).sum()),
    }


def effects(scenario: Scenario, stays: pd.DataFrame) -> dict[str, Any]:
    """Stays that began at a site after a go-live (wave 1: before the redesign): as they were, and without."""
    start, site = stays["start_week"].to_numpy(), stays["site"].to_numpy()
    redesigned = start >= scenario.live_week(HUMAN)[site]
    live = start >= scenario.live_week(AI)[site]
    cases = ((AI, live & ~redesigned, "_without"), (HUMAN, redesigned, "_wave_1"))
    return {
        f"{component} on in_care_12_weeks": _compared(scenario, stays[where], world, component)
        for component, where, world in cases
    }


def _compared(scenario: Scenario, stays: pd.DataFrame, world: str, component: str) -> dict[str, Any]:
    with_it, without = retention(scenario, stays), retention(scenario, stays, world)
    value, other = with_it["still_in_care_12_weeks"], without["still_in_care_12_weeks"]
    difference = None if value is None or other is None else round(value - other, 6)
    ratio = scenario.effects.unplanned_ratio if component == AI else scenario.effects.unplanned_back
    return {
        "component": component,
        "metric": "in_care_12_weeks",
        "unit": "share of stays",
        "better": "higher",
        "until_next": {
            "n": with_it["stays"],
            "with": value,
            "without": other,
            "difference": difference,
        },
        "relative_hazard": round(ratio - 1, 6),
    }
