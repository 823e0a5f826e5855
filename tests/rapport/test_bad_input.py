"""Bad input gets one clear sentence and exit code 2 or 3; nothing is published, the last release stands as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rapport.small import CONFIG, HEADER, SECRET, rapport, rows, write
from warehouse.store import open_store

Spoil = Callable[[Path], None]


def export(folder: Path) -> Path:
    return folder / "appointments.csv"


def replaced(old: str, new: str) -> Spoil:
    """Spoil the configuration."""

    def spoil(folder: Path) -> None:
        path = folder / "rapport.toml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return spoil


def content(data: bytes) -> Spoil:
    """Spoil the export."""

    def spoil(folder: Path) -> None:
        export(folder).write_bytes(data)

    return spoil


def with_lines(*lines: str) -> Spoil:
    text = "\n".join([HEADER, *rows(), *lines]) + "\n"
    return content(text.encode())


def all_rows(old: str, new: str) -> Spoil:
    return content("\n".join([HEADER, *(row.replace(old, new) for row in rows())]).encode())


def undecodable(folder: Path) -> None:
    replaced('file = "appo', 'encoding = "utf-8"\nfile = "appo')(folder)
    content("\n".join([HEADER, *rows()]).encode() + b"\n\xff\xfe,\x81\x8d\n" * 2000)(folder)


def a_folder(folder: Path) -> None:
    export(folder).unlink()
    export(folder).mkdir()


def too_many_bad(folder: Path) -> None:
    write(folder, [*rows()[:900], *(f"Z{at},P1,n,North,2025-01-01,2025-01-09,Shw,1" for at in range(200))])


REFUSED: dict[str, tuple[Spoil, int, str]] = {
    "empty file": (content(b""), 2, "appointments.csv"),
    "header only": (content(HEADER.encode() + b"\n"), 2, "appointments.csv"),
    "missing column": (content(HEADER.replace("Start", "Strt").encode() + b"\n" + rows()[0].encode()), 2, "Strt"),
    "binary named csv": (content(os.urandom(3000) + b"\0\0"), 2, "appointments.csv"),
    "undecodable": (undecodable, 2, "appointments.csv"),
    "file not there": (lambda folder: export(folder).unlink(), 2, "appointments.csv"),
    "a folder": (a_folder, 2, "appointments.csv"),
    "unknown key": (replaced("columns]", "colums]"), 2, "did you mean 'columns'?"),
    "unknown canonical column": (replaced("starts_at =", "start_at ="), 2, "starts_at"),
    "required column unmapped": (replaced('status = "Status"\n', ""), 2, "status"),
    "wrong zone": (replaced("America/Toronto", "America/Torono"), 2, "America/Toronto"),
    "wrong words throughout": (all_rows(",Show,", ",Kept,"), 2, "Kept"),
    "dates of two meanings": (all_rows("2025-", "03/04/"), 2, "Booked"),
    "far fewer rows": (lambda folder: write(folder, rows()[:400]).touch(), 3, "appointment"),
    "too many bad rows": (too_many_bad, 3, "appointment"),
}


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice with one release, and its key; copied for each test that needs one."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_HOME", str(folder / "home"))
        first = rapport("ingest", "--config", str(write(folder)), "--json")
    assert first.code == 0, first.err
    return folder


@pytest.fixture
def practice(first_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "practice"
    shutil.copytree(first_release, folder)
    monkeypatch.setenv("RAPPORT_HOME", str(folder / "home"))
    return folder


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_and_the_last_release_stands(practice: Path, name: str) -> None:
    spoil, code, says = REFUSED[name]
    before = released(practice)
    spoil(practice)
    outcome = rapport("ingest", "--config", str(practice / "rapport.toml"), "--json")
    assert (outcome.code, says in outcome.err) == (code, True), outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert SECRET not in outcome.err
    assert released(practice) == before


BAD_ROWS = {
    "ragged_row": "Z1,P1,n",
    "starts_at_unreadable": "Z2,P1,n,North,2025-01-01,31/02/2024 10:00,Show,1",
    "starts_at_excel_serial": "Z3,P1,n,North,2025-01-01,45321,Show,1",
    "status_unknown_word": "Z4,P1,n,North,2025-01-01,2025-02-03 10:00,Shw,1",
    "starts_at_in_dst_gap": "Z5,P1,n,North,2025-01-01,2025-03-09 02:30,Show,1",
    "booked_after_start": "Z6,P1,n,North,2025-05-01,2025-02-03 10:00,Show,1",
    "patient_id_missing": "Z7,,n,North,2025-01-01,2025-02-03 10:00,Show,1",
    "fee_below_0": "Z8,P1,n,North,2025-01-01,2025-02-03 10:00,Show,-5",
    "nul_bytes": "Z9,P1,n,Nor\0th,2025-01-01,2025-02-03 10:00,Show,1",
    "field_too_long": "Z10,P1," + "n" * 10_000_000 + ",North,2025-01-01,2025-02-03 10:00,Show,1",
}


def test_a_bad_row_is_quarantined_with_its_reason_and_row_number(tmp_path: Path) -> None:
    twice = rows()[5].replace("120.00", "99.00")
    path = write(tmp_path, [*rows(), *BAD_ROWS.values(), twice])
    outcome = rapport("ingest", "--config", str(path))
    assert outcome.code == 0, outcome.err
    store = open_store(f"sqlite:///{tmp_path / 'rapport-data' / 'warehouse' / 'warehouse.sqlite'}", read_only=True)
    counted = store.read("quarantine_count", 1).set_index("reason")["rows"].to_dict()
    whole = store.read("reconciliation", 1).set_index("table_name").loc["appointment"]
    store.close()
    assert counted == {**dict.fromkeys(BAD_ROWS, 1), "key_twice_different_content": 2}
    assert whole["rows_read"] == 1211 == whole["kept"] + 12 + whole["dropped_by_policy"]
    for place, reason in enumerate(BAD_ROWS, 1201):
        assert any(reason.replace("_", " ") in line and str(place) in line for line in outcome.out.splitlines())


def test_a_wrong_password_is_not_echoed(tmp_path: Path) -> None:
    url = 'url = "postgresql+psycopg://reader:hunter2hunter2@127.0.0.1:9/practice"\ndatabase_table = "visits"'
    path = write(tmp_path, config=CONFIG.replace('file = "appointments.csv"', url))
    outcome = rapport("ingest", "--config", str(path))
    assert outcome.code == 2, outcome.err
    assert "hunter2" not in outcome.err + outcome.out
    assert "127.0.0.1" in outcome.err


def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, config=CONFIG.replace("extracted_on", 'data_dir = "/proc/rapport"\nextracted_on'))
    outcome = rapport("ingest", "--config", str(path))
    assert outcome.code == 2, outcome.err
    assert "/proc/rapport" in outcome.err


def test_nothing_identified_reaches_what_people_see(practice: Path) -> None:
    for file in practice.rglob("*"):
        if file.is_file() and file.name != "appointments.csv":
            assert SECRET.encode() not in file.read_bytes(), file
            assert SECRET not in file.name


def released(folder: Path) -> list[str]:
    """The releases that can be read, by their content."""
    store = open_store(f"sqlite:///{folder / 'rapport-data' / 'warehouse' / 'warehouse.sqlite'}", read_only=True)
    try:
        return [release.content_hash for release in store.releases()]
    finally:
        store.close()
