"""Do the counts of staff equal a plain count, are fewer than five never shown, and is nobody counted twice?"""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from deid.attack import between, within
from etl.release import PreviousRelease, ReleaseTables, make_release
from etl.release.costs import spread
from etl.release.grid import Grid
from etl.settings import IngestSettings, ReleaseSettings, Stratifiers
from instruments import InstrumentError, declare, score
from tests.etl_release import practice
from tests.etl_release.plain import WEEKS

ROLES = ("therapist", "nurse", "administrator")
SITES = {"north": (14, 8, 6), "south": (9, 6, 5), "east": (3, 2, 2)}
LOAD = {"better": "lower", "items": 2, "lowest": 1, "highest": 5, "cutoffs": [{"flag": "heavy", "at_least": 8}]}
FIRST = date(2024, 1, 1)  # the Monday of the grid


def settings(**changes: Any) -> IngestSettings:
    release = ReleaseSettings(settle_days=0, stratifiers=Stratifiers(names=("sex",)))
    return practice.settings(release=release, instruments={"Load": LOAD}, **changes)


def surveys(waves: int = 3, sites: dict[str, tuple[int, ...]] = SITES, seed: int = 4) -> list[dict[str, Any]]:
    """Every thirteen weeks everybody is asked; some are of no role, some do not answer, some totals differ."""
    chance, rows = random.Random(seed), list[dict[str, Any]]()
    for wave, (site, counts) in itertools.product(range(waves), sites.items()):
        for role, count in zip(ROLES, counts, strict=True):
            for _ in range(count):
                asked = FIRST + timedelta(weeks=1 + 13 * wave, days=chance.randint(0, 4))
                answers = [chance.randint(1, 5) for _ in range(2)]
                row = {
                    "survey_id": len(rows) + 1,
                    "site_id": site,
                    "role": role if chance.random() < 0.95 else None,
                    "instrument": "load",
                    "invited_on": asked,
                    "taken_on": None,
                    "items": None,
                    "total": None,
                }
                if chance.random() < 0.8:
                    told = [str(answer) for answer in answers]
                    total = sum(answers) + chance.choice([0, 0, 0, 1])
                    row |= {"taken_on": asked + timedelta(days=3), "items": told, "total": float(total)}
                rows.append(row)
    return rows


def hours(weeks: int = 34, sites: dict[str, tuple[int, ...]] = SITES) -> list[dict[str, Any]]:
    chance, rows = random.Random(8), list[dict[str, Any]]()
    for week, (site, counts) in itertools.product(range(weeks), sites.items()):
        for role, people in zip(ROLES, counts, strict=True):
            row = {"time_id": len(rows) + 1, "site_id": site, "role": role, "week_on": FIRST + timedelta(weeks=week)}
            row |= {"people": people, "care_hours": round(people * chance.uniform(15, 25), 2)}
            rows.append(row | {"admin_hours": people * 7.5, "repair_hours": chance.choice([None, 1.25])})
    return rows


def made(
    rows: list[dict[str, Any]], lines: list[dict[str, Any]], previous: ReleaseTables | None = None, **changes: Any
) -> ReleaseTables:
    con = practice.practice(weeks=34, sites=dict.fromkeys(SITES, 18), patients=120)
    practice.fill(con, "staff_survey", rows)
    practice.fill(con, "staff_time", lines)
    before = None if previous is None else PreviousRelease(previous.header, previous.frames)
    return make_release(con, settings(**{"extracted_on": date(2024, 9, 1)} | changes), before, practice.NOW)


@pytest.fixture(scope="module")
def release() -> ReleaseTables:
    return made(surveys(), hours())


def inside(cell: dict[str, Any], row: dict[str, Any], day: date) -> bool:
    start = cell["period_start"]
    here = start <= day < start + timedelta(weeks=WEEKS[cell["grain"]]) and cell["site"] in ("*", row["site_id"])
    if cell["stratum"] == "all":
        return here
    return here and (row["role"] or "not recorded") in cell["stratum"].split(" + ")


def fullest_week(rows: list[tuple[date, int]]) -> int:
    weeks: dict[int, int] = defaultdict(int)
    for day, heads in rows:
        weeks[(day - FIRST).days // 7] += heads
    return max(weeks.values(), default=0)


def counted(rows: list[dict[str, Any]]) -> dict[str, int]:
    instrument, found = declare("Load", LOAD), defaultdict[str, int](int)
    for row in rows:
        try:
            told = score(instrument, row["items"], total=row["total"])
        except InstrumentError:
            continue
        if told.total is not None:
            points = round(told.total * 100)
            found["answered"] += 1
            found["points"] += points
            found["points_squared"] += points**2
            found["past_cutoff"] += "heavy" in told.flags
            found["differing"] += "stated_total_differs" in told.flags
    return {"invited": len(rows), "patients": fullest_week([(row["invited_on"], 1) for row in rows])} | found


def test_sheets_of_staff_equal_a_plain_count(release: ReleaseTables) -> None:
    cells, rows = release.frames["staff_cells"], surveys()
    shown = cells[cells["state"] == "published"]
    assert set(shown["stratifier"]) == {"all", "role"}
    assert set(shown["instrument"]) == {"Load"}
    for cell in shown.to_dict("records"):
        expected = counted([row for row in rows if inside(cell, row, row["invited_on"])])
        assert {name: int(cell[name]) for name in expected} == expected
    assert shown["differing"].sum() > 0


def test_hours_equal_a_plain_count_and_a_kind_nobody_writes_down_is_missing(release: ReleaseTables) -> None:
    cells, lines = release.frames["staff_time_cells"], hours()
    shown = cells[cells["state"] == "published"]
    assert set(shown["stratifier"]) == {"all", "role"}
    assert shown["after_hours"].isna().all()
    for cell in shown.to_dict("records"):
        here = [row for row in lines if inside(cell, row, row["week_on"])]
        assert cell["patients"] == fullest_week([(row["week_on"], row["people"]) for row in here])
        assert cell["people_weeks"] == sum(row["people"] for row in here)
        for name in ("care_hours", "admin_hours", "repair_hours"):
            assert cell[name] == sum(round((row[name] or 0) * 100) for row in here)


def test_fewer_than_five_colleagues_are_never_shown_nor_found_by_subtraction(release: ReleaseTables) -> None:
    frames = {name: rows for name, rows in release.frames.items() if name.startswith("staff")}
    for rows in frames.values():
        shown = rows[rows["state"] == "published"]
        assert not shown["patients"].between(1, 4).any()
        assert rows.loc[rows["state"] == "withheld", "patients"].isna().all()
    assert within(frames, release.header["grid_start"], 11) == []
    small = frames["staff_cells"].copy()
    small.loc[small.index[small["state"] == "published"][0], "patients"] = 4
    assert "between 1 and 4 members of staff" in " ".join(within({"staff_cells": small}, FIRST, 11))


def test_three_people_asked_every_week_are_three_people() -> None:
    """Twelve sheets in four weeks would be twelve people to whoever counts sheets."""
    few = {"north": (3, 0, 0), "south": (9, 6, 5)}
    rows = [row | {"role": "therapist"} for row in surveys(1, few)]
    every_week = [
        row | {"survey_id": 100 * week + row["survey_id"], "invited_on": row["invited_on"] + timedelta(weeks=week)}
        for week in range(20)
        for row in rows
    ]
    cells = made(every_week, []).frames["staff_cells"]
    assert set(cells.loc[cells["site"] == "north", "state"]) == {"withheld"}
    assert "published" in set(cells.loc[cells["site"] == "south", "state"])


def test_a_wave_in_which_everybody_is_past_the_cut_off_tells_of_each() -> None:
    worn = [row | {"items": ["5", "5"], "total": None} for row in surveys(1)]
    cells = made(worn, []).frames["staff_cells"]
    assert not ((cells["state"] == "published") & (cells["invited"] > 0)).any()


def test_few_answers_hide_a_group_though_many_were_asked() -> None:
    silent = [
        row | ({} if row["survey_id"] % 9 == 0 else {"items": None, "total": None})
        for row in surveys(1, {"north": (14, 8, 6), "south": (14, 8, 6)})
    ]
    cells = made(silent, []).frames["staff_cells"]
    assert not cells.loc[cells["state"] == "published", "answered"].between(1, 4).any()


def test_a_role_that_few_share_is_not_named() -> None:
    lone = [row | {"role": "chaplain"} if row["survey_id"] % 40 == 0 else row for row in surveys()]
    tables = made(lone, [])
    words = " ".join(tables.frames["category"]["stratum"]) + " ".join(tables.frames["staff_cells"]["stratum"])
    assert "chaplain" not in words


def test_what_is_published_stays_and_the_next_release_adds_to_it() -> None:
    rows, lines = surveys(), hours()
    early = [row for row in rows if row["invited_on"] < date(2024, 6, 1)]
    first = made(early, lines[:200], extracted_on=date(2024, 6, 1))
    second = made(rows, lines, first)
    own = {"staff_cells", "staff_time_cells"}
    old, new = ({name: tables.frames[name] for name in own} for tables in (first, second))
    assert between(old, new) == []
    assert len(new["staff_cells"]) > len(old["staff_cells"])


def test_no_person_is_in_any_row_of_staff(release: ReleaseTables) -> None:
    for name in ("staff_cells", "staff_time_cells"):
        assert not {"survey_id", "time_id", "patient_id", "clinician_id"} & set(release.frames[name].columns)


def test_costs_are_spread_over_the_days_they_pay_for() -> None:
    con = practice.practice(weeks=34, sites=dict.fromkeys(SITES, 18), patients=120)
    bills = [
        {"cost_id": 1, "site_id": None, "component": "assistant", "vendor_kind": "bought", "amount": 100_001},
        {"cost_id": 2, "site_id": "north", "component": "assistant", "vendor_kind": None, "amount": 999},
        {"cost_id": 3, "site_id": "nowhere", "component": "sms", "vendor_kind": "built", "amount": 500},
    ]
    days = [("2024-01-10", "2024-05-02"), ("2024-02-01", None), ("2023-12-01", "2023-12-31")]
    bills = [bill | {"from_on": first, "to_on": last} for bill, (first, last) in zip(bills, days, strict=True)]
    practice.fill(con, "automation_cost", bills)
    cells = make_release(con, settings(extracted_on=date(2024, 9, 1)), None, practice.NOW).frames["cost_cells"]
    sums = cells.groupby(["site", "component", "vendor_kind"])["cents"].sum().to_dict()
    assert sums == {("*", "assistant", "bought"): 100_001, ("north", "assistant", "not recorded"): 999}
    assert set(cells["grain"]) == {"4weeks"}
    per_day = cells[cells["site"] == "*"].sort_values("period_start")["cents"].tolist()[1:-1]
    assert max(per_day) - min(per_day) <= 1


@pytest.mark.parametrize("amount", [1, 7, 99, 123_457])
def test_the_parts_of_a_bill_add_up_to_it(amount: int) -> None:
    grid = Grid(FIRST, 24, 24, 24, FIRST, FIRST, FIRST)
    for days in (0, 1, 27, 28, 90):
        first = date(2024, 1, 17)
        parts = spread(grid, first, first + timedelta(days=days), amount)
        assert sum(cents for _, cents in parts) == amount
        assert all(cents >= 0 for _, cents in parts)
    late = spread(grid, date(2024, 6, 10), date(2024, 7, 7), 2800)
    assert sum(cents for _, cents in late) == 700  # one week of four is published


def test_a_release_without_staff_says_nothing_of_them() -> None:
    frames = made([], []).frames
    assert frames["staff_cells"].empty
    assert frames["staff_time_cells"].empty
    assert list(pd.unique(frames["category"]["stratifier"])) == ["sex"]
