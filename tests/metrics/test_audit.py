import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as some

from metrics.audit import ONE_KIND, audit
from metrics.calibration import at_threshold, calibration_curve
from metrics.errors import CellError
from metrics.estimate import State


@pytest.fixture(scope="module")
def expected(shared_dir: Path) -> dict[str, Any]:
    listed = json.loads((shared_dir / "references" / "expected.json").read_text())["cases"]
    return next(dict(case["expected"]) for case in listed if case["id"] == "AUD-01")


@pytest.fixture(scope="module")
def births(shared_dir: Path) -> pd.DataFrame:
    return pd.read_csv(shared_dir / "references" / "predictor_birthwt.csv")


def cells_of(rows: pd.DataFrame, score: str = "p_model") -> pd.DataFrame:
    grouped = rows.groupby(score)["y"].agg(["sum", "size"]).reset_index()
    return grouped.set_axis(["score", "events", "n"], axis=1)


@pytest.mark.parametrize("score", ["p_model", "p_overconf"])
def test_a_predictor_of_low_birth_weight_is_audited_as_r_does(
    expected: dict[str, Any], births: pd.DataFrame, score: str
) -> None:
    case, found = expected[score], audit(cells_of(births, score))
    assert (found.auc, found.auc_low, found.auc_high) == pytest.approx((case["auc"], *case["auc_delong_ci"]), abs=1e-9)
    assert (found.intercept, found.slope) == pytest.approx((case["cal_intercept"], case["cal_slope"]), abs=1e-8)
    assert found.in_the_large == pytest.approx(case["cal_in_large"], abs=1e-8)
    assert (found.brier, found.observed_expected) == pytest.approx((case["brier"], case["oe"]), abs=1e-9)
    assert (found.n, found.events) == (case["n"], case["events"])
    curve = calibration_curve(cells_of(births, score))
    assert (curve.average_gap, curve.largest_gap) == pytest.approx((case["ece10"], case["mce10"]), abs=1e-9)
    assert curve.bins["n"].tolist() == [each["n"] for each in case["bins"]]
    assert curve.bins["mean_score"].tolist() == pytest.approx([each["mean_p"] for each in case["bins"]], abs=1e-9)
    assert curve.bins["observed"].tolist() == pytest.approx([each["mean_y"] for each in case["bins"]], abs=1e-9)


@pytest.mark.parametrize("by", ["race", "smoke"])
def test_each_group_is_audited_as_r_does(expected: dict[str, Any], births: pd.DataFrame, by: str) -> None:
    for value, case in expected[f"subgroups_{by}_threshold_0_3"].items():
        cells = cells_of(births[births[by] == int(value)])
        found, acted = audit(cells), at_threshold(cells, 0.3)
        told = (found.auc, found.brier, found.observed_expected)
        assert told == pytest.approx((case["auc"], case["brier"], case["oe"]), abs=1e-8)
        shares = [each.value for each in (acted.flagged, acted.sensitivity, acted.false_alarms, acted.ppv)]
        assert shares == pytest.approx([case[name] for name in ("selection", "tpr", "fpr", "ppv")], abs=1e-9)


def made_up(seed: int = 4, many: int = 300) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    score = np.round(random.uniform(0.02, 0.98, many), 2)
    n = random.integers(1, 6, many)
    return pd.DataFrame({"score": score, "events": random.binomial(n, score), "n": n})


def test_the_area_is_that_of_all_pairs_with_ties_counted_half() -> None:
    cells = made_up(many=40)
    had = np.repeat(cells["score"], cells["events"]).to_numpy()
    had_not = np.repeat(cells["score"], cells["n"] - cells["events"]).to_numpy()
    pairs = (had[:, None] > had_not).mean() + (had[:, None] == had_not).mean() / 2
    assert audit(cells).auc == pytest.approx(pairs)


def test_recalibration_agrees_with_statsmodels() -> None:
    cells = made_up()
    odds = np.log(cells["score"] / (1 - cells["score"]))
    counts = np.column_stack([cells["events"], cells["n"] - cells["events"]])
    other = sm.GLM(counts, sm.add_constant(odds.to_numpy()), family=sm.families.Binomial()).fit()
    outcome = np.concatenate([np.ones(int(cells["events"].sum())), np.zeros(int((cells["n"] - cells["events"]).sum()))])
    each = np.concatenate([np.repeat(odds, cells["events"]), np.repeat(odds, cells["n"] - cells["events"])])
    alone = sm.GLM(outcome, np.ones(len(outcome)), family=sm.families.Binomial(), offset=each)
    large = alone.fit(cov_type="HC0")
    found = audit(cells)
    assert (found.intercept, found.slope) == pytest.approx(tuple(other.params), abs=1e-8)
    assert (found.intercept_error, found.slope_error) == pytest.approx(tuple(other.bse), abs=1e-8)
    assert (found.in_the_large, found.in_the_large_error) == pytest.approx((large.params[0], large.bse[0]), abs=1e-8)


def test_scores_made_too_extreme_by_1_4_have_a_slope_of_1_over_1_4() -> None:
    cells = made_up()
    first = audit(cells)
    odds = np.log(cells["score"] / (1 - cells["score"]))
    stretched = audit(cells.assign(score=1 / (1 + np.exp(-(0.5 + 1.4 * odds)))))
    assert stretched.slope == pytest.approx((first.slope or 0) / 1.4)
    assert stretched.auc == pytest.approx(first.auc)


@settings(max_examples=30, deadline=None)
@given(seed=some.integers(0, 10_000))
def test_cells_of_two_sites_audit_as_their_sum(seed: int) -> None:
    one, two = made_up(seed, 30), made_up(seed + 1, 30)
    apart = pd.concat([one, two])
    both = apart.groupby("score", as_index=False)[["events", "n"]].sum()
    assert audit(apart).auc == pytest.approx(audit(both).auc)
    assert audit(apart).auc_error == pytest.approx(audit(both).auc_error)
    assert audit(apart).slope == pytest.approx(audit(both).slope, abs=1e-6)


def cells(score: list[float], events: list[int], n: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"score": score, "events": events, "n": n})


def test_what_cannot_be_said_has_no_number_and_a_reason() -> None:
    one_kind = audit(cells([0.2, 0.4], [0, 0], [5, 5]))
    assert (one_kind.auc, one_kind.slope, one_kind.reason) == (None, None, ONE_KIND)
    apart = audit(cells([0.1, 0.9], [0, 5], [5, 5]))
    assert (apart.auc, apart.auc_low, apart.slope) == (1.0, None, None)
    assert "separate" in apart.reason
    alike = audit(cells([0.1], [3], [5]))
    assert (alike.slope, alike.reason.startswith("all scores are the same")) == (None, True)
    certain = audit(cells([0.0, 0.5], [1, 2], [5, 5]))
    assert (certain.slope, certain.in_the_large) == (None, None)
    assert "0 or 1" in certain.reason


@pytest.mark.parametrize(
    "wrong",
    [cells([1.2], [1], [2]), cells([0.5], [3], [2]), cells([0.5], [0], [0]), cells([0.5], [1], [2])[["score", "n"]]],
)
def test_counts_that_cannot_be_are_refused(wrong: pd.DataFrame) -> None:
    with pytest.raises(CellError):
        audit(wrong)


def test_a_score_on_the_edge_belongs_to_the_bin_above_it() -> None:
    assert calibration_curve(cells([0.3, 1.0], [1, 1], [2, 2])).bins["low"].tolist() == [0.3, 0.9]


def test_nobody_flagged_has_no_predictive_value() -> None:
    found = at_threshold(cells([0.1, 0.2], [1, 1], [4, 4]), 0.5)
    assert (found.ppv.value, found.ppv.state) == (None, State.CANNOT_SAY)
    assert found.flagged.value == 0
