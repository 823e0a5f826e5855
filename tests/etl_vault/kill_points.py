"""Kills an ingest at each of its steps and lets the next run repair it; prints what was found as JSON.

Steps before the vault's transaction is over are killed one after another in one place, then repaired once: nothing may
have added up. After it, each kill has a place and a repair of its own.
Run as a program of its own: it loads everything once, has no thread and no engine of its own, and forks for each run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import etl.release
import etl.sources  # noqa: F401  loaded before the forks, so that each is quick
from etl import publishing, quality
from etl.quality_checks import Check
from etl.report import PASSED, CheckResult
from tests.etl_vault.practice import opened, settings, take, visits, write
from warehouse import store as warehouse_store

PUBLISH_TABLES = (1, 9)  # die while the n-th table of the release is written


def main(folder: Path) -> None:
    """For every kill point: the release seen after the kill, and the one after the repair."""
    quality.warm_up = lambda: None
    quality.judge = _quick_judgement  # the gate writes nothing a release depends on, and loads for seconds
    publishing.prove = lambda *_: {}  # how many files and words it looked at differs after a kill
    base, later = folder / "base", folder / "later"
    base.mkdir()
    write(base / "visits.csv", visits())
    first = _forked(lambda: _take(base, None))
    shutil.copytree(base, later)
    write(later / "visits.csv", _corrected())
    clean = folder / "clean"
    shutil.copytree(later, clean)
    whole = _forked(lambda: _take(clean, None))
    steps = whole["steps"]
    after = [[steps - 3], [steps], *([-table] for table in PUBLISH_TABLES)]
    found = [_one(folder, later, points) for points in [[*range(1, steps - 3)], *after]]
    print(json.dumps({"first": first, "whole": whole, "places": found}))  # noqa: T201


def _corrected() -> list[list[str]]:
    rows = visits(3700)
    rows[3590][8] = "late_cancel"
    return rows


def _one(folder: Path, later: Path, points: list[int]) -> dict[str, Any]:
    place = folder / f"killed{points[0]}"
    shutil.copytree(later, place)
    killed = [_forked(lambda point=point: _take(place, point)) for point in points]
    seen = _forked(lambda: _look(place))
    return {"points": points, "killed": killed, "seen": seen, "repaired": _forked(lambda: _take(place, None))}


def _take(place: Path, point: int | None) -> dict[str, Any]:
    steps, last = 0, ""

    def progress(text: str, share: float | None) -> None:
        nonlocal steps, last
        steps += not text == last == "Counting"  # told again after each family: one step all the same
        last = text
        if steps == point:
            os.kill(os.getpid(), signal.SIGKILL)

    if point is not None and point < 0:
        _die_while_publishing(-point)
    report = take(settings(place), progress=progress)
    return {"steps": steps, "already": report.already, **_look(place)}


def _die_while_publishing(table: int) -> None:
    real, written = warehouse_store.cells.write, 0

    def write_then_die(*arguments: Any) -> Any:
        nonlocal written
        written += 1
        done = real(*arguments)
        if written == table:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    warehouse_store.cells.write = write_then_die


def _look(place: Path) -> dict[str, Any]:
    store = opened(settings(place))
    latest = store.latest()
    assert latest is not None
    cells = store.read("attendance_cells", latest.id)
    return {"release": latest.id, "content": latest.content_hash, "cells": len(cells)}


def _quick_judgement(folder: Path, checks: list[Check]) -> tuple[CheckResult, ...]:
    return tuple(CheckResult(check.name, check.table, PASSED) for check in checks)


def _forked(work: Any) -> dict[str, Any]:
    """What `work` returned in a process of its own, or the signal that ended it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            code = 0
        except Exception:  # noqa: BLE001  told to whoever reads the failed test
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    assert status == 0, "a run failed"
    return json.loads(told)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
