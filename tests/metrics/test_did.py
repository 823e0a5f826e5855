import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metrics.effects.did import WITHHELD, staggered_did, sun_abraham
from metrics.errors import CellError


@pytest.fixture(scope="module")
def panel(shared_dir: Path) -> pd.DataFrame:
    rows = pd.read_csv(shared_dir / "references" / "base_stagg.csv")
    return rows.rename(columns={"id": "site", "year": "period", "year_treated": "first", "y": "value"})


@pytest.fixture(scope="module")
def case(shared_dir: Path) -> dict[str, Any]:
    listed = json.loads((shared_dir / "references" / "expected.json").read_text())["cases"]
    return next(dict(each["expected"]) for each in listed if each["id"] == "DID-01")


@pytest.mark.parametrize("control", ["not_yet_treated", "never_treated"])
def test_a_published_panel_agrees_with_other_packages(panel: pd.DataFrame, case: dict[str, Any], control: str) -> None:
    told, found = case[f"cs_{control}_no_covariate"], staggered_did(panel, control=control)
    for ours, theirs in ((found.overall, told["simple"]["overall"]), (found.dynamic, told["dynamic"]["overall"])):
        assert ours.value == pytest.approx(theirs["att"], abs=1e-6)
        assert ours.error == pytest.approx(theirs["se"], rel=5e-3)
    for row in found.event_study.itertuples():
        theirs = told["dynamic"]["by"][str(row.since)]
        assert (row.value, row.error) == pytest.approx((theirs["att"], theirs["se"]), rel=5e-3, abs=1e-6)
    for row in found.by_group.itertuples():
        theirs = told["group"]["by"][str(row.first)]
        assert (row.value, row.error) == pytest.approx((theirs["att"], theirs["se"]), rel=5e-3, abs=1e-6)
    assert (found.units, found.never_treated, found.reason) == (95, 50, "")


def test_the_published_regression_is_reproduced(panel: pd.DataFrame, case: dict[str, Any]) -> None:
    told, found = case["sun_abraham_with_x1"], sun_abraham(panel, covariates=["x1"])
    assert (found.value, found.error) == pytest.approx((told["att"], told["se_cluster_id"]), abs=1e-5)


def made_up(sites: int, effect: float = -3.0) -> pd.DataFrame:
    """Sites of different levels, a shared season, half of them going live in turn; no noise."""
    rows = [
        (f"s{site}", period, first, site + np.sin(period) + effect * (first is not None and period >= first))
        for site in range(sites)
        for first in ([None, 5, 7][site % 3],)
        for period in range(1, 11)
    ]
    return pd.DataFrame(rows, columns=["site", "period", "first", "value"])


def test_an_effect_without_noise_is_found_exactly() -> None:
    found = staggered_did(made_up(12))
    assert found.overall.value == pytest.approx(-3)
    assert found.event_study.loc[found.event_study["since"] < 0, "value"].to_numpy() == pytest.approx(0, abs=1e-9)
    assert set(found.group_time["first"]) == {5, 7}


def test_an_interval_is_withheld_under_twelve_sites() -> None:
    small = staggered_did(made_up(9))
    assert (small.overall.value, small.overall.low) == (pytest.approx(-3), None)
    assert small.reason == WITHHELD
    assert small.event_study[["error", "low", "high"]].isna().all(axis=None)
    assert small.group_time["error"].isna().all()


def test_what_could_not_be_estimated_is_said() -> None:
    everybody = made_up(12).query("first.notna()")
    assert any("could not be estimated" in remark for remark in staggered_did(everybody).remarks)


def test_panels_that_cannot_answer_are_refused() -> None:
    whole = made_up(12)
    for wrong, said in (
        (whole.drop(columns="first"), "no column first"),
        (whole.iloc[1:], "a value in each period"),
        (pd.concat([whole, whole.iloc[:1]]), "twice"),
        (whole.assign(value=np.nan), "leave nothing empty"),
        (whole.assign(first=5), "same period"),
        (whole.assign(first=None), "before and after"),
    ):
        with pytest.raises(CellError, match=said):
            staggered_did(wrong)
    with pytest.raises(CellError, match="control must be one of"):
        staggered_did(whole, control="all")
    with pytest.raises(CellError, match="stayed without it"):
        sun_abraham(whole.query("first.notna()"))
