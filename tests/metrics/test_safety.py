"""Crises and triage, from counts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metrics.agreement import cohen_kappa, credits, kappa_limits, kappas
from metrics.estimate import State
from metrics.figures import rate
from metrics.intervals import wilson
from metrics.query import results
from metrics.triage import LEVELS
from tests.metrics.families import place
from tests.metrics.releases import header, repeat_row, store_at
from tests.metrics.test_scores import one, published
from warehouse.families import CRISIS_COUNTS
from warehouse.store import Store


def signals(**counts: int) -> dict[str, Any]:
    return {**dict.fromkeys(CRISIS_COUNTS, 0), **counts}


def fact(happened: bool, says: str) -> pd.DataFrame:
    return pd.DataFrame({"fact": ["closed_by_automation"], "happened": [happened], "says": [says]})


def test_time_to_contact_of_the_shared_signals_agrees_with_r(shared_dir: Path, tmp_path: Path) -> None:
    """CRI-01: medians and 90th percentiles by R's survfit, conf.type log-log; times here are whole minutes."""
    folder = shared_dir / "references"
    cases = {case["id"]: case["expected"] for case in json.loads((folder / "expected.json").read_text())["cases"]}
    rows = pd.read_csv(folder / "crisis_A.csv")
    part = rows[rows["priority"] == "emergency"]
    tenths = (part["minutes"] * 10).round().astype(int)
    counts = pd.DataFrame({"time": tenths, "observed": part["responded"], "censored": 1 - part["responded"]})
    asked = place("North", 0) | {"question": "crisis", "how": ""}
    cells = [asked | row for row in counts.groupby("time", as_index=False).sum().to_dict("records")]
    store = published(tmp_path, "time_cells", *cells)
    for key, name in (("crisis_median", "km_median"), ("crisis_p90", "km_p90")):
        told = cases["CRI-01"]["emergency"][name]
        row = one(store, metric=key, site="North")
        assert (row.value, row.low, row.high) == (told["est"] * 10, told["lower"] * 10, told["upper"] * 10)


def test_by_severity_the_undetermined_count_for_as_long_as_they_were_seen(shared_dir: Path, tmp_path: Path) -> None:
    """CRI-01: attainment of the hour by R's survfit, conf.type log-log."""
    folder = shared_dir / "references"
    told = {case["id"]: case["expected"] for case in json.loads((folder / "expected.json").read_text())["cases"]}
    told, rows = told["CRI-01"]["emergency"], pd.read_csv(folder / "crisis_A.csv")
    part = rows[rows["priority"] == "emergency"]
    tenths = (part["minutes"] * 10).round().astype(int)
    times = pd.DataFrame({"time": tenths, "observed": part["responded"], "censored": 1 - part["responded"]})
    group = place("*", 0, ("severity", "high"))
    minutes = [
        group | {"question": "crisis", "how": ""} | row
        for row in times.groupby("time", as_index=False).sum().to_dict("records")
    ]
    counts = signals(signals=59, within_target=told["within"], past_target=told["known"] - told["within"])
    counts |= {"undetermined": told["censored_before_sla"]}
    more = {
        "time_cells": pd.DataFrame(minutes),
        "category": pd.DataFrame(
            {"stratifier": ["severity"], "stratum": ["high"], "position": 0, "merged_categories": 1}
        ),
        "declared_value": pd.DataFrame({"name": ["crisis_target.high"], "value": [600.0]}),
    }
    store = published(tmp_path, "crisis_cells", group | counts, **more)
    row = one(store, metric="crisis_inside_target", by="severity", site="*")
    curve = told["km_attainment"]
    assert (row.value, row.low, row.high) == pytest.approx((curve["est"], curve["lower"], curve["upper"]), rel=1e-6)
    assert "6 of 59 are undetermined, counted for as long as they were seen" in row.reason


def test_a_wait_that_has_no_end_yet_is_not_guessed(tmp_path: Path) -> None:
    asked = place("North", 0) | {"question": "crisis", "how": ""}
    cells = [asked | {"time": 30, "observed": 14, "censored": 0}, asked | {"time": 60, "observed": 0, "censored": 16}]
    row = one(published(tmp_path, "time_cells", *cells), metric="crisis_p90", site="North")
    assert (row.state, row.value, row.n) == (State.CANNOT_SAY, None, 30)
    assert row.reason.startswith("for too many it was not over when last seen")


def test_typical_minutes_are_the_geometric_mean(tmp_path: Path) -> None:
    minutes = np.random.default_rng(2).lognormal(4, 1, 300).round()
    logs = np.round(np.log1p(minutes) * 1e6)
    told = {"signals": 310, "contacted": 300, "unreached": 10}
    told |= {"log_minutes": int(logs.sum()), "log_minutes_squared": int((logs**2).sum())}
    row = one(
        published(tmp_path, "crisis_cells", place("North", 0) | signals(**told)), metric="crisis_contact", site="*"
    )
    low, high = stats.t.interval(0.95, 299, loc=np.log1p(minutes).mean(), scale=stats.sem(np.log1p(minutes)))
    expected = (stats.gmean(1 + minutes) - 1, np.expm1(low), np.expm1(high))
    assert (row.value, row.low, row.high) == pytest.approx(expected, rel=1e-6)
    assert "10 without contact yet are not in it" in row.reason


def test_undetermined_signals_are_neither_met_nor_dropped(tmp_path: Path) -> None:
    counts = signals(signals=100, within_target=60, past_target=20, undetermined=20)
    row = one(published(tmp_path, "crisis_cells", place("North", 0) | counts), metric="crisis_inside_target", site="*")
    assert (row.value, row.n) == (0.75, 100)
    assert (row.low, row.high) == pytest.approx((wilson(60, 100)[0], wilson(80, 100)[1]))
    assert "20 of 100 are undetermined" in row.reason


def test_the_limits_are_wilsons_where_all_are_determined(tmp_path: Path) -> None:
    counts = signals(signals=80, within_target=60, past_target=20)
    row = one(published(tmp_path, "crisis_cells", place("North", 0) | counts), metric="crisis_inside_target", site="*")
    assert (row.low, row.high) == pytest.approx(wilson(60, 80))


@pytest.mark.parametrize(
    ("metric", "outcome", "counts"),
    [
        ("crisis_unreached", "unreached", {"unreached": 60}),
        ("crisis_alarms_real", "alarm_real", {"real_found": 60, "false_by_automation": 240}),
        ("crisis_inside_target", "within_target", {"within_target": 60, "past_target": 240}),
    ],
)
def test_signals_of_one_patient_are_alike(tmp_path: Path, metric: str, outcome: str, counts: dict[str, int]) -> None:
    own = pd.DataFrame([repeat_row(f"crisis.{outcome}", "North", "all", 0, patients=60, inflation=3.0)])
    cells = place("North", 0) | signals(**{"signals": 300, **counts})
    row = one(published(tmp_path, "crisis_cells", cells, repeat_cells=own), metric=metric, site="North")
    assert (row.value, row.low, row.high) == pytest.approx((0.2, *wilson(60, 300, design_effect=3.0)), abs=1e-3)
    assert "come back" not in row.reason


def test_whether_automation_closed_one_is_said_even_where_counts_are_withheld(tmp_path: Path) -> None:
    hidden = place("North", 0, grain="12weeks") | dict.fromkeys(CRISIS_COUNTS) | {"state": "withheld", "patients": None}
    says = "at least one signal was closed by automation alone"
    store = published(tmp_path, "crisis_cells", hidden, safety_fact=fact(True, says))
    practice, north, _ = results(store, metric="crisis_closed_by_automation")
    assert (practice.state, practice.value) == (State.WITHHELD, None)
    assert says in practice.reason
    assert says not in north.reason


def test_one_closure_by_automation_is_a_one(tmp_path: Path) -> None:
    counts = signals(signals=40, closed_by_automation=1)
    row = one(
        published(tmp_path, "crisis_cells", place("North", 0) | counts), metric="crisis_closed_by_automation", site="*"
    )
    assert (row.value, row.n) == (1, 40)
    assert (row.low, row.high) == pytest.approx((0.0253, 5.5716), abs=1e-4)


def test_poisson_limits_are_those_of_the_published_table() -> None:
    """Ulm 1990, Am J Epidemiol 131:373, table 1: exact 95 % limits of 0, 1, 5, 10 and 20 events."""
    table = {0: (0, 3.69), 1: (0.03, 5.57), 5: (1.62, 11.67), 10: (4.80, 18.39), 20: (12.22, 30.89)}
    found = rate(np.array(list(table), dtype=float), np.ones(5))
    assert np.round(found.low, 2).tolist() == [low for low, _ in table.values()]
    assert np.round(found.high, 2).tolist() == [high for _, high in table.values()]


def test_false_alarms_are_not_split_by_patients(tmp_path: Path) -> None:
    counts = signals(signals=40, false_by_automation=8, clinician_weeks=40)
    store = published(tmp_path, "crisis_cells", place("North", 0) | counts)
    row = one(store, metric="crisis_false_alarms", site="*")
    assert (row.value, row.n, row.unit) == (0.2, 40, "per clinician-week")


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_every_kappa_is_that_of_its_own_table(weights: str | None) -> None:
    counts = np.random.default_rng(4).integers(0, 12, (6, LEVELS, LEVELS)).astype(float)
    credit = credits(LEVELS, weights)
    n, value, variance = kappas(counts, credit)
    for place_, table in enumerate(counts):
        told = cohen_kappa(pd.DataFrame(table, index=range(LEVELS), columns=range(LEVELS)), weights=weights).kappa
        assert (n[place_], value[place_]) == pytest.approx((told.n, told.value))
        low, high = kappa_limits(value, variance, counts, credit)
        assert (low[place_], high[place_]) == pytest.approx((told.low, told.high))


def test_less_urgent_than_the_clinician_is_under_triage(tmp_path: Path) -> None:
    levels = ((3, 1, 6), (2, 2, 30), (1, 4, 4), (0, 1, 9), (5, 0, 9))  # automation, clinician, requests
    rows = [
        place("North", 0, automation_level=given, clinician_level=right) | {"requests": n} for given, right, n in levels
    ]
    store = published(tmp_path, "triage_cells", *rows)
    assert (one(store, metric="triage_under", site="*").value, one(store, metric="triage_over", site="*").value) == (
        pytest.approx(0.15),
        pytest.approx(0.10),
    )
    assert one(store, metric="triage_under", site="*").n == 40


def test_severity_splits_danger_and_nothing_else(tmp_path: Path) -> None:
    store: Store = store_at(tmp_path)
    site = pd.DataFrame({"site": ["North"], "position": [0], "merged_sites": 1})
    category = pd.DataFrame(
        {"stratifier": "severity", "stratum": ["high", "low"], "position": [0, 1], "merged_categories": 1}
    )
    counts = signals(signals=40, within_target=30, past_target=10)
    rows = [place("*", 0, ("severity", name), "12weeks") | counts for name in ("high", "low")]
    store.publish(header(), {"site": site, "category": category, "crisis_cells": pd.DataFrame(rows)})
    found = results(store, metric="crisis_inside_target", by="severity", site="*")
    assert [(row.stratum, row.value) for row in found] == [("high", 0.75), ("low", 0.75)]
    for row in results(store, metric="no_show_rate", by="severity"):
        assert (row.state, row.reason) == (State.NOT_APPLICABLE, "only signs of danger are split by severity")
