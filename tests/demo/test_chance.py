"""Chance by key is even, independent and does not depend on who else is there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rapport.demo.chance import Chance

KEYS = np.arange(200_000) * 256


def test_shares_are_even_and_purposes_independent() -> None:
    draws = Chance(7).on("visits", KEYS)
    one, other = draws.share("miss"), draws.share("leaving")
    assert stats.kstest(one, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.01
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.01
    assert not np.array_equal(one, Chance(8).on("visits", KEYS).share("miss"))
    assert not np.array_equal(one, Chance(7).on("stays", KEYS).share("miss"))


def test_leaving_records_out_changes_nothing_for_the_rest() -> None:
    draws = Chance(7).on("visits", KEYS)
    some = KEYS % 3 == 0
    assert np.array_equal(draws.only(some).share("miss"), draws.share("miss")[some])
    assert np.array_equal(Chance(7).on("visits", KEYS[::-1]).share("miss"), draws.share("miss")[::-1])


def test_numbers_follow_their_laws() -> None:
    draws = Chance(7).on("visits", KEYS)
    assert stats.kstest(draws.normal("level", 2.0) / 2, "norm").pvalue > 0.001
    assert stats.kstest(draws.gamma("wait", 2.2, 8.0) / 8, stats.gamma(2.2).cdf).pvalue > 0.001
    assert stats.kstest(draws.exponential("later", 600) / 600, "expon").pvalue > 0.001
    assert np.bincount(draws.place("way", (0.2, 0.5, 0.3))) / len(KEYS) == pytest.approx([0.2, 0.5, 0.3], abs=0.005)
    whole = draws.whole("hour", 8, 18)
    assert (whole.min(), whole.max()) == (8, 17)
    assert stats.chisquare(np.bincount(whole)[8:]).pvalue > 0.001
