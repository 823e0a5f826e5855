"""What became of each appointment of the synthetic practice?

`p_without` is the risk of a no-show had there been no AI scheduling, `p` the risk as it was; both are compared with the
same random number, so `missed_without` and the outcome differ by the effect and nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.chance import Chance, Draws
from rapport.demo.drawn.visits import VIDEO, draws
from rapport.demo.scenario import AI, Scenario

STATUSES = (
    "attended",
    "no_show",
    "late_cancel",
    "cancelled_patient",
    "cancelled_practice",
    "rescheduled",
    "booked",
    "unknown",
)
ATTENDED, NO_SHOW, LATE_CANCEL, CANCELLED_PATIENT, CANCELLED_PRACTICE, RESCHEDULED, BOOKED, UNKNOWN = range(8)
WAYS = (CANCELLED_PRACTICE, RESCHEDULED, CANCELLED_PATIENT, LATE_CANCEL)
FAR_AHEAD = 14  # days
WEEKS_PER_YEAR = 52.18


def add(
    visits: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario, chance: Chance, rng: np.random.Generator
) -> None:
    """Adds p_without, p, ramp, status, known (when it was known), missed_without, refilled, fee, failed, rebooked."""
    _risk(visits, stays, scenario, rng)
    luck = draws(visits, chance, "outcomes")
    _outcomes(visits, scenario, luck)
    _rebookings(visits, scenario, luck)


def inverse_logit(value: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-value)))


def season(week: np.ndarray, scenario: Scenario) -> np.ndarray:
    """A yearly wave: 1 in early January, -1 in early July."""
    since_january = (scenario.first_day.timetuple().tm_yday - 5) / 7
    return np.cos(2 * np.pi * (np.asarray(week) + since_january) / WEEKS_PER_YEAR)


def _risk(visits: pd.DataFrame, stays: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> None:
    """The intercept is chosen so that the mean before the first go-live is the stated baseline."""
    week, site = visits["week"].to_numpy(), visits["site"].to_numpy()
    shocks = rng.normal(0, scenario.site_week_spread, (len(scenario.sites), scenario.horizon))
    lead, first = visits["lead_days"].to_numpy(), visits["first"].to_numpy()
    band = np.searchsorted(scenario.lead_days, lead, side="right") - 1
    shift = (
        stays["person_shift"].to_numpy()[visits["person"]]
        + np.array([each.no_show_shift for each in scenario.sites])[site]
        + np.array(scenario.lead_shift)[band]
        + scenario.season_shift * season(week, scenario)
        + scenario.trend_per_year * week / WEEKS_PER_YEAR
        + scenario.first_visit_shift * first
        + scenario.first_and_far_shift * (first & (lead >= FAR_AHEAD))
        + scenario.video_shift * (visits["modality"].to_numpy() == VIDEO)
        + shocks[site, week]
    )
    sms = np.where(visits["sms"], scenario.sms_no_show_ratio, 1.0)
    before = np.flatnonzero(week < scenario.live_week(AI).min())
    before = before[:: max(1, len(before) // 200_000)]
    low, high = -8.0, 4.0
    for _ in range(40):
        middle = (low + high) / 2
        mean = float((sms[before] * inverse_logit(middle + shift[before])).mean())
        low, high = (middle, high) if mean < scenario.baseline_no_show else (low, middle)
    visits["ramp"] = scenario.ramp(AI, site, week)
    visits["p_without"] = sms * inverse_logit(low + shift)
    visits["p"] = visits["p_without"] * (1 - (1 - scenario.effects.no_show_ratio) * visits["ramp"])


def _outcomes(visits: pd.DataFrame, scenario: Scenario, luck: Draws) -> None:
    number, past = len(visits), visits["past"].to_numpy()
    forgotten = luck.happens("forgotten", scenario.past_still_booked)
    leaving, miss = luck.share("leaving"), luck.share("miss")
    lead = visits["lead_days"].to_numpy()
    told = np.where(visits["told"], scenario.effects.told_ratio, 1.0)
    way = _ways(leaving, told, lead, scenario)
    came_due = way == len(WAYS)
    visits["missed_without"] = came_due & past & ~forgotten & (miss < visits["p_without"])
    status = np.where(came_due, np.where(miss < visits["p"], NO_SHOW, ATTENDED), np.array([*WAYS, 0])[way])
    status = np.where(past, np.where(forgotten, UNKNOWN, status), BOOKED).astype("int8")
    hours = np.where(status == LATE_CANCEL, luck.whole("hours", 1, 14), 24 * luck.whole("hours", 2, 5))
    visits["status"] = status
    visits["cancelled_without"] = past & ~forgotten & (_ways(leaving, np.ones(number), lead, scenario) < len(WAYS))
    at = visits["starts"].to_numpy() - np.where(np.isin(status, WAYS), hours * 60, 0)
    visits["known"] = np.where(np.isin(status, (BOOKED, UNKNOWN)), clock.NONE, at).astype("int32")
    chance = luck.share("refilled")
    visits["refilled"] = ((status == LATE_CANCEL) & (chance < scenario.refilled_late_cancel)) | (
        (status == NO_SHOW) & (chance < scenario.refilled_no_show)
    )
    visits["fee"] = np.array([120, 150, 180], dtype="int16")[luck.place("fee", (0.3, 0.5, 0.2))]
    visits["failed"] = (visits["modality"].to_numpy() == VIDEO) & luck.happens("connection", 0.03)


def _ways(leaving: np.ndarray, told: np.ndarray, lead: np.ndarray, scenario: Scenario) -> np.ndarray:
    """How was each slot given back (a place in WAYS; their number where it was not)? Only after it was booked."""
    practice = scenario.cancelled_practice
    moved = practice + scenario.rescheduled
    patient = moved + scenario.cancelled_patient * told
    late = patient + scenario.late_cancel * told
    way = (leaving >= practice).astype("int8") + (leaving >= moved) + (leaving >= patient) + (leaving >= late)
    least_lead = np.array([6, 6, 6, 1, 0])[way]
    return np.where(lead < least_lead, len(WAYS), way)


def _rebookings(visits: pd.DataFrame, scenario: Scenario, luck: Draws) -> None:
    """Adds rebooked: the row of the missed appointment of the same patient that this slot replaces, or -1.

    Only a slot that was booked once the other had been missed can replace it.
    """
    person, starts, status = (visits[name].to_numpy() for name in ("person", "starts", "status"))
    booked = visits["booked"].to_numpy()
    order = np.lexsort((starts, person))
    follows = np.zeros(len(visits), dtype=bool)
    follows[1:] = (person[order][1:] == person[order][:-1]) & (status[order][:-1] == NO_SHOW)
    follows[1:] &= booked[order][1:] >= starts[order][:-1]
    follows &= luck.happens("rebooked", scenario.rebooked_after_no_show)[order]
    rebooked = np.full(len(visits), -1, dtype="int32")
    rebooked[order[follows]] = order[np.flatnonzero(follows) - 1]
    visits["rebooked"] = rebooked
