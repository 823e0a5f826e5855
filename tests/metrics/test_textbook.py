import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from metrics.effects.textbook import interrupted_time_series
from metrics.errors import CellError


@pytest.fixture(scope="module")
def smoking(shared_dir: Path) -> pd.DataFrame:
    rows = pd.read_csv(shared_dir / "references" / "prop99_california.csv")
    return rows.rename(columns={"year": "time", "cigsale": "value"})


@pytest.fixture(scope="module")
def case(shared_dir: Path) -> dict[str, Any]:
    listed = json.loads((shared_dir / "references" / "expected.json").read_text())["cases"]
    return next(dict(each["expected"]) for each in listed if each["id"] == "ITS-01")


def test_californias_smoking_agrees_with_ordinary_least_squares(smoking: pd.DataFrame, case: dict[str, Any]) -> None:
    found = interrupted_time_series(smoking, change_at=1989, family="gaussian")
    values = (found.intercept.value, found.trend.value, found.level, found.slope)
    assert values == pytest.approx(tuple(case["ols"].values()), abs=1e-6)
    errors = (found.intercept.error, found.trend.error, found.level_error, found.slope_error)
    assert errors == pytest.approx(tuple(case["ols_se"].values()), rel=1e-6)
    assert found.durbin_watson == pytest.approx(case["durbin_watson"], abs=1e-6)
    assert found.breusch_godfrey == pytest.approx(tuple(case["breusch_godfrey_lag1"].values()), rel=1e-5)


def test_californias_smoking_agrees_with_statas_newey(smoking: pd.DataFrame, case: dict[str, Any]) -> None:
    found = interrupted_time_series(smoking, change_at=1989, family="gaussian", hac_lags=1)
    errors = (found.intercept.error, found.trend.error, found.level_error, found.slope_error)
    assert errors == pytest.approx(tuple(case["newey_west_lag1_se"].values()), rel=1e-6)
    limits = case["newey_west_ci95_t27"]
    assert [found.level_low, found.level_high] == pytest.approx(limits["level_change"], abs=1e-6)
    assert [found.slope_low, found.slope_high] == pytest.approx(limits["slope_change"], abs=1e-6)
    after = found.post_trend
    assert [after.value, after.error] == pytest.approx([case["post_trend"]["est"], case["post_trend"]["se"]], rel=1e-6)
    for year, told in case["effect_at"].items():
        effect = found.effect_at(float(year))
        assert [effect.value, effect.error] == pytest.approx(told, rel=1e-6)


def weekly(seed: int = 1, weeks: int = 104, jump: float = -0.5) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    time, n = np.arange(weeks), random.integers(80, 120, weeks)
    odds = -1.7 + 0.002 * time + jump * (time >= 60) + 0.15 * np.cos(2 * np.pi * time / 52)
    return pd.DataFrame({"time": time, "events": random.binomial(n, 1 / (1 + np.exp(-odds))), "n": n})


def test_shares_agree_with_a_quasi_binomial_model() -> None:
    rows = weekly()
    found = interrupted_time_series(rows, change_at=60, family="binomial", season=(52.0, 1))
    after = (rows["time"] >= 60).to_numpy(float)
    angle = 2 * np.pi * rows["time"].to_numpy() / 52
    columns = [np.ones(104), rows["time"], after, after * (rows["time"] - 60), np.sin(angle), np.cos(angle)]
    model = sm.GLM(
        rows["events"] / rows["n"], np.column_stack(columns), family=sm.families.Binomial(), var_weights=rows["n"]
    )
    other = model.fit(scale="X2", use_t=True)
    assert (found.level, found.level_error) == pytest.approx((other.params.iloc[2], other.bse.iloc[2]), rel=1e-7)
    limits = np.asarray(other.conf_int())[2]
    assert (found.level_low, found.level_high) == pytest.approx(tuple(limits), rel=1e-7)
    assert found.dispersion == pytest.approx(other.scale)
    assert found.ratio == pytest.approx(np.exp(found.level))


def test_newey_west_on_shares_agrees_with_statsmodels() -> None:
    rows = weekly()
    found = interrupted_time_series(rows, change_at=60, family="binomial", hac_lags=4)
    after = (rows["time"] >= 60).to_numpy(float)
    columns = np.column_stack([np.ones(104), rows["time"], after, after * (rows["time"] - 60)])
    counts = np.column_stack([rows["events"], rows["n"] - rows["events"]])
    other = sm.GLM(counts, columns, family=sm.families.Binomial()).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True}, use_t=True
    )
    assert found.level_error == pytest.approx(other.bse[2], rel=1e-7)


def test_counts_by_exposure_give_a_ratio_of_rates() -> None:
    random = np.random.default_rng(2)
    time = np.arange(80)
    n = random.integers(50, 150, 80)
    rows = pd.DataFrame({"time": time, "events": random.poisson(n * 0.2 * np.where(time >= 40, 0.5, 1.0)), "n": n})
    found = interrupted_time_series(rows, change_at=40, family="log", slope_change=False)
    assert (found.slope, found.slope_low) == (None, None)
    assert found.ratio_low is not None
    assert found.ratio_high is not None
    assert found.ratio_low < 0.5 < found.ratio_high
    assert found.effect_at(70).value == found.level


def test_a_series_indexed_by_time_is_understood() -> None:
    random = np.random.default_rng(3)
    values = pd.Series(random.normal(size=30), index=range(30))
    one = interrupted_time_series(values, change_at=15, family="gaussian")
    rows = pd.DataFrame({"time": range(30), "value": values}).sample(frac=1, random_state=1)
    assert one.level == pytest.approx(interrupted_time_series(rows, change_at=15, family="gaussian").level)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"change_at": 102}, "3 are needed on each side"),
        ({"family": "normal"}, "write gaussian, binomial or log"),
        ({"hac_lags": 104}, "hac_lags counts times"),
        ({"season": 0}, "season is a period above 0"),
        ({"season": (52, 60)}, "too short to tell"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(changes: dict[str, Any], said: str) -> None:
    asked: dict[str, Any] = {"change_at": 60, "family": "binomial", **changes}
    with pytest.raises(CellError, match=said):
        interrupted_time_series(weekly(), **asked)


def test_series_that_are_none_are_refused() -> None:
    rows = weekly()
    with pytest.raises(CellError, match="each time may stand there once"):
        interrupted_time_series(pd.concat([rows, rows]), change_at=60, family="binomial")
    with pytest.raises(CellError, match="needs the columns time, events, n"):
        interrupted_time_series(rows[["time", "events"]], change_at=60, family="binomial")
    with pytest.raises(CellError, match="events lie between"):
        interrupted_time_series(rows.assign(events=500), change_at=60, family="binomial")
    with pytest.raises(CellError, match="no event in the series"):
        interrupted_time_series(rows.assign(events=0), change_at=60, family="log")
    none_after = rows.assign(events=rows["events"].where(rows["time"] < 60, 0))
    with pytest.raises(CellError, match="no finite model"):
        interrupted_time_series(none_after, change_at=60, family="binomial")
    with pytest.raises(CellError, match="n = 0"):
        interrupted_time_series(rows.assign(n=0), change_at=60, family="binomial")


def test_there_is_no_effect_before_the_change() -> None:
    with pytest.raises(CellError, match="before the change"):
        interrupted_time_series(weekly(), change_at=60, family="binomial").effect_at(59)
