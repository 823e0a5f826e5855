"""A stated total that its items do not add up to is flagged and counted; the items win."""

from __future__ import annotations

from typing import Any

import duckdb

from etl import differing
from etl.report import NOT_APPLICABLE, PASSED
from instruments import declare

OWN = {"Load": declare("Load", {"better": "lower", "items": 2, "lowest": 0, "highest": 10})}
PHQ = ["1"] * 9
SHEETS: list[tuple[str, list[str | None] | None, float | None]] = [
    ("phq9", PHQ, 9),
    ("phq9", PHQ, 12),  # differs
    ("PHQ-9", [*PHQ[:8], None], 9),  # one missing: made up to 9
    ("phq9", [*PHQ[:5], None, None, None, None], 5),  # too few to score
    ("phq9", [*PHQ[:8], "7"], 15),  # an answer nobody can give
    ("phq9", None, 14),
    ("phq9", PHQ, None),
    ("load", ["3", "4"], 8),  # differs
    ("load", ["3", "4"], 7),
    ("cbi", ["50"] * 19, 50),  # has no total
    ("a page of our own", ["1"], 2),  # nobody declared it
]


def told(sheets: list[tuple[Any, ...]], table: str = "measure") -> Any:
    con = duckdb.connect()
    con.execute(f"CREATE TABLE good_{table} (instrument VARCHAR, items VARCHAR[], total DOUBLE)")
    if sheets:
        con.executemany(f"INSERT INTO good_{table} VALUES (?, ?, ?)", sheets)
    (found,) = differing.results(con, {table, "appointment"}, OWN)
    return found


def test_sheets_whose_total_differs_are_counted_among_those_that_have_both() -> None:
    found = told(SHEETS)
    assert (found.check, found.table) == ("stated_total_differs", "measure")
    assert (found.numerator, found.denominator, found.failed_rows) == (2, 5, 2)
    assert found.state == NOT_APPLICABLE
    assert "the items count" in found.detail


def test_totals_that_fit_pass_and_none_is_not_judged() -> None:
    assert told(SHEETS[:1], "staff_survey").state == PASSED
    nothing = told([])
    assert (nothing.state, nothing.numerator) == (NOT_APPLICABLE, None)
    assert nothing.detail == "no answer sheet has both items and a stated total"


def test_tables_that_are_not_there_say_nothing() -> None:
    assert differing.results(duckdb.connect(), {"appointment"}, OWN) == ()
