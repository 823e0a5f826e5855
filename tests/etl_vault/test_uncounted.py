"""Rows that no figure counts are told of: questionnaires nobody declared, and rows of nobody's site."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from etl import uncounted
from etl.report import NOT_APPLICABLE, PASSED
from instruments import declare

OWN = {"Load": declare("Load", {"better": "lower", "items": 2, "lowest": 0, "highest": 10})}
DAY = date(2024, 5, 6)
VISITS = [("north", 1, date(2024, 5, 1), "attended"), ("south", 2, date(2024, 6, 1), "attended")]
VISITS += [("south", 3, date(2024, 5, 1), "no_show")]


def vault(visits: list[tuple[Any, ...]], **tables: list[tuple[Any, ...]]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("ATTACH ':memory:' AS vault")
    made = {
        "appointment": "site_id VARCHAR, patient_id BIGINT, starts_on DATE, status VARCHAR",
        "measure": "site_id VARCHAR, patient_id BIGINT, invited_on DATE, taken_on DATE, instrument VARCHAR",
        "crisis_signal": "site_id VARCHAR, patient_id BIGINT, detected_on DATE",
        "staff_survey": "site_id VARCHAR, instrument VARCHAR",
    }
    for name, columns in made.items():
        con.execute(f"CREATE TABLE vault.{name} ({columns})")
        rows = visits if name == "appointment" else tables.get(name, [])
        if rows:
            con.executemany(f"INSERT INTO vault.{name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    return con


def sheets(word: str | None, patients: int) -> list[tuple[Any, ...]]:
    return [("north", number, None, DAY, word) for number in range(patients)]


def test_sheets_of_questionnaires_nobody_declared_are_counted_and_the_nearest_is_named() -> None:
    rows = [*sheets("phq9", 20), *sheets("load", 3), *sheets("PHQ-99", 12), *sheets("gad", 1), *sheets(None, 1)]
    rows += sheets("Frieda H.", 1)
    con = vault(VISITS, measure=rows)
    found, _ = uncounted.results(con, {"measure"}, OWN)
    assert (found.check, found.state, found.numerator, found.denominator) == (
        *("questionnaire_not_known", NOT_APPLICABLE),
        *(15, 38),
    )
    (note,) = uncounted.notes(con, {"measure"}, OWN, 11)
    assert note.startswith("measure: 15 answer sheet(s)")
    assert "'PHQ-99' (12; did you mean 'PHQ-9'?); other names or none (3; did you mean 'GAD-7'?)" in note
    assert "Frieda" not in note, "a name few people bear may be anything"


@pytest.mark.parametrize(
    ("site", "patient", "counts"),
    [
        ("north", 3, True),
        (None, 1, True),  # at the site of the last visit kept
        (None, 2, False),  # whose first visit is a month later
        (None, 3, False),  # who has kept none
        ("west", 1, False),  # a site without visits
    ],
)
def test_rows_of_nobodys_site_are_counted(site: str | None, patient: int, counts: bool) -> None:
    con = vault(VISITS, crisis_signal=[(site, patient, DAY)])
    (found,) = uncounted.results(con, {"crisis_signal"}, {})
    assert (found.check, found.failed_rows, found.denominator) == ("nobodys_site", int(not counts), 1)
    assert (found.state == PASSED) is counts
    assert bool(uncounted.notes(con, {"crisis_signal"}, {}, 11)) is not counts


def test_where_there_is_one_site_everything_is_of_that_site() -> None:
    con = vault(VISITS[:1], crisis_signal=[("west", 9, DAY), (None, 9, DAY)], staff_survey=[("west", "CBI")])
    assert all(check.failed_rows == 0 for check in uncounted.results(con, {"crisis_signal", "staff_survey"}, {}))


def test_staff_of_a_site_without_visits_are_counted_by_the_sheet() -> None:
    con = vault(VISITS, staff_survey=[("west", "CBI"), (None, "CBI"), ("north", "CBI"), ("north", "Our own")])
    names, sites = uncounted.results(con, {"staff_survey"}, {})
    assert (names.failed_rows, sites.failed_rows) == (1, 2)


def test_tables_that_are_not_there_say_nothing() -> None:
    assert uncounted.results(vault(VISITS), {"appointment"}, {}) == ()
    (empty,) = uncounted.results(vault(VISITS), {"crisis_signal"}, {})
    assert (empty.state, empty.numerator) == (NOT_APPLICABLE, None)
