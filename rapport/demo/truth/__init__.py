"""What should an honest reading of the synthetic practice find? The content of `truth.json`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rapport.demo.drawn import feedback
from rapport.demo.drawn.outcomes import NO_SHOW, STATUSES, WAYS
from rapport.demo.practice import Practice
from rapport.demo.scenario import AI, COMPONENTS, REMINDER
from rapport.demo.truth import retention, traps
from rapport.demo.truth.effects import effect
from rapport.demo.truth.outcomes import all_outcomes, counted


def describe(practice: Practice, *, seed: int, files: dict[str, Any]) -> dict[str, Any]:
    """Everything known of the practice: parameters, realised figures and effects, traps, planted faults per file."""
    scenario, visits, seen = practice.scenario, practice.visits, counted(practice)
    first = scenario.live_week(AI).min()
    return {
        "synthetic": True,
        "scenario": scenario.name,
        "seed": seed,
        "parameters": scenario.parameters(),
        "patients": int(visits["person"].nunique()),
        "appointments": len(visits),
        "appointments_by_status": {word: int((visits["status"] == place).sum()) for place, word in enumerate(STATUSES)},
        "no_show_rate": rate(seen),
        "no_show_rate_before_first_go_live": rate(seen[seen["week"] < first]),
        "no_show_rate_by_site": {
            site.name: rate(seen[seen["site"] == position]) for position, site in enumerate(scenario.sites)
        },
        "reminder_naive": {"with": rate(seen[seen["sms"]]), "without": rate(seen[~seen["sms"]])},
        "retention": retention.retention(scenario, practice.stays),
        "effects": _effects(practice),
        "traps": traps.describe(practice),
        "feedback": feedback.truth(practice.feedback),
        "files": files,
    }


def rate(visits: pd.DataFrame) -> dict[str, Any]:
    events = int((visits["status"] == NO_SHOW).sum())
    return {"events": events, "n": len(visits), "value": round(events / len(visits), 6) if len(visits) else None}


def _effects(practice: Practice) -> dict[str, Any]:
    scenario = practice.scenario
    found = {
        f"{component} on {outcome.metric}": effect(outcome, component, scenario)
        for outcome in all_outcomes(practice)
        for component in COMPONENTS
    }
    found |= retention.effects(scenario, practice.stays)
    found[f"{REMINDER} on no_show_rate"] = _reminders(practice)
    found["automation notice on cancelled"] = _told(practice)
    found[f"{AI} on no_show_rate"] |= _expected(practice)
    return found


def _expected(practice: Practice) -> dict[str, Any]:
    """The effect on no-shows from the risks themselves, free of the luck of the draw."""
    seen = counted(practice)
    live = seen[seen[AI]]
    return {
        "relative": round(practice.scenario.effects.no_show_ratio - 1, 6),
        "expected": {"with": float(live["p"].mean()), "without": float(live["p_without"].mean())},
    }


def _reminders(practice: Practice) -> dict[str, Any]:
    """Over the visits that were reminded, against the same visits without the reminder, from the risks."""
    seen, ratio = counted(practice), practice.scenario.sms_no_show_ratio
    reminded = seen.loc[seen["sms"], "p"]
    return {
        "relative": round(ratio - 1, 6),
        "expected_points": round(100 * float((reminded - reminded / ratio).mean()), 4),
    }


def _told(practice: Practice) -> dict[str, Any]:
    """Visits of patients who had been told what is automated: given back by anyone, and had they not been told."""
    told = practice.visits[practice.visits["told"] & practice.visits["past"]]
    given_back = np.isin(told["status"], WAYS)
    return {
        "n": len(told),
        "with": float(given_back.mean()),
        "without": float(told["cancelled_without"].mean()),
        "relative": round(practice.scenario.effects.told_ratio - 1, 6),
    }
