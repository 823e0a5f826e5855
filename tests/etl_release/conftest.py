"""One generated practice and its release, shared by the tests that only read it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from etl.release import ReleaseTables, make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import answers, danger, practice, talk
from tests.etl_release.family_plain import Strata, last_visits, sites_of, strata_of
from tests.etl_release.plain import is_rebooked, released

NAMES = ("modality", "sex", "lead_time", "exposure")
RELEASE = ReleaseSettings(stratifiers=Stratifiers(names=NAMES))
UNDIVIDED = ReleaseSettings(stratifiers=Stratifiers(names=()))


class Made(NamedTuple):
    rows: list[dict[str, Any]]
    people: dict[int, dict[str, Any]]
    rebooked: set[int]
    tables: ReleaseTables

    @property
    def released(self) -> list[dict[str, Any]]:
        return released(self.rows, self.tables.frames["attendance_cells"])


@pytest.fixture(scope="package")
def made() -> Made:
    """Thirty weeks at three sites, one of them small."""
    con = practice.practice(weeks=30)
    rows, people = practice.appointments(weeks=30), practice.people(300)
    rebooked = {row["appointment_id"] for row in rows if row["status"] == "no_show" and is_rebooked(row, rows)}
    tables = make_release(con, practice.settings(release=RELEASE), None, practice.NOW)
    return Made(rows, {person["patient_id"]: person for person in people}, rebooked, tables)


class Whole(NamedTuple):
    """A practice with rows in every table, and its release. rows: by vault table, with `site`, `day` and `visits`."""

    rows: dict[str, list[dict[str, Any]]]
    frames: dict[str, Any]
    strata: Strata
    con: Any
    tables: ReleaseTables


DAY = {"crisis_signal": "detected_on", "triage": "requested_on", "contact": "sent_on", "feedback": "given_on"}


@pytest.fixture(scope="package")
def whole() -> Whole:
    visits = practice.appointments(weeks=30)
    given = {
        "measure": answers.measures(30) + talk.course_sheets(talk.courses(), 2 * 10**6),
        "crisis_signal": danger.signals(30),
        "triage": danger.requests(30),
        "contact": talk.messages(30),
        "feedback": talk.feedback(30),
    }
    beside = {"prediction": talk.predictions(visits), "notice": talk.notices(), "episode": talk.courses()}
    con = filled(given | beside)
    tables = make_release(con, practice.settings(release=RELEASE), None, practice.NOW)
    frames = tables.frames
    placed = {}
    for table, rows in given.items():
        days = [row["invited_on"] or row["taken_on"] if table == "measure" else row[DAY[table]] for row in rows]
        told = [row | {"day": day} for row, day in zip(rows, days, strict=True)]
        placed[table] = sites_of(last_visits(told, visits), ["north", "south", "east"])
    visits = [row | {"day": row["starts_on"], "site": row["site_id"]} for row in visits]
    return Whole(
        placed | beside | {"appointment": visits}, frames, strata_of(frames, practice.people(300)), con, tables
    )


def filled(tables: dict[str, list[dict[str, Any]]], weeks: int = 30) -> Any:
    """The practice, and rows of other tables."""
    con = practice.practice(weeks=weeks)
    for table, rows in tables.items():
        practice.fill(con, table, rows)
    return con
