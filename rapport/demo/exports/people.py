"""How does practice software write down sites, staff, patients and their courses of care?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.exports.texts import codes, numbered, words
from rapport.demo.practice import Practice

ENDINGS = ("", "Dropped out", "Completed", "Transferred")  # in the order of stays.ENDINGS


def sites(practice: Practice) -> pd.DataFrame:
    rows = [
        {"Code": site.code, "Location": site.name, "Country": "CA", "Urban": "Yes" if site.urban else "No"}
        for site in practice.scenario.sites
    ]
    return pd.DataFrame(rows)


def clinicians(practice: Practice) -> pd.DataFrame:
    staff = practice.staff
    return pd.DataFrame(
        {
            "Clinician ID": staff["clinician"],
            "Name": staff["name"],
            "Location": codes(staff["site"], practice.scenario),
            "Role": staff["role"],
        }
    )


def patients(practice: Practice, begin: int, end: int) -> pd.DataFrame:
    people = practice.people.iloc[begin:end]
    return pd.DataFrame(
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


def episodes(practice: Practice, recorded: np.ndarray, begin: int, end: int) -> pd.DataFrame:
    """One intake per patient; the discharge where it was seen by the end of the data and somebody recorded it."""
    scenario, stays = practice.scenario, practice.stays.iloc[begin:end]
    started = started_on(stays)
    ended = started + (stays["end_week"].to_numpy().astype("int32") * 7 + 1) * clock.DAY
    known = recorded[begin:end] & (ended < clock.extracted(scenario))
    return pd.DataFrame(
        {
            "Episode ID": numbered("E", 20_000, begin, end),
            "Client ID": practice.people["patient"].to_numpy()[begin:end],
            "Location": codes(stays["site"], scenario),
            "Intake": clock.days(started, scenario),
            "Discharge": np.where(known, clock.days(ended, scenario), ""),
            "Reason": np.where(known, words(ENDINGS, stays["ending"]), ""),
        }
    )


def started_on(stays: pd.DataFrame) -> np.ndarray:
    """The minute of midnight of each intake's day."""
    return (stays["start_week"].to_numpy().astype("int32") * 7 + stays["weekday"].to_numpy()) * clock.DAY


def recorded(practice: Practice, rng: np.random.Generator) -> np.ndarray:
    """Of which endings did somebody write down that and why they happened?"""
    scenario = practice.scenario
    shares = (0.0, scenario.unplanned_recorded, scenario.completed_recorded, scenario.transferred_recorded)
    return np.asarray(rng.random(len(practice.stays)) < np.array(shares)[practice.stays["ending"]])
