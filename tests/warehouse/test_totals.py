"""Sums of what is published equal a plain count, and know which weeks they cover."""

import json
from datetime import date
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Table, delete

from metrics.query import results
from tests.metrics.families import family_frames, whole_practice, whole_store
from tests.metrics.releases import attendance_row, frames, header, monday, retention_row, small_practice, store_at
from warehouse.families import SCORE_COUNTS, TIME_CELLS
from warehouse.family_totals import FAMILY_TOTALS, TIMES, counts_of, own_keys, times
from warehouse.schema import ATTENDANCE_COUNTS, RETENTION_COUNTS
from warehouse.store import Store
from warehouse.totals import BY_WEEK, DERIVED_TABLES, FIRST_VISITS, by_week

GROUP = ["stratifier", "site", "stratum"]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return whole_store(tmp_path_factory.mktemp("practice"))


def derived(store: Store, release: int = 1) -> dict[str, pd.DataFrame]:
    return store.read_tables(release, {table.name: {} for table in DERIVED_TABLES})


def test_totals_equal_the_sum_of_the_cells(tmp_path: Path) -> None:
    store, written = small_practice(tmp_path), frames()
    counts = [name for name in ATTENDANCE_COUNTS if name != "patients"]
    expected = written["attendance_cells"].groupby(GROUP, as_index=False)[counts].sum()
    pd.testing.assert_frame_equal(derived(store)["attendance_totals"], expected)
    weeks = written["retention_cells"].groupby([*GROUP, "week_in_care"])[list(RETENTION_COUNTS)].sum()
    expected = weeks[list(BY_WEEK)].groupby(level=GROUP).agg(lambda counts: json.dumps(counts.tolist())).reset_index()
    expected[list(FIRST_VISITS)] = weeks[list(FIRST_VISITS)].groupby(level=GROUP).sum().to_numpy()
    pd.testing.assert_frame_equal(derived(store)["retention_totals"], expected)


@pytest.mark.parametrize("source", FAMILY_TOTALS, ids=lambda table: table.name)
def test_totals_of_every_family_equal_the_sum_of_its_cells(practice: Store, source: Table) -> None:
    keys = [*GROUP, *own_keys(source)]
    expected = family_frames()[source.name].groupby(keys, as_index=False)[list(counts_of(source))].sum()
    found = practice.read(FAMILY_TOTALS[source].name, 1)
    if source is TIME_CELLS:
        lists = {name: times(found[name]) for name in TIMES}
        found = found.loc[found.index.repeat([len(line) for line in lists["time"]])].reset_index(drop=True)
        found = found.assign(**{name: np.concatenate(lines) for name, lines in lists.items()})
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_dtype=False)


def test_each_questionnaire_has_its_own_spans(tmp_path: Path) -> None:
    store, cells = store_at(tmp_path), family_frames()["score_cells"]
    counts = [*SCORE_COUNTS, "patients"]
    held = (cells["instrument"] == "SRS") & (cells["site"] == "North")
    cells = cells.astype(dict.fromkeys(counts, object))
    cells.loc[held, "state"], cells.loc[held, counts] = "withheld", None
    store.publish(header(), {"score_cells": cells})
    spans = store.read_tables(1, {"released_spans": {"stratifier": "all", "state": "withheld"}})["released_spans"]
    assert set(spans["part"]) == {"SRS | total"}
    assert set(spans["site"]) == {"North"}


def test_what_is_withheld_is_in_no_total_and_in_its_own_span(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    rows = [attendance_row("North", "week", week, attended=20, patients=20) for week in (0, 1, 2, 5)]
    rows += [attendance_row("North", "4weeks", week, state="withheld") for week in (8, 12)]
    store.publish(header(), {"attendance_cells": pd.DataFrame(rows)})
    found = derived(store)
    assert found["attendance_totals"]["attended"].tolist() == [80]
    spans = found["released_spans"][["state", "grain", "period_start", "periods"]]
    assert [tuple(row) for row in spans.itertuples(index=False)] == [
        ("published", "week", pd.Timestamp(monday(0)), 3),
        ("published", "week", pd.Timestamp(monday(5)), 1),
        ("withheld", "4weeks", pd.Timestamp(monday(8)), 2),
    ]


def test_a_week_in_care_withheld_by_itself_leaves_its_group_published(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    rows = [retention_row("North", "12weeks", 0, week, patients=30, at_risk=30, unplanned=1) for week in (0, 1, 3)]
    rows += [retention_row("North", "12weeks", 0, week, state="withheld") for week in (2, 4)]
    store.publish(header(), {"retention_cells": pd.DataFrame(rows)})
    found = derived(store)
    assert found["retention_totals"]["at_risk"].tolist() == ["[30, 30, null, 30]"]
    assert found["released_spans"]["state"].tolist() == ["published", "withheld"]


def test_later_weeks_in_care_have_longer_periods_that_hide_no_shorter_ones(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    rows = [retention_row("North", "4weeks", start, 0, patients=30, at_risk=30) for start in (0, 4, 8)]
    rows += [retention_row("North", "12weeks", 0, 12, patients=30, at_risk=20, unplanned=2)]
    store.publish(header(), {"retention_cells": pd.DataFrame(rows)})
    found = derived(store)
    assert found["released_spans"][["grain", "periods"]].values.tolist() == [["4weeks", 3]]
    weeks = by_week(found["retention_totals"]["at_risk"], 14)
    assert weeks.shape == (1, 14)
    assert weeks[0, [0, 12]].tolist() == [90, 20]
    assert np.isnan(weeks[0, [*range(1, 12), 13]]).all()


def test_weeks_in_care_of_no_group_are_an_empty_table() -> None:
    assert by_week([], 26).shape == (0, 26)


def test_weeks_beyond_those_asked_for_are_left_out() -> None:
    assert by_week(["[3, 2, 1]", "[5]"], 2).tolist()[0] == [3, 2]


def test_releases_made_before_there_were_totals_get_them(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    before = derived(store)
    with store.engine.begin() as connection:
        for table in DERIVED_TABLES:
            connection.execute(delete(table))
    assert all(frame.empty for frame in derived(store).values())
    store.migrate()
    for name, frame in derived(store).items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_totals_with_a_row_per_week_are_made_anew(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    before, answers = derived(store), results(store, by="modality")
    step = import_module("warehouse.migrations.versions.0005_weeks_in_a_row")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE retention_totals")  # the layout before
        connection.exec_driver_sql("CREATE TABLE retention_totals (release_id INTEGER, week_in_care INTEGER)")
        with Operations.context(MigrationContext.configure(connection)):
            step.upgrade()
    store.migrate()
    for name, frame in derived(store).items():
        pd.testing.assert_frame_equal(frame, before[name])
    assert results(store, by="modality") == answers


def test_totals_go_with_their_release(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    for seed in (2, 3):
        store.publish(header(published_until=date(2024, 6, 17)), whole_practice(seed))
    assert all(frame.empty for frame in derived(store, 1).values())
    assert not any(frame.empty for frame in derived(store, 3).values())
