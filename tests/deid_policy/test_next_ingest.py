"""What was kept at one ingest is reduced further at the next, although no export names the patient any more."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deid.keys import subkey
from etl import quality, vault
from etl.canonical import TABLES
from etl.engines.duckdb import attach_vault, connect
from etl.profile import Profile
from etl.quality_checks import _missingness
from etl.settings import IngestSettings, PrivacySettings, TableSource
from tests.etl_vault.practice import KEY, settings, take, visits, write
from tests.etl_vault.test_pipeline import _quick_judge, _quick_release

FIRST = "MRN-00000,1935-06-01,90210\nMRN-00001,1980-02-29,05901\nMRN-00002,1990-01-01,M5V 2T6\n"
LATER = "MRN-00001,1980-02-29,05901\nMRN-00002,1990-01-01,M5V 2T6\n"


def practice(folder: Path, patients: str, day: date, profile: str) -> IngestSettings:
    (folder / "patients.csv").write_text(f"patient,born,zip\n{patients}", encoding="utf-8")
    chosen = settings(folder, extracted_on=day, privacy=PrivacySettings.model_validate({"profile": profile}))
    way = {
        "file": "patients.csv",
        "columns": {"patient_id": "patient", "birth_date": "born", "postal_code": "zip"},
        "formats": {"birth_date": "%Y-%m-%d"},
    }
    return chosen.model_copy(update={"tables": chosen.tables | {"patient": TableSource.model_validate(way)}})


def kept(chosen: IngestSettings, folder: Path) -> list[tuple[Any, ...]]:
    with connect(folder / "looking") as con:
        attach_vault(con, vault.vault_folder(chosen) / vault.VAULT_FILE, subkey(KEY, "vault"))
        found = con.execute("SELECT birth_year, aged_90_plus, postal_area FROM vault.patient ORDER BY ALL").fetchall()
        con.execute("DETACH vault")
    return found


@pytest.fixture(autouse=True)
def _without_gate_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the vault matters here."""
    monkeypatch.setattr(quality, "judge", _quick_judge)
    monkeypatch.setattr(quality, "warm_up", lambda: None)
    monkeypatch.setattr("etl.release.make_release", _quick_release)


def test_somebody_who_turns_ninety_between_two_ingests_has_no_birth_year_after_the_second(tmp_path: Path) -> None:
    write(tmp_path / "visits.csv", visits(300, people=3))
    first = practice(tmp_path, FIRST, date(2024, 12, 31), "safe_harbor")
    take(first)
    assert kept(first, tmp_path) == [(1935, False, "902"), (1980, False, "000"), (1990, False, "ON")]
    second = practice(tmp_path, LATER, date(2025, 1, 2), "ontario")
    take(second)
    assert sorted(kept(second, tmp_path), key=str) == sorted(
        [(None, True, None), (1980, False, None), (1990, False, "ON")], key=str
    )


def test_a_stricter_profile_does_not_trip_the_gate_for_missing_values() -> None:
    table, before = TABLES["patient"], Profile("patient", 100, 100, {"postal_area": 0, "sex": 0}, {})
    after = Profile("patient", 100, 100, {"postal_area": 100, "sex": 10}, {})
    check = _missingness(table, after, before)
    assert (check.numerator, check.value) == (10, 0.1)
