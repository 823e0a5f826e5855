"""What did a component truly change in the synthetic practice, and what would a naive before/after say?

Truth is realised, not asked for: every outcome was drawn with the component and without it by the same random numbers,
so the mean difference over the very rows of the export is the effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from rapport.demo.scenario import AI, HUMAN, NEVER, Scenario

NAIVE_WEEKS = 26  # the shorter window a naive reader might choose, on each side


@dataclass(frozen=True)
class Outcome:
    """One outcome, a row per visit, answer or signal.

    frame: site, week, y, what it would have been in the columns that `without` names by component (a component that is
    not there changes nothing), and weight where rows count differently (hours of several people).
    better: "lower" or "higher". asked: of a questionnaire everybody who was asked, in the same columns, with says, and
    says_<world> for the columns of `without`: who answered, and who would have.
    """

    metric: str
    unit: str
    better: str
    frame: pd.DataFrame
    without: Mapping[str, str] = field(default_factory=lambda: {AI: "y_without", HUMAN: "y_wave_1"})
    asked: pd.DataFrame | None = None


def effect(outcome: Outcome, component: str, scenario: Scenario) -> dict[str, Any]:
    """The effect of one component on one outcome, at the sites that went live with it.

    until_next: rows from the first day in use until the next component came to the site; settled: those of them after
    the effect has grown to its full size. after_go_live: all rows from the first day in use, later components among
    what was. Beside it: how far off the naive answer is; of a questionnaire also what the component did to the mean of
    the answers there are, and to that of everybody asked.
    """
    frame, other = outcome.frame, outcome.without.get(component, "y")
    rows = pd.DataFrame({"site": frame["site"], "week": frame["week"], "y": frame["y"], "other": frame[other]}).astype(
        {"y": float, "other": float}
    )
    rows["weight"] = frame.get("weight", 1.0)
    live = scenario.live_week(component)[rows["site"]]
    week = rows["week"].to_numpy()
    treated = week >= live
    alone = treated & (week < scenario.next_week(component)[rows["site"]])
    found = compared(rows[alone])
    return {
        **({} if outcome.asked is None else _of_answers(outcome.asked, other, component, scenario)),
        "component": component,
        "metric": outcome.metric,
        "unit": outcome.unit,
        "better": outcome.better,
        "until_next": found,
        "settled": compared(rows[alone & (week >= live + scenario.ramp_weeks - 1)]),
        "after_go_live": compared(rows[treated]),
        "by_site": {
            site.name: compared(rows[alone & (rows["site"] == position).to_numpy()])
            for position, site in enumerate(scenario.sites)
            if component in site.live
        },
        "naive": _naive(rows, live, alone, found["difference"], outcome.better),
        "where_it_never_went_live": _elsewhere(rows, live, scenario, component),
    }


def _of_answers(asked: pd.DataFrame, other: str, component: str, scenario: Scenario) -> dict[str, Any]:
    """Until the next component: the mean of those who answered, against that of those who would have answered without.

    They are not the same people, where who is put off is silent; no count of answers can tell more. All asked: the same
    people on both sides.
    """
    week, live = asked["week"].to_numpy(), scenario.live_week(component)[asked["site"]]
    here = asked[(week >= live) & (week < scenario.next_week(component)[asked["site"]])]
    says, would = here["says"].to_numpy(), here[f"says{other.removeprefix('y')}"].to_numpy()
    both = pd.DataFrame({"y": here["y"], "other": here[other], "weight": 1.0}).astype(float)
    value, without = _mean(both[says], "y"), _mean(both[would], "other")
    moved = None if value is None or without is None else round(value - without, 6)
    return {
        "mean_of_answers": {
            "asked": len(here),
            "answered": int(says.sum()),
            "would_have_answered": int(would.sum()),
            "with": value,
            "without": without,
            "difference": moved,
        },
        "all_asked": compared(both),
    }


def compared(rows: pd.DataFrame) -> dict[str, Any]:
    """The mean as it was, the mean without, and their difference; None where there are no rows."""
    value, other = _mean(rows, "y"), _mean(rows, "other")
    if value is None or other is None:
        return {"n": 0, "with": None, "without": None, "difference": None, "relative": None}
    return {
        "n": len(rows),
        "with": round(value, 6),
        "without": round(other, 6),
        "difference": round(value - other, 6),
        "relative": round(value / other - 1, 6) if other else None,
    }


def _naive(rows: pd.DataFrame, live: np.ndarray, after: np.ndarray, true: float | None, better: str) -> dict[str, Any]:
    """Before and after at the sites that went live: everything there is, and 26 weeks on each side."""
    week, has = rows["week"].to_numpy(), live < NEVER
    near = {
        "before": has & (week < live) & (week >= live - NAIVE_WEEKS),
        "after": after & (week < live + NAIVE_WEEKS),
    }
    whole = {"before": has & (week < live), "after": after}
    return {
        "all_weeks": _before_after(rows, whole, true, better),
        f"{NAIVE_WEEKS}_weeks": _before_after(rows, near, true, better),
    }


def _before_after(rows: pd.DataFrame, side: dict[str, np.ndarray], true: float | None, better: str) -> dict[str, Any]:
    before, after = (_mean(rows[side[name]], "y") for name in ("before", "after"))
    if before is None or after is None or true is None:
        return {"before": before, "after": after, "difference": None, "off_by": None, "looks": None}
    off = after - before - true
    return {
        "before": round(before, 6),
        "after": round(after, 6),
        "difference": round(after - before, 6),
        "off_by": round(off, 6),
        "looks": _looks(off, better),
    }


def _looks(off: float, better: str) -> str:
    if abs(off) < 1e-6:
        return "as it is"
    return "better than it is" if (off > 0) == (better == "higher") else "worse than it is"


def _elsewhere(rows: pd.DataFrame, live: np.ndarray, scenario: Scenario, component: str) -> dict[str, Any]:
    """How did the outcome move, over the same calendar, at the sites that never had the component?"""
    first = int(scenario.live_week(component).min())
    control, week = rows[live == NEVER], rows["week"].to_numpy()[live == NEVER]
    before, after = _mean(control[week < first], "y"), _mean(control[week >= first], "y")
    moved = None if before is None or after is None else round(after - before, 6)
    return {"before": before, "after": after, "difference": moved}


def _mean(rows: pd.DataFrame, name: str) -> float | None:
    total = float(rows["weight"].sum()) if len(rows) else 0.0
    return float((rows[name] * rows["weight"]).sum() / total) if total else None
