import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from metrics.effects.looks import (
    anytime_band,
    approximate_mixing,
    error_of_peeking,
    narrowest_mixing,
    obrien_fleming_constant,
    obrien_fleming_looks,
    pocock_constant,
)
from metrics.errors import CellError


# Jennison & Turnbull 2000, tables 2.1 and 2.3; Armitage, McPherson & Rowe 1969.
def test_published_constants_are_reproduced() -> None:
    assert [pocock_constant(looks) for looks in (2, 3, 4, 5)] == pytest.approx([2.178, 2.289, 2.361, 2.413], abs=1e-3)
    found = [obrien_fleming_constant(looks) for looks in (2, 3, 4, 5)]
    assert found == pytest.approx([1.977, 2.004, 2.024, 2.040], abs=1e-3)
    peeking = [error_of_peeking(looks) for looks in (1, 2, 5, 10)]
    assert peeking == pytest.approx([0.05, 0.083, 0.142, 0.193], abs=1e-3)


def test_the_shared_constants_are_reproduced(shared_dir: Path) -> None:
    listed = json.loads((shared_dir / "references" / "expected.json").read_text())["cases"]
    case = next(each["expected"] for each in listed if each["id"] == "SEQ-02")
    for name, function in (
        ("naive_peeking_type1", error_of_peeking),
        ("pocock_constant", pocock_constant),
        ("obrien_fleming_constant", obrien_fleming_constant),
    ):
        for looks, told in case[name].items():
            assert function(int(looks)) == pytest.approx(told, abs=1e-3)


def test_spending_bounds_agree_with_the_published_ones() -> None:
    bounds = [look.bound for look in obrien_fleming_looks([1, 2, 3, 4, 5], 5)]
    assert bounds == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=1e-3)  # Lan & DeMets; R's ldbounds


def test_looks_at_no_effect_err_no_more_than_alpha() -> None:
    random = np.random.default_rng(11)
    shares = np.array([0.1, 0.3, 0.45, 0.8, 1.0])
    bounds = np.array([look.bound for look in obrien_fleming_looks(shares, 1.0)])
    steps = random.normal(size=(40_000, 5)) * np.sqrt(np.diff(shares, prepend=0))
    crossed = (np.abs(steps.cumsum(axis=1) / np.sqrt(shares)) > bounds).any(axis=1).mean()
    assert crossed == pytest.approx(0.05, abs=0.004)  # 3.7 Monte-Carlo errors


def test_a_look_with_hardly_more_information_does_not_count() -> None:
    looks = obrien_fleming_looks([10, 10.1, 20], 20)
    assert [look.counted for look in looks] == [True, False, True]
    assert looks[1].bound == looks[0].bound
    assert looks[2].bound == obrien_fleming_looks([10, 20], 20)[1].bound


def test_a_missed_look_costs_nothing() -> None:
    assert obrien_fleming_looks([1, 3, 5], 5)[-1].spent == pytest.approx(0.05)
    assert obrien_fleming_looks([5], 5)[0].bound == pytest.approx(1.96, abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(some.lists(some.floats(0.01, 1), min_size=1, max_size=12, unique=True))
def test_bounds_fall_and_spending_rises_to_alpha_at_most(shares: list[float]) -> None:
    looks = [look for look in obrien_fleming_looks(sorted(shares), 1.0) if look.counted]
    spent = [look.spent for look in looks]
    assert spent == sorted(spent)
    assert spent[-1] <= 0.05 + 1e-9
    assert all(look.bound >= 1.9 for look in looks)


def lift(mean1: float, var1: float, mean2: float, var2: float) -> tuple[float, float]:
    """(relative difference, its standard error by the delta method); variances of the means."""
    return (mean2 - mean1) / mean1, math.sqrt(var2 / mean1**2 + var1 * mean2**2 / mean1**4)


def test_always_valid_intervals_agree_with_growthbook(shared_dir: Path) -> None:
    listed = json.loads((shared_dir / "references" / "expected.json").read_text())["cases"]
    case = next(each["expected"] for each in listed if each["id"] == "SEQ-01")
    (n1, sum1, square1), (n2, sum2, square2) = (3000, 1396.87, 52377.9767), (3461, 2422.7, 134698.29)
    mean1, mean2 = sum1 / n1, sum2 / n2
    spread1, spread2 = (square1 - n1 * mean1**2) / (n1 - 1) / n1, (square2 - n2 * mean2**2) / (n2 - 1) / n2
    p1, p2 = 1396 / n1, 2422 / n2
    for name, tuned, (value, error) in (
        ("mean_relative_rho1000", 1000, lift(mean1, spread1, mean2, spread2)),
        ("proportion_relative_rho5000", 5000, lift(p1, p1 * (1 - p1) / n1, p2, p2 * (1 - p2) / n2)),
    ):
        found = anytime_band(value, error, share=(n1 + n2) / tuned, mixing=approximate_mixing())
        assert [found.low, found.high] == pytest.approx(case[name]["ci"], abs=1e-5)
        assert found.p == pytest.approx(case[name]["p"], abs=1e-6)


def test_the_band_is_narrowest_where_it_was_tuned_to() -> None:
    assert [narrowest_mixing(alpha) for alpha in (0.05, 0.025, 0.10)] == pytest.approx([8.21, 9.75, 6.64], abs=5e-3)

    def width(mixing: float) -> float:
        return anytime_band(0, 1, share=1, mixing=mixing).high

    best = narrowest_mixing()
    assert width(best) < min(width(best * 0.8), width(best * 1.2))
    assert width(best) == pytest.approx(1.55 * 1.96, rel=0.01)


def test_reading_the_band_every_week_for_a_year_seldom_errs() -> None:
    random = np.random.default_rng(12)
    weeks = np.arange(1, 53)
    means = random.normal(size=(4000, 52)).cumsum(axis=1) / weeks
    reach = np.array([anytime_band(0, 1 / math.sqrt(week), share=week / 26).high for week in weeks])
    assert (np.abs(means) > reach).any(axis=1).mean() < 0.03


def test_the_band_excludes_no_effect_when_its_p_is_below_alpha() -> None:
    for value in np.linspace(0, 6, 25):
        found = anytime_band(float(value), 1.0, share=0.7)
        assert (found.low > 0) == (found.p < 0.05)


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(CellError):
        obrien_fleming_looks([0.0], 1)
    with pytest.raises(CellError):
        pocock_constant(0)
    with pytest.raises(CellError):
        anytime_band(1, 0, share=1)
