"""Rows that cannot be right are found, each with one reason; every row is accounted for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest

from etl import profile, rules
from etl.canonical import TABLES
from etl.report import TableReport
from tests.etl_vault.fixture import conformed, visit

APPOINTMENT = TABLES["appointment"]


def _nothing_known(table: str, value: str) -> str:
    return "false"


def _checked(rows: list[dict[str, Any]], name: str = "appointment", **others: list[dict[str, Any]]) -> TableReport:
    con = duckdb.connect()
    for other, its_rows in others.items():
        conformed(con, other, its_rows)
    read = conformed(con, name, rows)
    rules.find(con, TABLES[name], frozenset({name, *others}), _nothing_known)
    return profile.reconcile(con, TABLES[name], read, date(2030, 1, 1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"minutes": 0}, "minutes_below_1"),
        ({"minutes": 1441}, "minutes_above_1440"),
        ({"status": None}, "status_missing"),
        ({"status": "vanished"}, "status_unknown_word"),
        ({"patient_id": None}, "patient_id_missing"),
        ({"starts_on": None}, "starts_at_missing"),
        ({"starts_on": date(2023, 1, 1)}, "booked_after_start"),
        ({"reason": "starts_at_in_dst_gap", "minutes": 0}, "starts_at_in_dst_gap"),
        ({"fee": -1}, "fee_below_0"),
    ],
)
def test_row_that_cannot_be_right_is_quarantined(change: dict[str, Any], reason: str) -> None:
    report = _checked([visit(1), visit(2, **change), visit(3)])
    assert report.quarantined == {reason: 1}
    assert report.first_rows == {reason: (2,)}
    assert (report.read, report.kept, report.dropped_by_policy) == (3, 2, 0)


@pytest.mark.parametrize(("minutes", "kept"), [(1, 1), (1440, 1), (None, 1)])
def test_bounds_are_inclusive_and_missing_is_not_out_of_range(minutes: int | None, kept: int) -> None:
    assert _checked([visit(1, minutes=minutes)]).kept == kept


def test_same_day_booking_known_by_day_alone_is_kept() -> None:
    same = date(2024, 3, 1)
    assert (
        _checked([visit(1, booked_on=same, booked_at=datetime(2024, 3, 1, 15, tzinfo=UTC), starts_on=same)]).kept == 1
    )


def test_booking_later_on_the_same_day_is_quarantined_where_times_are_known() -> None:
    day = date(2024, 3, 1)
    row = visit(
        1,
        booked_on=day,
        booked_at=datetime(2024, 3, 1, 15, tzinfo=UTC),
        starts_on=day,
        starts_at=datetime(2024, 3, 1, 9, tzinfo=UTC),
    )
    assert _checked([row]).quarantined == {"booked_after_start": 1}


def test_identical_repeat_is_dropped_by_policy() -> None:
    report = _checked([visit(1), visit(2), visit(1), visit(1)])
    assert (report.kept, report.dropped_by_policy, report.quarantined) == (2, 2, {})


def test_same_key_with_different_content_is_quarantined_whole() -> None:
    report = _checked([visit(1), visit(2), visit(1, status="rescheduled"), visit(1)])
    assert report.quarantined == {rules.AMBIGUOUS: 3}
    assert report.first_rows[rules.AMBIGUOUS] == (1, 3, 4)
    assert report.kept == 1


def test_readable_twin_of_an_unreadable_row_is_not_trusted() -> None:
    report = _checked([visit(1), visit(1, status=None, reason="status_unknown_word")])
    assert report.quarantined == {rules.AMBIGUOUS: 1, "status_unknown_word": 1}


def test_orphan_is_quarantined_only_where_its_table_was_read() -> None:
    rows = [visit(1, patient_id="P1"), visit(2, patient_id="P9")]
    assert _checked(rows).kept == 2
    assert _checked(rows, patient=[{"patient_id": "P1"}]).quarantined == {"patient_id_orphan": 1}


def test_reference_the_vault_already_holds_is_no_orphan() -> None:
    con = duckdb.connect()
    conformed(con, "patient", [{"patient_id": "P1"}])
    read = conformed(con, "appointment", [visit(1, patient_id="P9")])
    rules.find(con, APPOINTMENT, frozenset({"patient", "appointment"}), lambda table, value: f"{value} = 'P9'")
    assert profile.reconcile(con, APPOINTMENT, read, date(2030, 1, 1)).kept == 1


def test_rejected_lines_count_as_read() -> None:
    con = duckdb.connect()
    conformed(con, "appointment", [visit(1), visit(2)])
    con.execute("INSERT INTO rejected_appointment VALUES (3, 'ragged_row')")
    rules.find(con, APPOINTMENT, frozenset({"appointment"}), _nothing_known)
    assert profile.reconcile(con, APPOINTMENT, 3, date(2030, 1, 1)).quarantined == {"ragged_row": 1}


def test_row_lost_on_the_way_raises() -> None:
    con = duckdb.connect()
    conformed(con, "appointment", [visit(1), visit(2)])
    rules.find(con, APPOINTMENT, frozenset({"appointment"}), _nothing_known)
    with pytest.raises(RuntimeError, match="3 rows were read but 2"):
        profile.reconcile(con, APPOINTMENT, 3, date(2030, 1, 1))


def test_crisis_closed_before_it_was_detected_is_quarantined() -> None:
    signal = {"crisis_id": "C1", "patient_id": "P1", "detected_by": "human"}
    days = {"detected_on": date(2024, 2, 2), "closed_on": date(2024, 2, 1)}
    assert _checked([signal | days], "crisis_signal").quarantined == {"closed_before_detected": 1}


def test_rules_equal_a_slow_count_over_a_dirty_table() -> None:
    rows = [visit(n % 190, minutes=(n * 7) % 1500, fee=(n % 23) - 1) for n in range(400)]
    by_key: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_key.setdefault(row["appointment_id"], []).append(tuple(row.values()))
    bad = [not 1 <= row["minutes"] <= 1440 or row["fee"] < 0 for row in rows]
    twice = [len(set(by_key[row["appointment_id"]])) > 1 for row in rows]
    report = _checked(rows)
    assert report.quarantined_rows == sum(b or t for b, t in zip(bad, twice, strict=True))
    assert report.quarantined[rules.AMBIGUOUS] == sum(t and not b for b, t in zip(bad, twice, strict=True))


def test_every_declared_table_gives_rules_the_engine_understands() -> None:
    for name, table in TABLES.items():
        con = duckdb.connect()
        read = conformed(con, name, [])
        rules.find(con, table, frozenset({name}), _nothing_known)
        report = profile.reconcile(con, table, read, date(2030, 1, 1))
        assert profile.take(con, table, report).kept == 0
