"""Which appointments did the synthetic practice book, and what became of each?

One row per slot. `p_without` is the risk of a no-show had there been no AI scheduling, `p` the risk as it was; both
are compared with the same random number, so `missed_without` and the outcome differ by the effect and nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo.scenario import Scenario
from rapport.demo.stays import AFTER_WEEKS, live_week

HOLIDAY_WEEKS = (25, 26, 77, 78)  # weeks of the data that hold Christmas and New Year
HOLIDAY_KEPT = 0.4
DAY = np.timedelta64(1, "D")
MINUTE = np.timedelta64(1, "m")


def draw(stays: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    """Every slot that begins in the data or is booked ahead at its end, in order of booking."""
    visits = _slots(stays, scenario, rng)
    _booking(visits, scenario, rng)
    today = np.datetime64(scenario.extracted_on)
    visits = visits[visits["booked_at"] < today].reset_index(drop=True)
    visits["past"] = visits["starts_at"] < today
    _risk(visits, scenario, rng)
    _outcomes(visits, scenario, rng)
    visits = visits.sort_values(["booked_at", "person", "starts_at"], kind="stable").reset_index(drop=True)
    visits["appointment"] = [f"A{500_000 + position}" for position in range(len(visits))]
    _rebookings(visits, scenario, rng)
    return visits


def _slots(stays: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    """person (row of the stays), week of the data, site, starts_at, minutes, first (their first visit), modality."""
    weeks = np.arange(scenario.weeks + AFTER_WEEKS)
    in_care = weeks[None, :] - stays["start_week"].to_numpy()[:, None]
    due = (in_care >= 0) & (in_care <= stays["end_week"].to_numpy()[:, None])
    due &= in_care % stays["every_weeks"].to_numpy()[:, None] == 0
    often = stays["every_weeks"].to_numpy()[:, None] < 4
    closed = np.isin(weeks, HOLIDAY_WEEKS)[None, :] & often & (in_care > 0)
    due &= ~closed | (rng.random(due.shape) < HOLIDAY_KEPT)
    person, week = np.nonzero(due)
    who = stays.iloc[person].reset_index(drop=True)
    day = np.datetime64(scenario.first_day) + (week * 7 + who["weekday"].to_numpy()) * DAY
    minute = who["hour"].to_numpy() * 60 + rng.choice([0, 30], len(person))
    modality = rng.random(len(person))
    return pd.DataFrame(
        {
            "person": person,
            "week": week,
            "site": who["site"],
            "person_shift": who["person_shift"],
            "texts": who["texts"],
            "first": in_care[person, week] == 0,
            "starts_at": day.astype("datetime64[s]") + minute * MINUTE,
            "minutes": rng.choice([50, 30, 80], len(person), p=[0.8, 0.12, 0.08]),
            "clinician": who["site"].to_numpy() * scenario.clinicians_per_site + person % scenario.clinicians_per_site,
            "modality": np.select(
                [modality < scenario.phone_share, modality < scenario.phone_share + scenario.video_share],
                ["Phone", "Video"],
                "In person",
            ),
        }
    )


def _booking(visits: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> None:
    """Adds lead_days, booked_at, sms, exposed. A first visit waits longest; some slots are booked days ahead."""
    number = len(visits)
    way = rng.random(number)
    follow_up = np.select(
        [way < 0.14, way < 0.26, way < 0.72, way < 0.88],
        [rng.integers(0, 3, number), rng.integers(3, 7, number), np.full(number, 7), np.full(number, 14)],
        rng.integers(21, 60, number),
    )
    waiting = np.rint(rng.gamma(2.2, 8.0, number)).astype(int)
    lead = np.where(visits["first"], waiting, follow_up)
    day = visits["starts_at"].to_numpy().astype("datetime64[D]") - lead * DAY
    minute = np.where(lead == 0, rng.integers(425, 475, number), rng.integers(480, 1080, number))
    visits["lead_days"] = lead
    visits["booked_at"] = day.astype("datetime64[s]") + minute * MINUTE
    visits["sms"] = visits["texts"] & (lead >= scenario.sms_least_lead_days)
    weeks_live = visits["week"].to_numpy() - live_week(scenario)[visits["site"]]
    visits["exposed"] = weeks_live >= 0
    visits["ramp"] = np.clip((weeks_live + 1) / scenario.ai_ramp_weeks, 0, 1)
    visits["via"] = np.where(visits["exposed"], "Assistant", rng.choice(["Front desk", "Portal"], number, p=[0.7, 0.3]))


def _risk(visits: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> None:
    """Adds p_without and p, the intercept chosen so that the mean before the first go-live is the stated baseline."""
    week = visits["week"].to_numpy()
    shocks = rng.normal(0, scenario.site_week_spread, (len(scenario.sites), scenario.weeks + AFTER_WEEKS))
    band = np.searchsorted(scenario.lead_days, visits["lead_days"], side="right") - 1
    shift = (
        visits["person_shift"].to_numpy()
        + np.array([site.no_show_shift for site in scenario.sites])[visits["site"]]
        + np.array(scenario.lead_shift)[band]
        + scenario.season_shift * np.cos(2 * np.pi * (week - 27) / 52.18)
        + scenario.trend_per_year * week / 52.18
        + scenario.first_visit_shift * visits["first"]
        + scenario.video_shift * (visits["modality"] == "Video")
        + shocks[visits["site"], week]
    ).to_numpy()
    sms = np.where(visits["sms"], scenario.sms_no_show_ratio, 1.0)
    before = week < live_week(scenario).min()
    low, high = -8.0, 4.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float((sms * _inverse_logit(middle + shift))[before].mean())
        low, high = (middle, high) if mean < scenario.baseline_no_show else (low, middle)
    visits["p_without"] = sms * _inverse_logit(low + shift)
    visits["p"] = visits["p_without"] * (1 - (1 - scenario.ai_no_show_ratio) * visits["ramp"])


def _inverse_logit(value: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-value)))


def _outcomes(visits: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> None:
    """Adds status (the canonical word it must end up as), status_at, missed_without, refilled and fee."""
    number = len(visits)
    leaving = rng.random(number)
    ways = ("cancelled_practice", "rescheduled", "cancelled_patient", "late_cancel")
    shares = [scenario.cancelled_practice, scenario.rescheduled, scenario.cancelled_patient, scenario.late_cancel]
    way = np.searchsorted(np.cumsum(shares), leaving, side="right")
    least_lead = np.array([6, 6, 6, 1, 0])[way]  # a slot can only be given back after it was booked
    came_due = (way == len(ways)) | (visits["lead_days"].to_numpy() < least_lead)
    miss = rng.random(number)
    visits["missed_without"] = came_due & visits["past"] & (miss < visits["p_without"])
    status = np.where(came_due, np.where(miss < visits["p"], "no_show", "attended"), np.array([*ways, ""])[way])
    hours = np.where(status == "late_cancel", rng.integers(1, 14, number), 24 * rng.integers(2, 5, number))
    forgotten = rng.random(number) < scenario.past_still_booked
    status = np.where(forgotten, "unknown", status)
    visits["status"] = np.where(visits["past"], status, "booked")
    visits["missed_without"] &= ~forgotten
    cancelled = visits["status"].isin(ways)
    visits["status_at"] = visits["starts_at"] - pd.to_timedelta(np.where(cancelled, hours, 0), unit="h")
    visits.loc[visits["status"].isin(["booked", "unknown"]), "status_at"] = pd.NaT
    chance = rng.random(number)
    visits["refilled"] = ((visits["status"] == "late_cancel") & (chance < scenario.refilled_late_cancel)) | (
        (visits["status"] == "no_show") & (chance < scenario.refilled_no_show)
    )
    visits["fee"] = rng.choice([120, 150, 180], number, p=[0.3, 0.5, 0.2])
    visits["failed"] = (visits["modality"] == "Video") & (rng.random(number) < 0.03)


def _rebookings(visits: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> None:
    """Adds rebooked_from: the missed appointment of the same patient that this slot replaces, or nothing."""
    ordered = visits.sort_values(["person", "starts_at"], kind="stable")
    before = ordered.groupby("person")[["appointment", "status"]].shift()
    replaces = (before["status"] == "no_show") & (rng.random(len(ordered)) < scenario.rebooked_after_no_show)
    visits["rebooked_from"] = before["appointment"].where(replaces, "").reindex(visits.index)
