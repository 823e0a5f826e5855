import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metrics.cells import load_cells
from metrics.errors import QueryError
from metrics.estimate import State
from metrics.intervals import wilson
from metrics.query import results, results_from
from metrics.registry import METRICS, metric_named
from metrics.retention import curve, limits_of_mean
from metrics.selection import Selection
from metrics.survival import kaplan_meier, restricted_mean
from tests.metrics.releases import (
    SITES,
    attendance,
    frames,
    header,
    monday,
    repeat_row,
    repeats,
    retention,
    small_practice,
    store_at,
)
from warehouse.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small_practice(tmp_path_factory.mktemp("practice"))


def one(store: Store, **question: Any) -> Any:
    (row,) = results(store, **question)
    return row


def test_rows_come_in_one_order_practice_first(store: Store) -> None:
    rows = results(store)
    assert [(row.metric, row.site) for row in rows] == [
        (metric.key, site) for metric in METRICS for site in ("*", *SITES)
    ]
    assert rows == results(store)


def test_json_rows_keep_their_contract(store: Store) -> None:
    row = json.loads(json.dumps(results(store)[0].as_json()))
    assert list(row) == [
        *("metric", "site", "stratifier", "stratum", "period", "value", "low", "high"),
        *("n", "unit", "state", "reason", "release"),
    ]
    assert (row["period"], row["state"], row["release"]) == ("all", "published", 1)


def test_a_stated_value_always_has_its_interval_and_none_has_a_reason(store: Store) -> None:
    for by in (None, "modality"):
        cells = load_cells(store, by=by)
        for period in ("all", "week", "4weeks", "12weeks", "24weeks"):
            for row in results_from(cells, period=period):
                numbers = (row.value, row.low, row.high)
                if row.state is State.PUBLISHED:
                    assert all(number is not None and np.isfinite(number) for number in numbers)
                    assert row.low <= row.value <= row.high
                else:
                    assert numbers == (None, None, None)
                    assert row.reason


def test_shares_equal_a_plain_count(store: Store) -> None:
    cells = attendance().query("stratifier == 'all' and site == 'North'")
    total = cells[["attended", "no_show", "late_cancel", "refilled", "waits", "wait_days"]].sum()
    due = total["attended"] + total["no_show"]
    for key, value in (
        ("no_show_rate", total["no_show"] / due),
        ("late_cancel_rate", total["late_cancel"] / (due + total["late_cancel"])),
        (
            "slots_lost",
            (total["no_show"] + total["late_cancel"] - total["refilled"]) / (due + total["late_cancel"]),
        ),
        ("wait_from_booking", total["wait_days"] / total["waits"]),
    ):
        assert one(store, metric=key, site="North").value == pytest.approx(value), key


def test_intervals_on_visits_use_the_window_of_their_length(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    windows = [
        repeat_row("no_show", "North", "4weeks", 0, patients=200, inflation=1.5),
        repeat_row("no_show", "North", "12weeks", 0, patients=400, inflation=2.5),
        repeat_row("no_show", "North", "all", 0, patients=900, inflation=4.0),
    ]
    store.publish(header(), {**frames(), "repeat_cells": pd.DataFrame(windows)})
    for period, start, inflation in (
        ("week", monday(0), 1.0),
        ("4weeks", monday(0), 1.5),
        ("4weeks", monday(4), 2.5),  # its own window is not published: the next longer one
        ("12weeks", monday(0), 2.5),
        ("12weeks", monday(12), 4.0),
        ("24weeks", monday(0), 4.0),
    ):
        rows = results(store, metric="no_show_rate", site="North", period=period)
        (row,) = [row for row in rows if row.period == start.isoformat()]
        x = round(row.value * row.n)
        assert (row.low, row.high) == pytest.approx(wilson(x, row.n, design_effect=inflation), abs=1e-3), (
            period,
            start,
        )
    whole = one(store, metric="no_show_rate", site="North")
    assert (whole.low, whole.high) == pytest.approx(
        wilson(round(whole.value * whole.n), whole.n, design_effect=4.0), abs=1e-3
    )


def test_an_interval_that_cannot_know_of_repeats_says_so(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.publish(header(), {name: frame for name, frame in frames().items() if name != "repeat_cells"})
    assert "does not know that patients come back" in one(store, metric="no_show_rate", site="North").reason
    assert one(store, metric="no_show_rate", site="North").state is State.PUBLISHED


def test_the_practices_repeats_are_its_sites_added_where_not_published(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    kept = repeats(inflation=3.0)
    store.publish(header(), {**frames(), "repeat_cells": kept[kept["site"] != "*"]})
    row = one(store, metric="no_show_rate", site="*")
    assert (row.low, row.high) == pytest.approx(wilson(round(row.value * row.n), row.n, design_effect=3.0), abs=1e-3)


def test_time_in_care_equals_the_curve_of_the_pooled_groups(store: Store) -> None:
    pooled = (
        retention().query("stratifier == 'all'").groupby("week_in_care", as_index=False)[["at_risk", "unplanned"]].sum()
    )
    table = pd.DataFrame({"time": pooled["week_in_care"] + 1, "observed": pooled["unplanned"], "censored": 0})
    table["at_risk"] = pooled["at_risk"]
    expected = kaplan_meier(table).at(12)
    row = one(store, metric="in_care_12_weeks", site="*")
    assert (row.value, row.low, row.high) == pytest.approx(expected)
    mean = restricted_mean(table, 26)
    row = one(store, metric="mean_weeks_in_care", site="*")
    told = limits_of_mean(
        *(np.array([each]) for each in (mean.value, mean.standard_error, table["observed"][:26].sum()))
    )
    assert (row.value, row.low, row.high) == pytest.approx((mean.value, *(float(each[0]) for each in told)))
    assert (row.low, row.high) == pytest.approx((mean.low, mean.high), abs=0.05)
    drawn = curve(Selection(load_cells(store)))
    assert drawn.at(12) == pytest.approx(expected)


def test_nobody_leaving_is_not_certainty(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    kept = retention().assign(unplanned=0)
    store.publish(header(), {**frames(), "retention_cells": kept})
    row = one(store, metric="in_care_12_weeks", site="North")
    assert row.value == row.high == 1
    assert 0.9 < row.low < 1


def test_too_few_to_say_is_said(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    few = attendance()
    few[["attended", "no_show", "waits"]] = (6, 2, 0)
    store.publish(header(), {**frames(), "attendance_cells": few})
    rows = results(store, metric="no_show_rate", site="North", period="week")
    assert {row.state for row in rows} == {State.CANNOT_SAY}
    assert rows[0].reason == "rests on 8 visits attended or missed; at least 11 are needed"
    assert rows[0].n == 8


@pytest.mark.parametrize(
    ("metric", "columns", "says"),
    [
        ("slots_lost", ["refilled", "refill_known"], "do not say which freed slots were refilled"),
        ("wait_from_booking", ["waits", "wait_days", "wait_days_squared"], "do not say when a visit was booked"),
        ("late_cancel_rate", ["late_cancel"], "hold no cancelled appointments"),
    ],
)
def test_what_the_exports_do_not_hold_is_missing_not_zero(
    tmp_path: Path, metric: str, columns: list[str], says: str
) -> None:
    store = store_at(tmp_path)
    lacking = attendance()
    lacking[columns] = 0
    store.publish(header(), {**frames(), "attendance_cells": lacking})
    for row in results(store, metric=metric):
        assert row.state is State.MISSING
        assert says in row.reason


def test_no_time_in_care_at_all_is_missing(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.publish(header(), {**frames(), "retention_cells": retention()[:0]})
    assert {row.state for row in results(store, metric="in_care_12_weeks")} == {State.MISSING}


def test_refills_known_for_some_slots_alone_are_said(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    half = attendance()
    half["refill_known"] //= 2
    store.publish(header(), {**frames(), "attendance_cells": half})
    row = one(store, metric="slots_lost", site="North")
    assert row.state is State.PUBLISHED
    assert "of freed slots; the others count as lost" in row.reason


def test_series_and_estimate_agree_with_the_rows(store: Store) -> None:
    cells = load_cells(store, by="modality")
    metric = metric_named("no_show_rate")
    points = metric.series(Selection(cells, "North", "video", grain="12weeks"))
    rows = [
        row
        for row in results(store, metric=metric.key, by="modality", site="North", period="12weeks")
        if row.stratum == "video"
    ]
    assert [point.estimate.value for point in points] == [row.value for row in rows]
    assert all(point.variance is not None and point.variance > 0 for point in points)
    second = metric.estimate(Selection(cells, "North", "video", grain="12weeks", period=monday(12)))
    assert second == points[1].estimate


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"metric": "noshow_rate"}, "Did you mean 'no_show_rate'"),
        ({"site": "Nort"}, "Did you mean 'North'"),
        ({"by": "modalty"}, "Did you mean 'modality'"),
        ({"period": "12week"}, "Did you mean '12weeks'"),
        ({"site": "zzz"}, "Known: North, South"),
        ({"release_id": 99}, "Kept are 1"),
    ],
)
def test_a_name_that_is_not_known_is_answered_with_the_nearest(store: Store, question: Any, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        results(store, **question)


def test_a_selection_of_what_is_not_there_is_refused(store: Store) -> None:
    cells = load_cells(store, by="modality")
    with pytest.raises(QueryError, match="Did you mean 'video'"):
        Selection(cells, "North", "vidio")
    with pytest.raises(QueryError, match="No 4weeks period begins"):
        metric_named("no_show_rate").estimate(Selection(cells, "North", "video", period=monday(1)))


def test_an_empty_warehouse_says_to_ingest(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="rapport ingest"):
        results(store_at(tmp_path))


def test_ten_sites_and_two_years_are_told_week_by_week(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    sites = tuple(f"Site {number}" for number in range(10))
    many = {
        "attendance_cells": attendance(weeks=104, sites=sites),
        "repeat_cells": repeats(weeks=104, sites=sites),
        "category": frames()["category"],
    }
    store.publish(header(published_until=monday(104), data_end=monday(104)), many)
    cells = load_cells(store, by="modality")
    assert len(results_from(cells, period="week")) > 4 * 11 * 3 * 100
