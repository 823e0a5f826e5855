"""A safety halt goes before every gate: exit 4, yes or no for the reader, the worklist for the operator alone."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from etl import quality
from rapport.config import load
from tests.etl_vault.test_pipeline import _quick_judge, _quick_release
from tests.rapport.small import CONFIG, rapport, rows, write
from warehouse.store import open_store

HEADER = "Alert,Client,Noticed,By,Contact,Closed By"
ALONE = "ALERT-77,P3,2025-05-02 10:00,automation,,automation"
REACHED = "ALERT-78,P4,2025-05-02 10:00,automation,2025-05-02 10:20,automation"
TABLE = """
[tables.crisis_signal]
file = "crisis.csv"
[tables.crisis_signal.columns]
crisis_id = "Alert"
patient_id = "Client"
detected_at = "Noticed"
detected_by = "By"
human_contact_at = "Contact"
closed_by = "Closed By"
"""


def alerts(folder: Path, *lines: str) -> None:
    (folder / "crisis.csv").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")


def fact(config: Path) -> list[bool]:
    store = open_store(load(config).ingest.warehouse_url, read_only=True)
    latest = store.latest()
    assert latest is not None
    return store.read("safety_fact", latest.id)["happened"].tolist()


@pytest.fixture
def practice(tmp_path: Path) -> Path:
    alerts(tmp_path, REACHED)
    return write(tmp_path, rows(120), config=CONFIG + TABLE)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted, judged and concluded is not asked here."""
    monkeypatch.setattr(quality, "judge", _quick_judge)
    monkeypatch.setattr("etl.release.make_release", _quick_release)
    monkeypatch.setattr("rapport.commands.ingest.bring_up_to_date", lambda *_: None)


@pytest.mark.usefixtures("quick")
def test_the_halt_reaches_the_reader_whatever_else_happens(practice: Path) -> None:
    """One practice over time: nothing, a halt beside a refusal, one beside a release, one only the vault still holds,
    and the end of it."""
    folder = practice.parent
    first = rapport("ingest", "--config", str(practice), "--json")
    assert (first.code, first.json()["safety"]) == (0, {"closed_by_automation": False})
    assert fact(practice) == [False]

    write(folder, lines=[], config=CONFIG + TABLE)  # no row under the header: the export of visits is refused
    alerts(folder, REACHED, ALONE)
    refused = rapport("ingest", "--config", str(practice))
    assert refused.code == 4
    assert refused.err.index("Safety halt: automation closed 1 sign of danger") < refused.err.index("no row under it")
    assert fact(practice) == [True]

    write(folder, rows(120), config=CONFIG + TABLE)
    halted = rapport("ingest", "--config", str(practice), "--json")
    assert (halted.code, halted.json()["safety"]) == (4, {"closed_by_automation": True})
    assert "rapport follow-up" in halted.err
    assert fact(practice) == [True]

    alerts(folder, REACHED)
    assert rapport("ingest", "--config", str(practice)).code == 4
    assert fact(practice) == [True]
    told = rapport("follow-up", "--config", str(practice), "--json").json()
    assert (told["signals"], told["not_in_export"]) == (0, 1)

    alerts(folder, REACHED, ALONE.replace("automation,,", "automation,2025-05-03 09:00,"))
    assert rapport("ingest", "--config", str(practice)).code == 0
    assert fact(practice) == [False]


def test_a_gate_that_refuses_comes_second(practice: Path) -> None:
    lines = [line.replace(",Show,", ",Vanished,") if at % 3 == 0 else line for at, line in enumerate(rows(90))]
    write(practice.parent, lines=lines, config=CONFIG + TABLE)
    alerts(practice.parent, REACHED)
    assert rapport("ingest", "--config", str(practice)).code == 3
    alerts(practice.parent, ALONE)
    refused = rapport("ingest", "--config", str(practice))
    assert refused.code == 4
    assert "gate" in refused.err
    log = json.loads(rapport("audit", "show", "--config", str(practice), "--json").out)
    assert [entry["event"] for entry in log] == ["release.refused", "safety.halt", "release.refused"]


def test_a_missing_key_comes_second_too(practice: Path, own_home: Path) -> None:
    vault = load(practice).ingest.data_dir / "vault" / "vault.duckdb"
    vault.parent.mkdir(parents=True)
    vault.write_bytes(b"another's")
    alerts(practice.parent, ALONE)
    assert rapport("ingest", "--config", str(practice)).code == 4


@pytest.mark.usefixtures("quick")
def test_a_kill_after_the_look_leaves_the_yes(practice: Path) -> None:
    assert rapport("ingest", "--config", str(practice)).code == 0
    alerts(practice.parent, ALONE)
    program = (
        "import os, signal; from etl import pipeline; from rapport import cli\n"
        "pipeline._plan = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"cli.run(['ingest', '--config', {str(practice)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", program], env=os.environ, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert fact(practice) == [True]


def test_the_worklist_is_for_the_operator_alone(practice: Path) -> None:
    alerts(practice.parent, REACHED, ALONE)
    told = rapport("follow-up", "--config", str(practice), "--json")
    place = load(practice).ingest.data_dir / "follow-up.csv"
    assert (told.code, told.json()) == (0, {"signals": 1, "not_in_export": 0, "file": str(place)})
    assert place.read_text().splitlines()[1:] == ["ALERT-77,3,no human contact"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert "ALERT-77" not in told.out + told.err
    entry = json.loads(rapport("audit", "show", "--config", str(practice), "--json").out)[-1]
    assert (entry["event"], entry["details"]) == ("follow-up.written", {"signals": 1, "not_in_export": 0})
    assert "ALERT" not in json.dumps(entry)


def test_without_crisis_signals_there_is_nothing_to_follow_up(tmp_path: Path) -> None:
    told = rapport("follow-up", "--config", str(write(tmp_path)))
    assert told.code == 2
    assert "[tables.crisis_signal]" in told.err
