"""Which signs of acute danger were there in the synthetic practice, and how soon did a human reach the patient?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.chance import Chance, Draws
from rapport.demo.drawn.outcomes import ATTENDED, WEEKS_PER_YEAR
from rapport.demo.drawn.visits import draws
from rapport.demo.scenario import AI, CRISIS, Scenario

CHANNELS = ("Message", "Call", "Visit", "Questionnaire")
HUMAN_WORD, AUTOMATION_WORD, PATIENT_WORD = "Staff", "Automated", "Client"
SEVERITIES = ("low", "medium", "high", "unknown")
MINUTES_BY_SEVERITY = np.array([0.35, 0.0, -0.55, 0.1])  # log minutes against medium
DETECTED = (0.55, 0.10, 0.35)  # by staff, by a rule of the questionnaire, by the patient
DETECTED_WITH = (0.25, 0.42, 0.33)  # under crisis-aware messaging
CLOSED_BY_AUTOMATION = 0.06  # of signals a human had answered, under crisis-aware messaging: that is allowed


def draw(visits: pd.DataFrame, scenario: Scenario, chance: Chance) -> pd.DataFrame:
    """One row per signal in order of time, all moments in minutes of UTC.

    person, site, week, live (crisis-aware messaging at that site), detected, detected_by, channel, severity, routed,
    contact (NONE: nobody reached them), closed, closed_by, adjudication, minutes (until contact, had there been time),
    minutes_without, bot_only.
    """
    frame = visits.loc[visits["past"], ["key", "person", "site", "week"]]
    frame = frame[draws(frame, chance, "crisis").happens("signal", scenario.crisis_share)].reset_index(drop=True)
    local = frame["week"].to_numpy().astype("int64") * clock.WEEK + draws(frame, chance, "crisis").whole(
        "minute", 0, clock.WEEK
    )
    frame["detected"] = clock.to_utc(local, scenario)
    frame = frame[frame["detected"] < clock.extracted(scenario)].reset_index(drop=True)
    luck, local = draws(frame, chance, "crisis"), clock.to_local(frame["detected"].to_numpy(), scenario)
    frame["live"] = frame["week"].to_numpy() >= scenario.live_week(CRISIS)[frame["site"]]
    frame["night"] = (
        (local % clock.DAY < 8 * 60) | (local % clock.DAY >= 18 * 60) | (local % clock.WEEK >= 5 * clock.DAY)
    )
    edges = np.cumsum(np.where(frame["live"].to_numpy()[:, None], DETECTED_WITH, DETECTED), axis=1)[:, :2]
    by = (luck.share("detected by")[:, None] >= edges).sum(axis=1)
    frame["detected_by"] = np.array([HUMAN_WORD, AUTOMATION_WORD, PATIENT_WORD])[by]
    frame["channel"] = np.array(CHANNELS)[luck.place("channel", (0.4, 0.25, 0.2, 0.15))]
    severity = luck.place("severity", (0.3, 0.4, 0.25, 0.05))
    frame["severity"] = np.array(SEVERITIES)[severity]
    true = np.where(by == 1, 0.52, 0.80)
    judged = luck.share("adjudication")
    frame["adjudication"] = np.where(judged < true, "true", np.where(judged < true + 0.15, "false", "unknown"))
    _answered(frame, MINUTES_BY_SEVERITY[severity], scenario, luck)
    _one_slips_through(frame, scenario)
    return frame.sort_values(["detected", "person"], kind="stable").reset_index(drop=True)


def _answered(frame: pd.DataFrame, grave: np.ndarray, scenario: Scenario, luck: Draws) -> None:
    """Log-normal minutes until a human reached the patient; a few are never reached, the last ones not yet."""
    today = clock.to_utc(np.array([clock.extracted(scenario)]), scenario)[0]
    week, site = frame["week"].to_numpy(), frame["site"].to_numpy()
    log_minutes = (
        np.log(scenario.crisis_minutes)
        + luck.normal("minutes", scenario.crisis_spread)
        + grave
        + scenario.crisis_night * frame["night"].to_numpy()
        + scenario.crisis_trend * week / WEEKS_PER_YEAR
    )
    settled = np.log(scenario.effects.crisis_ratio) * scenario.ramp(CRISIS, site, week)
    for name, logs in (("minutes", log_minutes + settled), ("minutes_without", log_minutes)):
        frame[name] = np.maximum(1, np.rint(np.exp(logs))).astype("int32")
    frame["unreached"] = luck.happens("unreached", scenario.crisis_unreached)
    detected = frame["detected"].to_numpy()
    contact = detected + frame["minutes"].to_numpy()
    frame["contact"] = np.where(frame["unreached"] | (contact >= today), clock.NONE, contact)
    routed = detected + np.minimum(luck.whole("routed", 0, 12), frame["minutes"].to_numpy())
    frame["routed"] = np.where(luck.happens("not routed", 0.06), clock.NONE, np.minimum(routed, today - 1))
    closed = contact + luck.whole("closed", 30, 3 * clock.DAY)
    given_up = detected + luck.whole("given up", 2 * clock.DAY, 9 * clock.DAY)
    closed = np.where(frame["unreached"], given_up, closed)
    frame["closed"] = np.where((closed >= today) | (~frame["unreached"] & (contact >= today)), clock.NONE, closed)
    by_rule = frame["live"] & ~frame["unreached"] & luck.happens("by a rule", CLOSED_BY_AUTOMATION)
    frame["closed_by"] = np.where(frame["closed"] == clock.NONE, "", np.where(by_rule, AUTOMATION_WORD, HUMAN_WORD))
    frame["bot_only"] = False


def _one_slips_through(frame: pd.DataFrame, scenario: Scenario) -> None:
    """As many signals as the scenario says: grave, noticed by automation, closed by it, and no human ever called."""
    wanted = scenario.effects.bot_closures
    grave = (frame["live"] & ~frame["unreached"] & (frame["closed"] != clock.NONE)).to_numpy()
    settled = frame["week"].to_numpy() < scenario.weeks - 6
    found = np.flatnonzero(grave & settled & (frame["detected_by"] == AUTOMATION_WORD).to_numpy())
    chosen = found[len(found) // 2 :][:wanted]
    if len(chosen) < wanted:
        raise ValueError(f"the scenario {scenario.name} has too few crisis signals for one to slip through")
    frame.loc[chosen, ["severity", "adjudication", "closed_by"]] = ["high", "true", AUTOMATION_WORD]
    frame.loc[chosen, "contact"] = clock.NONE
    frame.loc[chosen, "closed"] = frame.loc[chosen, "detected"] + 4
    frame.loc[chosen, "routed"] = clock.NONE
    frame.loc[chosen, "bot_only"] = True


def triage(visits: pd.DataFrame, scenario: Scenario, chance: Chance) -> pd.DataFrame:
    """One request for care per patient who came new: person, site, week, requested, by_automation (0: none yet),
    by_clinician, right_care (the first attended visit; NONE while there is none). Moments in local minutes.

    Automation judges a seventh of the requests as less urgent than the clinician later does.
    """
    firsts = visits[visits["first"]].drop_duplicates("person")
    frame = firsts[["person", "site", "week", "booked"]].rename(columns={"booked": "requested"}).reset_index(drop=True)
    luck = chance.on("triage", frame["person"].to_numpy())
    frame["by_clinician"] = 1 + luck.place("level", (0.04, 0.14, 0.36, 0.32, 0.14))
    off = luck.place("off", (0.13, 0.73, 0.11, 0.03)) - 1
    live = frame["week"].to_numpy() >= scenario.live_week(AI)[frame["site"]]
    frame["by_automation"] = np.where(live, np.clip(frame["by_clinician"] + off, 1, 5), 0)
    came = visits[(visits["status"] == ATTENDED) & visits["past"]].groupby("person")["starts"].min()
    frame["right_care"] = came.reindex(frame["person"]).fillna(clock.NONE).to_numpy().astype("int64")
    early = (frame["right_care"] != clock.NONE) & (frame["right_care"] < frame["requested"])
    frame.loc[early, "right_care"] = clock.NONE
    return frame.sort_values(["requested", "person"], kind="stable").reset_index(drop=True)
