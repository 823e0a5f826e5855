import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from metrics.errors import CellError
from metrics.retention import limits_of_mean
from metrics.survival import kaplan_meier, restricted_mean


@pytest.fixture(scope="module")
def cases(shared_dir: Path) -> dict[str, Any]:
    listed = json.loads((shared_dir / "references" / "expected.json").read_text())["cases"]
    return {case["id"]: case["expected"] for case in listed}


def counts(time: "pd.Series[float]", event: "pd.Series[bool]") -> pd.DataFrame:
    """Rows about people made into one row per time."""
    rows = pd.DataFrame({"time": time, "observed": event.astype(int), "censored": (~event).astype(int)})
    return rows.groupby("time", as_index=False).sum()


@pytest.fixture(scope="module")
def lung(shared_dir: Path) -> pd.DataFrame:
    return pd.read_csv(shared_dir / "references" / "lung.csv")


def of_sex(lung: pd.DataFrame, sex: int | None) -> pd.DataFrame:
    part = lung if sex is None else lung[lung["sex"] == sex]
    return counts(part["time"], part["status"] == 2)


def test_lung_medians_and_their_limits_agree_with_r(cases: dict[str, Any], lung: pd.DataFrame) -> None:
    tables = cases["SURV-01"]["km_median_ci"]
    for sex, case in (
        (None, tables["all"]["log-log"]["all"]),
        (1, tables["by_sex"]["log-log"]["sex=1"]),
        (2, tables["by_sex"]["log-log"]["sex=2"]),
    ):
        median = kaplan_meier(of_sex(lung, sex)).quantile(0.5)
        assert (median.value, median.low, median.high) == (case["median"], case["lower"], case["upper"])


def test_lung_quartiles_agree_with_r(cases: dict[str, Any], lung: pd.DataFrame) -> None:
    case = cases["SURV-01"]["quartiles_loglog"]
    curve = kaplan_meier(of_sex(lung, None))
    for p, value, low, high in zip(case["p"], case["est"], case["lower"], case["upper"], strict=True):
        found = curve.quantile(p)
        assert (found.value, found.low, found.high) == (value, low, high)


def test_lung_survival_and_limits_agree_with_r(cases: dict[str, Any], lung: pd.DataFrame) -> None:
    for case in cases["SURV-01"]["survival_at_sex_loglog"]:
        curve = kaplan_meier(of_sex(lung, int(case["strata"][-1])))
        assert curve.at(case["time"]) == pytest.approx((case["surv"], case["lower"], case["upper"]), rel=1e-8)


def test_restricted_means_and_their_errors_agree_with_r(cases: dict[str, Any], lung: pd.DataFrame) -> None:
    for name in ("rmst_365", "rmst_730", "rmst_500_all"):
        for case in cases["SURV-01"][name]:
            sex = None if case["group"] == "all" else int(case["group"][-1])
            found = restricted_mean(of_sex(lung, sex), case["tau"])
            assert (found.value, found.standard_error) == pytest.approx((case["rmst"], case["se"]), rel=1e-8)


def test_gehan_by_hand(cases: dict[str, Any], shared_dir: Path) -> None:
    rows = pd.read_csv(shared_dir / "references" / "gehan.csv")
    treated = rows[rows["treat"] == "6-MP"]
    curve = kaplan_meier(counts(treated["time"], treated["event"] == 1))
    for time, share in ((6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)):
        assert curve.at(time)[0] == pytest.approx(share, abs=5e-4)
    expected = cases["SURV-03"]["km"]["log-log"]["treat=6-MP"]
    median = curve.quantile(0.5)
    assert (median.value, median.low, median.high) == (expected["median"], expected["lower"], expected["upper"])


def test_waltons_medians_and_means_agree_with_r(cases: dict[str, Any], shared_dir: Path) -> None:
    case = cases["SURV-04"]
    rows = pd.read_csv(shared_dir / "references" / "waltons.csv")
    for group, median, mean in zip(("control", "miR-137"), case["med_loglog"], case["rmst50"], strict=True):
        part = rows[rows["group"] == group]
        table = counts(part["T"], part["E"] == 1)
        found, area = kaplan_meier(table).quantile(0.5), restricted_mean(table, 50)
        assert [found.value, found.low, found.high] == median
        assert [area.value, area.standard_error] == pytest.approx(mean, rel=1e-6)


def test_curve_agrees_with_lifelines_on_made_up_counts() -> None:
    random = np.random.default_rng(5)
    time, event = pd.Series(random.integers(1, 40, 300)), pd.Series(random.random(300) < 0.6)
    curve = kaplan_meier(counts(time, event))
    other = KaplanMeierFitter().fit(time, event)
    shares = other.survival_function_at_times(curve.time).to_numpy()
    assert curve.survival == pytest.approx(shares, abs=1e-12)
    limits = other.confidence_interval_.loc[curve.time[curve.survival > 0]].to_numpy()
    assert np.column_stack([curve.low, curve.high])[curve.survival > 0] == pytest.approx(limits, abs=1e-9)


def test_patient_in_care_is_censored_never_retained() -> None:
    table = pd.DataFrame({"time": [1, 2, 3], "observed": [2, 0, 1], "censored": [0, 6, 1]})
    assert kaplan_meier(table).survival == pytest.approx([0.8, 0.8, 0.4])


def test_cells_of_two_sites_add_to_the_cells_of_both() -> None:
    one = pd.DataFrame({"time": [1, 2], "observed": [1, 2], "censored": [1, 6]})
    both = one.assign(observed=one["observed"] * 2, censored=one["censored"] * 2)
    assert kaplan_meier(one).survival == pytest.approx(kaplan_meier(both).survival)


def test_delayed_entry_uses_those_at_risk() -> None:
    table = pd.DataFrame({"time": [1, 2], "observed": [1, 1], "censored": [0, 0], "at_risk": [4, 10]})
    assert kaplan_meier(table).survival == pytest.approx([0.75, 0.675])


def test_median_on_a_flat_piece_is_its_first_time() -> None:
    table = pd.DataFrame({"time": [1, 2, 3], "observed": [2, 0, 1], "censored": [0, 1, 0]})
    assert kaplan_meier(table).median == 1


def test_median_not_reached_is_none() -> None:
    curve = kaplan_meier(pd.DataFrame({"time": [1, 2], "observed": [1, 0], "censored": [0, 9]}))
    assert curve.median is None


def test_limits_stay_inside_when_the_last_one_leaves() -> None:
    curve = kaplan_meier(pd.DataFrame({"time": [1, 2], "observed": [1, 1], "censored": [0, 0]}))
    assert np.isfinite(curve.low).all()
    assert np.isfinite(curve.high).all()
    assert (curve.low[-1], curve.high[-1]) == (0.0, curve.high[0])


def test_more_leaving_than_at_risk_is_refused() -> None:
    table = pd.DataFrame({"time": [1], "observed": [5], "censored": [0], "at_risk": [4]})
    with pytest.raises(CellError, match="written twice"):
        kaplan_meier(table)


def test_mean_beyond_the_follow_up_is_refused() -> None:
    table = pd.DataFrame({"time": [1, 2], "observed": [1, 0], "censored": [0, 9]})
    with pytest.raises(CellError, match="2 or less"):
        restricted_mean(table, 5)


@pytest.mark.parametrize("times", [[2, 1], [1, 1]])
def test_times_out_of_order_are_refused(times: list[int]) -> None:
    with pytest.raises(CellError, match="ascend"):
        kaplan_meier(pd.DataFrame({"time": times, "observed": [0, 0], "censored": [1, 1]}))


def test_limits_of_few_patients_mean_stay_inside_the_weeks_and_grow_with_few_endings() -> None:
    area, error = np.array([25.5, 25.5, 13.0]), np.array([0.6, 0.6, 1.0])
    low, high = limits_of_mean(area, error, np.array([3.0, 1000.0, 1000.0]))
    assert (high < 26).all()
    assert high[0] - low[0] > high[1] - low[1]
    assert (low[2], high[2]) == pytest.approx((13 - 1.96, 13 + 1.96), abs=0.02)
