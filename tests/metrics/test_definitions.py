"""A definition has a version; where a change of it counts something else, the series breaks and says so."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from metrics.cells import Cells, load_cells, load_totals
from metrics.declare import Metric
from metrics.definitions import Change
from metrics.effects.declared import panels_of
from metrics.registry import METRICS, counting_versions, metric_named
from metrics.selection import Selection
from tests.metrics.releases import monday, small_practice
from tests.metrics.test_panels import source, week
from warehouse.store import Store

MISSED = metric_named("no_show_rate")
RECOUNTED = replace(MISSED, version=2, changes=(Change(2, "late cancellations count as missed", recounted=True),))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small_practice(tmp_path_factory.mktemp("practice"))


def counted(cells: Cells, *versions: tuple[int, date | None]) -> Cells:
    """As if the release's periods had been counted under these versions, each from its Monday on."""
    held = {
        "metric": np.array([MISSED.key] * len(versions), dtype=object),
        "version": np.array([version for version, _ in versions]),
        "counted_from": np.array([since for _, since in versions], dtype="datetime64[ns]"),
    }
    return replace(cells, aside={**cells.aside, "definition": held})


def reasons(metric: Metric, cells: Cells) -> dict[date, str]:
    points = metric.series(Selection(cells, "North", grain="4weeks"))
    return {point.period: point.estimate.reason for point in points}


def test_periods_counted_otherwise_say_so_and_later_ones_do_not(store: Store) -> None:
    told = reasons(RECOUNTED, counted(load_cells(store), (1, None), (2, monday(12))))
    assert [week for week in range(0, 24, 4) if "version 1 of its definition, which is 2" in told[monday(week)]] == [
        0,
        4,
        8,
    ]
    assert all("definition" not in told[monday(week)] for week in (12, 16, 20))


def test_figure_over_everything_says_where_its_definition_changed(store: Store) -> None:
    cells = counted(load_totals(store), (1, None), (2, monday(12)))
    reason = RECOUNTED.estimate(Selection(cells, "North")).reason
    assert f"its definition changed: counted under version 1, under version 2 from {monday(12)} on" in reason


def test_release_counted_before_a_change_says_so_of_every_period(store: Store) -> None:
    told = reasons(RECOUNTED, counted(load_cells(store), (1, None)))
    assert all("counted under version 1 of its definition, which is 2 now" in reason for reason in told.values())


@pytest.mark.parametrize("versions", [(), ((2, None),)])
def test_one_version_throughout_needs_no_word(store: Store, versions: tuple[tuple[int, None], ...]) -> None:
    told = reasons(RECOUNTED, counted(load_cells(store), *versions))
    assert all("definition" not in reason for reason in told.values())


def test_no_effect_is_read_across_a_change_of_what_is_counted() -> None:
    definition = {"metric": "no_show_rate", "version": 2, "counted_from": np.datetime64(monday(30), "ns")}
    before = definition | {"version": 1, "counted_from": np.datetime64("NaT", "ns")}
    rows = [week("s00", at) for at in range(60)]
    panels = {
        panel.metric: panel for panel in panels_of(source(attendance_cells=rows, definition=[before, definition]))
    }
    assert panels["no_show_rate"].reason.startswith(f"Its definition changed for periods from {monday(30)} on")
    assert "definition" not in panels["slots_lost"].reason


def test_every_version_after_the_first_says_what_it_changed() -> None:
    for metric in METRICS:
        assert [change.version for change in metric.changes] == list(range(2, metric.version + 1)), metric.key
        assert counting_versions()[metric.key] <= metric.version
    assert (RECOUNTED.counting, MISSED.counting, metric_named("net_benefit").counting) == (2, 1, 1)
