"""Many curves at once are each curve by itself."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from metrics.errors import CellError
from metrics.many_curves import many_curves
from metrics.survival import kaplan_meier


def drawn(seed: int, groups: int = 7) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = random.integers(0, 60, groups)
    place = np.repeat(np.arange(groups), rows)
    time = random.integers(1, 25, rows.sum())
    over = random.random(rows.sum()) < 0.7
    return pd.DataFrame({"place": place, "time": time, "observed": over.astype(int), "censored": (~over).astype(int)})


@pytest.mark.parametrize("seed", range(8))
def test_each_group_is_its_own_kaplan_meier(seed: int) -> None:
    rows = drawn(seed).sample(frac=1, random_state=seed)  # in any order, times repeated
    found = many_curves(*(rows[name].to_numpy() for name in rows), 7)
    for p in (0.5, 0.9, 0.95):
        value, low, high = found.quantile(p)
        for place in range(7):
            part = rows[rows["place"] == place].drop(columns="place").groupby("time", as_index=False).sum()
            if part.empty:
                assert np.isnan(value[place])
                continue
            told = kaplan_meier(part).quantile(p)
            expected = [np.nan if one is None else one for one in (told.value, told.low, told.high)]
            assert np.array_equal([value[place], low[place], high[place]], expected, equal_nan=True), (place, p)


def test_the_share_at_a_time_of_ones_own_is_that_of_the_curve() -> None:
    rows = drawn(3)
    curves, times = many_curves(*(rows[name].to_numpy() for name in rows), 7), np.arange(7) * 3.0
    for place in range(7):
        part = rows[rows["place"] == place].drop(columns="place").groupby("time", as_index=False).sum()
        told = [column[place] for column in curves.at(times)]
        if part.empty or (part["time"].max() < times[place] and part["observed"].iloc[-1] < 1):
            assert np.isnan(told).all()
        else:
            assert told == pytest.approx(kaplan_meier(part).at(times[place])), place


def test_medians_of_the_shared_trial_agree_with_r(shared_dir: Path) -> None:
    """R's survfit with conf.type log-log on MASS::gehan (SURV-03): 23 (13, not reached) on 6-MP, 8 (4, 11) without."""
    trial = pd.read_csv(shared_dir / "references" / "gehan.csv")
    place = (trial["treat"] != "6-MP").astype(int).to_numpy()
    over = trial["event"].to_numpy()
    value, low, high = many_curves(place, trial["time"].to_numpy(), over, 1 - over, 2).quantile(0.5)
    assert value.tolist() == [23, 8]
    assert low.tolist() == [13, 4]
    assert np.isnan(high[0])
    assert high[1] == 11


def test_nobody_at_all_is_no_curve() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert np.isnan(many_curves(none, none, none, none, 3).quantile(0.5)).all()


def test_counts_below_zero_are_refused() -> None:
    one = np.ones(1, dtype=np.int64)
    with pytest.raises(CellError, match="negative"):
        many_curves(one * 0, one, -one, one, 1)
