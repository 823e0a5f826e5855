"""The figures of an awkward release stay what they were, however they are worked out."""

import json
from pathlib import Path

import pytest

from metrics.cells import load_cells, load_totals
from metrics.errors import QueryError
from metrics.query import EVERY, ResultRow, results, results_from
from metrics.registry import metric_named
from metrics.retention import curve
from metrics.selection import Selection
from tests.metrics.awkward import awkward
from tests.metrics.releases import header, store_at
from warehouse.store import Store

KEPT = Path(__file__).with_name("golden.json")  # from the first, slower way; limits of mean weeks as of their log odds
ASKED = [(None, "all"), (None, "12weeks"), (None, "4weeks"), ("modality", "all"), ("modality", "12weeks")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = store_at(tmp_path_factory.mktemp("awkward"))
    store.publish(header(), awkward())
    return store


def plain(row: ResultRow) -> list[object]:
    numbers = [None if value is None else float(f"{value:.13g}") for value in (row.value, row.low, row.high)]
    return [row.metric, row.site, row.stratum, row.period, *numbers, row.n, row.state.value]


@pytest.mark.parametrize(("by", "period"), ASKED)
def test_figures_are_what_they_were(store: Store, by: str | None, period: str) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[f"{by} {period}"]
    known_then = {row[0] for row in kept}
    found = [plain(row) for row in results(store, by=by, period=period) if row.metric in known_then]
    assert [row[:4] + row[7:] for row in found] == [row[:4] + row[7:] for row in kept]
    known = [(now[4:7], before[4:7]) for now, before in zip(found, kept, strict=True) if None not in before[4:7]]
    assert len(known) > 5
    for now, before in known:
        assert now == pytest.approx(before, rel=1e-12, abs=1e-12)


def test_the_release_is_awkward_enough(store: Store) -> None:
    states = {row.state.value for by, period in ASKED for row in results(store, by=by, period=period)}
    assert states >= {"published", "withheld", "zero"}


@pytest.mark.parametrize("by", [None, "modality"])
def test_figures_over_everything_are_the_same_from_totals_and_from_periods(store: Store, by: str | None) -> None:
    assert results(store, by=by) == results_from(load_cells(store, by=by))


@pytest.mark.parametrize("period", ["all", "12weeks"])
def test_every_split_at_once_is_each_split_in_turn(store: Store, period: str) -> None:
    each = [row for by in (None, "modality") for row in results(store, by=by, period=period)]
    each = [row for row in each if not metric_named(row.metric).why_not(row.stratifier)]  # where a split makes sense
    assert results(store, by=EVERY, period=period) == each


def test_totals_are_not_asked_for_periods_or_curves(store: Store) -> None:
    totals = load_totals(store)
    with pytest.raises(QueryError, match="period"):
        results_from(totals, period="12weeks")
    with pytest.raises(QueryError, match="by period"):
        curve(Selection(totals))
