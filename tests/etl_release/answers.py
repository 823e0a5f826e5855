"""Generated questionnaires: repeated sheets, gaps, totals that differ, answers nobody can give, days clocks change."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.etl_release.practice import START

SHAPES = {"phq_9": (9, 0, 3), "gad_7": (7, 0, 3), "wai_sr": (12, 1, 5), "srs": (4, 0, 10)}


def measures(weeks: int, patients: int = 300, a_week: int = 110, seed: int = 5) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    sites = ["east", "north", "south", None]
    rows: list[dict[str, Any]] = []
    for week in range(weeks):
        for _ in range(a_week):
            person = chance.randrange(patients)
            invited = START + timedelta(weeks=week, days=chance.randint(0, 4))
            rows.append(_sheet(chance, len(rows), person, sites[person % 3 if chance.random() < 0.9 else 3], invited))
    again = [row | {"measure_id": 10**6 + row["measure_id"]} for row in rows if chance.random() < 0.02]
    return rows + again


def _sheet(chance: random.Random, number: int, person: int, site: str | None, invited: date) -> dict[str, Any]:
    instrument = chance.choices(["phq_9", "gad_7", "wai_sr", "srs"], [5, 3, 4, 1])[0]
    count, low, high = SHAPES[instrument]
    row: dict[str, Any] = {
        "measure_id": number + 1,
        "patient_id": 1000 + person,
        "site_id": site,
        "instrument": {"phq_9": "PHQ-9", "gad_7": "gad7", "wai_sr": "wai_sr", "srs": "SRS"}[instrument],
        "invited_on": invited if chance.random() < 0.9 else None,
        "taken_on": None,
        "taken_at": None,
        "items": None,
        "total": None,
    }
    if chance.random() < 0.25 and row["invited_on"]:
        return row
    taken = invited + timedelta(days=chance.choice([0, 0, 0, 1, 9]))
    level = chance.uniform(low, high)
    items = [str(min(high, max(low, round(chance.gauss(level, 1))))) for _ in range(count)]
    row |= {"taken_on": taken, "items": items}
    if chance.random() < 0.8:
        row["taken_at"] = datetime.combine(taken, time(chance.randrange(24), chance.randrange(60)))
    kind = chance.random()
    if kind < 0.1:
        items[chance.randrange(count)] = None  # type: ignore[call-overload]
    elif kind < 0.13:
        items[0] = "99"
    elif kind < 0.15:
        items.pop()
    elif kind < 0.17:
        items[1] = "often"
    elif kind < 0.27:
        row |= {"items": None, "total": float(sum(int(each) for each in items))}
    elif kind < 0.4:
        row["total"] = float(sum(int(each) for each in items) + chance.choice([0, 0, 2]))
    return row
