"""The gate judges each table by itself and against the last run; what it cannot judge it does not pass."""

from __future__ import annotations

import json
import socket
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etl import quality
from etl.canonical import TABLES
from etl.errors import GateRefused
from etl.profile import Profile
from etl.quality_checks import Check, checks_of
from etl.report import CheckResult, TableReport
from etl.safekeeping import private_files
from etl.settings import TableSource

TABLE = TABLES["appointment"]
REPORT = TableReport("appointment", 1000, 990, {"age_below_0": 10}, 0)
PROFILE = Profile("appointment", 1000, 990, {"fee": 20, "status": 0, "age": 0}, {"status": {"attended": 900}})


def _checks(
    report: TableReport = REPORT, profile: Profile = PROFILE, last: Profile | None = None, **source: Any
) -> dict[str, Check]:
    found = checks_of(TABLE, TableSource(**source), report, profile, last, frozenset({"appointment"}))
    return {check.name: check for check in found}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, CheckResult]]:
    """One run of the gate with one check of each fate, and no network to speak to."""
    folder = tmp_path_factory.mktemp("practice") / "quality"
    checks = [
        Check("good", "appointment", "m", 0.01, 0.05, 1, 100, 1),
        Check("at_the_edge", "appointment", "m", 0.05, 0.05),
        Check("quarantined_share", "appointment", "m", 0.06, 0.05, 6, 100, 6, detail="6 of 100 rows are quarantined"),
        Check("small", "appointment", "m", 0.4, 0.5, at_least=True),
        Check("not_a_number", "site", "m", float("nan"), 0.5),
        Check("first_run", "site", "m", None, 0.5),
    ]
    real = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        raise AssertionError(f"the gate called {address}")

    socket.socket.connect = refuse  # type: ignore[method-assign]
    try:
        with private_files():
            results = quality.judge(folder, checks)
    finally:
        socket.socket.connect = real  # type: ignore[method-assign]
    return folder, {result.check: result for result in results}


def test_values_are_judged_against_their_thresholds(judged: tuple[Path, dict[str, CheckResult]]) -> None:
    _, results = judged
    assert {name: result.state for name, result in results.items()} == {
        "good": "passed",
        "at_the_edge": "passed",
        "quarantined_share": "failed",
        "small": "failed",
        "not_a_number": "error",
        "first_run": "not applicable",
    }
    assert (
        results["quarantined_share"].numerator,
        results["quarantined_share"].denominator,
        results["quarantined_share"].threshold,
    ) == (6, 100, 0.05)


def test_what_the_gate_keeps_is_private_and_complete(judged: tuple[Path, dict[str, CheckResult]]) -> None:
    folder, _ = judged
    assert quality.docs_page(folder).is_file()
    assert list(folder.rglob("expectations/appointment.json"))
    assert list(folder.rglob("validations/appointment/**/*.json"))
    modes = {stat.S_IMODE(found.stat().st_mode) & 0o077 for found in (folder, *folder.rglob("*"))}
    assert modes == {0}


def test_data_docs_ask_no_other_machine(judged: tuple[Path, dict[str, CheckResult]]) -> None:
    folder, _ = judged
    pages = list(quality.docs_page(folder).parent.rglob("*.html"))
    assert len(pages) >= 4
    assert all("default-src 'self'" in page.read_text(encoding="utf-8") for page in pages)


def test_telemetry_is_off(judged: tuple[Path, dict[str, CheckResult]]) -> None:
    folder, _ = judged
    assert "analytics_enabled: false" in (folder / "gx" / "great_expectations.yml").read_text(encoding="utf-8")


def test_refusal_names_each_failed_check(judged: tuple[Path, dict[str, CheckResult]]) -> None:
    folder, results = judged
    with pytest.raises(GateRefused, match="6 of 100 rows are quarantined") as refused:
        quality.refuse_failed(tuple(results.values()), folder)
    assert "could not be judged" in str(refused.value)
    assert "last release stands" in str(refused.value)


def test_gate_that_cannot_be_loaded_passes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    (result,) = quality.judge(tmp_path / "quality", [Check("good", "site", "m", 0.0, 0.5)])
    assert result.state == "error"
    with pytest.raises(GateRefused):
        quality.refuse_failed((result,), tmp_path)


def test_first_run_has_nothing_to_be_compared_with() -> None:
    checks = _checks()
    for name in ("volume_against_last_run", "missing_against_last_run", "new_words"):
        assert not checks[name].applicable
    assert checks["quarantined_share"].value == 0.01
    assert checks["quarantined_share"].threshold == TABLE.worst_quarantined_share


def test_operator_may_set_the_thresholds() -> None:
    checks = _checks(last=PROFILE, worst_quarantined_share=0.5, largest_drop=0.9)
    assert checks["quarantined_share"].threshold == 0.5
    assert checks["volume_against_last_run"].threshold == 0.9


def test_volume_is_a_share_of_the_last_run() -> None:
    check = _checks(last=replace(PROFILE, read=4000))["volume_against_last_run"]
    assert (check.value, check.at_least, check.numerator, check.denominator) == (0.25, True, 1000, 4000)


def test_growth_of_missing_values_is_seen_in_the_worst_column() -> None:
    check = _checks(profile=replace(PROFILE, missing={"fee": 500, "status": 0}), last=PROFILE)[
        "missing_against_last_run"
    ]
    assert check.value == pytest.approx(480 / 990)
    assert "fee" in check.detail


def test_column_that_fills_up_is_no_growth() -> None:
    check = _checks(last=replace(PROFILE, missing={"fee": 990}))["missing_against_last_run"]
    assert check.value is not None
    assert check.value < 0


def test_new_words_are_counted_and_named() -> None:
    words = {"status": {"attended": 800, "vanished": 60}}
    check = _checks(profile=replace(PROFILE, words=words), last=PROFILE)["new_words"]
    assert check.value == pytest.approx(60 / 990)
    assert "vanished" in check.detail


def test_rule_of_a_column_never_filled_is_not_applicable() -> None:
    missing = {"minutes": 990, "fee": 0, "age": 0}
    checks = _checks(profile=replace(PROFILE, missing=missing))
    assert not checks["minutes_below_1"].applicable
    assert checks["fee_below_0"].applicable
    assert checks["age_below_0"].failed_rows == 10


def test_results_hold_counts_alone(judged: tuple[Path, dict[str, CheckResult]]) -> None:
    folder, _ = judged
    kept = json.loads(next(folder.rglob("validations/appointment/**/*.json")).read_text(encoding="utf-8"))
    assert {row["result"].get("element_count") for row in kept["results"]} == {1}
