"""Is a course of care put where its first booked slot was, so that nobody counts by having stayed, or never come?"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etl.release import make_release
from etl.release.days import NEVER, Days
from etl.release.episodes import ENDINGS, Span, recorded_courses
from etl.release.rows import Rows
from etl.release.slots import KEPT
from etl.settings import ReleaseSettings, Stratifiers
from metrics.survival import kaplan_meier
from tests.etl_release import practice
from warehouse.schema import ALL, ALL_SITES

LAPSE = timedelta(days=60)
FIRST, LAST = date(2023, 1, 2), date(2024, 12, 29)
WEEK = timedelta(days=7)
SIGNS = ("attended", "no_show", "late_cancel")
Row = dict[str, Any]


def no_effect(seed: int = 11, weekly: int = 16) -> tuple[list[Row], list[Row]]:
    """Episodes and slots of a practice in which automation touches six first slots in ten, whatever becomes of them.

    Half of those who miss the first slot never come; later slots are touched more often; for some nothing is booked.
    """
    chance = random.Random(seed)
    episodes: list[Row] = []
    slots: list[Row] = []
    for number in range(weekly * 100):
        start = FIRST + WEEK * (number // weekly) + timedelta(days=chance.randrange(5))
        who = {"patient_id": number, "site_id": "north" if number % 5 < 3 else "south"}
        ended = start + 30 * WEEK if chance.random() < 0.3 else None
        episodes.append(
            {**who, "episode_id": number, "started_on": start, "ended_on": ended, "end_reason": "completed"}
        )
        day, at = start + timedelta(days=chance.randrange(10)), 0
        while chance.random() > 0.03 and day <= (ended or LAST):
            status = chance.choices(["attended", *SIGNS[1:], "cancelled_patient"], [70, 15, 8, 7])[0]
            exposed = ["sms_reminder"] if chance.random() < (0.6 if at == 0 else 0.9) else []
            slots.append({**who, "starts_on": day, "booked_on": day - WEEK, "status": status, "exposed": exposed})
            if chance.random() < (0.5 if at == 0 and status != "attended" else 0.04):
                break
            day, at = day + WEEK, at + 1
    slots = [slot for slot in slots if slot["starts_on"] <= LAST]
    return episodes, [{**slot, "appointment_id": at} for at, slot in enumerate(slots)]


@pytest.fixture(scope="module")
def told() -> tuple[list[Row], list[Row]]:
    return no_effect()


@pytest.fixture(scope="module")
def cells(told: tuple[list[Row], list[Row]]) -> pd.DataFrame:
    con = practice.empty_vault()
    practice.fill(con, "episode", told[0])
    practice.fill(con, "appointment", told[1])
    chosen = ReleaseSettings(lapse_days=LAPSE.days, settle_days=0, stratifiers=Stratifiers(names=("exposure",)))
    found = make_release(con, practice.settings(release=chosen, extracted_on=date(2024, 12, 30)), None, practice.NOW)
    rows = found.frames["retention_cells"]
    return rows[rows["state"] == "published"]


def plain_courses(told: tuple[list[Row], list[Row]]) -> list[Row]:
    """site, start, end, reason and stratum of every course, by reading one patient after the other."""
    by_patient: dict[int, list[Row]] = defaultdict(list)
    for slot in told[1]:
        by_patient[slot["patient_id"]].append(slot)
    found = []
    for episode in told[0]:
        start, ended = episode["started_on"], episode["ended_on"]
        slots = sorted(by_patient[episode["patient_id"]], key=lambda slot: slot["starts_on"])
        signs = [slot for slot in slots if slot["status"] in SIGNS and slot["starts_on"] <= (ended or LAST)]
        days = [start, *(slot["starts_on"] for slot in signs)]
        lapsed = None
        for at, day in enumerate(days):
            known = [min(slot["booked_on"], slot["starts_on"]) for slot in signs[at:]]
            late = not (ended and ended <= day + LAPSE)
            if late and day + LAPSE <= LAST and not any(one <= day + LAPSE for one in known):
                lapsed = day
                break
        until = lapsed + LAPSE if lapsed else ended or date.max
        booked = [slot for slot in slots if slot["starts_on"] >= start and slot["booked_on"] <= until]
        stratum = None if not booked else "automation" if booked[0]["exposed"] else "none"
        reason = "unplanned" if lapsed else "completed" if ended else ""
        found.append(
            {
                "site": episode["site_id"],
                "start": start,
                "end": lapsed or ended,
                "reason": reason,
                "stratum": stratum,
                "kept": any(slot["status"] == "attended" for slot in signs),
            }
        )
    return found


def counted(courses: list[Row], cell: Mapping[Any, Any], stratum: str) -> tuple[int, int]:
    """At risk and ended unplanned in the period and week in care of a cell, in its site and stratum."""
    begin, week = cell["period_start"], WEEK * cell["week_in_care"]
    end = begin + WEEK * {"4weeks": 4, "12weeks": 12}[cell["grain"]]
    at_risk = [
        one
        for one in courses
        if one["stratum"] is not None
        and cell["site"] in (one["site"], ALL_SITES)
        and stratum in (one["stratum"], ALL)
        and begin <= one["start"] + week < end
        and (one["end"] is None or one["end"] >= one["start"] + week)
    ]
    left = [one for one in at_risk if one["reason"] == "unplanned" and one["end"] < one["start"] + week + WEEK]
    return len(at_risk), len(left)


def test_weeks_in_care_by_exposure_equal_a_plain_count(cells: pd.DataFrame, told: tuple[list[Row], list[Row]]) -> None:
    courses = plain_courses(told)
    assert sum(one["stratum"] is None for one in courses) > 20
    assert sum(one["stratum"] is not None and not one["kept"] for one in courses) > 100
    whole = cells[cells["stratifier"] == ALL]
    for cell in whole.sample(120, random_state=1).to_dict("records"):
        assert (cell["at_risk"], cell["unplanned"]) == counted(courses, cell, ALL)
    split = cells[(cells["stratifier"] == "exposure") & (cells["week_in_care"] < 12)]
    assert set(split["stratum"]) == {"automation", "none"}
    checked = 0
    for cell in split.to_dict("records"):
        same = {"site": cell["site"], "period_start": cell["period_start"], "week_in_care": cell["week_in_care"]}
        if counted(courses, {**same, "grain": "12weeks"}, ALL)[0] != shown_undivided(whole, cell):
            continue  # a period or site of it is withheld undivided
        checked += 1
        assert (cell["at_risk"], cell["unplanned"]) == counted(courses, cell, str(cell["stratum"]))
    assert checked > 100


def shown_undivided(whole: pd.DataFrame, cell: Mapping[Any, Any]) -> int:
    """How many of a stratum's week in care are shown undivided?"""
    inside = whole["period_start"].map(lambda day: cell["period_start"] <= day < cell["period_start"] + 12 * WEEK)
    here = whole[inside & (whole["week_in_care"] == cell["week_in_care"])]
    return int(here.loc[(cell["site"] == ALL_SITES) | (here["site"] == cell["site"]), "at_risk"].sum())


def still_in_care(counts: dict[tuple[str, int], tuple[int, int]], stratum: str) -> tuple[float, float]:
    """Kaplan-Meier at twelve weeks and its Greenwood error."""
    rows = [(week, *counts[stratum, week]) for week in range(12)]
    table = pd.DataFrame(rows, columns=["time", "at_risk", "observed"]).assign(censored=0)
    curve = kaplan_meier(table)
    survival = float(curve.survival[-1])
    return survival, survival * math.sqrt(sum(left / (n * (n - left)) for _, n, left in rows))


def apart(counts: dict[tuple[str, int], tuple[int, int]]) -> float:
    """By how many standard errors do the two kinds of courses differ?"""
    (one, its), (other, error) = (still_in_care(counts, name) for name in ("automation", "none"))
    return (one - other) / math.hypot(its, error)


def test_automation_without_effect_shows_none(cells: pd.DataFrame, told: tuple[list[Row], list[Row]]) -> None:
    split = cells[(cells["stratifier"] == "exposure") & (cells["week_in_care"] < 12)]
    sums = split.groupby(["stratum", "week_in_care"])[["at_risk", "unplanned"]].sum().astype(int)
    assert abs(apart({key: tuple(row) for key, row in zip(sums.index, sums.to_numpy(), strict=True)})) < 2.5

    wrong: Counter[tuple[str, int, str]] = Counter()  # those who never kept a visit among the largest, as once it was
    for one in plain_courses(told):
        stratum = one["stratum"] if one["kept"] else "automation"
        stayed = ((one["end"] or LAST) - one["start"]).days // 7
        for week in range(min(stayed, 11) + 1):
            wrong[stratum, week, "n"] += 1
            wrong[stratum, week, "left"] += one["reason"] == "unplanned" and week == stayed
    keys = [(name, week) for name in ("automation", "none") for week in range(12)]
    assert apart({key: (wrong[*key, "n"], wrong[*key, "left"]) for key in keys}) < -5


def test_a_course_has_the_modality_of_its_first_slot_whatever_became_of_it() -> None:
    """Forty courses begin with a video slot that is missed or cancelled, forty with one in a room; then all meet.

    Others, without an episode, keep and miss slots of both kinds, so that both kinds can be shown.
    """
    start = date(2023, 6, 5)
    slots: list[Row] = []
    for patient, week in itertools.product(range(80), range(30)):
        status = ("no_show", "cancelled_practice")[patient % 2] if week == 0 else "attended"
        modality = "video" if week == 0 and patient < 40 else "in_person"
        slots.append({"patient_id": patient, "starts_on": start + WEEK * week, "status": status, "modality": modality})
    for at in range(2400):
        modality, status = ("video", "in_person")[at % 2], ("no_show", "attended", "attended")[at % 3]
        day = FIRST + timedelta(days=at % 700)
        slots.append({"patient_id": 900 + at % 200, "starts_on": day, "status": status, "modality": modality})
    con = practice.empty_vault()
    courses = [{"episode_id": at, "patient_id": at, "site_id": "north", "started_on": start} for at in range(80)]
    practice.fill(con, "episode", courses)
    known = {"site_id": "north", "booked_on": start}
    practice.fill(con, "appointment", [{**slot, **known, "appointment_id": at} for at, slot in enumerate(slots)])
    chosen = ReleaseSettings(settle_days=0, stratifiers=Stratifiers(names=("modality",)))
    tables = make_release(con, practice.settings(release=chosen, extracted_on=date(2024, 12, 30)), None, practice.NOW)
    rows = tables.frames["retention_cells"]
    rows = rows[(rows["stratifier"] == "modality") & (rows["state"] == "published") & (rows["week_in_care"] == 0)]
    assert rows.groupby("stratum")["at_risk"].sum().to_dict() == {"in_person": 40, "video": 40}


def test_courses_that_begin_on_one_day_are_told_alike_in_whatever_order_they_come() -> None:
    column = {"patient": 0, "code": 0, "status": KEPT}
    slots = Rows({name: np.full(9, value) for name, value in column.items()} | {"day": np.arange(9) * 7})
    days = Days.of(slots.having(known=slots["day"]), 1)
    both = {"person": [0, 0], "started": [0, 0], "ended": [NEVER, 20], "ending": [len(ENDINGS), 0]}
    orders = [{name: np.array(values)[order] for name, values in both.items()} for order in ([0, 1], [1, 0])]
    told = [recorded_courses(episodes, days, Span(0, 200, 300)) for episodes in orders]
    assert told[0]["ended"].tolist() == [NEVER], "its signs are of the one that goes on"
    assert {name: values.tolist() for name, values in told[0].items()} == {
        name: values.tolist() for name, values in told[1].items()
    }
