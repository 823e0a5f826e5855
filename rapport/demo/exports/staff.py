"""How do staff surveys and time sheets reach the practice? Without anything that says who."""

from __future__ import annotations

import pandas as pd

from rapport.demo import clock
from rapport.demo.drawn.staff import CBI, LOAD, ROLES, Surveys
from rapport.demo.exports.care import answers
from rapport.demo.exports.texts import codes, numbered, plain, shown, words
from rapport.demo.practice import Practice

TITLES = {CBI: "CBI", LOAD: "Work with automation"}


def surveys(practice: Practice) -> pd.DataFrame:
    """Both questionnaires in one file, in order of invitation."""
    frame = pd.concat([_survey(practice, each) for each in practice.surveys.values()], ignore_index=True)
    frame = frame.sort_values("at", kind="stable").drop(columns="at").reset_index(drop=True)
    frame.insert(0, "Sheet", numbered("Q", 100_000, 0, len(frame)))
    return frame


def hours(practice: Practice) -> pd.DataFrame:
    worked, scenario = practice.hours, practice.scenario
    return pd.DataFrame(
        {
            "Line": numbered("H", 10_000, 0, len(worked)),
            "Location": codes(worked["site"], scenario),
            "Job": words(ROLES, worked["role"]),
            "Week": clock.days(worked["week"].to_numpy() * clock.WEEK, scenario),
            "Headcount": plain(worked["people"]),
            "Care Hours": plain(worked["care"]),
            "Admin Hours": plain(worked["admin"]),
            "After Hours": plain(worked["after"]),
            "Repair Hours": plain(worked["repair"]),
        }
    )


def _survey(practice: Practice, survey: Surveys) -> pd.DataFrame:
    frame, scenario = survey.frame, practice.scenario
    answered = (frame["taken"] != clock.NONE).to_numpy()
    return pd.DataFrame(
        {
            "at": frame["invited"],
            "Location": codes(frame["site"], scenario),
            "Job": words(ROLES, frame["role"]),
            "Questionnaire": TITLES[survey.instrument],
            "Invited": clock.days(frame["invited"].to_numpy(), scenario),
            "Answered": shown(clock.days(frame["taken"].to_numpy(), scenario), answered),
            "Answers": shown(answers(survey.items), answered),
        }
    )
