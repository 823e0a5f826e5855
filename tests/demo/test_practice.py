"""The synthetic practice is what its truth says, is written the way exports are, and is the same every time."""

import csv
import hashlib
import io
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from etl.canonical import TABLES
from rapport.config import load
from rapport.demo import SCENARIOS, files, make_practice, story
from rapport.demo.clock import MOMENT
from rapport.demo.scenario import AI, HUMAN

STORY = story()
ALIKE = ("sites.csv", "automation-costs.csv")  # what a scenario says, not chance
ZONE = ZoneInfo(STORY.timezone)
STATUSES = {
    "show": "attended",
    "no show": "no_show",
    "late canceled": "late_cancel",
    "late cancelled": "late_cancel",
    "canceled": "cancelled_patient",
    "cancelled": "cancelled_patient",
    "clinician canceled": "cancelled_practice",
    "clinician cancelled": "cancelled_practice",
    "rescheduled": "rescheduled",
    "scheduled": "booked",
    "unconfirmed": "unknown",
}


def _day(text: str) -> date:
    return datetime.strptime(text, MOMENT).replace(tzinfo=ZONE).date()


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def appointments(practice: Path) -> list[dict[str, str]]:
    """Every whole line of the appointment export, read by Python's own reader."""
    text = (practice / "appointments.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return [dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header)]


@pytest.fixture(scope="module")
def sound(appointments: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """One of each appointment that was drawn; planted ones have numbers of their own."""
    return {row["Appointment ID"]: row for row in appointments if row["Appointment ID"].startswith("A")}


def test_same_seed_gives_the_same_bytes(practice: Path, tmp_path: Path) -> None:
    make_practice(tmp_path)
    assert _hashes(tmp_path) == _hashes(practice)


def test_another_seed_gives_another_practice(tmp_path: Path) -> None:
    for seed in (7, 8):
        make_practice(tmp_path / str(seed), seed=seed, scenario=SCENARIOS["tiny"](None))
    one, other = (_hashes(tmp_path / str(seed)) for seed in (7, 8))
    assert {file for file in one if one[file] == other[file]} == {"canaries.txt", "rapport.toml", "rollout.csv", *ALIKE}


def test_practice_has_the_size_it_promises(truth: dict[str, Any]) -> None:
    assert 60_000 < truth["appointments"] < 80_000
    assert 2_300 < truth["patients"] < 3_200
    assert len(truth["parameters"]["sites"]) == 3
    assert STORY.live_week(AI).min() >= 104
    assert set(truth["files"]) == set(TABLES)


def test_progress_is_told_to_its_end(tmp_path: Path) -> None:
    heard: list[float] = []
    make_practice(tmp_path, scenario=SCENARIOS["tiny"](None), progress=lambda what, share: heard.append(share or 0.0))
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_a_long_file_is_not_written_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 10)
    rows = files.Export("t", "t.csv", 25, lambda begin, end: pd.DataFrame({"n": [str(n) for n in range(begin, end)]}))
    heard: list[float] = []
    files.write(tmp_path, rows, np.random.default_rng(1), heard.append)
    assert heard == [0.4, 0.8, 1.0]


def test_statuses_count_as_the_truth_says(sound: dict[str, dict[str, str]], truth: dict[str, Any]) -> None:
    today = datetime.combine(STORY.extracted_on, datetime.min.time(), ZONE)
    found: Counter[str] = Counter()
    for row in sound.values():
        status = STATUSES[row["Status"].strip().lower()]
        starts = datetime.strptime(row["Start"], MOMENT).replace(tzinfo=ZONE)
        if status == "cancelled_patient":
            known = datetime.strptime(row["Status Changed"], MOMENT).replace(tzinfo=ZONE)
            status = "late_cancel" if (starts.timestamp() - known.timestamp()) < 24 * 3600 else status
        if status == "booked" and starts < today:
            status = "unknown"
        found[status] += 1
    assert dict(found) == truth["appointments_by_status"]


def test_nobody_is_reminded_of_a_visit_booked_less_than_three_days_ahead(sound: dict[str, dict[str, str]]) -> None:
    for row in sound.values():
        if row["SMS Sent"] == "Yes":
            starts, booked = (_day(row[name]) for name in ("Start", "Booked On"))
            assert (starts - booked).days >= STORY.sms_least_lead_days


def test_components_touch_visits_from_their_go_live_and_never_at_the_control_site(
    sound: dict[str, dict[str, str]],
) -> None:
    live = {site.code: site.live for site in STORY.sites}
    assert sorted(AI in weeks for weeks in live.values()) == [False, True, True]
    for row in sound.values():
        for component, column in ((AI, "AI Scheduled"), (HUMAN, "Human Follow-up")):
            week = live[row["Location"]].get(component)
            exposed = week is not None and _day(row["Start"]) >= STORY.monday(week)
            assert row[column] == ("Y" if exposed else "N")


def test_no_shows_start_at_the_stated_baseline(truth: dict[str, Any]) -> None:
    baseline = truth["parameters"]["baseline_no_show"]
    assert truth["no_show_rate_before_first_go_live"]["value"] == pytest.approx(baseline, abs=0.012)


def test_reminders_look_harmful_until_lead_time_is_known(truth: dict[str, Any]) -> None:
    naive = truth["reminder_naive"]
    assert naive["with"]["value"] > naive["without"]["value"]
    assert truth["effects"]["sms_reminder on no_show_rate"]["expected_points"] < -2


def test_every_file_stays_well_below_the_gate(truth: dict[str, Any]) -> None:
    for table, counts in truth["files"].items():
        refused = sum(counts["quarantined"].values())
        assert counts["read"] == counts["kept"] + refused + sum(counts["dropped_by_policy"].values())
        assert refused <= 0.5 * TABLES[table].worst_quarantined_share * counts["read"]


def test_files_are_as_different_as_programs_write_them(practice: Path) -> None:
    assert (practice / "clinicians.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    patients = (practice / "patients.csv").read_bytes()
    assert b";" in patients
    with pytest.raises(UnicodeDecodeError):
        patients.decode("utf-8")
    assert b"\0" in (practice / "appointments.csv").read_bytes()


def test_nobody_in_it_can_be_a_real_person(practice: Path, appointments: list[dict[str, str]]) -> None:
    text = (practice / "patients.csv").read_text(encoding="latin-1")
    _, *people = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    assert all(row["Email"].endswith("@example.org") for row in people)
    assert all(re.fullmatch(r"\(\d{3}\) 555-01\d\d", row["Phone"]) for row in people)
    assert all(row["Health Card"].startswith("0000-") for row in people)
    notes = "\n".join(row["Notes"] for row in appointments)
    assert sum(f"{person['First Name']} {person['Last Name']}" in notes for person in people) > 100


def test_some_patients_are_ninety_or_older(practice: Path) -> None:
    text = (practice / "patients.csv").read_text(encoding="latin-1")
    born = re.findall(r";\d\d/\d\d/(19[0-3]\d);", text)
    assert sum(int(year) < 1936 for year in born) >= 11


def test_its_configuration_is_understood_and_says_it_is_synthetic(practice: Path) -> None:
    ingest = load(practice / "rapport.toml").ingest
    assert ingest.synthetic
    assert ingest.extracted_on == STORY.extracted_on
    assert ingest.timezone == STORY.timezone
