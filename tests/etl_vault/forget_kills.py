"""Kills a forgetting at each of its steps and lets the next run end it; prints what was found as JSON."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

import etl.release
import etl.sources  # noqa: F401  loaded before the forks, so that each is quick
from etl.forget import forget
from etl.quality_checks import Check
from etl.report import PASSED, CheckResult
from tests.etl_vault import comments as practice
from tests.etl_vault.kill_points import _forked
from tests.etl_vault.practice import KEY, NOW, opened, take

WHO = "MRN-00007"
STEPS = (1, 2, 4, 8)


def quick() -> tuple[tuple[str, Any], ...]:
    """What is left out of these tests, by name: the gate (it loads for seconds) and the proof (tested elsewhere)."""
    return (
        ("etl.quality.judge", passed),
        ("etl.quality.warm_up", lambda: None),
        ("etl.publishing.prove", lambda *_: {}),
        ("etl.vault.scrubber_version", lambda: "of these tests"),
        ("etl.pipeline.scrubber_version", lambda: "of these tests"),
    )


def passed(folder: Path, checks: list[Check]) -> tuple[CheckResult, ...]:
    """A gate that writes nothing and loads nothing."""
    return tuple(CheckResult(check.name, check.table, PASSED) for check in checks)


def two_releases(folder: Path, without: str) -> None:
    """Ingest the practice as of two days; `without`: the number of a patient who never came."""
    practice.write(folder)
    for export in folder.glob("*.csv"):
        lines = [line for line in export.read_text().splitlines() if not without or without not in line]
        export.write_text("\n".join(lines) + "\n")
    for day in (date(2024, 11, 20), date(2024, 12, 31)):
        take(practice.configured(folder, extracted_on=day))


def main(known: Path, folder: Path) -> None:
    """For every step: what readers see after the kill, and what is there once another run has ended the work."""
    for name, stand_in in quick():
        module, _, attribute = name.rpartition(".")
        setattr(importlib.import_module(module), attribute, stand_in)
    before = _forked(lambda: _look(known))
    whole = _place(known, folder / "whole")
    ended = _forked(lambda: _forget(whole, None))
    killed = []
    for step in STEPS:
        place = _place(known, folder / f"killed{step}")
        found = _forked(lambda place=place, step=step: _forget(place, step))
        between = _forked(lambda place=place: _look(place))["contents"]
        work = _ingest if step % 2 else _forget_again
        killed.append({**found, "between": between, "ended": _forked(lambda place=place, work=work: work(place))})
    print(json.dumps({"before": before, "whole": ended, "killed": killed}))  # noqa: T201


def _place(known: Path, place: Path) -> Path:
    shutil.copytree(known, place)
    return place


def _forget(place: Path, step: int | None) -> dict[str, Any]:
    steps = 0

    def progress(text: str, share: float | None) -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

    chosen = practice.configured(place)
    forget(chosen, [WHO], root_key=KEY, store=opened(chosen), now=NOW, by="Ada", progress=progress)
    return _look(place)


def _forget_again(place: Path) -> dict[str, Any]:
    return _forget(place, None)


def _ingest(place: Path) -> dict[str, Any]:
    take(practice.configured(place))
    return _look(place)


def _look(place: Path) -> dict[str, Any]:
    chosen = practice.configured(place)
    contents = [release.content_hash for release in opened(chosen).releases()]
    with practice.opened(chosen) as con:
        rows = con.execute(
            "SELECT (SELECT count(*) FROM vault.appointment) - 1770, (SELECT count(*) FROM vault.forget_request)"
        ).fetchone()
    assert rows is not None
    return {"contents": contents, "rows": rows[0], "requests": rows[1]}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
