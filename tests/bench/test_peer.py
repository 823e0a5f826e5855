"""The other side of the metrics' ratio computes what it says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bench import peer
from bench.generate import practice
from bench.rows import STRATIFIERS, Rows, read, store
from metrics.survival import restricted_mean


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    folder: Path = tmp_path_factory.mktemp("peer")
    return read(store(practice(folder, 10_000)))


def test_rate_is_a_plain_share_and_its_interval_wider_than_for_independent_visits(rows: Rows) -> None:
    visits = rows.visits
    missed, due = visits["no_show"].sum(), (visits["no_show"] + visits["attended"]).sum()
    value, low, high = next(iter(peer.everything(rows, [])["no_show_rate",].values()))
    assert value == pytest.approx(missed / due)
    assert low < value < high
    assert high - low >= 2 * 1.95 * (value * (1 - value) / due) ** 0.5


def test_every_metric_answers_for_every_site_and_stratum(rows: Rows) -> None:
    found = peer.everything(rows, STRATIFIERS)
    assert {key[0] for key in found} == {
        "no_show_rate", "late_cancel_rate", "slots_lost", "wait_from_booking",
        "in_care_12_weeks", "mean_weeks_in_care", "left_after_first_visit",
    }  # fmt: skip
    assert len(found["no_show_rate", "site", "lead_time"]) == 4 * 6
    assert len(found["in_care_12_weeks", "site", "sex"]) == 4 * 3


def test_courses_of_care_are_followed_to_an_ending_or_to_the_last_day_that_tells(rows: Rows) -> None:
    episodes = rows.episodes
    assert episodes["weeks"].min() >= 1
    assert set(episodes["ended"]) == {0, 1}
    assert (episodes.loc[episodes["left_after_first"] == 1, "ended"]).mean() > 0.5


def test_mean_weeks_in_care_has_the_error_of_the_area_under_the_curve(rows: Rows) -> None:
    episodes = rows.episodes
    at_risk = [(episodes["weeks"] >= week).sum() for week in range(1, 60)]
    observed = [((episodes["weeks"] == week) & (episodes["ended"] == 1)).sum() for week in range(1, 60)]
    cells = pd.DataFrame({"time": range(1, 60), "observed": observed, "censored": 0, "at_risk": at_risk})
    expected = restricted_mean(cells, peer.MEAN_WEEKS)
    found = peer.everything(rows, [])["mean_weeks_in_care",][()]
    assert found == pytest.approx((expected.value, expected.low, expected.high))
