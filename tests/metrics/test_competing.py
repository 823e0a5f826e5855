import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from metrics.errors import CellError
from metrics.survival import cumulative_incidence, kaplan_meier

TABLE = pd.DataFrame(
    {"time": [1, 2, 3, 5], "unplanned": [2, 0, 1, 1], "completed": [1, 2, 0, 3], "censored": [0, 1, 4, 5]}
)


def at(table: pd.DataFrame, time: float) -> "pd.Series[float]":
    return table[table["time"] <= time].iloc[-1]


def test_melanoma_deaths_agree_with_r(shared_dir: Path) -> None:
    folder = shared_dir / "references"
    cases = {case["id"]: case["expected"] for case in json.loads((folder / "expected.json").read_text())["cases"]}
    rows = pd.read_csv(folder / "melanoma.csv")
    for name, part in (("all", rows), ("ulcer=0", rows[rows["ulcer"] == 0]), ("ulcer=1", rows[rows["ulcer"] == 1])):
        events = {"melanoma": part["event"] == 1, "other": part["event"] == 2, "censored": part["event"] == 0}
        cells = pd.DataFrame({"time": part["time"], **events}).groupby("time", as_index=False).sum()
        for cause in ("melanoma", "other"):
            found = cumulative_incidence(cells, cause)
            for case in cases["SURV-05"]["cif_all" if name == "all" else "cif_by_ulcer"]:
                if case["strata"] == name:
                    row = at(found, case["time"])
                    told = (row["incidence"], row["standard_error"])
                    assert told == pytest.approx((case[f"p_{cause}"], case[f"se_{cause}"]), rel=1e-8)


def test_shares_by_hand() -> None:
    found = cumulative_incidence(TABLE, "unplanned")
    # 20 start; 3 leave at 1; 17 at 2, 2 complete, 1 censored; 14 at 3, 1 leaves
    assert found["incidence"].tolist()[:3] == pytest.approx([2 / 20, 2 / 20, 2 / 20 + (17 / 20) * (15 / 17) / 14])


def test_causes_and_those_in_care_add_up_to_everybody() -> None:
    whole = TABLE.assign(observed=TABLE["unplanned"] + TABLE["completed"])[["time", "observed", "censored"]]
    shares = sum(cumulative_incidence(TABLE, cause)["incidence"] for cause in ("unplanned", "completed"))
    assert (shares + kaplan_meier(whole).survival).tolist() == pytest.approx([1] * 4)


def test_with_one_cause_it_is_one_minus_kaplan_meier_limits_too() -> None:
    single = pd.DataFrame({"time": [1, 2, 4, 6], "observed": [1, 3, 0, 2], "censored": [2, 0, 3, 4]})
    found, curve = cumulative_incidence(single, "observed"), kaplan_meier(single)
    assert found["incidence"].to_numpy() == pytest.approx(1 - curve.survival)
    assert found["low"].to_numpy() == pytest.approx(1 - curve.high)
    assert found["high"].to_numpy() == pytest.approx(1 - curve.low)
    assert found["standard_error"].to_numpy() ** 2 == pytest.approx(curve.variance)


def test_one_minus_kaplan_meier_overstates() -> None:
    treated_as_censored = pd.DataFrame(
        {"time": TABLE["time"], "observed": TABLE["unplanned"], "censored": TABLE["censored"] + TABLE["completed"]}
    )
    assert 1 - kaplan_meier(treated_as_censored).survival[-1] > cumulative_incidence(TABLE, "unplanned").iloc[-1, 1]


def test_late_entry_uses_those_at_risk() -> None:
    late = TABLE.assign(at_risk=[40, 30, 20, 30])
    found = cumulative_incidence(late, "unplanned")["incidence"]
    assert found.tolist()[:3] == pytest.approx([2 / 40, 2 / 40, 2 / 40 + (37 / 40) * (28 / 30) / 20])


def test_a_cause_may_be_named_without_its_prefix() -> None:
    prefixed = TABLE.rename(columns={"unplanned": "observed_unplanned"})
    pd.testing.assert_frame_equal(
        cumulative_incidence(prefixed, "unplanned"), cumulative_incidence(prefixed, "observed_unplanned")
    )


def test_variance_in_one_pass_equals_the_sum_it_stands_for() -> None:
    found = cumulative_incidence(TABLE, "unplanned")
    mine, gone = TABLE["unplanned"].to_numpy(float), (TABLE["unplanned"] + TABLE["completed"]).to_numpy(float)
    y = (gone + TABLE["censored"].to_numpy())[::-1].cumsum()[::-1]
    before = np.concatenate([[1], np.cumprod(1 - gone / y)[:-1]])
    share = found["incidence"].to_numpy()
    for last in range(len(y)):
        past = slice(0, last + 1)
        rest = share[last] - share[past]
        terms = rest**2 * gone[past] / (y[past] * (y[past] - gone[past]))
        terms += before[past] ** 2 * (y[past] - mine[past]) * mine[past] / y[past] ** 3
        terms -= 2 * rest * before[past] * mine[past] / y[past] ** 2
        assert found["standard_error"][last] ** 2 == pytest.approx(terms.sum())


def test_limits_hold_the_share_and_stay_inside_even_when_all_have_left() -> None:
    everybody = pd.DataFrame({"time": [1, 2], "a": [3, 2], "b": [0, 0], "censored": [0, 0]})
    for cause in ("a", "b"):
        found = cumulative_incidence(everybody, cause)
        assert (found["low"] <= found["incidence"]).all()
        assert (found["incidence"] <= found["high"]).all()
        assert found[["low", "high"]].stack().between(0, 1).all()


def test_an_unknown_cause_is_refused_with_those_there_are() -> None:
    with pytest.raises(CellError, match="the cells have unplanned, completed"):
        cumulative_incidence(TABLE, "transferred")


def test_more_leaving_than_at_risk_over_all_causes_is_refused() -> None:
    with pytest.raises(CellError, match="written twice"):
        cumulative_incidence(TABLE.assign(at_risk=[2, 30, 20, 30]), "unplanned")
