import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from metrics.errors import CellError
from metrics.intervals import benjamini_hochberg, clopper_pearson, holm, newcombe_difference, wilson


@pytest.fixture(scope="module")
def cases(shared_dir: Path) -> dict[str, Any]:
    listed = json.loads((shared_dir / "references" / "expected.json").read_text())["cases"]
    return {case["id"]: case["expected"] for case in listed}


def test_single_shares_agree_with_newcombes_table(cases: dict[str, Any]) -> None:
    for case in cases["INT-01"]:
        assert wilson(case["x"], case["n"]) == pytest.approx(case["wilson"], abs=1e-9)
        assert clopper_pearson(case["x"], case["n"]) == pytest.approx(case["clopper_pearson"], abs=1e-9)


def test_differences_agree_with_method_10(cases: dict[str, Any]) -> None:
    for case in cases["INT-02"]:
        found = newcombe_difference(case["x1"], case["n1"], case["x2"], case["n2"])
        assert found == pytest.approx((case["diff"], *case["newcombe10"]), abs=1e-9)


def test_adjusted_p_values_agree_with_r(cases: dict[str, Any]) -> None:
    case = cases["INT-03"]
    assert benjamini_hochberg(case["p"]) == pytest.approx(case["bh"], abs=1e-9)
    assert holm(case["p"]) == pytest.approx(case["holm"], abs=1e-9)


def test_wilson_and_clopper_pearson_agree_with_statsmodels() -> None:
    for x, n in ((0, 5), (3, 17), (17, 17), (40, 200)):
        assert wilson(x, n, 0.9) == pytest.approx(proportion_confint(x, n, 0.1, "wilson"), abs=1e-12)
        assert clopper_pearson(x, n) == pytest.approx(proportion_confint(x, n, 0.05, "beta"), abs=1e-12)


def test_adjusted_p_values_come_back_in_the_order_given() -> None:
    p = [0.04, 0.001, 0.3, 0.02]
    assert benjamini_hochberg(p) == pytest.approx(list(multipletests(p, method="fdr_bh")[1]))
    assert holm(p) == pytest.approx(list(multipletests(p, method="holm")[1]))
    assert benjamini_hochberg([]) == holm([]) == []


@given(n=some.integers(1, 500), share=some.floats(0, 1), deff=some.floats(1, 20))
def test_repeat_visits_never_narrow_an_interval_and_it_holds_the_share(n: int, share: float, deff: float) -> None:
    x = round(n * share)
    plain, wide = wilson(x, n), wilson(x, n, design_effect=deff)
    assert 0 <= wide[0] <= plain[0] + 1e-12
    assert plain[1] - 1e-12 <= wide[1] <= 1
    assert wide[0] - 1e-12 <= x / n <= wide[1] + 1e-12


@pytest.mark.parametrize(("x", "n"), [(1, 0), (-1, 10), (11, 10), (float("nan"), 10)])
def test_impossible_counts_are_refused(x: float, n: float) -> None:
    for function in (wilson, clopper_pearson):
        with pytest.raises(CellError):
            function(x, n)


def test_impossible_p_values_are_refused() -> None:
    for function in (benjamini_hochberg, holm):
        with pytest.raises(CellError):
            function([0.5, 1.2])
