"""Do the outcomes of finished courses equal a slow count, course by course?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.given import courses as told_courses
from etl.release import build, care, engine, make_release
from etl.release.grid import make_grid
from etl.release.outcomes import became, together
from etl.release.reading import read_slots
from instruments import InstrumentError, find, score
from instruments.change import nhs_outcomes
from tests.etl_release import answers, practice, talk
from tests.etl_release.conftest import RELEASE, UNDIVIDED, Whole, filled
from tests.etl_release.family_plain import released_of, shown_rows
from tests.etl_release.plain import Row

RULES = {"PHQ-9": (10, 6), "GAD-7": (8, 4)}


@pytest.fixture(scope="module")
def finished(whole: Whole) -> list[Row]:
    """Courses as the curve of care counts them (tests of retention ask whether they are right), with their scores."""
    backend, settings = engine.backend_of(whole.con), practice.settings(release=RELEASE)
    days = [row["starts_on"] for row in whole.rows["appointment"]]
    work = build._work(backend, settings, None, make_grid(settings, min(days), max(days), None, practice.NOW))
    read_slots(work)
    found = told_courses(work)
    found = found[found["ended_on"].notna() & found["second_visit_on"].notna()]
    found = found[found["started_on"] >= pd.Timestamp(min(days))]
    courses = [
        row | {"site": work.sites.labels[row["site"]], "day": row["ended_on"].date(), "visits": []}
        for row in found.to_dict("records")
    ]
    given = answers.measures(30) + talk.course_sheets(talk.courses(), 2 * 10**6)  # of nobody's site as well
    sheets = [(row | {"day": row["invited_on"] or row["taken_on"]}, points_of(row)) for row in given]
    return [course | {"scores": scores_of(course, sheets)} for course in courses]


def points_of(row: Row) -> float | None:
    try:
        return score(row["instrument"], row["items"], total=row["total"]).total
    except InstrumentError:
        return None


def scores_of(course: Row, sheets: list[tuple[Row, float | None]]) -> dict[str, tuple[float, float]]:
    found = {}
    for name in RULES:
        own = [
            (row["day"], row["measure_id"], points)
            for row, points in sheets
            if points is not None
            and row["patient_id"] == course["patient_id"]
            and find(row["instrument"]).key == name
            and row["site_id"] in (None, course["site"])
            and course["started_on"].date() <= row["day"] <= course["day"]
        ]
        if len(own) > 1:
            found[name] = (min(own)[2], max(own)[2])
    return found


def count(courses: list[Row], name: str) -> dict[str, int]:
    caseness, change = RULES[name]
    pairs = [course["scores"][name] for course in courses if name in course["scores"]]
    recovered = [first >= caseness > last for first, last in pairs]
    improved = [first - last >= change for first, last in pairs]
    return {
        "finished": len(courses),
        "paired": len(pairs),
        "at_caseness": sum(first >= caseness for first, _ in pairs),
        "recovered": sum(recovered),
        "improved": sum(improved),
        "reliably_recovered": sum(a and b for a, b in zip(recovered, improved, strict=True)),
        "deteriorated": sum(last - first >= change for first, last in pairs),
        "change": sum(round((last - first) * 100) for first, last in pairs),
        "change_squared": sum(round((last - first) * 100) ** 2 for first, last in pairs),
    }


@pytest.mark.parametrize("name", ["PHQ-9", "GAD-7"])
def test_every_published_cell_equals_a_plain_count(whole: Whole, finished: list[Row], name: str) -> None:
    cells = whole.frames["outcome_cells"]
    own = cells[(cells["instrument"] == name) & (cells["stratifier"] == "all")]
    checked = 0
    for cell, courses in shown_rows(own, finished, whole.strata["all"]):
        expected = count(courses, name)
        assert {key: int(cell[key]) for key in expected} == expected
        checked += expected["paired"]
    assert checked > 30


def test_both_questionnaires_together_count_as_the_nhs_counts(whole: Whole, finished: list[Row]) -> None:
    cells = whole.frames["outcome_cells"]
    own = cells[(cells["instrument"] == "talking_therapies") & (cells["stratifier"] == "all")]
    assert own["change"].isna().all()
    inside = released_of(finished, own)
    rows = [{"discharged": 1, "treatment_contacts": 2, **ends(course)} for course in inside]
    told = nhs_outcomes(pd.DataFrame(rows))
    shown = own[own["state"] == "published"]
    assert told.finished == int(shown["finished"].sum()) > 30
    assert told.finished - told.without_pair == int(shown["paired"].sum())
    assert told.recovered == int(shown["recovered"].sum())
    assert told.reliably_improved == int(shown["improved"].sum())
    assert told.reliably_deteriorated == int(shown["deteriorated"].sum())
    assert told.reliably_recovered == int(shown["reliably_recovered"].sum())


def ends(course: Row) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, word in (("PHQ-9", "phq9"), ("GAD-7", "gad7")):
        first, last = course["scores"].get(name, (np.nan, np.nan))
        found |= {f"{word}_first": first, f"{word}_last": last}
    return found


def test_higher_is_better_on_some_questionnaires() -> None:
    """ORS: below 25 of 40 is the clinical range, and 5 points are a reliable change."""
    first, last = np.array([20.0, 24.9, 25.0, np.nan]), np.array([25.0, 24.9, 19.0, 30.0])
    found: dict[str, Any] = became(first, last, find("ORS"))
    assert found["at_caseness"].tolist() == [True, True, False, False]
    assert found["recovered"].tolist() == [True, False, False, False]
    assert found["deteriorated"].tolist() == [False, False, True, False]
    assert found["change"].tolist() == [500, 0, -600, 0]


def test_better_on_one_and_worse_on_the_other_is_neither() -> None:
    pairs = {"PHQ-9": (np.array([20.0]), np.array([4.0])), "GAD-7": (np.array([8.0]), np.array([15.0]))}
    found = together(pairs)
    assert (found["improved"][0], found["deteriorated"][0], found["recovered"][0]) == (False, False, False)


def test_where_there_is_one_site_every_sheet_is_of_it_whatever_code_it_has() -> None:
    """The questionnaires' software may write the site as the calendar's never does."""
    sheets = talk.course_sheets(talk.courses(), 1)
    told = []
    for code in (None, "Main Street"):
        con = practice.practice(weeks=30, sites={"north": 100})
        practice.fill(con, "episode", [course | {"site_id": "north"} for course in talk.courses()])
        practice.fill(con, "measure", [sheet | {"site_id": code} for sheet in sheets])
        frames = make_release(con, practice.settings(release=UNDIVIDED), None, practice.NOW).frames
        told.append(frames["outcome_cells"])
    assert told[0]["paired"].sum() > 30
    pd.testing.assert_frame_equal(*told)


@pytest.mark.parametrize("recorded", [True, False])
def test_courses_are_the_same_however_few_people_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    con = filled({"measure": talk.course_sheets(talk.courses(), 1)} | ({"episode": talk.courses()} if recorded else {}))
    whole = make_release(con, practice.settings(), None, practice.NOW).frames
    monkeypatch.setattr(care, "SLOTS_AT_ONCE", 200)
    apart = make_release(con, practice.settings(), None, practice.NOW).frames
    for name in ("retention_cells", "outcome_cells", "repeat_cells"):
        assert len(apart[name])
        pd.testing.assert_frame_equal(apart[name], whole[name])
