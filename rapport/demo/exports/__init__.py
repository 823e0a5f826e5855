"""How would practice software write the synthetic practice down? Each table as rows of texts, in the vendor's words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from etl.canonical import TABLES
from rapport.demo import faults_planted as faults
from rapport.demo.chance import Chance
from rapport.demo.exports import automation, care, people, safety, staff
from rapport.demo.faults import Planter
from rapport.demo.files import OLD_EUROPEAN, PLAIN, WITH_BOM, Dialect, Export
from rapport.demo.practice import Practice

Make = Callable[[int, int], pd.DataFrame]


def exports(practice: Practice, chance: Chance, streams: list[np.random.Generator]) -> list[Export]:
    """Every file of the practice, in the order of the canonical tables. streams: of chance, fourteen are used."""
    recording, *planting = streams
    recorded = people.recorded(practice, recording)

    def written(begin: int, end: int) -> pd.DataFrame:
        return care.appointments(practice, chance, begin, end)

    def courses(begin: int, end: int) -> pd.DataFrame:
        return people.episodes(practice, recorded, begin, end)

    def rows(make: Callable[[Practice, int, int], pd.DataFrame]) -> Make:
        return lambda begin, end: make(practice, begin, end)

    def faulty(table: str, name: str, count: int, make: Make, plant: Callable[[Planter], None], key: str) -> Export:
        share, chance = TABLES[table].worst_quarantined_share, planting.pop(0)
        planned = faults.plan(plant, key, PREFIXES.get(table, "X9"), share, count, chance)
        return Export(table, name, count, make, planned, DIALECTS.get(table, PLAIN))

    def listed(table: str, name: str, frame: pd.DataFrame, plant: Callable[[Planter], None] | None = None) -> Export:
        """A table small enough to be made at once."""
        if plant is None:
            return Export(table, name, len(frame), _slices(frame), dialect=DIALECTS.get(table, PLAIN))
        return faulty(table, name, len(frame), _slices(frame), plant, str(frame.columns[0]))

    people_count = len(practice.people)
    return [
        listed("site", "sites.csv", people.sites(practice)),
        listed("clinician", "clinicians.csv", people.clinicians(practice)),
        faulty("patient", "patients.csv", people_count, rows(people.patients), faults.patient, "Client ID"),
        faulty("episode", "episodes.csv", people_count, courses, faults.episode, "Episode ID"),
        faulty("appointment", "appointments.csv", len(practice.visits), written, faults.appointment, "Appointment ID"),
        listed("measure", "questionnaires.csv", care.measures(practice), faults.measure),
        listed("crisis_signal", "alerts.csv", safety.crisis(practice), faults.crisis_signal),
        listed("triage", "requests.csv", safety.triage(practice), faults.triage),
        listed("feedback", "feedback.csv", care.feedback(practice), faults.feedback),
        faulty("contact", "messages.csv", len(practice.messages), rows(automation.contacts), faults.contact, "Message"),
        faulty(
            "prediction",
            "forecasts.csv",
            len(practice.predictions),
            rows(automation.predictions),
            faults.prediction,
            "Forecast",
        ),
        faulty("notice", "notices.csv", len(practice.notices), rows(automation.notices), faults.notice, "Notice"),
        listed("automation_cost", "automation-costs.csv", automation.costs(practice), faults.automation_cost),
        listed("rollout", "rollout.csv", automation.rollout(practice)),
        listed("staff_survey", "staff-survey.csv", staff.surveys(practice), faults.staff_survey),
        listed("staff_time", "hours.csv", staff.hours(practice), faults.staff_time),
    ]


DIALECTS: dict[str, Dialect] = {"clinician": WITH_BOM, "patient": OLD_EUROPEAN, "staff_survey": WITH_BOM}
PREFIXES = {"patient": "C98", "episode": "E98"}


def _slices(frame: pd.DataFrame) -> Make:
    return lambda begin, end: frame.iloc[begin:end]
