"""What holds of every metric, whatever it asks."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from metrics.cells import load_cells
from metrics.declare import Metric
from metrics.estimate import State
from metrics.query import EVERY, ResultRow, results, results_from
from metrics.registry import METRICS, metric_named
from metrics.tables import SOURCES
from tests.metrics.families import whole_practice, whole_store
from tests.metrics.releases import header, store_at
from warehouse.store import Store

KEYS = ("site", "grain", "period_start", "stratifier", "stratum", "state", "patients")
EACH = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)


def shrunk(frames: dict[str, pd.DataFrame], share: float) -> dict[str, pd.DataFrame]:
    """The same release with so much less of everything."""
    made = dict(frames)
    for name, source in SOURCES.items():
        counts = [column for column in made[name] if column not in (*KEYS, *source.keys, "week_in_care")]
        made[name] = made[name].assign(**{column: (made[name][column] * share).astype("int64") for column in counts})
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return whole_store(tmp_path_factory.mktemp("practice"))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two releases with ever fewer people in them: around the minimum of most metrics, and below it."""
    store = store_at(tmp_path_factory.mktemp("few"))
    for share in (0.03, 0.008):
        store.publish(header(), shrunk(whole_practice(), share))
    return store


@pytest.fixture(scope="module")
def practice(store: Store) -> dict[str, ResultRow]:
    """Each metric for the whole practice: undivided, or of its first group where it is told of groups alone."""
    rows = [*results(store, by="modality", site="*"), *results(store, site="*")]
    return {row.metric: row for row in reversed(rows) if not metric_named(row.metric).why_not(row.stratifier)}


@EACH
def test_the_whole_practice_answers_every_metric(practice: dict[str, ResultRow], metric: Metric) -> None:
    row = practice[metric.key]
    assert row.state is State.PUBLISHED, row.reason
    assert row.low <= row.value <= row.high
    assert row.n >= 1


@pytest.mark.parametrize("release", [1, 2])
@pytest.mark.parametrize("period", ["all", "12weeks"])
def test_no_metric_says_a_number_under_its_minimum(few: Store, release: int, period: str) -> None:
    said = 0
    for by in (None, "modality"):
        cells = load_cells(few, release_id=release, by=by)
        for metric in METRICS:
            answers = metric.answers(cells, period)
            for place, state in enumerate(answers.states):
                if state is State.PUBLISHED:
                    assert answers.measured.enough[place] >= metric.minimum_n, metric.key
                    said += 1
                else:
                    assert answers.reasons[place], metric.key
    assert said or release == 2


@pytest.mark.parametrize("period", ["all", "4weeks", "24weeks"])
def test_every_value_has_finite_limits_around_it_and_every_gap_a_reason(store: Store, period: str) -> None:
    for row in results(store, by=EVERY, period=period):
        if row.state is State.PUBLISHED:
            assert np.isfinite([row.value, row.low, row.high]).all(), row
            assert row.low - 1e-9 <= row.value <= row.high + 1e-9, row
        else:
            assert (row.value, row.low, row.high) == (None, None, None)
            assert row.reason


def test_totals_and_periods_tell_the_same(store: Store) -> None:
    for by in (None, "modality", "role"):
        whole = results(store, by=by)
        by_period = results_from(load_cells(store, by=by))
        assert [(row.metric, row.site, row.stratum, row.state, row.reason) for row in whole] == [
            (row.metric, row.site, row.stratum, row.state, row.reason) for row in by_period
        ]
        for row, other in zip(whole, by_period, strict=True):
            if row.value is not None:
                numbers = (other.value, other.low, other.high)
                assert (row.value, row.low, row.high) == pytest.approx(numbers, rel=1e-9), row.metric


def test_one_metric_alone_says_what_it_says_among_all(store: Store) -> None:
    every = results(store)
    for metric in METRICS[::4]:
        assert results(store, metric=metric.key) == [row for row in every if row.metric == metric.key]


def test_a_release_without_any_family_answers_every_metric_with_a_reason(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    made = {name: frame for name, frame in whole_practice().items() if name in ("site", "category", "attendance_cells")}
    store.publish(header(data_end=date(2024, 7, 31)), made)
    rows = results(store, site="*")
    for row in rows:
        if METRICS_BY_KEY[row.metric].cells[0] != "attendance_cells" and not METRICS_BY_KEY[row.metric].divided:
            assert (row.state, row.value) == (State.MISSING, None), row
            assert row.reason.startswith("the exports"), row


METRICS_BY_KEY = {metric.key: metric for metric in METRICS}
