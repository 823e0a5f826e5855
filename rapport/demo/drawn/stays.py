"""How long does each patient of the synthetic practice stay, and how does the stay end?

A stay is counted in whole weeks in care; in each, an unplanned ending, a completed treatment or a transfer may happen.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rapport.demo.scenario import AI, HUMAN, Scenario

BURN_IN_WEEKS = 156  # intakes before the first day, so that the practice starts with a standing caseload
STILL_OPEN = "open"
ENDINGS = np.array([STILL_OPEN, "unplanned", "completed", "transferred"])
BLOCK = 8_000  # patients drawn at once
WORLDS = ("", "_wave_1", "_without")  # as it was; without the redesign; without any component


def draw(scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    """Which stays reach into the data?

    One row per patient: site, start_week (0 = first week of the data), every_weeks, weekday, hour, person_shift, texts
    (agreed to messages), told (what is automated), outlook (standard normal: how they see things), severity (PHQ-9 at
    the start), end_week in care and ending, each in the three worlds. Deterministic by `rng`.
    """
    stays = pd.concat(list(_blocks(scenario, rng)), ignore_index=True)
    return stays.sort_values("start_week", kind="stable").reset_index(drop=True)


def _blocks(scenario: Scenario, rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    left = round(scenario.intakes_per_week * scenario.intakes_moved * (BURN_IN_WEEKS + scenario.horizon))
    while left > 0:
        yield _block(min(BLOCK, left), scenario, rng)
        left -= BLOCK


def _block(number: int, scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "site": rng.choice(len(scenario.sites), number, p=[site.share for site in scenario.sites]).astype("int8"),
            "start_week": rng.integers(-BURN_IN_WEEKS, scenario.horizon, number).astype("int16"),
            "every_weeks": rng.choice(scenario.every_weeks, number, p=scenario.every_weeks_share).astype("int8"),
            "weekday": rng.integers(0, 5, number).astype("int8"),
            "hour": rng.integers(8, 18, number).astype("int8"),
            "person_shift": rng.normal(0, scenario.person_spread, number),
            "texts": rng.random(number) < scenario.sms_share,
            "told": rng.random(number) < scenario.told_share,
            "outlook": rng.normal(0, 1, number),
            "severity": np.clip(rng.normal(*scenario.severity, number), 2, 27),
        }
    )
    frailty = np.exp(rng.normal(0, scenario.frailty_spread, number) - scenario.frailty_spread**2 / 2)
    live = frame["start_week"].to_numpy() >= scenario.live_week(AI)[frame["site"]]
    taken_in = live | (rng.random(number) < 1 / scenario.intakes_moved)
    chance = rng.random((number, BURN_IN_WEEKS + scenario.horizon), dtype="float32")
    ended: dict[tuple[float, float], tuple[np.ndarray, np.ndarray]] = {}  # worlds that are alike are worked out once
    for world in WORLDS:
        ratios = _ratios(scenario, world)
        if ratios not in ended:
            ended[ratios] = _endings(chance, frailty, _ratio(frame, scenario, chance.shape[1], ratios), scenario)
        frame[f"end_week{world}"], frame[f"ending{world}"] = ended[ratios]
    seen = (frame["start_week"] + frame[[f"end_week{world}" for world in WORLDS]].max(axis=1) >= 0) & taken_in
    return frame[seen & (frame["start_week"] < scenario.weeks)]


def _ratios(scenario: Scenario, world: str) -> tuple[float, float]:
    """What wave 1 and the redesign do to the hazard of an unplanned ending in this world."""
    wave_1, back = scenario.effects.unplanned_ratio, scenario.effects.unplanned_back
    return {"": (wave_1, back), "_wave_1": (wave_1, 1.0), "_without": (1.0, 1.0)}[world]


def _ratio(frame: pd.DataFrame, scenario: Scenario, horizon: int, ratios: tuple[float, float]) -> np.ndarray:
    """By how much does what is live in each week in care change the hazard of an unplanned ending?"""
    week = frame["start_week"].to_numpy()[:, None] + np.arange(horizon, dtype="int16")
    site = frame["site"].to_numpy()
    factor = np.ones(week.shape, dtype="float32")
    for component, ratio in zip((AI, HUMAN), ratios, strict=True):
        if ratio != 1.0:
            factor[week >= scenario.live_week(component)[site][:, None]] *= ratio
    return factor


def _endings(
    chance: np.ndarray, frailty: np.ndarray, ratio: np.ndarray, scenario: Scenario
) -> tuple[np.ndarray, np.ndarray]:
    """First week in which something happens, and what (a place in ENDINGS); the horizon and 0 where nothing does."""
    week = np.arange(chance.shape[1])
    first, early, later = scenario.unplanned_hazard
    base = np.where(week == 0, first, np.where(week < 12, early, later))
    unplanned = frailty[:, None] * base * ratio
    completed = unplanned + np.where(week >= 12, scenario.completed_hazard, 0.0)
    happens = chance < completed + scenario.transferred_hazard
    end = np.where(happens.any(axis=1), happens.argmax(axis=1), chance.shape[1])
    at = (np.arange(len(chance)), np.minimum(end, chance.shape[1] - 1))
    kind = np.where(chance[at] < unplanned[at], 1, np.where(chance[at] < completed[at], 2, 3))
    return end.astype("int16"), np.where(happens.any(axis=1), kind, 0).astype("int8")
