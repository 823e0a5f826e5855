"""Where does the synthetic practice lead a careless reader astray, and how far?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.drawn.measures import WAI, Sheets
from rapport.demo.drawn.outcomes import NO_SHOW
from rapport.demo.drawn.staff import CBI, Surveys
from rapport.demo.exports.safety import AUTOMATED
from rapport.demo.practice import Practice
from rapport.demo.scenario import AI, HUMAN, Scenario
from rapport.demo.truth.outcomes import answered, counted


def describe(practice: Practice) -> dict[str, Any]:
    """Silence, a moving mix, a predictor that is wrong about one group, and what nobody answered."""
    return {
        "silence": {
            "wai_sr": _silence(practice.measures[WAI], practice.scenario),
            "cbi_work": _silence(practice.surveys[CBI], practice.scenario),
        },
        "mix_at_go_live": _mix(practice),
        "predictor": _predictor(practice),
        "crisis": _crisis(practice),
        "triage": _triage(practice),
    }


def _silence(sheet: Sheets | Surveys, scenario: Scenario) -> dict[str, Any]:
    """Wave 1, before the redesign: the effect on all who were invited, on those who answered, and as it is seen.

    as_seen: the mean of those who answered, against the mean of those who would have answered had nothing gone live.
    They are not the same people: who was put off is silent.
    """
    frame, says = sheet.frame, answered(sheet)
    site, week = frame["site"].to_numpy(), frame["week"].to_numpy()
    here = (week >= scenario.live_week(AI)[site]) & (week < scenario.live_week(HUMAN)[site])
    moved = (frame["total"] - frame["total_without"]).to_numpy(dtype=float)
    without = frame["answered_without"].to_numpy()
    seen = _mean(frame["total"], here & says)
    unseen = _mean(frame["total_without"], here & without)
    return {
        "invited": int(here.sum()),
        "answered": int((here & says).sum()),
        "answered_without": int((here & without).sum()),
        "effect_on_all_invited": _mean(moved, here),
        "effect_on_those_who_answered": _mean(moved, here & says),
        "effect_as_seen": None if seen is None or unseen is None else round(seen - unseen, 4),
        "mean_of_all_invited": _mean(frame["total"], here),
        "mean_of_those_who_answered": seen,
    }


def _mix(practice: Practice) -> dict[str, Any]:
    """Sites begin to book farther ahead in the week they go live: the risk without any effect rises by itself."""
    seen = counted(practice)
    week, live = seen["week"].to_numpy(), practice.scenario.live_week(AI)[seen["site"]]
    near = {"before": (week < live) & (week >= live - 26), "after": (week >= live) & (week < live + 26)}
    return {
        name: {
            "visits": int(where.sum()),
            "booked_14_days_or_more_ahead": _mean(seen["lead_days"] >= 14, where),
            "first_visits": _mean(seen["first"], where),
            "risk_without_automation": _mean(seen["p_without"], where),
        }
        for name, where in near.items()
    }


def _predictor(practice: Practice) -> dict[str, Any]:
    """Mean score, true risk and misses of the scored visits that were attended or missed, by group."""
    scenario, made = practice.scenario, practice.predictions
    status = practice.visits["status"].to_numpy()[made["visit"]]
    frame = made.assign(status=status)[status <= NO_SHOW]
    groups = {f"{scenario.miscalibrated_group}": frame["group"], "others": ~frame["group"]}
    return {
        "field": scenario.miscalibrated_field,
        "shift_log_odds": scenario.miscalibrated_shift,
        "threshold": scenario.prediction_threshold,
        **{
            name: {
                "visits": int(where.sum()),
                "mean_score": _mean(frame["score"], where),
                "mean_risk": _mean(frame["p"], where),
                "missed": _mean(frame["status"] == NO_SHOW, where),
                "flagged": _mean(frame["flagged"], where),
            }
            for name, where in groups.items()
        },
    }


def _crisis(practice: Practice) -> dict[str, Any]:
    """Counts of the alerts file. closed_by_automation: also those a human had answered first, which is allowed."""
    signals = practice.crisis
    alone = (signals["closed_by"] == AUTOMATED) & (signals["contact"] == clock.NONE)
    return {
        "signals": len(signals),
        "closed_by_automation": int((signals["closed_by"] == AUTOMATED).sum()),
        "closed_by_automation_without_human_contact": int(alone.sum()),
        "not_reached": int((signals["contact"] == clock.NONE).sum()),
        "under_crisis_messaging": int(signals["live"].sum()),
    }


def _triage(practice: Practice) -> dict[str, Any]:
    """Requests automation judged: as the clinician, less urgent (under-triage), more urgent."""
    judged = practice.triage[practice.triage["by_automation"] > 0]
    off = judged["by_automation"] - judged["by_clinician"]
    return {
        "requests": len(practice.triage),
        "judged_by_automation": len(judged),
        "as_the_clinician": int((off == 0).sum()),
        "under_triage": int((off > 0).sum()),
    }


def _mean(values: pd.Series | np.ndarray, where: pd.Series | np.ndarray) -> float | None:
    chosen = np.asarray(values, dtype=float)[np.asarray(where)]
    return round(float(chosen.mean()), 4) if len(chosen) else None
