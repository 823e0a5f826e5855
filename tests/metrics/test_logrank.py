import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import logrank_test

from metrics.errors import CellError
from metrics.survival import kaplan_meier, logrank


def counts(time: Any, event: Any) -> pd.DataFrame:
    rows = pd.DataFrame({"time": time, "observed": np.asarray(event, int), "censored": 1 - np.asarray(event, int)})
    return rows.groupby("time", as_index=False).sum()


# Freireich et al. 1963, Blood 21:699: weeks in remission, a negative sign where still in remission.
REMISSION = {
    "6-MP": [6, 6, 6, 7, 10, 13, 16, 22, 23, -6, -9, -10, -11, -17, -19, -20, -25, -32, -32, -34, -35],
    "placebo": [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23],
}


def test_the_remission_trial_gives_the_textbook_statistic() -> None:
    found = logrank({name: counts(np.abs(weeks), np.array(weeks) > 0) for name, weeks in REMISSION.items()})
    assert found.chi2 == pytest.approx(16.793, abs=5e-4)
    assert (found.df, found.p < 1e-4) == (1, True)


@pytest.fixture(scope="module")
def folder(shared_dir: Path) -> Path:
    return shared_dir / "references"


@pytest.fixture(scope="module")
def cases(folder: Path) -> dict[str, Any]:
    return {case["id"]: case["expected"] for case in json.loads((folder / "expected.json").read_text())["cases"]}


def by(rows: pd.DataFrame, column: str, time: str, event: "pd.Series[bool]") -> dict[str, pd.DataFrame]:
    return {str(name): counts(part[time], event[part.index]) for name, part in rows.groupby(column)}


def test_four_published_trials_agree_with_r(cases: dict[str, Any], folder: Path) -> None:
    lung, gehan, waltons = (pd.read_csv(folder / f"{name}.csv") for name in ("lung", "gehan", "waltons"))
    for column, name in (("sex", "logrank_sex"), ("ph.ecog", "logrank_ph_ecog")):
        case = cases["SURV-01"][name]
        found = logrank(by(lung, column, "time", lung["status"] == 2))
        assert (found.chi2, found.df, found.p) == pytest.approx((case["chisq"], case["df"], case["p"]), rel=1e-6)
    found = logrank(by(gehan, "treat", "time", gehan["event"] == 1))
    assert found.chi2 == pytest.approx(cases["SURV-03"]["logrank"]["chisq"], rel=1e-9)
    found = logrank(by(waltons, "group", "T", waltons["E"] == 1))
    assert found.chi2 == pytest.approx(cases["SURV-04"]["logrank"], rel=1e-9)


def test_groups_are_compared_within_strata_as_r_does(cases: dict[str, Any], folder: Path) -> None:
    rows = pd.read_csv(folder / "crisis_A.csv")
    strata = [by(part, "automation", "minutes", part["responded"] == 1) for _, part in rows.groupby("priority")]
    case = cases["CRI-01"]["logrank_automation_stratified"]
    found = logrank(strata)
    assert (found.chi2, found.p) == pytest.approx((case["chisq"], case["p"]), rel=1e-6)


def test_time_to_human_contact_agrees_with_r(cases: dict[str, Any], folder: Path) -> None:
    rows = pd.read_csv(folder / "crisis_A.csv")
    for name, case in cases["CRI-01"].items():
        if name.startswith("logrank"):
            continue
        priority, _, automation = name.partition("|automation=")
        part = rows[(rows["priority"] == priority) & (rows["automation"].astype(str).isin(list(automation or "01")))]
        curve = kaplan_meier(counts(part["minutes"], part["responded"] == 1))
        for p, told in ((0.5, case["km_median"]), (0.9, case["km_p90"])):
            found = curve.quantile(p)
            assert [found.value, found.low, found.high] == [told["est"], told["lower"], told["upper"]]
        share, low, high = curve.at(case["sla_minutes"])
        told = case["km_attainment"]
        assert (1 - share, 1 - high, 1 - low) == pytest.approx((told["est"], told["lower"], told["upper"]), rel=1e-6)


def test_random_groups_agree_with_lifelines() -> None:
    random = np.random.default_rng(8)
    time, event, group = random.integers(1, 30, 400), random.random(400) < 0.7, random.random(400) < 0.4
    found = logrank({"a": counts(time[group], event[group]), "b": counts(time[~group], event[~group])})
    other = logrank_test(time[group], time[~group], event[group], event[~group])
    assert (found.chi2, found.p) == pytest.approx((other.test_statistic, other.p_value), rel=1e-9)


def test_late_entry_uses_those_at_risk() -> None:
    one = pd.DataFrame({"time": [1, 2], "observed": [1, 1], "censored": [0, 0], "at_risk": [10, 20]})
    two = pd.DataFrame({"time": [1, 2], "observed": [3, 2], "censored": [0, 0], "at_risk": [10, 20]})
    expected, variance = 2 + 1.5, 4 * 16 / 19 / 4 + 3 * 37 / 39 / 4
    assert logrank({"one": one, "two": two}).chi2 == pytest.approx((2 - expected) ** 2 / variance)


def test_late_entry_at_other_times_is_refused() -> None:
    one = pd.DataFrame({"time": [1], "observed": [1], "censored": [0], "at_risk": [10]})
    with pytest.raises(CellError, match="same times"):
        logrank({"one": one, "two": one.assign(time=[2])})


def test_one_group_or_nobody_leaving_is_refused() -> None:
    nobody = pd.DataFrame({"time": [1], "observed": [0], "censored": [5]})
    with pytest.raises(CellError, match="two groups"):
        logrank({"one": nobody})
    with pytest.raises(CellError, match="nobody leaves"):
        logrank({"one": nobody, "two": nobody})
