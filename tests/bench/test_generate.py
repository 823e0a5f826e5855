"""The practice that is measured is the practice that is described."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from pathlib import Path

import pytest

from bench.generate import MEMORY_LIMIT, VISITS_PER_PATIENT, Practice, practice

ROWS = 6000  # past the faulty date that stands early in every export


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    return practice(tmp_path_factory.mktemp("bench"), ROWS)


@pytest.fixture(scope="module")
def appointments(made: Practice) -> list[dict[str, str]]:
    return list(csv.DictReader(made.exports[0].open(encoding="utf-8", newline="")))


def test_every_patient_of_an_appointment_is_a_patient(made: Practice, appointments: list[dict[str, str]]) -> None:
    patients = {row["Client No"] for row in csv.DictReader(made.exports[1].open(encoding="utf-8", newline=""))}
    assert len(patients) == ROWS // VISITS_PER_PATIENT
    assert {row["Client No"] for row in appointments} == patients


def test_appointments_have_twenty_columns_and_stand_in_the_order_of_time(appointments: list[dict[str, str]]) -> None:
    assert len(appointments) == ROWS
    assert {len(row) for row in appointments} == {20}
    starts = [row["Start"] for row in appointments if row["Start"] != "2025-02-30 10:00"]
    assert starts == sorted(starts)


def test_notes_hold_what_makes_reading_a_csv_hard(appointments: list[dict[str, str]]) -> None:
    notes = {row["Notes"] for row in appointments}
    assert "" in notes
    assert all(any(mark in note for note in notes) for mark in (",", '"', "\n"))


def test_few_rows_are_faulty_and_one_of_them_is_among_the_first(appointments: list[dict[str, str]]) -> None:
    assert appointments[4999]["Start"] == "2025-02-30 10:00"
    faulty = [row for row in appointments if row["Start"] == "2025-02-30 10:00" or row["Booked"] > row["Start"]]
    assert 1 <= len(faulty) <= ROWS * 0.002


def test_same_size_gives_the_same_files(made: Practice, tmp_path: Path) -> None:
    again = practice(tmp_path, ROWS)
    for first, second in zip(made.exports, again.exports, strict=True):
        assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()


def test_mapping_names_columns_the_exports_have(made: Practice, appointments: list[dict[str, str]]) -> None:
    content = tomllib.loads(made.toml.read_text(encoding="utf-8"))
    assert content["practice"]["memory_limit"] == MEMORY_LIMIT
    assert set(content["tables"]["appointment"]["columns"].values()) <= set(appointments[0])
    assert {row["Status"] for row in appointments} <= {
        *content["tables"]["appointment"]["values"]["status"],
        "see file",
    }
