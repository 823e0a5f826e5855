"""The forecasts of missed visits, from bins of scores."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metrics.audit import audit
from metrics.audit_many import aucs, briers, recalibrated
from metrics.estimate import State
from metrics.intervals import newcombe_difference
from metrics.predictor_counts import stability
from metrics.query import results
from tests.metrics.families import place, whole_practice, whole_store
from tests.metrics.releases import attendance_row, header
from tests.metrics.test_scores import one, published
from warehouse.families import PREDICTION_COUNTS
from warehouse.store import Store


def forecasts(
    score: np.ndarray, missed: np.ndarray, week: int = 0, threshold: float = 0.3, **keys: Any
) -> list[dict[str, Any]]:
    """The bins of one group."""
    rows = []
    bins = np.minimum(np.floor(score * 100), 99).astype(int)
    for each in np.unique(bins):
        at = bins == each
        whole = np.round(score[at] * 1e6).astype(np.int64)
        high = score[at] >= threshold
        counts = dict.fromkeys(PREDICTION_COUNTS, 0) | {"scored": int(at.sum()), "missed": int(missed[at].sum())}
        counts |= {"score": int(whole.sum()), "score_squared": int((whole**2).sum())}
        counts |= {"alerts": int(high.sum()), "alerts_missed": int((high & (missed[at] > 0)).sum())}
        rows.append(place("*", week, **{"model": "m", "horizon": "other", "bin": int(each), **keys}) | counts)
    return rows


def visits(seed: int, n: int = 3000, slope: float = 1.0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    score = random.beta(2, 7, n).clip(0.001, 0.999)
    odds = shift + slope * np.log(score / (1 - score))
    return score, (random.random(n) < 1 / (1 + np.exp(-odds))).astype(int)


def test_every_group_is_audited_as_by_itself() -> None:
    random = np.random.default_rng(5)
    n = random.integers(0, 40, (6, 100)).astype(float)
    score = (np.arange(100) + random.random((6, 100))) / 100
    events = random.binomial(n.astype(int), score**1.3).astype(float)
    auc, error = aucs(events, n - events)
    fits = recalibrated(score, events, n)
    brier, spread = briers(score, events, n, n * score**2)
    for row in range(6):
        told = audit(pd.DataFrame({"score": score[row], "events": events[row], "n": n[row]}))
        assert (auc[row], error[row]) == pytest.approx((told.auc, told.auc_error))
        assert (fits.intercept[row], fits.slope[row]) == pytest.approx((told.intercept, told.slope))
        assert (fits.intercept_error[row], fits.slope_error[row]) == pytest.approx(
            (told.intercept_error, told.slope_error)
        )
        assert (fits.large[row], fits.large_error[row]) == pytest.approx((told.in_the_large, told.in_the_large_error))
        assert brier[row] == pytest.approx(told.brier)
        assert brier[row] + 1.959963984540054 * spread[row] == pytest.approx(told.brier_high)


def test_what_cannot_be_fitted_is_no_number() -> None:
    score = np.tile((np.arange(100) + 0.5) / 100, (3, 1))
    n = np.zeros((3, 100))
    n[:, [10, 60]] = 50
    events = np.zeros((3, 100))
    events[1, 60] = 50  # separated
    events[2, [10, 60]] = 50  # all missed
    fits = recalibrated(score, events, n)
    assert np.isnan(fits.slope).all()
    assert np.isnan(fits.large[[0, 2]]).all()
    assert np.isnan(aucs(events, n - events)[1]).all()


def test_the_shared_predictor_agrees_with_r_to_a_bins_width(shared_dir: Path, tmp_path: Path) -> None:
    """AUD-01: pROC, glm and rms::val.prob on single scores; ours come in bins of a hundredth."""
    folder = shared_dir / "references"
    cases = {case["id"]: case["expected"] for case in json.loads((folder / "expected.json").read_text())["cases"]}
    told, rows = cases["AUD-01"]["p_overconf"], pd.read_csv(folder / "predictor_birthwt.csv")
    outcome = next(name for name in rows.columns if name in ("y", "low"))
    store = published(tmp_path, "prediction_cells", *forecasts(rows["p_overconf"].to_numpy(), rows[outcome].to_numpy()))
    for key, expected in (
        ("predictor_auc", told["auc"]),
        ("predictor_brier", told["brier"]),
        ("predictor_slope", told["cal_slope"]),
        ("predictor_intercept", told["cal_intercept"]),
        ("predictor_in_the_large", told["cal_in_large"]),
        ("predictor_observed_expected", told["oe"]),
    ):
        assert one(store, metric=key, site="*").value == pytest.approx(expected, abs=0.01), key


def test_forecasts_too_extreme_and_too_low_are_found_so(tmp_path: Path) -> None:
    store = published(tmp_path, "prediction_cells", *forecasts(*visits(1, n=20_000, slope=0.7, shift=0.4)))
    slope, intercept = (one(store, metric=f"predictor_{name}", site="*") for name in ("slope", "intercept"))
    assert slope.low < 0.7 < slope.high < 1
    assert 0 < intercept.low < 0.4 < intercept.high


def test_too_few_missed_visits_are_not_assessable(tmp_path: Path) -> None:
    score, _ = visits(2, n=400)
    missed = np.zeros(400, dtype=int)
    missed[:12] = 1
    row = one(published(tmp_path, "prediction_cells", *forecasts(score, missed)), metric="predictor_auc", site="*")
    assert row.state is State.CANNOT_SAY
    assert row.reason == "not assessable: rests on 12 missed, or kept, visits; at least 30 are needed"


def test_over_everything_the_model_in_use_is_audited_alone(tmp_path: Path) -> None:
    old, new = visits(3, shift=1.5), visits(4)
    rows = [*forecasts(*old, week=0, model="old"), *forecasts(*new, week=4, model="new")]
    store = published(tmp_path, "prediction_cells", *rows)
    row = one(store, metric="predictor_in_the_large", site="*")
    assert row.n == 3000
    assert row.low < 0 < row.high
    assert "model new; 1 before it not counted" in row.reason
    first, second = results(store, metric="predictor_in_the_large", site="*", period="4weeks")[:2]
    assert first.value == pytest.approx(1.5, abs=0.2)
    assert second.value == row.value


def test_forecasts_in_time_are_those_two_to_three_days_ahead(tmp_path: Path) -> None:
    early, late = visits(5, n=2000), visits(6, n=1000)
    rows = [*forecasts(*early, horizon="48-72"), *forecasts(*late, horizon="other")]
    store = published(tmp_path, "prediction_cells", *rows)
    ppv = one(store, metric="predictor_ppv_in_time", site="*")
    flagged = early[0] >= 0.3
    assert (ppv.value, ppv.n) == (pytest.approx(early[1][flagged].mean()), flagged.sum())


def test_a_model_that_slips_is_seen(tmp_path: Path) -> None:
    rows = [*forecasts(*visits(7), week=0), *forecasts(*visits(8, shift=0.8), week=12)]
    row = one(published(tmp_path, "prediction_cells", *rows), metric="predictor_drift", site="*")
    assert row.low < 0.8 < row.high
    assert row.low > 0
    assert "stability index of the scores 0.0" in row.reason


def test_a_young_model_has_nothing_to_slip_from(tmp_path: Path) -> None:
    row = one(published(tmp_path, "prediction_cells", *forecasts(*visits(7))), metric="predictor_drift", site="*")
    assert row.state is State.CANNOT_SAY
    assert "no more than twelve weeks" in row.reason


def test_another_population_has_a_high_stability_index() -> None:
    random = np.random.default_rng(9)
    then, same, other = (
        np.bincount((random.beta(*shape, 4000) * 100).astype(int), minlength=100).astype(float)
        for shape in ((2, 7), (2, 7), (4, 4))
    )
    index = stability(then, np.stack([same, other]))
    assert index[0] < 0.02
    assert index[1] > 0.25


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return whole_store(tmp_path_factory.mktemp("practice"))


def test_a_gap_is_between_a_group_and_all_others(store: Store) -> None:
    cells = whole_practice()["prediction_cells"].query("stratifier == 'modality'")
    sums = cells.groupby("stratum")[["reminded", "scored"]].sum()
    rows = {row.stratum: row for row in results(store, metric="reminded_gap", by="modality", site="*")}
    told = newcombe_difference(*sums.loc["video"], *sums.loc["in_person"])
    assert (rows["video"].value, rows["video"].low, rows["video"].high) == pytest.approx(told)
    assert rows["in_person"].value == pytest.approx(-told[0])


def test_a_gap_of_waits_knows_that_patients_come_back(tmp_path: Path) -> None:
    """Ten patients of each group with ten visits each, a patient's visits all alike: ten waits, not a hundred."""
    waits = {"video": [3.0] * 5 + [5.0] * 5, "in_person": [2.0] * 5 + [4.0] * 5}
    own = {"outcome": "wait", "site": "North", "window": "all", "state": "published"}
    own["window_start"] = header()["grid_start"]
    rows, repeats, categories = [], [], []
    for name, days in waits.items():
        each = np.array(days)
        split = {"stratifier": "modality", "stratum": name}
        categories.append(
            {"stratifier": "modality", "stratum": name, "position": len(categories), "merged_categories": 1}
        )
        sums = {"waits": 100, "wait_days": int(10 * each.sum()), "wait_days_squared": int(10 * (each**2).sum())}
        rows.append(attendance_row("North", "4weeks", 0, f"modality={name}", **sums))
        squares = {"mm": 1000, "my": int(100 * each.sum()), "yy": int(100 * (each**2).sum())}
        repeats.append(own | split | {"n": 100, "events": sums["wait_days"], "patients": 10} | squares)
    more = {"repeat_cells": pd.DataFrame(repeats), "category": pd.DataFrame(categories)}
    store = published(tmp_path, "attendance_cells", *rows, **more)
    row = next(row for row in results(store, metric="wait_gap", by="modality", site="*") if row.stratum == "video")
    error = np.sqrt(2 * 10 / 9 / 10)  # of ten patients' means on each side
    assert row.value == pytest.approx(1.0)
    assert row.high - row.low == pytest.approx(2 * stats.t.ppf(0.975, 18) * error)
    assert "come back" not in row.reason


def test_a_gap_needs_a_split(store: Store) -> None:
    row = one(store, metric="wait_gap", site="*")
    assert (row.state, row.reason) == (
        State.NOT_APPLICABLE,
        "a gap lies between groups: split by one (sex, age, language ...)",
    )


def test_nobody_deciding_otherwise_is_said(store: Store, tmp_path: Path) -> None:
    rows = forecasts(*visits(10))
    acted = [row | {"acted": row["alerts"]} for row in rows]
    row = one(published(tmp_path, "prediction_cells", *acted), metric="predictor_rubber_stamped", site="*")
    assert row.value == 1.0
    assert "either nobody ever decides otherwise, or it is not written down" in row.reason
    assert "not written down" not in one(store, metric="predictor_rubber_stamped", site="*").reason
