"""One generated practice and its release, shared by the tests that only read it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from etl.release import ReleaseTables, make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import answers, danger, practice
from tests.etl_release.family_plain import Strata, last_visits, sites_of, strata_of
from tests.etl_release.plain import is_rebooked, released

NAMES = ("modality", "sex", "lead_time", "exposure")
RELEASE = ReleaseSettings(stratifiers=Stratifiers(names=NAMES))


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


DAY = {"crisis_signal": "detected_on", "triage": "requested_on"}


@pytest.fixture(scope="package")
def whole() -> Whole:
    con, visits = practice.practice(weeks=30), practice.appointments(weeks=30)
    given = {"measure": answers.measures(30), "crisis_signal": danger.signals(30), "triage": danger.requests(30)}
    for table, rows in given.items():
        practice.fill(con, table, rows)
    frames = make_release(con, practice.settings(release=RELEASE), None, practice.NOW).frames
    placed = {}
    for table, rows in given.items():
        days = [row["invited_on"] or row["taken_on"] if table == "measure" else row[DAY[table]] for row in rows]
        told = [row | {"day": day} for row, day in zip(rows, days, strict=True)]
        placed[table] = sites_of(last_visits(told, visits), ["north", "south", "east"])
    return Whole(placed | {"appointment": visits}, frames, strata_of(frames, practice.people(300)))
