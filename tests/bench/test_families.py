"""The other side of the ratio of every family computes the figures of the cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench import limits, models, waits
from metrics.audit import audit
from metrics.figures import mean, rate, share

SUMS = pd.DataFrame({"n": [200.0, 50.0], "y": [30.0, 0.0], "yy": [60.0, 0.0]}, index=pd.Index(["a", "b"], name="site"))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (share(np.array([30.0, 0.0]), np.array([200.0, 50.0])), limits.shares(SUMS)),
        (rate(np.array([30.0, 0.0]), np.array([200.0, 50.0]), 1000.0), limits.rates(SUMS, 1000.0)),
        (mean(np.array([30.0, 0.0]), np.array([60.0, 0.0]), np.array([200.0, 50.0])), limits.means(SUMS)),
    ],
)
def test_both_sides_have_the_same_limits(ours: object, theirs: limits.Answers) -> None:
    numbers = np.array([getattr(ours, name) for name in ("value", "low", "high")]).T
    assert np.array([theirs["a",], theirs["b",]]) == pytest.approx(numbers)


def test_forecasts_one_by_one_are_audited_as_bins_of_them_are() -> None:
    random = np.random.default_rng(2)
    score = random.beta(2, 6, 800).round(2).clip(0.01, 0.99)
    missed = (random.random(800) < score).astype(float)
    found = audit(pd.DataFrame({"score": score, "events": missed.astype(int), "n": 1}))
    assert models._auc(score, missed) == pytest.approx((found.auc, found.auc_low, found.auc_high))
    intercept, slope, large = models._fits(score, missed)
    assert (intercept[0], slope[0], large[0]) == pytest.approx(
        (found.intercept, found.slope, found.in_the_large), abs=1e-6
    )


def test_minutes_are_told_in_the_steps_of_a_release() -> None:
    minutes, seen = np.array([3.2, 121.0, 500.0, 500.0]), np.array([True, True, True, False])
    assert waits._in_steps(minutes, seen).tolist() == [4.0, 135.0, 540.0, 480.0]
