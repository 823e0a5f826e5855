"""`rapport check` shows eighteen rows and the rest, and is able to fail."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.rapport.small import CONFIG, HEADER, rapport, rows, write
from warehouse.audit import VIEWS_FILE, AuditLog

PEOPLE = """
[tables.patient]
file = "patients.csv"
[tables.patient.columns]
patient_id = "Id"
given_name = "First"
family_name = "Last"
email = "Mail"
phone = "Phone"
birth_date = "Born"
sex = "Sex"
payer = "Payer"
"""
CANARY = "Zyxwora Quillfeather"


def patients(folder: Path) -> None:
    """Sixty people; one is called May White, and everybody pays publicly."""
    lines = ["Id,First,Last,Mail,Phone,Born,Sex,Payer"]
    for at in range(60):
        first, last = ("May", "White") if not at else (f"Oluwaseun{at}", f"Hernquist{at}")
        day = f"{1950 + at % 50}-03-{at % 28 + 1:02}"
        lines.append(f"P{at},{first},{last},{last}{at}@post.example,416-555-{at:04},{day},{'FM'[at % 2]},public")
    (folder / "patients.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice after its first ingest, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "practice"
    folder.mkdir()
    patients(folder)
    write(folder, config=CONFIG + PEOPLE)
    (folder / "canaries.txt").write_text(CANARY + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_HOME", str(folder.parent / "home"))
        outcome = rapport("ingest", "--config", str(folder / "rapport.toml"), "--json")
    assert outcome.code == 0, outcome.err
    return folder


@pytest.fixture
def practice(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAPPORT_HOME", str(made.parent / "home"))
    return Path(shutil.copytree(made, tmp_path / "practice"))


def checked(practice: Path) -> tuple[int, list[dict[str, Any]], str]:
    outcome = rapport("check", "--config", str(practice / "rapport.toml"), "--json")
    return outcome.code, outcome.json() if outcome.out else [], outcome.err


def ingested(practice: Path, *more: str) -> Any:
    return rapport("ingest", "--config", str(practice / "rapport.toml"), "--json", *more)


def database(practice: Path) -> sqlite3.Connection:
    return sqlite3.connect(practice / "rapport-data" / "warehouse" / "warehouse.sqlite")


def test_eighteen_rows_sweep_attacker_audit_and_attestation_hold(practice: Path) -> None:
    code, lines, err = checked(practice)
    assert code == 0, err
    assert [line["item"] for line in lines if line["part"] == "safe harbor"] == list(range(1, 19))
    others = [line for line in lines if line["part"] != "attestation" and line["state"] != "passed"]
    # no street is in the exports, and nobody has looked at a page
    assert [(line["item"] or line["title"], line["state"]) for line in others] == [
        (2, "not applicable"),
        ("views of the pages", "not applicable"),
    ]
    names = lines[0]
    assert "not searched" in names["checked"]  # no export is read by a check ...
    assert "180 known from the exports" in names["at_ingest"]  # ... and at the ingest they were
    assert "2 of them left out" in names["at_ingest"]  # "May" and "White" say nothing alone; "May White" does
    places = [line["title"] for line in lines if line["part"] == "sweep"]
    assert {"releases kept", "quality reports", "logs", "file names"} <= set(places)
    attestation = lines[-1]
    assert (attestation["state"], "actual_knowledge" in attestation["checked"]) == ("open", True)


def test_the_release_holds_the_proof_and_the_report_stays_inside(practice: Path) -> None:
    with database(practice) as connection:
        counted = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("privacy_check", "sweep_result", "risk_figure")
        }
        hits = connection.execute("SELECT sum(hits) FROM sweep_result").fetchone()[0]
        states = {row[0] for row in connection.execute("SELECT DISTINCT state FROM risk_figure")}
    assert counted["privacy_check"] == 18
    assert hits == 0
    assert counted["risk_figure"] >= 6
    assert states <= {"published", "withheld", "not applicable"}
    report = practice / "rapport-data" / "privacy" / "risk-report.md"
    assert report.stat().st_mode & 0o777 == 0o600


def test_an_ingest_and_a_check_are_in_the_audit_log(practice: Path) -> None:
    checked(practice)
    entries = rapport("audit", "show", "--config", str(practice / "rapport.toml"), "--json").json()
    assert [entry["event"] for entry in entries] == ["release.published", "check.passed"]
    assert entries[0]["details"]["release"] == 1


def test_a_canary_in_the_warehouse_fails(practice: Path) -> None:
    with database(practice) as connection:
        connection.execute("UPDATE quality_result SET detail = ? WHERE rowid = 1", [f"seen by {CANARY.upper()}"])
    code, lines, err = checked(practice)
    assert code == 3
    assert CANARY.lower() not in (err + str(lines)).lower()
    assert [line["title"] for line in lines if line["state"] == "failed" and line["part"] == "sweep"] == [
        "releases kept"
    ]
    assert [line["item"] for line in lines if line["state"] == "failed" and line["item"]] == [18]


def test_a_canary_in_a_report_fails(practice: Path) -> None:
    page = next((practice / "rapport-data" / "quality").rglob("index.html"))
    page.write_text(page.read_text() + "<td>Zyxwora</td><td>Quillfeather</td>")
    code, _, err = checked(practice)
    assert code == 3
    assert "quality/" in err


def test_a_canary_in_a_file_name_fails_and_is_not_repeated(practice: Path) -> None:
    (practice / "rapport-data" / "zyxwora_quillfeather.csv").write_text("a\n")
    code, lines, err = checked(practice)
    assert code == 3
    assert "quillfeather" not in (err + str(lines)).lower()


def test_a_telephone_number_in_a_log_fails(practice: Path) -> None:
    (practice / "rapport-data" / "run.log").write_text("could not reach 416-555-0199\n")
    code, lines, _ = checked(practice)
    assert code == 3
    assert [line["item"] for line in lines if line["state"] == "failed" and line["item"]] == [4, 5]


def test_a_release_made_wrong_on_purpose_fails(practice: Path) -> None:
    with database(practice) as connection:
        changed = connection.execute(
            "UPDATE attendance_cells SET patients = 3 WHERE rowid = (SELECT min(rowid) FROM attendance_cells "
            "WHERE state = 'published' AND patients > 0)"
        ).rowcount
    assert changed == 1
    code, lines, _ = checked(practice)
    assert code == 3
    assert [line["part"] for line in lines if line["state"] == "failed"] == ["attacker"]


def test_a_changed_audit_log_fails(practice: Path) -> None:
    log = practice / "rapport-data" / "audit" / "audit.jsonl"
    log.write_text(log.read_text().replace('"release":1', '"release":2'))
    code, lines, _ = checked(practice)
    assert code == 3
    assert [line["part"] for line in lines if line["state"] == "failed"] == ["audit log"]


def test_views_cut_from_the_end_show_against_what_the_audit_log_last_saw(practice: Path) -> None:
    views = AuditLog(practice / "rapport-data" / "audit", VIEWS_FILE)
    for page in ("no-shows", "privacy"):
        views.append("page.viewed", "pages", {"page": page, "release": 1})
    assert checked(practice)[0] == 0
    whole = views.path.read_bytes()
    views.path.write_bytes(whole.splitlines(keepends=True)[0])
    assert views.verify() is None  # whole in itself
    code, lines, _ = checked(practice)
    assert code == 3
    assert [line["title"] for line in lines if line["state"] == "failed"] == ["views of the pages"]
    ingested(practice)  # notes no head of a log that has lost entries
    assert checked(practice)[0] == 3
    views.path.write_bytes(whole)
    assert checked(practice)[0] == 0


@pytest.mark.parametrize(("on", "state"), [(date.today(), "passed"), (date(2020, 1, 1), "open")])  # noqa: DTZ011
def test_an_attestation_counts_for_a_year(practice: Path, on: date, state: str) -> None:
    config = practice / "rapport.toml"
    said = f'\n[[privacy.attestations]]\nabout = "actual_knowledge"\nby = "Ada Example, director"\non = {on}\n'
    config.write_text(config.read_text() + said + 'says = "I know of nothing that could identify a patient."\n')
    code, lines, _ = checked(practice)
    assert code == 0
    assert (lines[-1]["part"], lines[-1]["state"]) == ("attestation", state)


def test_before_the_first_release_it_says_what_to_do(tmp_path: Path) -> None:
    outcome = rapport("check", "--config", str(write(tmp_path)))
    assert outcome.code == 2
    assert "rapport ingest" in outcome.err


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("quality/notes.html", "<td>Oluwaseun7</td> <td>HERNQUIST7</td>"),
        ("Oluwaseun3 Hernquist3.txt", "nothing"),
    ],
)
def test_an_identifier_of_the_feed_anywhere_stops_the_next_release(practice: Path, path: str, written: str) -> None:
    place = practice / "rapport-data" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(written)
    (practice / "appointments.csv").write_text("\n".join([HEADER, *rows(1190)]) + "\n")
    outcome = ingested(practice, "--restate")
    assert outcome.code == 3, outcome.err
    assert "identifies" in outcome.err
    assert "hernquist" not in outcome.err.lower()
    with database(practice) as connection:
        assert connection.execute("SELECT count(*) FROM release").fetchone()[0] == 1
    entries = rapport("audit", "show", "--config", str(practice / "rapport.toml"), "--json").json()
    assert entries[-1]["event"] == "release.refused"
