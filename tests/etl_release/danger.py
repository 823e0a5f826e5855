"""Generated signs of danger and requests for care, on the nights clocks change as well."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.etl_release.practice import START

BERLIN = ZoneInfo("Europe/Berlin")
CLOCKS_CHANGE = date(2024, 3, 31)


def signals(weeks: int, patients: int = 300, a_week: int = 24, seed: int = 6) -> list[dict[str, Any]]:
    """In Berlin. Some known by day alone, some never answered, some answered weeks later, some closed by automation."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for week in range(weeks):
        for _ in range(a_week):
            person = chance.randrange(patients)
            day = START + timedelta(weeks=week, days=chance.randint(-2, 4))
            if chance.random() < 0.1:
                day = CLOCKS_CHANGE
            detected = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=chance.randrange(86_400))
            rows.append(_signal(chance, len(rows), person, detected))
    return [row for row in rows if row["detected_on"] < START + timedelta(weeks=weeks)]


def _signal(chance: random.Random, number: int, person: int, detected: datetime) -> dict[str, Any]:
    sites = ["north", "south", "east", None]
    wait = timedelta(seconds=round(60 * chance.choice([0.5, 7.5, 59, 60, 61, 130, 240, 300, 1000, 1440, 5000, 50_000])))
    contact = detected + wait if chance.random() < 0.9 else None
    closed = detected + wait * chance.choice([0.5, 2]) if chance.random() < 0.7 else None
    row: dict[str, Any] = {
        "crisis_id": number + 1,
        "patient_id": 1000 + person,
        "site_id": sites[person % 3 if chance.random() < 0.95 else 3],
        "detected_by": chance.choice(["human", "automation", "patient"]),
        "channel": chance.choice(["message", "message", "call", "visit", "smoke signal" if number % 40 == 0 else None]),
        "severity": chance.choices(["low", "medium", "high", "unknown", None], [30, 40, 20, 5, 5])[0],
        "closed_by": chance.choice(["human", "automation"]) if closed else None,
        "adjudication": chance.choice(["true", "false", "unknown", None]),
        **moment("detected", detected, known=chance.random() < 0.97),
        **moment("human_contact", contact, known=chance.random() < 0.95),
        **moment("closed", closed, known=True),
    }
    return row


def moment(name: str, at: datetime | None, *, known: bool) -> dict[str, Any]:
    """As the vault keeps it: the moment in UTC, nothing where only the day is known, and the local day."""
    if at is None:
        return {f"{name}_at": None, f"{name}_on": None}
    return {f"{name}_at": at.replace(tzinfo=None) if known else None, f"{name}_on": at.astimezone(BERLIN).date()}


def requests(weeks: int, patients: int = 300, a_week: int = 30, seed: int = 7) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for week in range(weeks):
        for _ in range(a_week):
            person, day = chance.randrange(patients), START + timedelta(weeks=week, days=chance.randint(0, 4))
            wait = chance.choice([0, 1, 5, 20, 83, 84, 100, None])
            rows.append(
                {
                    "triage_id": len(rows) + 1,
                    "patient_id": 1000 + person,
                    "site_id": ["north", "south", "east"][person % 3],
                    "requested_on": day,
                    "automation_level": chance.choice([1, 2, 3, None]),
                    "clinician_level": chance.choice([1, 2, 3, None]),
                    "right_care_on": None if wait is None else day + timedelta(days=wait),
                }
            )
    return rows
