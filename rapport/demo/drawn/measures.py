"""How did the patients of the synthetic practice answer the questionnaires they were asked to fill in?

An answer is made item by item: a level of the patient, of the occasion and of the item, rounded and cut at the ends of
the scale. Who thinks little of the alliance answers less: what is returned looks better than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.chance import Chance, Draws
from rapport.demo.drawn.outcomes import ATTENDED, WEEKS_PER_YEAR, inverse_logit
from rapport.demo.drawn.stays import WORLDS
from rapport.demo.drawn.visits import draws
from rapport.demo.scenario import AI, HUMAN, Scenario

WAI, PHQ, GAD, SRS = "wai_sr", "phq_9", "gad_7", "srs"
BY_STAFF_SHARE = 0.04  # of sheets that keep only the total
STATED_SHARE = 0.5  # of sheets with items that state a total beside them
MISCOUNTED_SHARE = 0.012  # of stated totals that are not the sum
GAP_SHARE = 0.02  # of sheets with one item left out


@dataclass(frozen=True)
class Sheets:
    """All invitations to one questionnaire.

    frame: person, visit (row), site, week, clinician, invited, taken (NONE where it was not answered), answered_without
    and answered_wave_1 (would it have been, had nothing gone live, or the redesign not?), total in each of the three
    worlds (also where not answered).
    items: the answers as they were given, -1 where one item was left out; shape (sheets, items).
    """

    instrument: str
    frame: pd.DataFrame
    items: np.ndarray


def draw(
    visits: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario, chance: Chance, rng: np.random.Generator
) -> dict[str, Sheets]:
    """Every questionnaire by its key: WAI-SR, PHQ-9 and GAD-7 at the first and every few visits, SRS now and then."""
    seen = _seen(visits)
    every = _due(seen, stays, scenario)
    now_and_then = seen[draws(seen, chance, SRS).happens("asked", scenario.session_share)]
    anxious = every["person"].to_numpy() % 2 == 0
    return {
        WAI: _alliance(every, stays, scenario, draws(every, chance, WAI), rng),
        PHQ: _symptoms(PHQ, every, stays, scenario, draws(every, chance, PHQ)),
        GAD: _symptoms(GAD, every[anxious], stays, scenario, draws(every[anxious], chance, GAD)),
        SRS: _sessions(now_and_then, stays, scenario, draws(now_and_then, chance, SRS)),
    }


def alliance(
    visits: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario, chance: Chance, rng: np.random.Generator
) -> Sheets:
    """The WAI-SR alone, the same as among all of them."""
    every = _due(_seen(visits), stays, scenario)
    return _alliance(every, stays, scenario, draws(every, chance, WAI), rng)


def _seen(visits: pd.DataFrame) -> pd.DataFrame:
    """The visits that took place, each patient's in order."""
    seen = visits[(visits["status"] == ATTENDED) & visits["past"]]
    return seen[["key", "person", "week", "site", "starts", "in_care", "clinician"]].sort_values(["person", "starts"])


def _due(seen: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Those after which a patient is asked: the first, and every few."""
    ordinal = seen.groupby("person").cumcount().to_numpy() + 1
    earlier = stays["start_week"].to_numpy()[seen["person"]] < 0  # their first visit was before the data
    return seen[(ordinal % scenario.measure_every == 0) | ((ordinal == 1) & ~earlier)]


def _alliance(
    at: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario, luck: Draws, rng: np.random.Generator
) -> Sheets:
    """Twelve items of 1 to 5. It grows over the first sessions, drifts upwards over the years, and moves with both."""
    effects = scenario.effects
    person, occasion, item = scenario.alliance_spread
    shocks = rng.normal(0, 0.05, (len(scenario.sites), scenario.horizon // 4 + 1))
    week, site = at["week"].to_numpy(), at["site"].to_numpy()
    level = (
        scenario.alliance_item
        + person * stays["outlook"].to_numpy()[at["person"]]
        + luck.normal("occasion", occasion)
        + scenario.alliance_trend * (week - scenario.weeks / 2) / WEEKS_PER_YEAR
        + 0.06 * np.minimum(at["in_care"].to_numpy(), 16) / 4
        + shocks[site, week // 4]
    )
    noise = luck.table_of_normals("item", 12, item)
    shift = _shifts(at, scenario, effects.alliance_points / 12, effects.alliance_back / 12)
    made = {world: np.clip(np.rint((level + shift[world])[:, None] + noise), 1, 5) for world in WORLDS}
    spread = float(np.hypot(person, occasion))
    mood = {world: (level + shift[world] - scenario.alliance_item) / spread for world in WORLDS}
    return _sheets(WAI, at, made, mood, scenario.answered_wai, scenario, luck)


def _symptoms(instrument: str, at: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario, luck: Draws) -> Sheets:
    """Items of 0 to 3 that improve with time in care, faster for some than for others. Automation changes nothing."""
    items = 9 if instrument == PHQ else 7
    severity = stays["severity"].to_numpy()[at["person"]] / 9 * (1.0 if instrument == PHQ else 1.05)
    pace = np.exp(0.5 * stays["outlook"].to_numpy())[at["person"]]
    left = 0.42 + 0.58 * np.exp(-pace * at["in_care"].to_numpy() / 16)
    level = severity * left + luck.normal("occasion", 0.22)
    made = np.clip(np.rint(level[:, None] + luck.table_of_normals("item", items, 0.55)), 0, 3)
    mood = stays["outlook"].to_numpy()[at["person"]] / 3
    return _sheets(
        instrument, at, dict.fromkeys(WORLDS, made), dict.fromkeys(WORLDS, mood), scenario.answered_phq, scenario, luck
    )


def _sessions(at: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario, luck: Draws) -> Sheets:
    """Four marks of 0 to 10 with one decimal; many sit at the top."""
    effects = scenario.effects
    level = 8.9 + 0.8 * stays["outlook"].to_numpy()[at["person"]] + luck.normal("occasion", 0.6)
    noise = luck.table_of_normals("mark", 4, 0.7)
    shift = _shifts(at, scenario, effects.session_points / 4, effects.session_back / 4)
    made = {world: np.clip(np.round((level + shift[world])[:, None] + noise, 1), 0, 10) for world in WORLDS}
    mood = {world: level + shift[world] - 8.9 for world in WORLDS}
    return _sheets(SRS, at, made, mood, scenario.answered_wai, scenario, luck)


def _shifts(at: pd.DataFrame, scenario: Scenario, points: float, back: float) -> dict[str, np.ndarray]:
    """By how much does what is live shift the level at each occasion, in each world?"""
    site, week = at["site"].to_numpy(), at["week"].to_numpy()
    first = points * scenario.ramp(AI, site, week)
    return {
        "": first + back * scenario.ramp(HUMAN, site, week),
        "_wave_1": first,
        "_without": np.zeros(len(at)),
    }


def _sheets(
    instrument: str,
    at: pd.DataFrame,
    made: dict[str, np.ndarray],
    mood: dict[str, np.ndarray],
    answered: float,
    scenario: Scenario,
    luck: Draws,
) -> Sheets:
    """Invitations an hour after the visit; answers within three days; a gap here and there."""
    frame = at[["person", "site", "week", "clinician"]].reset_index().rename(columns={"index": "visit"})
    frame["invited"] = (at["starts"].to_numpy() + 60).astype("int32")
    wait = np.rint(luck.exponential("wait", 600)).clip(1, 3 * clock.DAY)
    taken = clock.awake(frame["invited"].to_numpy() + wait.astype("int32"))
    chance, today = luck.share("answers"), clock.extracted(scenario)
    says = {world: chance < inverse_logit(answered + scenario.unhappy_silence * mood[world]) for world in WORLDS}
    frame["taken"] = np.where(says[""] & (taken < today), taken, clock.NONE).astype("int32")
    for world in WORLDS[1:]:
        frame[f"answered{world}"] = says[world] & (taken < today)
    for world in WORLDS:
        frame[f"total{world}"] = made[world].sum(axis=1).round(1).astype("float32")
    items = made[""].astype("float32").copy()
    gap = luck.happens("gap", GAP_SHARE)
    items[gap, luck.whole("gap at", 0, items.shape[1])[gap]] = -1
    frame["whole"] = ~gap
    frame["how"] = luck.share("how").astype("float32")  # which parts of the sheet were written down
    frame["slip"] = luck.happens("miscounted", MISCOUNTED_SHARE) * np.array([-3, -1, 1, 4])[luck.whole("slip", 0, 4)]
    return Sheets(instrument, frame.astype({"slip": "int8"}), items)
