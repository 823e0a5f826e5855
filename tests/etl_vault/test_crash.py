"""An ingest killed at any step leaves the old release readable, and the next run ends where no kill would have."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("kills")
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.etl_vault.kill_points", str(folder)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_step_is_a_kill_point(found: dict[str, Any]) -> None:
    killed = [run for place in found["places"] for run in place["killed"]]
    assert len(killed) >= 14
    assert {run.get("signal") for run in killed} == {signal.SIGKILL}


def test_old_release_is_readable_after_every_kill(found: dict[str, Any]) -> None:
    last = found["whole"]["steps"]  # by the last step the new release is out
    for place in found["places"]:
        expected = found["whole"] if place["points"] == [last] else found["first"]
        assert place["seen"] == {name: expected[name] for name in ("release", "content", "cells")}, place
        assert place["seen"]["cells"] > 0


def test_next_run_ends_where_an_unbroken_one_does(found: dict[str, Any]) -> None:
    whole = found["whole"]
    assert whole["release"] == 2
    for place in found["places"]:
        repaired = place["repaired"]
        assert (repaired["release"], repaired["content"]) == (2, whole["content"]), place


def test_two_exports_give_two_contents(found: dict[str, Any]) -> None:
    assert found["first"]["content"] != found["whole"]["content"]
