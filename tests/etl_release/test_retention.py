"""Does "no effect" stay "no effect" up to the newest week, and do the engine's courses of care equal plain ones?"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from etl.release import ReleaseTables, make_release
from etl.settings import IngestSettings, ReleaseSettings, Stratifiers
from tests.etl_release import practice

LAPSE = 60
CHOSEN = ReleaseSettings(lapse_days=LAPSE, settle_days=0, stratifiers=Stratifiers(names=("sex",)))
FIRST, LAST = date(2023, 1, 2), date(2024, 12, 29)
HAZARD = 0.05  # of leaving, each week, for everybody at any time


def settings() -> IngestSettings:
    return practice.settings(release=CHOSEN, extracted_on=date(2024, 12, 30))


def weekly_care(seed: int = 3, starters: int = 25) -> list[dict[str, Any]]:
    """Patients who come once a week until they leave with a constant hazard; some visits are missed first."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    patient = 0
    for week in range(-30, 104):
        for _ in range(starters):
            patient += 1
            day = FIRST + timedelta(weeks=week, days=chance.randrange(5))
            while True:
                if day >= FIRST:
                    status = "attended" if chance.random() < 0.9 else "no_show"
                    rows.append(
                        {
                            "appointment_id": len(rows) + 1,
                            "patient_id": patient,
                            "site_id": "north" if patient % 3 else "south",
                            "booked_on": day - timedelta(days=3),
                            "starts_on": day,
                            "status": status,
                            "exposed": [],
                        }
                    )
                if day > LAST or chance.random() < HAZARD:
                    break
                day += timedelta(days=7)
    return [row for row in rows if row["starts_on"] <= LAST]


@pytest.fixture(scope="module")
def constant() -> tuple[list[dict[str, Any]], ReleaseTables]:
    con = practice.empty_vault()
    rows = weekly_care()
    practice.fill(con, "appointment", rows)
    return rows, make_release(con, settings(), None, practice.NOW)


def hazards(cells: pd.DataFrame) -> pd.Series:
    rows = cells[(cells["stratifier"] == "all") & (cells["state"] == "published")]
    sums = rows.groupby("period_start")[["at_risk", "unplanned"]].sum().astype(float)
    return sums["unplanned"] / sums["at_risk"]


def test_a_constant_hazard_stays_flat_to_the_newest_period(constant: tuple[Any, ReleaseTables]) -> None:
    found = hazards(constant[1].frames["retention_cells"])
    settled = found.iloc[3:]  # courses that began in the first lapse_days are left out
    assert len(settled) >= 15
    assert np.all(np.abs(settled - HAZARD) < 0.02)
    assert abs(settled.iloc[-3:].mean() - settled.iloc[:-3].mean()) < 0.008


def test_without_the_censoring_rule_the_newest_weeks_would_show_nobody_leaving(
    constant: tuple[list[dict[str, Any]], ReleaseTables],
) -> None:
    """Counted naively, an ending is seen only lapse_days later: the last two months look like perfect retention."""
    rows, _ = constant
    last: dict[int, date] = {}
    for row in rows:
        last[row["patient_id"]] = max(last.get(row["patient_id"], row["starts_on"]), row["starts_on"])
    newest = [LAST - timedelta(days=days) for days in range(56)]
    present = {row["patient_id"] for row in rows if row["starts_on"] in newest}
    seen_to_leave = sum(last[patient] + timedelta(days=LAPSE) <= LAST for patient in present)
    assert seen_to_leave == 0 < len(present)
    published = constant[1].frames["retention_cells"]["period_start"].max()
    assert published + timedelta(days=33 + LAPSE) <= LAST


def plain_courses(rows: list[dict[str, Any]]) -> list[tuple[int, str, date, date | None]]:
    """(patient, site, first visit, last sign or None) of courses of care from visits."""
    end = LAST - timedelta(days=LAPSE)
    signs: dict[tuple[int, str], dict[date, tuple[date, bool]]] = {}
    for row in rows:
        if row["status"] in ("attended", "no_show", "late_cancel", "unknown", "booked"):
            days = signs.setdefault((row["patient_id"], row["site_id"]), {})
            known = min(row["booked_on"] or row["starts_on"], row["starts_on"])
            before = days.get(row["starts_on"], (known, False))
            days[row["starts_on"]] = (min(known, before[0]), before[1] or row["status"] == "attended")
    found = []
    for (patient, site), days in signs.items():
        course: list[date] = []
        order = sorted(days)
        for at, day in enumerate(order):
            course.append(day)
            ahead = [days[later][0] for later in order[at + 1 :]]
            if ahead and min(ahead) <= day + timedelta(days=LAPSE):
                continue
            visits = [one for one in course if days[one][1]]
            if visits and visits[0] >= FIRST + timedelta(days=LAPSE):
                found.append((patient, site, visits[0], day if day <= end else None))
            course = []
    return found


def gappy(seed: int = 5) -> list[dict[str, Any]]:
    """Patients with long and short gaps, bookings far ahead, missed and cancelled slots."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for patient in range(260):
        day = FIRST + timedelta(days=chance.randrange(600))
        while day <= LAST:
            lead = chance.choice([None, 0, 5, 40, 90])
            rows.append(
                {
                    "appointment_id": len(rows) + 1,
                    "patient_id": patient,
                    "site_id": chance.choice(["north", "north", "south"]),
                    "booked_on": None if lead is None else day - timedelta(days=lead),
                    "starts_on": day,
                    "status": chance.choice(["attended"] * 6 + ["no_show", "late_cancel", "cancelled_patient"]),
                    "exposed": [],
                }
            )
            day += timedelta(days=chance.choice([3, 7, 7, 14, 30, 61, 75, 120]))
    return rows


def test_weeks_in_care_equal_a_plain_count() -> None:
    con = practice.empty_vault()
    rows = gappy()
    practice.fill(con, "appointment", rows)
    frames = make_release(con, settings(), None, practice.NOW).frames
    cells = frames["retention_cells"]
    shown = cells[(cells["stratifier"] == "all") & (cells["state"] == "published") & (cells["patients"] > 0)]
    courses = plain_courses(rows)
    assert len(shown) > 50
    for cell in shown.to_dict("records"):
        begin = cell["period_start"]
        end = begin + timedelta(weeks={"4weeks": 4, "12weeks": 12}[cell["grain"]])
        week = timedelta(weeks=cell["week_in_care"])
        at_risk = [
            course
            for course in courses
            if course[1] == cell["site"]
            and begin <= course[2] + week < end
            and (course[3] is None or course[3] >= course[2] + week)
        ]
        left = [c for c in at_risk if c[3] is not None and c[3] < c[2] + week + timedelta(days=7)]
        assert (int(cell["at_risk"]), int(cell["unplanned"])) == (len(at_risk), len(left))
        assert not 0 < len({course[0] for course in at_risk}) < 11
        assert not 0 < len(at_risk) == len(left)


def recorded() -> duckdb.DuckDBPyConnection:
    """Sixty patients in weekly care from 2023-06-05; a third completes, a third is discharged long after the last
    visit, a third is still open and came until the end."""
    con = practice.empty_vault()
    visits, episodes = [], []
    for patient in range(60):
        start = date(2023, 6, 5)
        weeks = (10, 10, 82)[patient % 3]
        visits += [
            {
                "appointment_id": patient * 1000 + n,
                "patient_id": patient,
                "site_id": "north",
                "starts_on": start + timedelta(weeks=n),
                "status": "attended",
            }
            for n in range(weeks)
        ]
        ended = (start + timedelta(weeks=10), start + timedelta(weeks=40), None)[patient % 3]
        reason = ("completed", "administrative", None)[patient % 3]
        episodes.append(
            {
                "episode_id": patient,
                "patient_id": patient,
                "site_id": "north",
                "started_on": start,
                "ended_on": ended,
                "end_reason": reason,
            }
        )
    practice.fill(con, "appointment", visits)
    practice.fill(con, "episode", episodes)
    return con


@pytest.mark.parametrize("with_site", [True, False])
def test_a_chart_closed_long_after_the_last_visit_is_an_unplanned_ending_at_that_visit(with_site: bool) -> None:
    con = recorded()
    if not with_site:
        con.execute("UPDATE vault.episode SET site_id = NULL")
    cells = make_release(con, settings(), None, practice.NOW).frames["retention_cells"]
    whole = cells[cells["stratifier"] == "all"]
    ends = whole[["unplanned", "completed", "administrative"]].sum()
    assert ends.astype(int).tolist() == [20, 20, 0]
    by_week = whole.groupby("week_in_care")[["unplanned", "completed"]].sum()
    assert by_week.index[by_week["unplanned"] > 0].tolist() == [9]
    assert by_week.index[by_week["completed"] > 0].tolist() == [10]
    assert int(whole["starts_followed"].sum()) == 60
    assert int(whole["left_after_first"].sum()) == 0


def test_a_patient_in_care_is_never_counted_as_having_left() -> None:
    cells = make_release(recorded(), settings(), None, practice.NOW).frames["retention_cells"]
    whole = cells[(cells["stratifier"] == "all") & (cells["week_in_care"] == 52)]
    assert int(whole["at_risk"].sum()) == 20
