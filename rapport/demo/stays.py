"""How long does each patient of the synthetic practice stay, and how does the stay end?

A stay is counted in whole weeks in care; in each, an unplanned ending, a completed treatment or a transfer may happen.
The same random numbers are used with and without AI scheduling, so the difference is the effect and nothing else.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from rapport.demo.scenario import Scenario

BURN_IN_WEEKS = 156  # intakes before the first day, so that the practice starts with a standing caseload
AFTER_WEEKS = 6  # booked ahead beyond the last day
STILL_OPEN = "open"
ENDINGS = np.array([STILL_OPEN, "unplanned", "completed", "transferred"])


def draw(scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    """Which stays reach into the data?

    One row per patient: site, start_week (0 = first week of the data), every_weeks, weekday, hour, person_shift, texts
    (agreed to messages), end_week in care and ending; end_week_without, ending_without: the same patient had there
    been no AI scheduling. Deterministic by `rng`.
    """
    horizon = BURN_IN_WEEKS + scenario.weeks + AFTER_WEEKS
    number = round(scenario.intakes_per_week * horizon)
    start = np.sort(rng.integers(0, horizon, number)) - BURN_IN_WEEKS
    frame = pd.DataFrame(
        {
            "site": rng.choice(len(scenario.sites), number, p=[site.share for site in scenario.sites]),
            "start_week": start,
            "every_weeks": rng.choice(scenario.every_weeks, number, p=scenario.every_weeks_share),
            "weekday": rng.integers(0, 5, number),
            "hour": rng.integers(8, 18, number),
            "person_shift": rng.normal(0, scenario.person_spread, number),
            "texts": rng.random(number) < scenario.sms_share,
        }
    )
    frailty = np.exp(rng.normal(0, scenario.frailty_spread, number) - scenario.frailty_spread**2 / 2)
    chance = rng.random((number, horizon))
    exposed = _exposed_weeks(frame, scenario, horizon)
    frame["end_week"], frame["ending"] = _endings(chance, frailty, exposed, scenario)
    frame["end_week_without"], frame["ending_without"] = _endings(chance, frailty, np.zeros_like(exposed), scenario)
    seen = (frame["start_week"] + frame["end_week"] >= 0) & (frame["start_week"] < scenario.weeks)
    return frame[seen].reset_index(drop=True)


def live_week(scenario: Scenario) -> np.ndarray:
    """Per site, the week of go-live counted from the first day; far in the future for a site that never had it."""
    never = date(9999, 1, 4)
    return np.array([((site.went_live_on or never) - scenario.first_day).days // 7 for site in scenario.sites])


def _exposed_weeks(frame: pd.DataFrame, scenario: Scenario, horizon: int) -> np.ndarray:
    calendar = frame["start_week"].to_numpy()[:, None] + np.arange(horizon)
    return calendar >= live_week(scenario)[frame["site"]][:, None]


def _endings(
    chance: np.ndarray, frailty: np.ndarray, exposed: np.ndarray, scenario: Scenario
) -> tuple[np.ndarray, np.ndarray]:
    """First week in which something happens, and what; the horizon and `open` where nothing does."""
    week = np.arange(chance.shape[1])
    first, early, later = scenario.unplanned_hazard
    base = np.where(week == 0, first, np.where(week < 12, early, later))
    unplanned = frailty[:, None] * base * np.where(exposed, scenario.ai_unplanned_ratio, 1.0)
    completed = unplanned + np.where(week >= 12, scenario.completed_hazard, 0.0)
    happens = chance < completed + scenario.transferred_hazard
    end = np.where(happens.any(axis=1), happens.argmax(axis=1), chance.shape[1])
    at = (np.arange(len(chance)), np.minimum(end, chance.shape[1] - 1))
    kind = np.where(chance[at] < unplanned[at], 1, np.where(chance[at] < completed[at], 2, 3))
    return end, ENDINGS[np.where(happens.any(axis=1), kind, 0)]
