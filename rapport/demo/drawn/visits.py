"""Which appointments did the synthetic practice book, when, how, and with whom?

One row per slot, numbers only: millions fit in memory. What became of each is in `outcomes`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.chance import Chance, Draws
from rapport.demo.drawn.stays import BLOCK
from rapport.demo.scenario import AI, HUMAN, PREDICTOR, Scenario

HOLIDAY_KEPT = 0.4  # of the visits of those who come often, in the weeks of Christmas and New Year
MODALITIES = ("In person", "Video", "Phone")
IN_PERSON, VIDEO, PHONE = range(3)
BOOKED_VIA = ("Front desk", "Portal", "Assistant")
ASSISTANT_SHARE = 0.8
WEEKS_APART = 256  # more than the weeks of any scenario: a patient's weeks have keys of their own
SCORED_LEAD_DAYS = 3  # a forecast is made two to three days ahead


def draw(stays: pd.DataFrame, scenario: Scenario, chance: Chance, rng: np.random.Generator) -> pd.DataFrame:
    """Every slot that was booked by the end of the data, in order of booking.

    key (one number for one patient and week, in every scenario), person (row of the stays), week, site, starts and
    booked (minutes, see `clock`), minutes, first (their first visit), modality, clinician, lead_days, sms, opted_out
    (of messages, by this one), exposure to each component, told, via.
    """
    visits = pd.concat(list(_slots(stays, scenario, chance, rng)), ignore_index=True)
    _booking(visits, scenario, draws(visits, chance, "booking"))
    today = clock.extracted(scenario)
    visits = visits[visits["booked"] < today].reset_index(drop=True)
    visits["past"] = visits["starts"] < today
    _messages(visits, stays, scenario, draws(visits, chance, "opting out"))
    return visits.sort_values(["booked", "person", "starts"], kind="stable").reset_index(drop=True)


def draws(visits: pd.DataFrame, chance: Chance, purpose: str) -> Draws:
    """The chance of these visits, or of what comes of them one by one."""
    return chance.on(purpose, visits["key"].to_numpy())


def _slots(stays: pd.DataFrame, scenario: Scenario, chance: Chance, rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    weeks = np.arange(scenario.horizon)
    closed_weeks = np.isin(weeks, holiday_weeks(scenario))
    for begin in range(0, len(stays), BLOCK):
        block = stays.iloc[begin : begin + BLOCK]
        every = block["every_weeks"].to_numpy()[:, None]
        in_care = weeks[None, :] - block["start_week"].to_numpy()[:, None]
        due = (in_care >= 0) & (in_care <= block["end_week"].to_numpy()[:, None]) & (in_care % every == 0)
        closed = closed_weeks[None, :] & (every < 4) & (in_care > 0)
        due &= ~closed | (rng.random(due.shape) < HOLIDAY_KEPT)
        person, week = np.nonzero(due)
        key = (person + begin) * WEEKS_APART + week
        slots = chance.on("slots", key)
        yield _placed(block.iloc[person], person + begin, week, in_care[person, week], scenario, slots).assign(key=key)


def _placed(
    who: pd.DataFrame,
    person: np.ndarray,
    week: np.ndarray,
    in_care: np.ndarray,
    scenario: Scenario,
    chance: Draws,
) -> pd.DataFrame:
    minute = who["hour"].to_numpy().astype("int32") * 60 + 30 * chance.whole("half hour", 0, 2)
    modality = chance.share("modality")
    site = who["site"].to_numpy()
    return pd.DataFrame(
        {
            "person": person.astype("int32"),
            "week": week.astype("int16"),
            "site": site,
            "in_care": in_care.astype("int16"),
            "first": in_care == 0,
            "starts": ((week * 7 + who["weekday"].to_numpy()) * clock.DAY + minute).astype("int32"),
            "minutes": np.array([50, 30, 80], dtype="int16")[chance.place("minutes", (0.8, 0.12, 0.08))],
            "clinician": (site.astype("int32") * scenario.clinicians_per_site + person % scenario.clinicians_per_site),
            "modality": np.select(
                [modality < scenario.phone_share, modality < scenario.phone_share + scenario.video_share],
                [PHONE, VIDEO],
                IN_PERSON,
            ).astype("int8"),
        }
    )


def holiday_weeks(scenario: Scenario) -> list[int]:
    """The weeks of the data that hold Christmas or New Year's Day."""
    days = [scenario.monday(week) for week in range(scenario.horizon)]
    return [week for week, day in enumerate(days) if (day.month, day.day) >= (12, 20) or (day.month, day.day) == (1, 1)]


def _booking(visits: pd.DataFrame, scenario: Scenario, chance: Draws) -> None:
    """Adds lead_days, booked and via. A first visit waits longest; some slots are booked weeks ahead."""
    live = visits["week"].to_numpy() >= scenario.live_week(AI)[visits["site"]]
    edges = np.cumsum(np.where(live[:, None], scenario.lead_mix_moved, scenario.lead_mix), axis=1)
    way = (chance.share("lead mix")[:, None] >= edges[:, :-1]).sum(axis=1)
    soon, week, far = (chance.whole("lead days", *bounds) for bounds in ((0, 3), (3, 7), (21, 60)))
    lead = np.choose(way, [soon, week, np.full(len(visits), 7), np.full(len(visits), 14), far])
    first = visits["first"].to_numpy()
    waiting = chance.only(first).gamma("waiting", 2.2, 8.0) * np.where(live[first], 1.3, 1.0)
    lead[first] = np.rint(waiting)
    minute = np.where(lead == 0, chance.whole("minute", 425, 475), chance.whole("minute", 480, 1080))
    visits["lead_days"] = lead.astype("int16")
    visits["booked"] = ((visits["starts"].to_numpy() // clock.DAY - lead) * clock.DAY + minute).astype("int32")
    by_hand = chance.happens("portal", 0.3).astype("int8")
    visits["via"] = np.where(live & chance.happens("assistant", ASSISTANT_SHARE), 2, by_hand).astype("int8")


def _messages(visits: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario, chance: Draws) -> None:
    """Adds sms (was reminded), opted_out (and wanted no more of it), the exposure to each component, and told."""
    person, week, site = (visits[name].to_numpy() for name in ("person", "week", "site"))
    lead = visits["lead_days"].to_numpy()
    could = stays["texts"].to_numpy()[person] & (lead >= scenario.sms_least_lead_days)
    declines = could & chance.happens("no more", scenario.sms_opt_out)
    ordered = np.lexsort((visits["starts"].to_numpy(), person))
    so_far = pd.Series(declines[ordered]).groupby(person[ordered]).cumsum().to_numpy()
    before = np.empty(len(visits), dtype="int32")
    before[ordered] = so_far - declines[ordered]
    visits["sms"] = could & (before == 0)
    visits["opted_out"] = declines & (before == 0)
    visits[AI] = week >= scenario.live_week(AI)[site]
    visits[HUMAN] = week >= scenario.live_week(HUMAN)[site]
    visits[PREDICTOR] = visits[AI] & (lead >= SCORED_LEAD_DAYS)
    visits["told"] = stays["told"].to_numpy()[person] & visits[AI]
