"""Bad input gets one clear sentence and exit code 2 or 3; nothing is published, the last release stands as it was."""

from __future__ import annotations

import os
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
    "wrong words throughout": (all_rows(",Show,", ",Kept,"), 2, "kept"),
    "dates of two meanings": (all_rows("2025-", "03/04/"), 2, "Start"),
    "far fewer rows": (lambda folder: write(folder, rows()[:400]).touch(), 3, "appointment"),
    "too many bad rows": (too_many_bad, 3, "appointment"),
}


@pytest.fixture
def practice(tmp_path: Path) -> Path:
    """A practice with one release."""
    path = write(tmp_path)
    first = rapport("ingest", "--config", str(path), "--json")
    assert first.code == 0, first.err
    return tmp_path


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


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Z1,P1,n", "ragged_row"),
        ("Z1,P1,n,North,2025-01-01,31/02/2024 10:00,Show,1", "starts_at_unreadable"),
        ("Z1,P1,n,North,2025-01-01,45321,Show,1", "starts_at_excel_serial"),
        ("Z1,P1,n,North,2025-01-01,2025-02-03 10:00,Shw,1", "status_unknown_word"),
        ("Z1,P1,n,North,2025-01-01,2025-03-09 02:30,Show,1", "starts_at_in_dst_gap"),
        ("Z1,P1,n,North,2025-05-01,2025-02-03 10:00,Show,1", "booked_after_start"),
        ("Z1,,n,North,2025-01-01,2025-02-03 10:00,Show,1", "patient_id_missing"),
        ("Z1,P1,n,North,2025-01-01,2025-02-03 10:00,Show,-5", "fee_below_0"),
        ("Z1,P1,n" + "\0" + ",North,2025-01-01,2025-02-03 10:00,Show,1", "nul_bytes"),
        ("Z1,P1," + "n" * 10_000_000 + ",North,2025-01-01,2025-02-03 10:00,Show,1", "field_too_long"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_reason_and_row_number(tmp_path: Path, line: str, reason: str) -> None:
    path = write(tmp_path, [*rows(), line])
    outcome = rapport("ingest", "--config", str(path), "--json")
    assert outcome.code == 0, outcome.err
    table = next(entry for entry in outcome.json()["tables"] if entry["table"] == "appointment")
    assert table["quarantined"] == {reason: 1}
    assert table["read"] == 1201 == table["kept"] + 1 + table["dropped_by_policy"]
    shown = rapport("ingest", "--config", str(path))
    assert "1,201" in shown.out or "1201" in shown.out


def test_an_id_twice_with_different_content_is_quarantined_both_times(tmp_path: Path) -> None:
    path = write(tmp_path, [*rows(), rows()[5].replace("120.00", "99.00")])
    table = rapport("ingest", "--config", str(path), "--json").json()["tables"][0]
    by_name = {table["table"]: table}
    assert by_name["appointment"]["quarantined"] == {"key_twice_different_content": 2}


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
