import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from metrics.agreement import cohen_kappa, crossed
from metrics.errors import CellError
from metrics.estimate import State
from metrics.intervals import wilson

WORDS = ["low", "medium", "high"]
# Fleiss, Cohen & Everitt 1969, table 1, per 200 cases: three diagnoses by two psychiatrists.
DIAGNOSES = pd.DataFrame([[106, 10, 4], [22, 28, 10], [2, 12, 6]], index=WORDS, columns=WORDS)


def test_the_published_example_is_reproduced() -> None:
    found = cohen_kappa(DIAGNOSES)
    assert found.kappa.value == pytest.approx(0.429, abs=5e-4)
    assert found.agreed.value == pytest.approx(0.70)


def test_kappa_and_its_limits_agree_with_statsmodels() -> None:
    found, other = cohen_kappa(DIAGNOSES), cohens_kappa(DIAGNOSES.to_numpy())
    assert found.kappa.value == pytest.approx(other.kappa)
    assert (found.kappa.low, found.kappa.high) == pytest.approx((other.kappa_low, other.kappa_upp))


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_weighted_kappa_is_that_of_statsmodels_and_its_limits_those_of_leaving_out_each_case(weights: str) -> None:
    found = cohen_kappa(DIAGNOSES, weights=weights)
    cells = [place for place, many in np.ndenumerate(DIAGNOSES.to_numpy()) for _ in range(many)]
    z = []
    for place in cells:
        left = DIAGNOSES.to_numpy().copy()
        left[place] -= 1
        z.append(np.arctanh(cohens_kappa(left, wt=weights, return_results=False)))
    half = stats.t.ppf(0.975, 199) * np.sqrt(199 / 200 * ((np.array(z) - np.mean(z)) ** 2).sum())
    assert found.kappa.value == pytest.approx(cohens_kappa(DIAGNOSES.to_numpy(), wt=weights).kappa)
    told = np.tanh(np.arctanh(found.kappa.value) + np.array([-half, half]))
    assert (found.kappa.low, found.kappa.high) == pytest.approx(tuple(told))


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_twenty_cases_that_agree_do_not_prove_that_all_would(weights: str | None) -> None:
    kappa = cohen_kappa(crossed(["low", "high"] * 10, ["low", "high"] * 10, WORDS), weights=weights).kappa
    assert kappa.low == pytest.approx((wilson(20, 20)[0] - 0.5) / 0.5)


def test_readers_who_agree_always_have_a_kappa_of_1() -> None:
    found = cohen_kappa(crossed(["low", "high"] * 10, ["low", "high"] * 10, WORDS))
    assert (found.kappa.value, found.kappa.high) == (1.0, 1.0)


def test_readers_who_know_one_word_only_have_none() -> None:
    found = cohen_kappa(crossed(["low"] * 9, ["low"] * 9, WORDS))
    assert (found.kappa.value, found.kappa.state) == (None, State.CANNOT_SAY)
    assert found.agreed.value == 1.0


def test_readers_who_guess_have_a_kappa_near_0() -> None:
    random = np.random.default_rng(1)
    first, second = (random.choice(WORDS, 4000, p=[0.6, 0.3, 0.1]) for _ in range(2))
    kappa = cohen_kappa(crossed(list(first), list(second), WORDS)).kappa
    assert kappa.low is not None
    assert kappa.high is not None
    assert kappa.low < 0 < kappa.high
    assert abs(kappa.value or 0) < 0.05


def test_tables_that_are_none_are_refused() -> None:
    for wrong in (DIAGNOSES.iloc[:2], -DIAGNOSES, DIAGNOSES * 0):
        with pytest.raises(CellError):
            cohen_kappa(wrong)
    with pytest.raises(CellError, match="linear"):
        cohen_kappa(DIAGNOSES, weights="cubic")
    with pytest.raises(CellError, match="listed words"):
        crossed(["low"], ["urgent"], WORDS)
