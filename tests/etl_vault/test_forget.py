"""A forgotten patient is in no table of the vault, in no kept release, and does not come back with the next export."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from deid.pseudonyms import lookup_sql
from etl import vault
from etl.errors import InputError
from etl.forget import Forgotten, forget
from etl.settings import IngestSettings
from tests.etl_vault import comments as practice
from tests.etl_vault.forget_kills import WHO, quick, two_releases
from tests.etl_vault.practice import KEY, NOW, opened, take
from warehouse.audit import FOLDER, AuditLog
from warehouse.schema import CELL_TABLES

pytestmark = pytest.mark.usefixtures("quickly")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice with two releases."""
    folder = tmp_path_factory.mktemp("practice")
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in quick():
            patch.setattr(name, stand_in)
        two_releases(folder, without="")
    return folder


def done(chosen: IngestSettings, *numbers: str, **how: Any) -> Forgotten:
    how = {"root_key": KEY, "now": NOW, "by": "Ada Officer", "progress": lambda text, share: None} | how
    return forget(chosen, numbers or [WHO], store=opened(chosen), **how)


def cells(chosen: IngestSettings) -> list[dict[str, pd.DataFrame]]:
    """The counts of every kept release, newest first."""
    store = opened(chosen)
    return [{t.name: store.read(t.name, release.id) for t in CELL_TABLES} for release in store.releases()]


def inside(chosen: IngestSettings, query: str) -> list[tuple[Any, ...]]:
    with practice.opened(chosen) as con:
        vault.prepare(con, KEY)
        return con.execute(query).fetchall()


def person(chosen: IngestSettings) -> int | None:
    found = inside(chosen, f"SELECT id FROM vault.identity WHERE lookup = {lookup_sql('patient', repr(WHO))}")
    return found[0][0] if found else None


def test_every_kept_release_is_as_if_the_patient_had_never_come(here: IngestSettings, tmp_path: Path) -> None:
    before = cells(here)
    clean = tmp_path / "clean"
    clean.mkdir()
    two_releases(clean, without=WHO)
    expected = cells(practice.configured(clean))
    told = done(here)
    assert (told.people, told.rows, told.release) == (1, 1 + 30 + 1, 4)
    found = cells(here)
    assert len(found) == len(expected) == 2
    for kept, wanted, earlier in zip(found, expected, before, strict=True):
        assert len(kept["attendance_cells"]) > 0
        for name in kept:
            pd.testing.assert_frame_equal(kept[name], wanted[name])
        assert not kept["attendance_cells"].equals(earlier["attendance_cells"])


def test_nothing_of_the_patient_is_left_in_the_vault(here: IngestSettings) -> None:
    number = person(here)
    assert number is not None
    file = vault.vault_folder(here) / vault.VAULT_FILE
    before = file.stat().st_ino
    done(here)
    assert person(here) is None
    with practice.opened(here) as con:
        for table in vault.tables_in(con):
            assert str(number) not in repr(con.execute(f"SELECT * FROM vault.{table}").fetchall()), table
    assert inside(here, "SELECT count(*) FROM vault.tombstone") == [(1,)]
    assert file.stat().st_ino != before  # free blocks of the old file went with it
    assert sorted(each.name for each in file.parent.iterdir()) == [vault.FORGOTTEN_MARKER, "tmp", vault.VAULT_FILE]


def test_next_export_does_not_bring_the_patient_back(here: IngestSettings) -> None:
    done(here)
    practice.write(here.base_dir, said=[*practice.comments(), ["F900", WHO, "2024-06-07", "survey", "1", "I am back"]])
    report = take(here)
    assert person(here) is None
    assert inside(here, "SELECT count(*) FROM vault.feedback WHERE comment = 'I am back'") == [(0,)]
    dropped = {table.table: table.dropped_for for table in report.tables if table.dropped_for}
    assert dropped == {
        "patient": {"forgotten": 1},
        "appointment": {"forgotten": 30},
        "feedback": {"forgotten": 2},
    }
    for table in report.tables:
        assert table.read == table.kept + table.quarantined_rows + table.dropped_by_policy
    store = opened(here)
    shown = store.read("reconciliation", report.release).set_index("table_name")
    assert shown.loc["appointment", "rows_read"] == 1770  # one person's visits are told to nobody
    assert store.read("policy_drop", report.release).empty


def test_same_exports_after_a_forgetting_are_already_released(here: IngestSettings) -> None:
    release = done(here).release
    again = take(here)
    assert (again.already, again.release) == (True, release)


def test_audit_log_tells_how_many_and_never_who(here: IngestSettings) -> None:
    done(here)
    log = AuditLog(here.data_dir / FOLDER)
    told = [(entry.event, entry.by, entry.details) for entry in log.entries() if entry.event.startswith("forget")]
    assert told == [
        ("forget.requested", "Ada Officer", {"people": 1}),
        ("forget.done", "Ada Officer", {"people": 1, "rows": 32, "release": 4}),
    ]
    assert log.verify() is None
    assert WHO not in log.path.read_text()


def test_number_of_nobody_is_said_and_changes_nothing(here: IngestSettings) -> None:
    before = [release.id for release in opened(here).releases()]
    with pytest.raises(InputError, match="Number 2 of 2 is no patient's") as refused:
        done(here, WHO, "MRN-99999")
    assert "99999" not in str(refused.value)
    assert person(here) is not None
    assert [release.id for release in opened(here).releases()] == before


def test_forgetting_twice_is_no_fault(here: IngestSettings) -> None:
    done(here)
    assert done(here).people == 0


def test_there_must_be_a_vault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no vault"):
        done(practice.configured(tmp_path))


def test_release_of_other_settings_is_removed_for_it_cannot_be_made_anew(here: IngestSettings) -> None:
    take(here.model_copy(update={"synthetic": True}))
    done(here.model_copy(update={"synthetic": True}))
    assert [release.synthetic for release in opened(here).releases()] == [True]


def test_rebuilt_vault_has_new_numbers_the_same_figures_and_the_same_tombstones(here: IngestSettings) -> None:
    done(here)
    take(here, restate=True)
    numbers = set(inside(here, "SELECT id FROM vault.identity"))
    before = cells(here)[0]
    report = take(here, rebuild=True)
    assert person(here) is None
    fresh = set(inside(here, "SELECT id FROM vault.identity"))
    assert len(fresh) == len(numbers)
    assert not fresh & numbers
    assert report.release == 6
    for name, rows in cells(here)[0].items():
        pd.testing.assert_frame_equal(rows, before[name])


def test_rebuild_with_another_key_does_not_bring_the_forgotten_back(here: IngestSettings) -> None:
    done(here)
    with pytest.raises(InputError, match="forgotten"):
        take(here, root_key=os.urandom(32), rebuild=True)
    assert take(here).already


def test_vault_that_was_taken_away_does_not_bring_the_forgotten_back(here: IngestSettings) -> None:
    done(here)
    (vault.vault_folder(here) / vault.VAULT_FILE).unlink()
    with pytest.raises(InputError, match="forgotten"):
        take(here)
    (vault.vault_folder(here) / vault.FORGOTTEN_MARKER).unlink()
    assert take(here, rebuild=True).release == 5


def test_killed_at_any_step_the_next_run_ends_it(known: Path, tmp_path: Path) -> None:
    """At each step the process is killed; then the next ingest, or the next `rapport forget`, ends the work."""
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.etl_vault.forget_kills", str(known), str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert len(found["killed"]) == 4
    for each in found["killed"]:
        assert each["signal"] == signal.SIGKILL
        assert each["ended"]["rows"] == 0, each
        assert each["ended"]["requests"] == 0, each
        assert each["ended"]["contents"] == found["whole"]["contents"], each
        assert each["between"] in (found["before"]["contents"], found["whole"]["contents"])


def test_day_of_the_older_release_is_kept(here: IngestSettings) -> None:
    done(here)
    days = [release.extracted_on for release in opened(here).releases()]
    assert days == [date(2024, 12, 31), date(2024, 11, 20)]
