"""What did the synthetic practice send to its patients, and what did it tell them about automation?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.chance import Chance
from rapport.demo.drawn.outcomes import ATTENDED, NO_SHOW
from rapport.demo.drawn.visits import draws
from rapport.demo.scenario import AI, HUMAN, Scenario

REMINDER, CHECK_IN, REBOOKING, CRISIS_MESSAGE, SURVEY = "Reminder", "Check-in", "Rebooking", "Crisis", "Survey"
KINDS = (REMINDER, CHECK_IN, REBOOKING, CRISIS_MESSAGE, SURVEY)
TEN_O_CLOCK = 10 * 60
CHECK_IN_SHARE = 0.15  # of attended visits, under the redesign, followed by a word from a person
REBOOKING_SHARE = (0.50, 0.95)  # of missed visits: called by the front desk; by the assistant
DELIVERED = 0.97
OPT_OUT = {"generic": 0.004, "personalised": 0.0012}  # of messages other than reminders
ESCALATED = {"generic": 0.03, "personalised": 0.012}


def draw(visits: pd.DataFrame, crisis: pd.DataFrame, scenario: Scenario, chance: Chance) -> pd.DataFrame:
    """Every message in order of time, `sent` in local minutes.

    person, site, week, kind, sent, automated, personalised, delivered, opted_out, escalated.
    """
    parts = [
        _reminders(visits, scenario),
        _check_ins(visits, chance),
        _rebookings(visits, chance),
        _crisis_messages(crisis, scenario),
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[(frame["sent"] >= 0) & (frame["sent"] < clock.extracted(scenario))].reset_index(drop=True)
    luck = chance.on("messages", frame["key"].to_numpy() * len(KINDS) + frame["kind"].map(KINDS.index).to_numpy())
    frame["delivered"] = luck.happens("delivered", DELIVERED)
    tone = np.where(frame["personalised"], "personalised", "generic")
    other = frame["kind"].isin([CHECK_IN, REBOOKING]).to_numpy()
    says_no = luck.happens("opted out", pd.Series(tone).map(OPT_OUT).to_numpy())
    frame["opted_out"] = frame["opted_out"] | (other & says_no & frame["automated"] & frame["delivered"])
    handed_on = luck.happens("escalated", pd.Series(tone).map(ESCALATED).to_numpy())
    frame["escalated"] = frame["escalated"] | (handed_on & frame["automated"] & frame["delivered"])
    return frame.sort_values(["sent", "person", "kind"], kind="stable").reset_index(drop=True)


def notices(visits: pd.DataFrame, scenario: Scenario, chance: Chance) -> pd.DataFrame:
    """Who was told what, when: person, site, topic, version, given (local minutes).

    Privacy at the first visit of the data; automation at the first visit after go-live, and the new wording after the
    redesign, where the patient is one of those who are told.
    """
    past = visits[visits["past"]].sort_values("starts", kind="stable")
    privacy = past.drop_duplicates("person").assign(topic="privacy")
    privacy["version"] = np.where(privacy["week"] < scenario.weeks // 2, "P-2023", "P-2025")
    told = past[past["told"]]
    first = told.drop_duplicates("person").assign(topic="automation", version="A-1")
    again = told[told[HUMAN]].drop_duplicates("person").assign(topic="automation", version="A-2")
    frame = pd.concat([privacy, first, again], ignore_index=True)
    frame = frame.drop_duplicates(["person", "topic", "starts"], keep="last")
    frame["given"] = frame["starts"] - draws(frame, chance, "notices").whole("minutes before", 5, 60)
    columns = ["person", "site", "week", "topic", "version", "given"]
    return frame[columns].sort_values(["given", "person", "topic"], kind="stable").reset_index(drop=True)


def _reminders(visits: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    frame = visits.loc[visits["sms"], ["key", "person", "site", "week", "starts", "opted_out", HUMAN]]
    sent = (frame["starts"] // clock.DAY - 2) * clock.DAY + TEN_O_CLOCK
    return _messages(frame, REMINDER, sent, automated=True, personalised=frame[HUMAN], opted_out=frame["opted_out"])


def _check_ins(visits: pd.DataFrame, chance: Chance) -> pd.DataFrame:
    came = visits[visits[HUMAN] & (visits["status"] == ATTENDED) & visits["past"]]
    frame = came[draws(came, chance, CHECK_IN).happens("sent", CHECK_IN_SHARE)]
    luck = draws(frame, chance, CHECK_IN)
    sent = (frame["starts"] // clock.DAY + 3) * clock.DAY + TEN_O_CLOCK + luck.whole("minute", 0, 300)
    return _messages(frame, CHECK_IN, sent, automated=luck.happens("automated", 0.4), personalised=True)


def _rebookings(visits: pd.DataFrame, chance: Chance) -> pd.DataFrame:
    missed = visits[visits["past"] & (visits["status"] == NO_SHOW)]
    share = np.where(missed[AI], REBOOKING_SHARE[1], REBOOKING_SHARE[0])
    frame = missed[draws(missed, chance, REBOOKING).happens("sent", share)]
    day = 1 + draws(frame, chance, REBOOKING).whole("day", 0, 3)
    later = (frame["starts"] // clock.DAY + day) * clock.DAY + TEN_O_CLOCK - frame["starts"]
    wait = np.where(frame[AI], 20, later)
    return _messages(frame, REBOOKING, frame["starts"] + wait, automated=frame[AI], personalised=frame[HUMAN])


def _crisis_messages(crisis: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """An automated first word under crisis-aware messaging, handed to a person every time but one."""
    frame = crisis[crisis["live"]]
    sent = clock.to_local(frame["detected"].to_numpy(), scenario) + 1
    return _messages(frame, CRISIS_MESSAGE, sent, automated=True, personalised=True, escalated=~frame["bot_only"])


def _messages(frame: pd.DataFrame, kind: str, sent: Any, **said: Any) -> pd.DataFrame:
    plain: dict[str, Any] = {"kind": kind, "sent": sent, "opted_out": False, "escalated": False}
    made = frame[["key", "person", "site", "week"]].assign(**(plain | said))
    return made.astype(dict.fromkeys(("automated", "personalised", "opted_out", "escalated"), bool))
