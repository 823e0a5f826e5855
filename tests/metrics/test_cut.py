"""Answers cut in two are less alike, by as much as two normal scores say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metrics.cut import cut_in_two, effect_past_cut


@pytest.mark.parametrize("correlation", [0.1, 0.6, 0.95])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.8])
def test_the_correlation_of_halves_is_that_of_the_bivariate_normal(correlation: float, share: float) -> None:
    cut = stats.norm.ppf(share)
    both = stats.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf([cut, cut])
    found = cut_in_two(np.array([correlation]), np.array([share]))
    assert found[0] == pytest.approx((both - share**2) / (share * (1 - share)), abs=1e-4)
    assert found[0] < correlation


def test_a_share_never_takes_more_than_the_effect_of_the_mean_nor_less_than_one() -> None:
    effect, share = np.array([1.0, 3.0, 6.0]), np.array([0.5, 0.1, 0.0])
    found = effect_past_cut(effect, np.full(3, 9.0), share, np.full(3, 200.0))
    assert (found <= effect).all()
    assert (found >= 1).all()
    assert found[1] == pytest.approx(1 + 8 * cut_in_two(np.array([0.25]), np.array([0.1]))[0])


def test_what_is_not_known_of_patients_leaves_the_effect_of_the_mean() -> None:
    found = effect_past_cut(np.array([3.0, 9.0]), np.array([np.nan, 9.0]), np.array([0.3, 0.3]), np.full(2, 50.0))
    assert found.tolist() == [3.0, 9.0]  # a correlation of 1 has no normal scores
