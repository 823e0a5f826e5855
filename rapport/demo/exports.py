"""How would practice software write the synthetic practice down? Each table as rows of texts, in the vendor's words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo.faults import Row
from rapport.demo.people import WORDS
from rapport.demo.scenario import COMPONENT, Scenario

MOMENT = "%m/%d/%Y %I:%M %p"
DAY = "%m/%d/%Y"
STATUS_WORDS = {
    "attended": ("Show", "show", "SHOW"),
    "no_show": ("No Show", "No show", "NO SHOW"),
    "late_cancel": ("Late Canceled", "late cancelled", "Canceled"),  # the last is told by its time alone
    "cancelled_patient": ("Canceled", "Cancelled", "CANCELED"),
    "cancelled_practice": ("Clinician Canceled", "Clinician canceled", "Clinician Cancelled"),
    "rescheduled": ("Rescheduled", "rescheduled", "Rescheduled"),
    "booked": ("Scheduled", "Scheduled", "scheduled"),
    "unknown": ("Scheduled", "Scheduled", "Unconfirmed"),  # past, and nobody said what became of it
}
NOTE_SHARE = 0.08


def sites(scenario: Scenario) -> list[Row]:
    return [
        {"Code": site.code, "Location": site.name, "Country": "CA", "Urban": "Yes" if site.urban else "No"}
        for site in scenario.sites
    ]


def rollout(scenario: Scenario) -> list[Row]:
    live = [site for site in scenario.sites if site.went_live_on]
    return [
        {
            "Line": str(position + 1),
            "Location": site.code,
            "Component": COMPONENT,
            "Went Live": f"{site.went_live_on:%m/%d/%Y}",
            "Version": "1.0",
        }
        for position, site in enumerate(live)
    ]


def clinicians(people: pd.DataFrame, scenario: Scenario) -> list[Row]:
    frame = pd.DataFrame(
        {
            "Clinician ID": people["clinician"],
            "Name": people["name"],
            "Location": _codes(people["site"], scenario),
            "Role": people["role"],
        }
    )
    return _rows(frame)


def patients(people: pd.DataFrame) -> list[Row]:
    frame = pd.DataFrame(
        {
            "Client ID": people["patient"],
            "First Name": people["given"],
            "Last Name": people["family"],
            "Email": people["email"],
            "Phone": people["phone"],
            "Address": people["street"],
            "Postal Code": people["postal_code"],
            "Health Card": people["health_number"],
            "Birth Date": [f"{born:%m/%d/%Y}" for born in people["birth_date"]],
            "Gender": people["sex"],
            "Ethnicity": people["race_ethnicity"],
            "Language": people["language"],
            "Payer": people["payer"],
        }
    )
    return _rows(frame)


def episodes(stays: pd.DataFrame, people: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> list[Row]:
    """One intake per patient; the discharge where it was seen by the end of the data and somebody recorded it."""
    first = np.datetime64(scenario.first_day)
    weekday = stays["weekday"].to_numpy()
    started = first + (stays["start_week"].to_numpy() * 7 + weekday) * np.timedelta64(1, "D")
    ended = started + stays["end_week"].to_numpy() * np.timedelta64(7, "D") + np.timedelta64(1, "D")
    shares = {
        "completed": scenario.completed_recorded,
        "unplanned": scenario.unplanned_recorded,
        "transferred": scenario.transferred_recorded,
    }
    recorded = rng.random(len(stays)) < stays["ending"].map(shares).fillna(0.0).to_numpy()
    recorded &= ended < np.datetime64(scenario.extracted_on)
    words = stays["ending"].map({"completed": "Completed", "unplanned": "Dropped out", "transferred": "Transferred"})
    frame = pd.DataFrame(
        {
            "Episode ID": [f"E{20_000 + position}" for position in range(len(stays))],
            "Client ID": people["patient"],
            "Location": _codes(stays["site"], scenario),
            "Intake": pd.Series(started).dt.strftime(DAY),
            "Discharge": pd.Series(ended).dt.strftime(DAY).where(recorded, ""),
            "Reason": words.where(recorded, ""),
        }
    )
    return _rows(frame)


def appointments(
    visits: pd.DataFrame, people: pd.DataFrame, staff: pd.DataFrame, scenario: Scenario, rng: np.random.Generator
) -> list[Row]:
    who = people.iloc[visits["person"]].reset_index(drop=True)
    lost = visits["status"].isin(["no_show", "late_cancel"])
    spelling = rng.choice(3, len(visits), p=[0.8, 0.15, 0.05])
    frame = pd.DataFrame(
        {
            "Appointment ID": visits["appointment"],
            "Client ID": who["patient"],
            "Client": who["family"] + ", " + who["given"],
            "Clinician ID": staff["clinician"].to_numpy()[visits["clinician"]],
            "Location": _codes(visits["site"], scenario),
            "Booked On": visits["booked_at"].dt.strftime(MOMENT),
            "Start": visits["starts_at"].dt.strftime(MOMENT),
            "Minutes": visits["minutes"].astype(str),
            "Type": visits["modality"],
            "Status": [STATUS_WORDS[word][way] for word, way in zip(visits["status"], spelling, strict=True)],
            "Status Changed": visits["status_at"].dt.strftime(MOMENT).fillna(""),
            "Fee": visits["fee"].astype(str) + ".00",
            "Currency": "USD",
            "Refilled": np.where(lost, np.where(visits["refilled"], "Yes", "No"), ""),
            "Rebooked From": visits["rebooked_from"],
            "Booked Via": visits["via"],
            "SMS Sent": np.where(visits["sms"], "Yes", "No"),
            "Reminders": visits["sms"].astype(int).astype(str),
            "AI Scheduled": np.where(visits["exposed"], "Y", "N"),
            "Connection Failed": np.where(visits["modality"] == "Video", np.where(visits["failed"], "Yes", "No"), ""),
            "Notes": _notes(who, rng),
        }
    )
    return _rows(frame)


def feedback(answers: pd.DataFrame, people: pd.DataFrame, scenario: Scenario) -> list[Row]:
    frame = pd.DataFrame(
        {
            "Answer ID": answers["feedback"],
            "Client ID": people["patient"].to_numpy()[answers["person"]],
            "Location": _codes(answers["site"], scenario),
            "Received": answers["given_at"].dt.strftime(MOMENT),
            "Kind": answers["kind"],
            "Rating": answers["rating"].astype(str),
            "Comment": answers["comment"],
        }
    )
    return _rows(frame)


def _notes(who: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Now and then a remark that names the patient; some run over two lines, as typed ones do."""
    remark = rng.integers(0, len(WORDS["note"]), len(who))
    written = rng.random(len(who)) < NOTE_SHARE
    two_lines = rng.random(len(who)) < 0.1
    notes = [""] * len(who)
    for position in np.flatnonzero(written):
        person = who.iloc[position]
        text = WORDS["note"][remark[position]].format(
            name=f"{person['given']} {person['family']}", phone=person["phone"], email=person["email"]
        )
        notes[position] = f"{text}\ncall back" if two_lines[position] else text
    return notes


def _codes(positions: pd.Series, scenario: Scenario) -> np.ndarray:
    return np.array([site.code for site in scenario.sites])[positions]


def _rows(frame: pd.DataFrame) -> list[Row]:
    columns = list(frame.columns)
    return [dict(zip(columns, row, strict=True)) for row in zip(*(frame[name] for name in columns), strict=True)]
