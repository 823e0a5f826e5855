"""A release remembers under which version of a definition its periods were counted."""

from datetime import date

import pandas as pd

from etl.definitions import COLUMNS, frame

FIRST, SECOND = date(2024, 3, 4), date(2024, 6, 3)


def rows(told: pd.DataFrame) -> set[tuple[str, int, date | None]]:
    return {
        (metric, version, None if pd.isna(since) else since) for metric, version, since in told.itertuples(index=False)
    }


def test_what_is_carried_over_keeps_its_version_and_what_is_new_has_its_own() -> None:
    one = frame({"a": 1, "b": 1}, None, None)
    two = frame({"a": 2, "b": 1}, one, FIRST)
    three = frame({"a": 2, "b": 1, "c": 4}, two, SECOND)
    assert rows(one) == {("a", 1, None), ("b", 1, None)}
    assert rows(two) == {("a", 1, None), ("a", 2, FIRST), ("b", 1, None)}
    assert rows(three) == rows(two) | {("c", 4, None)}


def test_a_release_made_anew_is_counted_under_the_version_of_today() -> None:
    frame({"a": 1}, None, None)
    assert rows(frame({"a": 2}, None, None)) == {("a", 2, None)}


def test_metrics_that_are_gone_are_forgotten_and_no_metric_is_no_row() -> None:
    assert frame({}, frame({"a": 1}, None, None), FIRST).empty
    assert tuple(frame({}, None, None).columns) == COLUMNS
