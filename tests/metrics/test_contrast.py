import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from metrics.cells import ContrastCells, load_contrast
from metrics.contrast import design_effect, mantel_haenszel, report
from metrics.errors import CellError, QueryError
from metrics.estimate import State
from metrics.query import effect
from metrics.registry import metric_named
from metrics.why import _named
from tests.metrics.releases import COMPONENT, contrast, contrast_repeats, header, small_practice, store_at

NO_SHOWS = metric_named("no_show_rate")
COMMON = ("n1", "y1", "n0", "y0")


def strata(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COMMON))


def cells_of(tmp_path: Path, table: tuple[tuple[str, int, int, int, int], ...]) -> ContrastCells:
    arms = contrast(table)
    store = store_at(tmp_path)
    store.publish(header(), {"contrast_cells": arms, "contrast_repeats": contrast_repeats(arms)})
    return load_contrast(store, COMPONENT, "no_show")


def test_two_strata_by_hand() -> None:
    # weights 100*100/200 = 50 and 50*150/200 = 37.5; differences 0.1 and -0.0667
    found = mantel_haenszel(strata((100, 30, 100, 20), (50, 20, 150, 70)))
    assert found.difference == pytest.approx((50 * 0.1 + 37.5 * (0.4 - 70 / 150)) / 87.5)
    assert found.ratio == pytest.approx((30 * 100 / 200 + 20 * 150 / 200) / (20 * 100 / 200 + 70 * 50 / 200))
    p = (100**2 * 20 - 100**2 * 30) / 200**2 + (50**2 * 70 - 150**2 * 20 + 50 * 150 * 50) / 200**2
    q = (30 * 80 + 20 * 70) / 400 + (20 * 80 + 70 * 30) / 400
    assert found.difference_variance == pytest.approx((found.difference * p + q) / 87.5**2)


def test_ratio_agrees_with_statsmodels() -> None:
    table = strata((120, 30, 200, 70), (80, 10, 90, 22), (300, 60, 100, 31))
    tables = [np.array([[y1, n1 - y1], [y0, n0 - y0]]) for n1, y1, n0, y0 in table.to_numpy()]
    assert mantel_haenszel(table).ratio == pytest.approx(StratifiedTable(tables).riskratio_pooled)


def test_one_stratum_is_the_plain_comparison() -> None:
    found = mantel_haenszel(strata((200, 50, 300, 90)))
    assert found.difference == pytest.approx(0.25 - 0.3)
    assert found.log_ratio_variance == pytest.approx(1 / 50 - 1 / 200 + 1 / 90 - 1 / 300)


def test_variances_agree_with_repeated_sampling() -> None:
    random = np.random.default_rng(11)
    sizes, risks = ((60, 140), (150, 80), (40, 200)), ((0.2, 0.3), (0.1, 0.2), (0.35, 0.45))
    found = []
    for _ in range(1500):
        rows = [
            (n1, random.binomial(n1, p1), n0, random.binomial(n0, p0))
            for (n1, n0), (p1, p0) in zip(sizes, risks, strict=True)
        ]
        found.append(mantel_haenszel(strata(*rows)))
    spread = np.var([one.difference for one in found])
    assert np.mean([one.difference_variance for one in found]) == pytest.approx(spread, rel=0.1)
    spread = np.var([math.log(one.ratio) for one in found if one.ratio])
    assert np.mean([one.log_ratio_variance for one in found if one.ratio]) == pytest.approx(spread, rel=0.12)


def test_a_stratum_with_one_arm_tells_nothing() -> None:
    table = strata((100, 30, 100, 20), (50, 20, 150, 70))
    assert mantel_haenszel(pd.concat([table, strata((0, 0, 900, 10), (70, 1, 0, 0))])) == mantel_haenszel(table)


def test_swapping_the_arms_turns_the_sign() -> None:
    table = strata((100, 30, 100, 20), (50, 20, 150, 70))
    swapped = table.rename(columns={"n1": "n0", "y1": "y0", "n0": "n1", "y0": "y1"})
    one, other = mantel_haenszel(table), mantel_haenszel(swapped)
    assert one.difference == pytest.approx(-other.difference)
    assert one.difference_variance == pytest.approx(other.difference_variance)
    assert one.ratio == pytest.approx(1 / (other.ratio or 0))


@pytest.mark.parametrize("rows", [[(0, 0, 10, 1)], [(10, 11, 10, 1)]])
def test_tables_that_cannot_be_pooled_are_refused(rows: list[tuple[int, int, int, int]]) -> None:
    with pytest.raises(CellError):
        mantel_haenszel(strata(*rows))


# --- visits of one patient are alike -------------------------------------------------------------------------------


def visits(random: np.random.Generator, patients: int, *, by_visit: bool) -> pd.DataFrame:
    """No effect at all: patients differ by 1 logit, come 9 times on average; reminded by patient or by visit."""
    often = random.geometric(1 / 9, patients)
    person = np.repeat(np.arange(patients), often)
    lead = random.integers(0, 3, len(person))
    inclined = random.normal(0, 1, patients)[person] + np.array([-1.8, -1.2, -0.8])[lead]
    missed = random.random(len(person)) < 1 / (1 + np.exp(-inclined))
    exposed = (random.random(len(person)) < 0.5) if by_visit else (random.random(patients) < 0.5)[person]
    return pd.DataFrame({"person": person, "stratum": lead, "exposed": exposed, "missed": missed})


def sums(rows: pd.DataFrame) -> pd.Series:
    """A row of contrast_repeats, counted plainly."""
    per = rows.groupby(["person", "exposed"])["missed"].agg(["size", "sum"]).unstack(fill_value=0)
    m1, m0, y1, y0 = (per[one, arm].to_numpy(dtype=float) for one in ("size", "sum") for arm in (True, False))
    row = {"n1": m1.sum(), "y1": y1.sum(), "mm1": (m1 * m1).sum(), "my1": (m1 * y1).sum(), "yy1": (y1 * y1).sum()}
    row |= {"n0": m0.sum(), "y0": y0.sum(), "mm0": (m0 * m0).sum(), "my0": (m0 * y0).sum(), "yy0": (y0 * y0).sum()}
    row |= {"m1m0": (m1 * m0).sum(), "y1y0": (y1 * y0).sum(), "m1y0": (m1 * y0).sum(), "y1m0": (y1 * m0).sum()}
    return pd.Series(row | {"patients": len(per)})


def test_design_effect_equals_a_plain_sum_over_patients() -> None:
    rows = visits(np.random.default_rng(3), 80, by_visit=True)
    n1, n0 = rows["exposed"].sum(), (~rows["exposed"]).sum()
    p1, p0 = rows.loc[rows["exposed"], "missed"].mean(), rows.loc[~rows["exposed"], "missed"].mean()
    total = 0.0
    for _, own in rows.groupby("person"):
        touched, other = own[own["exposed"]], own[~own["exposed"]]
        total += (
            (touched["missed"].sum() - p1 * len(touched)) / n1 - (other["missed"].sum() - p0 * len(other)) / n0
        ) ** 2
    plain = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    assert design_effect(sums(rows)) == pytest.approx(max(total * 80 / 79 / plain, 1.0))


def test_interval_that_knows_patients_repeat_covers_and_the_plain_one_does_not() -> None:
    random = np.random.default_rng(20)
    covered = {"plain": 0, "clustered": 0}
    runs = 300
    for _ in range(runs):
        rows = visits(random, 150, by_visit=False)
        counts = rows.groupby(["stratum", "exposed"])["missed"].agg(["size", "sum"]).unstack()
        table = pd.DataFrame(
            {
                "n1": counts["size", True],
                "y1": counts["sum", True],
                "n0": counts["size", False],
                "y0": counts["sum", False],
            }
        )
        found = mantel_haenszel(table)
        error = math.sqrt(found.difference_variance)
        covered["plain"] += abs(found.difference) < 1.96 * error
        covered["clustered"] += abs(found.difference) < 1.96 * error * math.sqrt(design_effect(sums(rows)))
    assert covered["clustered"] / runs > 0.91
    assert covered["plain"] / runs < 0.85


def test_design_effect_never_narrows() -> None:
    rows = visits(np.random.default_rng(4), 200, by_visit=True).drop_duplicates("person")
    assert design_effect(sums(rows)) >= 1


# --- the whole report ----------------------------------------------------------------------------------------------


def test_reminders_look_harmful_until_like_is_compared_with_like(tmp_path: Path) -> None:
    found = effect(small_practice(tmp_path), COMPONENT, "no_show_rate")
    assert found.naive.value is not None
    assert found.adjusted.value is not None
    assert found.naive.value > 0 > found.adjusted.value
    assert found.adjusted.high is not None
    assert found.adjusted.high < 0
    assert [one.name for one in found.strata if one.comparable] == ["3-6", "7-13", "14-29", "30+"]


def test_why_names_the_bands_and_the_reason(tmp_path: Path) -> None:
    why = effect(small_practice(tmp_path), COMPONENT, "no_show_rate").why
    assert "only used for visits booked 3 or more days ahead" in why
    assert "missed more often anyway" in why
    assert "missed less often" in why
    assert "Of visits booked up to 2 days ahead nothing can be said" in why


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["3-6", "7-13", "14-29", "30+"], "booked 3 or more days ahead"),
        (["0"], "booked for the same day"),
        (["0", "1-2"], "booked up to 2 days ahead"),
        (["1-2", "7-13"], "booked 1 to 2 days ahead or 7 to 13 days ahead"),
        (["0", "1-2", "30+", "not recorded"], "booked up to 2 days ahead, 30 or more days ahead or at an unknown time"),
    ],
)
def test_neighbouring_bands_are_named_as_one(names: list[str], said: str) -> None:
    assert _named("lead_time", names) == said


def test_why_does_not_claim_a_difference_that_chance_could_make(tmp_path: Path) -> None:
    table = (("0", 300, 61, 300, 60), ("1-2", 300, 62, 300, 60))
    why = report(NO_SHOWS, cells_of(tmp_path, table)).why
    assert "no difference can be told from chance" in why
    assert "little hides behind" in why


def test_json_keeps_its_contract(tmp_path: Path) -> None:
    printed = effect(small_practice(tmp_path), COMPONENT, "no_show_rate").as_json()
    for key in ("naive", "adjusted", "ratio"):
        assert {"value", "low", "high"} <= set(printed[key])
    assert printed["design"] == "stratified_contrast"
    assert printed["strata"][0]["stratum"] == "0"
    assert printed["ratio"]["low"] < printed["ratio"]["value"] < printed["ratio"]["high"] < 1


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ((("0", 0, 0, 500, 90), ("1-2", 400, 80, 0, 0)), "nothing can be compared"),
        ((("0", 50, 9, 500, 90),), "Only 25 patients"),
        ((("0", 400, 0, 500, 0),), "none were missed"),
        ((("0", 400, 400, 500, 500),), "all were missed"),
    ],
)
def test_too_little_to_compare_is_said(tmp_path: Path, table: Any, says: str) -> None:
    found = report(NO_SHOWS, cells_of(tmp_path, table))
    assert says in found.why
    assert found.adjusted.value is None
    assert found.adjusted.state is State.CANNOT_SAY
    assert found.as_json()["adjusted"]["value"] is None


def test_a_component_that_went_live_on_a_day_is_not_compared_with_the_time_before(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, (("0", 400, 40, 500, 90),))
    assert report(NO_SHOWS, cells).adjusted.value is not None
    found = report(NO_SHOWS, replace(cells, went_live=2))
    assert found.adjusted.value is None
    assert found.adjusted.state is State.CANNOT_SAY
    assert "season and trend would pass for its effect" in found.why
    assert not any(stratum.comparable for stratum in found.strata)


def test_an_arm_without_an_event_has_a_difference_but_no_ratio(tmp_path: Path) -> None:
    found = report(NO_SHOWS, cells_of(tmp_path, (("0", 400, 0, 500, 90),)))
    assert found.adjusted.value == pytest.approx(-0.18)
    assert found.ratio.value is None
    assert "no ratio" in found.ratio.reason


def test_a_withheld_component_says_so(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, (("0", 400, 50, 500, 90),))
    hidden = cells.arms.assign(state="withheld", n=np.nan, events=np.nan)
    found = report(NO_SHOWS, replace(cells, arms=hidden, repeats=cells.repeats.iloc[:0]))
    assert found.adjusted.state is found.naive.state is State.WITHHELD
    assert "fewer than 11 patients" in found.why


def test_a_metric_that_is_not_about_visits_has_no_contrast(tmp_path: Path) -> None:
    found = effect(small_practice(tmp_path), COMPONENT, "in_care_12_weeks")
    assert found.adjusted.state is State.NOT_APPLICABLE


def test_an_unknown_component_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="Did you mean 'sms_reminder'"):
        effect(small_practice(tmp_path), "sms_reminders", "no_show_rate")
