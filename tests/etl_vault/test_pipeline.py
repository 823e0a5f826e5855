"""An ingest releases what is new, refuses what is wrong, and leaves the last release standing when it refuses."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from deid.keys import subkey
from etl import quality, vault
from etl.engines.duckdb import attach_vault, connect
from etl.errors import Busy, GateRefused, InputError
from etl.quality_checks import Check
from etl.release import PreviousRelease, ReleaseTables
from etl.report import PASSED, CheckResult
from etl.safekeeping import LOCK_FILE
from etl.settings import IngestSettings
from tests.etl_vault.practice import KEY, NAMES, opened, settings, take, visits, write


def _quick_judge(folder: Path, checks: list[Check]) -> tuple[CheckResult, ...]:
    return tuple(CheckResult(check.name, check.table, PASSED) for check in checks)


def _quick_release(
    con: duckdb.DuckDBPyConnection,
    chosen: IngestSettings,
    previous: PreviousRelease | None,
    now: datetime,
    **_: object,
) -> ReleaseTables:
    """A release of nothing but one site, published until the end of the year: for tests that are not about counts."""
    (rows,) = con.execute("SELECT count(*) FROM vault.appointment").fetchone() or (0,)
    restated = now.date() if previous is None or previous.restate else previous.header["restated_on"]
    header = {
        "made_at": now.replace(tzinfo=None),
        "practice": chosen.practice,
        "timezone": chosen.timezone,
        "synthetic": chosen.synthetic,
        "extracted_on": chosen.extracted_on,
        "published_until": date(2024, 12, 16),
        "restated_on": restated,
        **chosen.release.model_dump(
            include={"smallest_group", "settle_days", "lapse_days", "late_cancel_hours", "rebook_days"}
        ),
    }
    return ReleaseTables(header, {"site": pd.DataFrame([{"site": f"{rows} rows", "position": 0, "merged_sites": 1}])})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate passes everything, quickly."""
    monkeypatch.setattr(quality, "judge", _quick_judge)
    monkeypatch.setattr(quality, "warm_up", lambda: None)


@pytest.fixture(autouse=True)
def _quick_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.release.make_release", _quick_release)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a practice whose first export was ingested, with everything real."""
    folder = tmp_path_factory.mktemp("practice")
    write(folder / "visits.csv", visits())
    take(settings(folder), versions={"no_show_rate": 1})
    return folder


@pytest.fixture
def practice(ingested: Path, tmp_path: Path) -> IngestSettings:
    """A copy of it to work on."""
    shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
    return settings(tmp_path)


def _vault(chosen: IngestSettings) -> duckdb.DuckDBPyConnection:
    con = connect(vault.vault_folder(chosen))
    attach_vault(con, vault.vault_folder(chosen) / vault.VAULT_FILE, subkey(KEY, "vault"))
    return con


def _standing(chosen: IngestSettings) -> tuple[Any, ...]:
    """What a refused run must leave alone: the release and every vault row."""
    with _vault(chosen) as con:
        rows = [con.execute(f"SELECT * FROM vault.{name} ORDER BY ALL").fetchall() for name in ("appointment", "run")]
    latest = opened(chosen).latest()
    assert latest is not None
    return latest.id, latest.content_hash, rows


@pytest.mark.usefixtures("quick")
def test_first_ingest_accounts_for_every_row(tmp_path: Path) -> None:
    rows = visits()
    rows += [rows[5], [*rows[6][:8], "vanished", *rows[6][9:]], [*rows[7][:7], "31/02/2024", *rows[7][8:]]]
    rows[-1][0], rows[-2][0] = "APT-X1", "APT-X2"
    write(tmp_path / "visits.csv", rows)
    chosen = settings(tmp_path)
    report = take(chosen)
    (visit_table, site_table) = report.tables
    assert (visit_table.read, visit_table.kept, visit_table.dropped_by_policy) == (3603, 3600, 1)
    assert sum(visit_table.quarantined.values()) == 2
    assert {report.row_numbers("appointment", reason) for reason in visit_table.quarantined} == {"3602", "3603"}
    assert site_table.kept == 2
    store = opened(chosen)
    shown = store.read("reconciliation", report.release).set_index("table_name")
    assert shown.loc["appointment", "rows_read"] == 3603
    assert store.read("quarantine_count", report.release)["rows"].sum() == 2
    with _vault(chosen) as con:
        kept = con.execute("SELECT file, source_row FROM vault.quarantine ORDER BY 2").fetchall()
    assert kept == [("visits.csv", 3602), ("visits.csv", 3603)]


@pytest.mark.usefixtures("quick")
def test_report_is_what_other_programs_rely_on(practice: IngestSettings) -> None:
    content = take(practice).as_json()
    assert list(content) == ["release", "tables", "quality", "seconds"]
    assert list(content["tables"][0]) == ["table", "read", "kept", "quarantined", "dropped_by_policy"]
    assert list(content["quality"][0]) == ["check", "table", "state", "failed_rows"]
    assert json.loads(json.dumps(content)) == content


@pytest.mark.usefixtures("quick")
def test_same_export_twice_changes_nothing(practice: IngestSettings) -> None:
    before = _standing(practice)
    again = take(practice)
    assert again.already
    assert again.release == before[0]
    assert _standing(practice) == before


@pytest.mark.usefixtures("quick")
def test_same_rows_in_another_file_change_no_release(practice: IngestSettings) -> None:
    before = _standing(practice)
    write(practice.base_dir / "visits.csv", list(reversed(visits())))
    assert take(practice).already
    assert _standing(practice)[:2] == before[:2]


@pytest.mark.usefixtures("quick")
def test_late_and_corrected_rows_make_a_new_release(practice: IngestSettings) -> None:
    rows = visits(3650)
    write(practice.base_dir / "visits.csv", rows)
    report = take(practice, versions={"no_show_rate": 2})
    assert report.release == 2
    assert report.tables[0].changed == 50
    assert report.tables[0].waiting == 50  # all of them in periods already published
    store, version = opened(practice), ["version", "counted_from"]
    defined = store.read("definition", 2)[version].astype(object)
    assert defined.where(defined.notna(), None).to_numpy().tolist() == [[1, None], [2, pd.Timestamp(2024, 12, 16)]]
    assert take(practice, restate=True, versions={"no_show_rate": 2}).release == 3
    assert store.read("definition", 3)[version].isna().to_numpy().tolist() == [[False, True]]
    with _vault(practice) as con:
        assert con.execute("SELECT count(*) FROM vault.waiting_appointment").fetchone() == (0,)
        assert con.execute("SELECT count(*) FROM vault.appointment").fetchone() == (3650,)


@pytest.mark.usefixtures("quick")
def test_changed_settings_make_a_new_release_of_the_same_rows(practice: IngestSettings) -> None:
    release = practice.release.model_copy(update={"smallest_group": 15})
    report = take(practice.model_copy(update={"release": release}))
    assert report.release == 2
    assert report.tables[0].changed == 0


@pytest.mark.usefixtures("quick")
def test_rebuild_makes_a_new_vault_with_new_numbers(practice: IngestSettings) -> None:
    def people() -> set[int]:
        with _vault(practice) as con:
            return {number for (number,) in con.execute("SELECT id FROM vault.identity").fetchall()}

    before = people()
    report = take(practice, rebuild=True)
    assert report.release == 2
    assert len(people()) == len(before)
    assert not people() & before
    assert sorted(file.name for file in vault.vault_folder(practice).iterdir()) == ["tmp", vault.VAULT_FILE]


@pytest.mark.usefixtures("quick")
def test_rebuild_helps_where_the_key_is_lost(practice: IngestSettings) -> None:
    with pytest.raises(InputError, match="key"):
        take(practice, root_key=os.urandom(32))
    assert take(practice, root_key=os.urandom(32), rebuild=True).release == 2


def test_direct_identifiers_and_notes_never_reach_the_vault(practice: IngestSettings) -> None:
    planted = (*(name.split()[0] for name in NAMES), "Canary", "canary.example", "555 01", "MRN-", "APT-", "called")
    with _vault(practice) as con:
        for table in vault.tables_in(con):
            text = repr(con.execute(f"SELECT * FROM vault.{table}").fetchall())
            assert [word for word in planted if word in text] == []
    held = b"".join(file.read_bytes() for file in practice.data_dir.rglob("*") if file.is_file())
    held += b"".join(file.read_bytes() for file in practice.base_dir.glob("warehouse.sqlite*"))
    assert [word for word in planted if word.encode() in held] == []


def test_state_is_private(practice: IngestSettings) -> None:
    for found in (practice.data_dir, *practice.data_dir.rglob("*")):
        assert stat.S_IMODE(found.stat().st_mode) == (0o700 if found.is_dir() else 0o600), found


def test_table_with_too_many_bad_rows_publishes_nothing(practice: IngestSettings) -> None:
    before = _standing(practice)
    rows = visits(4000)
    for row in rows[::10]:
        row[7] = "soon"
    write(practice.base_dir / "visits.csv", rows)
    with pytest.raises(GateRefused, match=r"appointment: 400 of 4,000 rows are quarantined \(10.0%; at most 5.0%\)"):
        take(practice)
    assert _standing(practice) == before
    assert quality.docs_page(practice.data_dir / "quality").is_file()


def test_far_fewer_rows_than_the_last_run_publish_nothing(practice: IngestSettings) -> None:
    before = _standing(practice)
    write(practice.base_dir / "visits.csv", visits(1000))
    with pytest.raises(GateRefused, match="1,000 rows, 3,600 at the last run"):
        take(practice)
    assert _standing(practice) == before
    assert take(practice, rebuild=True).release == 2


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("wrong", ["absent", "empty", "binary", "column"])
def test_export_that_cannot_be_the_table_changes_nothing(practice: IngestSettings, wrong: str) -> None:
    before = _standing(practice)
    export = practice.base_dir / "visits.csv"
    if wrong == "absent":
        export.unlink()
    elif wrong == "column":
        export.write_text(export.read_text(encoding="utf-8").replace("starts", "begins", 1), encoding="utf-8")
    else:
        export.write_bytes(b"" if wrong == "empty" else bytes(range(256)) * 50)
    with pytest.raises(InputError, match=r"visits\.csv"):
        take(practice)
    assert _standing(practice) == before


@pytest.mark.usefixtures("quick")
def test_second_ingest_waits_and_says_so(practice: IngestSettings) -> None:
    said: list[str] = []
    with (practice.data_dir / LOCK_FILE).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="Another ingest"):
            take(practice, progress=lambda text, share: said.append(text), wait_seconds=0.3)
    assert said == ["Waiting for another ingest of this practice to end"]
    assert take(practice).already


@pytest.mark.usefixtures("quick")
def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    write(tmp_path / "visits.csv", visits())
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        take(settings(tmp_path, data_dir=tmp_path / "file" / "rapport-data"))


@pytest.mark.usefixtures("quick")
def test_left_over_temporary_files_are_removed(practice: IngestSettings) -> None:
    left = vault.vault_folder(practice) / "tmp" / "duckdb_temp_storage_DEFAULT-0.tmp"
    left.write_bytes(b"left by a killed run")
    (vault.vault_folder(practice) / vault.REBUILD_FILE).write_bytes(b"half a vault")
    take(practice)
    assert not left.exists()
    assert not (vault.vault_folder(practice) / vault.REBUILD_FILE).exists()


FULL_DISK = """
import resource, sys
from pathlib import Path
from etl import quality
from etl.errors import InputError
from etl.report import PASSED, CheckResult
from tests.etl_vault.practice import settings, take
quality.warm_up = lambda: None
quality.judge = lambda folder, checks: tuple(CheckResult(c.name, c.table, PASSED) for c in checks)
resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
try:
    take(settings(Path(sys.argv[1])))
except InputError as fault:
    print(fault)
"""


def test_full_disk_is_said_in_a_sentence_and_changes_nothing(practice: IngestSettings) -> None:
    before = _standing(practice)
    write(practice.base_dir / "visits.csv", visits(3600)[::-1] + [[f"N{n}", *visits(1)[0][1:]] for n in range(60_000)])
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(practice.base_dir)], cwd=root, capture_output=True, text=True, check=False
    )
    assert "no room left on the disk" in done.stdout, done.stdout + done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == 1
    assert _standing(practice) == before
    assert list((vault.vault_folder(practice) / "tmp").iterdir()) == []
