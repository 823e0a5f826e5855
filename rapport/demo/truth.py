"""What should an honest reading of the synthetic practice find? The content of `truth.json`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rapport.demo.scenario import COMPONENT, REMINDER, Scenario
from rapport.demo.stays import live_week

COUNTED = ("attended", "no_show")
WEEKS = 12


def describe(
    scenario: Scenario, stays: pd.DataFrame, visits: pd.DataFrame, *, seed: int, files: dict[str, Any]
) -> dict[str, Any]:
    """Everything known of the practice: parameters, realised figures, realised effects, planted faults per file."""
    counted = visits[visits["status"].isin(COUNTED)]
    return {
        "synthetic": True,
        "seed": seed,
        "parameters": scenario.parameters(),
        "patients": int(visits["person"].nunique()),
        "appointments": len(visits),
        "appointments_by_status": {word: int(n) for word, n in visits["status"].value_counts().sort_index().items()},
        "no_show_rate": _rate(counted),
        "no_show_rate_before_first_go_live": _rate(counted[counted["week"] < live_week(scenario).min()]),
        "no_show_rate_by_site": {
            site.name: _rate(counted[counted["site"] == position]) for position, site in enumerate(scenario.sites)
        },
        "reminder_naive": {"with": _rate(counted[counted["sms"]]), "without": _rate(counted[~counted["sms"]])},
        "retention": _retention(scenario, stays, "end_week", "ending"),
        "effects": {
            f"{COMPONENT} on no_show_rate": _no_show_effect(scenario, counted),
            f"{COMPONENT} on still_in_care_12_weeks": _retention_effect(scenario, stays),
            f"{REMINDER} on no_show_rate": _reminder_effect(scenario, counted),
        },
        "files": files,
    }


def _rate(visits: pd.DataFrame) -> dict[str, Any]:
    events = int((visits["status"] == "no_show").sum())
    return {"events": events, "n": len(visits), "value": round(events / len(visits), 6) if len(visits) else None}


def _no_show_effect(scenario: Scenario, counted: pd.DataFrame) -> dict[str, Any]:
    """Over attended and missed visits at sites that went live, from the first day and once settled in."""
    return {
        "relative": round(scenario.ai_no_show_ratio - 1, 6),
        "after_go_live": _with_and_without(counted[counted["exposed"]]),
        "after_ramp": _with_and_without(counted[counted["ramp"] >= 1]),
    }


def _with_and_without(visits: pd.DataFrame) -> dict[str, Any]:
    """Expected: from the risks. Realised: the same random numbers compared with each risk."""
    with_it, without = float(visits["p"].mean()), float(visits["p_without"].mean())
    missed, would_miss = int((visits["status"] == "no_show").sum()), int(visits["missed_without"].sum())
    return {
        "visits": len(visits),
        "expected_rate": round(with_it, 6),
        "expected_rate_without": round(without, 6),
        "expected_points": round(100 * (with_it - without), 4),
        "realised_no_shows": missed,
        "realised_no_shows_without": would_miss,
        "realised_points": round(100 * (missed - would_miss) / len(visits), 4),
        "realised_relative": round(missed / would_miss - 1, 6),
    }


def _reminder_effect(scenario: Scenario, counted: pd.DataFrame) -> dict[str, Any]:
    """Points: over the visits that were reminded, against the same visits without the reminder."""
    reminded = counted.loc[counted["sms"], "p"]
    points = 100 * float((reminded - reminded / scenario.sms_no_show_ratio).mean())
    return {"relative": round(scenario.sms_no_show_ratio - 1, 6), "expected_points": round(points, 4)}


def _retention(scenario: Scenario, stays: pd.DataFrame, end: str, ending: str) -> dict[str, Any]:
    """Stays that began in the data and could be followed for twelve weeks and the sixty days a lapse takes to show.

    In care for w whole weeks = an unplanned ending comes in week w + 1 or later; completed and transferred are
    censored, as the product does it. An unplanned ending is dated at the week of the last slot due, which is the
    last visit as a rule.
    """
    followed = stays[(stays["start_week"] >= 0) & (stays["start_week"] < scenario.weeks - WEEKS - 9)]
    week = (followed[end] // followed["every_weeks"] * followed["every_weeks"]).to_numpy()
    unplanned = (followed[ending] == "unplanned").to_numpy()
    last = np.where(unplanned, week, followed[end].to_numpy())
    kept, at_risk = 1.0, len(followed)
    for each in range(WEEKS):
        at_risk = int((last >= each).sum())
        kept *= 1 - int((unplanned & (last == each)).sum()) / at_risk
    return {
        "stays": len(followed),
        "still_in_care_12_weeks": round(kept, 6),
        "left_after_first": round(float((unplanned & (last == 0)).mean()), 6),
        "unplanned_by_12_weeks": int((unplanned & (last < WEEKS)).sum()),
    }


def _retention_effect(scenario: Scenario, stays: pd.DataFrame) -> dict[str, Any]:
    """Stays that began at a site after its go-live: as they were, and the same stays without AI scheduling."""
    exposed = stays[stays["start_week"].to_numpy() >= live_week(scenario)[stays["site"]]]
    with_it = _retention(scenario, exposed, "end_week", "ending")
    without = _retention(scenario, exposed, "end_week_without", "ending_without")
    key = "still_in_care_12_weeks"
    return {
        "relative_hazard": round(scenario.ai_unplanned_ratio - 1, 6),
        "stays": with_it["stays"],
        "realised": with_it[key],
        "realised_without": without[key],
        "realised_points": round(100 * (with_it[key] - without[key]), 4),
    }
