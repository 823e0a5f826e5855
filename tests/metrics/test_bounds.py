"""Does an effect without bound say nothing, and break nothing?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metrics.effects.answer import answer
from metrics.effects.bounds import RATIO, UNBOUNDED, bounded, estimated
from metrics.effects.units import LOG_MINUTES, change_in_words
from tests.metrics.rollouts import SAFETY, Practice


def test_times_of_which_hardly_any_is_known_have_no_effect_to_tell() -> None:
    """Logarithms of minutes so scattered that no number can hold their exponential: a reason, and no OverflowError."""
    practice = Practice(go_live=(104, None))
    cells = pd.DataFrame([(site, at) for site in ("s00", "s01") for at in range(150)], columns=["site", "week"])
    total = np.random.default_rng(4).normal(0, 4000, len(cells))
    cells = cells.assign(n=2, total=total, squares=total**2)
    times = replace(practice.panels()[SAFETY], family="gaussian", unit=LOG_MINUTES, cells=cells)
    found = answer(times, practice.change, ())
    assert found.adjusted.reason == UNBOUNDED
    for told in (found.adjusted, found.ratio, found.naive, found.unpenalised, *(told for _, told in found.by_weeks)):
        assert told.value is None
        assert told.reason


@pytest.mark.parametrize("end", [float("inf"), float("nan"), 1e12])
def test_only_a_ratio_that_means_something_is_told(end: float) -> None:
    assert estimated((1.2, 0.8, 1.9), 40, RATIO).high == 1.9
    assert estimated((1.2, 0.8, end), 40, RATIO).reason == UNBOUNDED
    assert estimated((1.2, 0.0, 1.9), 40, RATIO).reason == UNBOUNDED


def test_points_may_be_large_but_not_endless() -> None:
    assert bounded((0.0, -2274.0, 2274.0), "points")
    assert not bounded((0.0, -2274.0, 2274.0), LOG_MINUTES)
    assert not bounded((0.0, -np.inf, 1.0), "points")


def test_a_band_beyond_all_numbers_can_still_be_written() -> None:
    assert change_in_words(LOG_MINUTES, 0.0, -2274.0, 2274.0) == "x 1.00 (0.00 to inf)"
