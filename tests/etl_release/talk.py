"""Generated messages, comments, forecasts, notices and courses of care."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from typing import Any

from tests.etl_release.practice import START

Row = dict[str, Any]
SITES = ("north", "south", "east")


def messages(weeks: int, patients: int = 300, a_week: int = 120, seed: int = 11) -> list[Row]:
    chance = random.Random(seed)
    return [
        {
            "contact_id": week * a_week + number + 1,
            "patient_id": 1000 + person,
            "site_id": SITES[person % 3],
            "sent_on": START + timedelta(weeks=week, days=chance.randint(0, 4)),
            "kind": chance.choice(["reminder", "reminder", "check_in", "carrier pigeon" if number == 0 else None]),
            "automated": chance.choice([True, False]),
            "personalised": chance.choice([True, False, None]),
            "delivered": chance.choice([True, True, False, None]),
            "opted_out": chance.random() < 0.05,
            "escalated": chance.random() < 0.1,
        }
        for week in range(weeks)
        for number, person in enumerate(chance.randrange(patients) for _ in range(a_week))
    ]


def feedback(weeks: int, patients: int = 300, a_week: int = 20, seed: int = 12) -> list[Row]:
    chance = random.Random(seed)
    return [
        {
            "feedback_id": week * a_week + number + 1,
            "patient_id": 1000 + person,
            "site_id": SITES[person % 3],
            "given_on": START + timedelta(weeks=week, days=chance.randint(0, 4)),
            "kind": chance.choice(["survey", "survey", "complaint", "comment", None]),
            "rating": chance.choice([None, 3.0, 7.25, 10.0]),
            "comment": chance.choice([None, "I felt like a number", "They listened to me"]),
        }
        for week in range(weeks)
        for number, person in enumerate(chance.randrange(patients) for _ in range(a_week))
    ]


def predictions(visits: list[Row], seed: int = 13) -> list[Row]:
    """One to three forecasts of most visits; of some hours_ahead is not noted, but the moments are."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for visit in visits:
        for hours in chance.sample([24.0, 48.0, 60.0, 72.0, 100.0], chance.choice([0, 1, 1, 3])):
            noted = chance.random() < 0.8
            starts = datetime.combine(visit["starts_on"], time(10))
            rows.append(
                {
                    "prediction_id": len(rows) + 1,
                    "appointment_id": visit["appointment_id"],
                    "scored_at": starts - timedelta(hours=hours),
                    "hours_ahead": hours if noted else None,
                    "score": chance.choice([0.0, 0.005, 0.25, 0.3, 0.777, 0.999, 1.0]),
                    "threshold": chance.choice([0.3, None]),
                    "action": chance.choice(["none", None, "reminder", "call", "overbook"]),
                    "overridden_by_human": chance.choice([True, False, None]),
                    "model_version": chance.choice(["v1", "v1", "v2", None, "rare" if len(rows) % 400 == 0 else "v1"]),
                }
            )
    return rows


def notices(patients: int = 300, seed: int = 14) -> list[Row]:
    chance = random.Random(seed)
    rows: list[Row] = []
    for person in range(patients):
        for topic in chance.sample(["privacy", "automation"], chance.choice([0, 1, 2])):
            for _ in range(chance.choice([1, 1, 2])):
                rows.append(
                    {
                        "notice_id": len(rows) + 1,
                        "patient_id": 1000 + person,
                        "topic": topic,
                        "version": chance.choice(["1", "2", "2", "9" if person == 7 else "2"]),
                        "given_on": START + timedelta(days=chance.randint(20, 190)),
                    }
                )
    return rows


def courses(patients: int = 300, seed: int = 15) -> list[Row]:
    """Episodes: some begun before the data, some still open, some at a site of their own."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for person in range(patients):
        start = START + timedelta(days=chance.randint(-8, 40))
        end = start + timedelta(days=chance.randint(20, 60)) if chance.random() < 0.85 else None
        rows.append(
            {
                "episode_id": len(rows) + 1,
                "patient_id": 1000 + person,
                "site_id": SITES[(person + 2) % 3],
                "started_on": start,
                "ended_on": end,
                "end_reason": chance.choice(["completed", "unplanned", "transferred", None]) if end else None,
            }
        )
    return rows


def course_sheets(episodes: list[Row], first_number: int, seed: int = 16) -> list[Row]:
    """PHQ-9 and GAD-7 at both ends of most finished courses; one of them at one end only of some."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for episode in episodes:
        for day in (episode["started_on"], episode["ended_on"]):
            for instrument, items in (("phq_9", 9), ("gad_7", 7)):
                if day is None or chance.random() < 0.15:
                    continue
                rows.append(
                    {
                        "measure_id": first_number + len(rows),
                        "patient_id": episode["patient_id"],
                        "site_id": chance.choice([episode["site_id"], None]),
                        "instrument": instrument,
                        "invited_on": day,
                        "taken_on": day + timedelta(days=chance.choice([0, 3])),
                        "taken_at": None,
                        "items": [str(chance.choice([0, 0, 1, 2, 3])) for _ in range(items)],
                        "total": None,
                    }
                )
    return rows
