"""How are the people who work at the synthetic practice, where do their hours go, and what does automation cost?

No row says who: surveys are numbered sheets, hours are sums of a role at a site.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.drawn.outcomes import WEEKS_PER_YEAR, inverse_logit
from rapport.demo.drawn.stays import WORLDS
from rapport.demo.scenario import AI, CRISIS, HUMAN, NEVER, PREDICTOR, Scenario

CBI, LOAD = "cbi", "automation_load"
QUARTER = 13  # weeks
ROLES = ("Therapist", "Prescriber", "Nurse", "Peer worker", "Administrator")
ADMINISTRATOR = 4
OTHER_ROLES = (0.72, 0.12, 0.10, 0.06)  # of those who give care
COSTS = {  # component: where it comes from, set-up, a month
    AI: ("Bought", 9_000, 1_450),
    HUMAN: ("Built", 14_000, 600),
    CRISIS: ("Bought", 5_000, 820),
    PREDICTOR: ("Open source", 2_500, 240),
}


@dataclass(frozen=True)
class Surveys:
    """Invitations to one staff questionnaire; columns and items as in `measures.Sheets`, with roles for people."""

    instrument: str
    frame: pd.DataFrame
    items: np.ndarray


def surveys(scenario: Scenario, rng: np.random.Generator) -> dict[str, Surveys]:
    """Once a quarter: burnout (CBI, 19 items of 0 to 100) and five declared items on emotional labour:
    complex interactions, escalations handled, technical frustration, training, losing skills."""
    at = _invitations(scenario, rng)
    effects, number = scenario.effects, len(at)
    week, site = at["week"].to_numpy(), at["site"].to_numpy()
    first, back = scenario.ramp(AI, site, week), scenario.ramp(HUMAN, site, week)
    worn = at["outlook"].to_numpy() * 11 + rng.normal(0, 5, number)
    level = scenario.burnout + worn + scenario.burnout_trend * (week / WEEKS_PER_YEAR)
    shift = {
        "": effects.burnout_points * first + effects.burnout_back * back,
        "_wave_1": effects.burnout_points * first,
        "_without": np.zeros(number),
    }
    noise = rng.normal(0, 16, (number, 19))
    cbi = {}
    for world in WORLDS:
        answers = np.clip(np.rint(((level + shift[world])[:, None] + noise) / 25) * 25, 0, 100)
        answers[:, 12] = 100 - answers[:, 12]  # the last work item is asked the other way round
        cbi[world] = answers
    mood = {world: (level + shift[world] - scenario.burnout) / 12 for world in WORLDS}
    labour = scenario.load + 0.35 * at["outlook"].to_numpy() + rng.normal(0, 0.3, number)
    apart = rng.normal(0, 0.6, (number, 5))
    load = {}
    for world in WORLDS:
        moved = {"": effects.load_points * first + effects.load_back * back, "_wave_1": effects.load_points * first}
        answers = np.clip(np.rint((labour + moved.get(world, 0.0))[:, None] + apart), 1, 5)
        answers[:, 3] = 6 - answers[:, 3]  # "I was trained for it": the more the better
        load[world] = answers
    return {
        CBI: _answered(CBI, at, cbi, mood, scenario, rng),
        LOAD: _answered(LOAD, at, load, mood, scenario, rng),
    }


def work_scale(answers: np.ndarray) -> np.ndarray:
    """The CBI work scale of each sheet: the mean of items 7 to 13, the last reversed."""
    work = answers[:, 6:13].copy()
    work[:, 6] = 100 - work[:, 6]
    return np.asarray(work.mean(axis=1))


def labour_scale(answers: np.ndarray) -> np.ndarray:
    """The declared scale of emotional labour of each sheet: the mean of its first three items."""
    return np.asarray(answers[:, :3].mean(axis=1))


def hours(scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    """Hours of a role at a site in a week: site, role, week, people, care, admin, after, repair; and without."""
    rows = pd.MultiIndex.from_product([range(scenario.weeks), range(len(scenario.sites)), (0, ADMINISTRATOR)])
    frame = rows.to_frame(index=False, name=["week", "site", "role"])
    site, week, number = frame["site"].to_numpy(), frame["week"].to_numpy(), len(frame)
    desk = (frame["role"] == ADMINISTRATOR).to_numpy()
    frame["people"] = np.where(desk, scenario.administrators_per_site, scenario.clinicians_per_site)
    effects, first, back = scenario.effects, scenario.ramp(AI, site, week), scenario.ramp(HUMAN, site, week)
    each = rng.normal(1, 0.06, (number, 4))
    admin = np.where(desk, 31.0, 7.5) * each[:, 0]
    frame["care"] = (np.where(desk, 0.0, 24.0) * each[:, 1] * frame["people"]).round(1)
    frame["admin_without"] = (admin * frame["people"]).round(1)
    frame["admin"] = (admin * (1 - (1 - effects.admin_ratio) * first) * frame["people"]).round(1)
    frame["after"] = (np.where(desk, 0.8, 2.6) * each[:, 2] * frame["people"]).round(1)
    share = np.where(desk, 1.4, 0.8) * np.abs(each[:, 3]) * frame["people"]
    frame["repair"] = (np.maximum(0, effects.repair_hours * first + effects.repair_back * back) * share).round(1)
    frame["repair_wave_1"] = (effects.repair_hours * first * share).round(1)
    frame["repair_without"] = 0.0
    return frame


def costs(scenario: Scenario) -> pd.DataFrame:
    """What each component cost at each site: once at its go-live, then month by month (28 days) until today."""
    rows = []
    for site in range(len(scenario.sites)):
        for component, (kind, once, monthly) in COSTS.items():
            live = scenario.sites[site].live.get(AI if component == PREDICTOR else component, NEVER)
            if live >= scenario.weeks:
                continue
            rows.append((site, component, kind, live - 4, live, once))
            rows += [(site, component, kind, at, at + 4, monthly) for at in range(live, scenario.weeks, 4)]
    return pd.DataFrame(rows, columns=["site", "component", "kind", "from_week", "to_week", "amount"])


def _invitations(scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    """Everybody at every site once a quarter, in the order of a mailing list that is shuffled each time."""
    here = scenario.clinicians_per_site + scenario.administrators_per_site
    people = here * len(scenario.sites)
    role = rng.choice(4, people, p=OTHER_ROLES)
    role[np.arange(people) % here >= scenario.clinicians_per_site] = ADMINISTRATOR
    outlook = rng.normal(0, 1, people)
    rounds = []
    for week in range(QUARTER // 2, scenario.weeks, QUARTER):
        order = rng.permutation(people)
        rounds.append(
            pd.DataFrame({"site": order // here, "role": role[order], "outlook": outlook[order], "week": week})
        )
    return pd.concat(rounds, ignore_index=True)


def _answered(
    instrument: str,
    at: pd.DataFrame,
    made: dict[str, np.ndarray],
    mood: dict[str, np.ndarray],
    scenario: Scenario,
    rng: np.random.Generator,
) -> Surveys:
    """Invited on a Monday morning, answered within ten days; the worn out answer less."""
    number = len(at)
    frame = at[["site", "role", "week"]].copy()
    frame["invited"] = (frame["week"] * clock.WEEK + 9 * 60).astype("int32")
    taken = clock.awake(frame["invited"].to_numpy() + rng.integers(30, 10 * clock.DAY, number))
    chance = rng.random(number)
    says = {
        world: chance < inverse_logit(scenario.answered_staff - scenario.worn_out_silence * mood[world])
        for world in WORLDS
    }
    today = clock.extracted(scenario)
    frame["taken"] = np.where(says[""] & (taken < today), taken, clock.NONE).astype("int32")
    for world in WORLDS[1:]:
        frame[f"answered{world}"] = says[world] & (taken < today)
    score = work_scale if instrument == CBI else labour_scale
    for world in WORLDS:
        frame[f"total{world}"] = score(made[world])
    return Surveys(instrument, frame, made[""])
