"""`rapport doctor` looks at what an ingest will need, and finds what it would stumble over."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rapport.small import CONFIG, rapport, write

SURVEY = """
[tables.staff_survey]
file = "survey.csv"
[tables.staff_survey.columns]
survey_id = "Sheet"
site_id = "Site"
instrument = "Form"
taken_at = "On"
items = "Answers"
"""


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "practice"
    folder.mkdir()
    write(folder)
    return folder


def found(practice: Path) -> tuple[int, dict[str, Any]]:
    outcome = rapport("doctor", "--config", str(practice / "rapport.toml"), "--json")
    return outcome.code, {finding["what"]: finding for finding in outcome.json()}


def said_of_sources(practice: Path) -> str:
    """What is wrong with the sources."""
    code, findings = found(practice)
    assert code == 2
    assert not findings["sources"]["fine"]
    return str(findings["sources"]["says"])


def test_a_practice_that_is_ready_is_told_so(practice: Path) -> None:
    code, findings = found(practice)
    assert code == 0
    assert "every export is there" in findings["sources"]["says"]


def test_a_missing_export_and_a_missing_column_are_found(practice: Path) -> None:
    export = practice / "appointments.csv"
    export.write_text(export.read_text().replace("Booked", "Reserved", 1))
    assert 'no column "Booked"' in said_of_sources(practice)
    export.unlink()
    assert "appointments.csv" in said_of_sources(practice)


def test_all_exports_are_looked_at_before_it_ends(practice: Path) -> None:
    (practice / "appointments.csv").unlink()
    (practice / "rapport.toml").write_text(CONFIG + SURVEY)
    said = said_of_sources(practice)
    assert "appointments.csv" in said
    assert "survey.csv" in said


def test_a_survey_that_says_who_answered_is_found_though_the_column_is_not_mapped(practice: Path) -> None:
    (practice / "rapport.toml").write_text(CONFIG + SURVEY)
    (practice / "survey.csv").write_text("Sheet,Site,Form,On,Answers,Clinician\n1,A,cbi,2026-01-05,1;2,Wilhelmina\n")
    said = said_of_sources(practice)
    assert '"Clinician"' in said
    assert "Wilhelmina" not in said


def test_a_database_is_asked_for_its_columns(practice: Path) -> None:
    source = 'url = "sqlite:///practice.db"\ndatabase_table = "visits"'
    (practice / "rapport.toml").write_text(CONFIG.replace('file = "appointments.csv"', source))
    assert "practice.db" in said_of_sources(practice)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: None, "cannot be read"),
        (lambda folder: (folder / "out.csv").write_text("patient_id\nP1\n\nP2,P3\n"), "row 3"),
        (lambda folder: (folder / "out.csv").write_text("Client\nP1\n"), "patient_id"),
    ],
)
def test_an_opt_out_list_that_would_stop_the_ingest_is_found(
    practice: Path, make: Callable[[Path], object], says: str
) -> None:
    make(practice)
    config = practice / "rapport.toml"
    config.write_text(config.read_text() + '\n[privacy]\nopt_out_analytics = { file = "out.csv" }\n')
    assert says in said_of_sources(practice)


def test_a_list_of_canaries_that_would_stop_the_ingest_is_found(practice: Path) -> None:
    (practice / "canaries.txt").write_bytes(b"Zyxwora \xe9\n")
    assert "canaries.txt" in said_of_sources(practice)


def test_a_terminal_that_cannot_show_a_letter_is_no_fault(practice: Path) -> None:
    place = practice / "practice-é.toml"
    (practice / "rapport.toml").rename(place)
    command = [sys.executable, "-c", "from rapport.cli import main; main()", "doctor", "--config", str(place)]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "practice-\\xe9.toml reads" in ended.stdout, ended.stderr
