"""One generated practice and its release, shared by the tests that only read it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from etl.release import ReleaseTables, make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice
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
