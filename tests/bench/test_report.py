"""A page of figures that says what was measured, and what was not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import figures, report
from bench.figures import PROMISES, Figure
from bench.run import CommandFailed, measure


def test_page_is_what_the_kept_results_say() -> None:
    written = report.DOCUMENT.read_text(encoding="utf-8")
    assert written == report.document(figures.load(), figures.machine_of())


def test_partial_run_renews_its_own_figures_alone(tmp_path: Path) -> None:
    kept = tmp_path / "results.json"
    figures.keep([Figure("ingest_10m", 3.0, "30 / 10", "", "2026-01-01"), Figure("metrics_1m", 60.0, "", "", "")], kept)
    figures.keep([Figure("ingest_10m", 5.0, "50 / 10", "", "2026-01-02")], kept)
    found = figures.load(kept)
    assert (found["ingest_10m"].value, found["metrics_1m"].value) == (5.0, 60.0)


def test_figure_that_misses_is_said_to_miss() -> None:
    promise = next(one for one in PROMISES if one.key == "ingest_10m")
    assert [promise.met(value) for value in (3.9, 5.0, 6.1)] == ["yes", "floor, not the aim", "**no**"]
    faster = next(one for one in PROMISES if one.key == "metrics_1m")
    assert [faster.met(value) for value in (51.0, 49.0)] == ["yes", "**no**"]


def test_promise_not_measured_yet_says_so() -> None:
    assert report.document({}, "").count("not measured yet") == len(PROMISES)


def test_machine_is_told_in_general_terms() -> None:
    told = figures.machine()
    assert "cores" in told
    assert "duckdb" in told
    assert not any(part in told for part in (str(Path.home()), sys.prefix))


def test_memory_of_a_command_is_seen_at_its_peak() -> None:
    cost = measure(["-c", "import time; held = bytearray(150_000_000); time.sleep(0.3); del held; time.sleep(0.1)"])
    assert 150_000_000 < cost.peak_bytes < 400_000_000
    assert cost.seconds > 0.4


def test_command_that_fails_is_not_measured() -> None:
    with pytest.raises(CommandFailed, match="ended with 3"):
        measure(["-c", "raise SystemExit(3)"])
