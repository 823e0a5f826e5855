import numpy as np
import pandas as pd
import pytest

from metrics.control import xmr
from metrics.errors import CellError

# Wheeler & Chambers' way by hand: values, moving ranges 2 1 3 2 1 2 3 2 1, their mean 17/9.
VALUES = pd.Series([10.0, 12, 11, 14, 12, 13, 11, 14, 12, 11], index=range(10))


def test_limits_by_hand() -> None:
    chart = xmr(VALUES)
    assert chart.points["centre"].unique() == pytest.approx([12.0])
    assert chart.points["high"].unique() == pytest.approx([12 + 2.66 * 17 / 9])
    assert chart.ranges_high == (pytest.approx(3.268 * 17 / 9),)
    assert (chart.points["signal"] == "").all()


def test_a_point_beyond_the_limits_is_a_signal() -> None:
    found = xmr(pd.Series([10.0, 11, 10, 11, 10, 11, 10, 11, 10, 30, 10, 11])).points
    assert found.loc[found["signal"] == "outside", "value"].tolist() == [30]


def test_the_eighth_in_a_row_on_one_side_is_a_signal() -> None:
    found = xmr(pd.Series([10.0, 12, 10, 12, *[12.5, 12.0] * 4, *[9.0, 10.0] * 5])).points["signal"]
    assert found.tolist().count("run") >= 2
    assert found.iloc[:10].eq("").all()


def test_a_new_level_begins_at_a_logged_event_and_nowhere_else() -> None:
    twice = pd.concat([VALUES, VALUES.set_axis(range(10, 20)) + 20])
    apart, together = xmr(twice, rebase_at=[10]), xmr(twice)
    assert apart.points["stretch"].tolist() == [0] * 10 + [1] * 10
    assert (apart.points["signal"] == "").all()
    assert apart.points["centre"].unique() == pytest.approx([12, 32])
    assert together.points["stretch"].unique().tolist() == [0]
    assert (together.points["signal"] != "").any()


def test_a_short_stretch_has_no_limits_and_says_so() -> None:
    chart = xmr(VALUES, rebase_at=[7])
    assert chart.points.loc[7:, "centre"].isna().all()
    assert chart.reasons == ("7 points from 0 on: 8 are needed", "3 points from 7 on: 8 are needed")
    assert chart.ranges_high == (None, None)


def test_ordinary_variation_seldom_signals() -> None:
    random = np.random.default_rng(2)
    outside = [xmr(pd.Series(random.normal(size=52))).points["signal"].eq("outside").mean() for _ in range(60)]
    assert np.mean(outside) < 0.01


def test_series_that_are_none_are_refused() -> None:
    for wrong in (VALUES[::-1], VALUES.where(VALUES > 10)):
        with pytest.raises(CellError):
            xmr(wrong)
