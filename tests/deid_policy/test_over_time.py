"""A birth year that comes to show 90 or over is withheld when it does, also of people no export names any more."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from etl.policy_sweep import reduce_further, withhold_birth_years
from tests.etl_sources.ways import Reader, settings_of, source

BORN = date(1935, 6, 1)


def vault(rows: list[tuple[int, int | None, bool | None]]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE SCHEMA vault")
    con.execute("CREATE TABLE vault.patient (patient_id BIGINT, birth_year INTEGER, aged_90_plus BOOLEAN)")
    con.executemany("INSERT INTO vault.patient VALUES (?, ?, ?)", rows)
    return con


def test_a_year_that_has_come_to_show_ninety_is_withheld() -> None:
    con = vault([(1, 1935, False), (2, 1936, False), (3, None, True), (4, None, None)])
    assert withhold_birth_years(con, date(2024, 12, 31)) == 0
    assert withhold_birth_years(con, date(2025, 1, 1)) == 1
    assert withhold_birth_years(con, date(2025, 12, 31)) == 0
    kept = con.execute("SELECT birth_year, aged_90_plus FROM vault.patient ORDER BY patient_id").fetchall()
    assert kept == [(None, True), (1936, False), (None, True), (None, None)]


@pytest.mark.parametrize(("day", "kept"), [(date(2024, 12, 31), (1935, False)), (date(2025, 1, 1), (None, True))])
def test_reading_goes_by_the_same_year_as_the_sweep(reader: Reader, day: date, kept: tuple[int | None, bool]) -> None:
    from etl.sources import read_table

    reader.write(f"Id,Born\n1,{BORN}\n", "patients.csv")
    way = source("patients.csv", columns={"patient_id": "Id", "birth_date": "Born"}, values={})
    chosen = settings_of(reader.folder, patient=way).model_copy(update={"extracted_on": day})
    read_table(reader.con, "patient", way, chosen, lambda *_: None)
    assert reader.rows("birth_year, aged_90_plus", "patient") == [kept]
    con = vault([(1, BORN.year, False)])
    withhold_birth_years(con, day)
    assert con.execute("SELECT birth_year, aged_90_plus FROM vault.patient").fetchall() == [kept]


@pytest.mark.parametrize(
    ("profile", "changed", "kept"),
    [("safe_harbor", 1, ["000", "000", "902", "ON", None]), ("ontario", 3, [None, None, None, "ON", None])],
)
def test_an_area_that_has_become_too_fine_is_widened(profile: str, changed: int, kept: list[str | None]) -> None:
    con = vault([(number, None, None) for number in range(5)])
    con.execute("ALTER TABLE vault.patient ADD COLUMN postal_area VARCHAR")
    con.execute("UPDATE vault.patient SET postal_area = ['059', '000', '902', 'ON', NULL][patient_id + 1]")
    assert reduce_further(con, profile, date(2025, 1, 1)) == changed
    assert reduce_further(con, profile, date(2025, 1, 1)) == 0
    found = con.execute("SELECT postal_area FROM vault.patient ORDER BY patient_id").fetchall()
    assert [area for (area,) in found] == kept


def test_an_age_in_an_export_is_top_coded(reader: Reader) -> None:
    reader.write(
        "Id,Client,Start,Status,Age\n1,p1,2024-03-05,Kept,89\n2,p2,2024-03-05,Kept,90\n3,p3,2024-03-05,Kept,104\n"
    )
    columns = {"appointment_id": "Id", "patient_id": "Client", "starts_at": "Start", "status": "Status", "age": "Age"}
    reader.read(source(columns=columns))
    assert reader.column("age") == [89, 90, 90]
