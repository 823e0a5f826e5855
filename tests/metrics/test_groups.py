from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from metrics.estimate import State
from metrics.query import ResultRow, results
from tests.metrics.releases import attendance_row, header, monday, repeat_row, retention_row, store_at

SITES = pd.DataFrame({"site": ["North", "South"], "position": [0, 1], "merged_sites": 1})
LEAD = pd.DataFrame({"stratifier": "sex", "stratum": ["female", "male"], "position": [0, 1], "merged_categories": 1})
COUNTS: dict[str, Any] = {"patients": 20, "booked": 20, "attended": 16, "no_show": 4}


def asked(tmp_path: Path, rows: list[dict[str, Any]], *, weeks: int = 24, **question: Any) -> list[ResultRow]:
    """Publishes these attendance groups alone and asks for the no-show rate."""
    store = store_at(tmp_path)
    changes = {"published_until": monday(weeks), "data_end": monday(weeks), **question.pop("changes", {})}
    known = pd.DataFrame([repeat_row("no_show", "*", "all", 0, patients=200, inflation=1.0)])
    tables = {"site": SITES, "category": LEAD, "attendance_cells": pd.DataFrame(rows), "repeat_cells": known}
    store.publish(header(**changes), tables)
    return results(store, metric="no_show_rate", **question)


def weekly(site: str, weeks: range, stratum: str = "all") -> list[dict[str, Any]]:
    return [attendance_row(site, "week", week, stratum, **COUNTS) for week in weeks]


def of_site(rows: list[ResultRow], site: str) -> list[ResultRow]:
    return [row for row in rows if row.site == site]


def test_coarser_periods_are_sums_of_finer_ones(tmp_path: Path) -> None:
    rows = weekly("North", range(24)) + weekly("South", range(24))
    found = asked(tmp_path, rows, period="12weeks")
    assert [(row.site, row.period, row.n) for row in found] == [
        ("*", "2024-01-01", 480),
        ("*", "2024-03-25", 480),
        ("North", "2024-01-01", 240),
        ("North", "2024-03-25", 240),
        ("South", "2024-01-01", 240),
        ("South", "2024-03-25", 240),
    ]


def test_a_period_published_only_coarser_is_withheld_for_the_site_and_the_practice(tmp_path: Path) -> None:
    rows = weekly("North", range(24)) + weekly("South", range(12))
    rows += [attendance_row("South", "4weeks", week, **COUNTS) for week in (12, 16, 20)]
    found = asked(tmp_path, rows, period="week")
    for site in ("*", "South"):
        states = [(row.state, row.reason) for row in of_site(found, site)]
        assert states[:12] == [(State.PUBLISHED, "")] * 12
        assert states[12:] == [(State.WITHHELD, "published only per 4 weeks")] * 12
    assert {row.state for row in of_site(found, "North")} == {State.PUBLISHED}
    assert {row.n for row in found if row.state is State.WITHHELD} == {0}


def test_coarse_and_fine_groups_add_up_over_everything(tmp_path: Path) -> None:
    rows = weekly("North", range(24)) + weekly("South", range(12))
    rows += [attendance_row("South", "12weeks", 12, **COUNTS)]
    found = asked(tmp_path, rows)
    assert [(row.site, row.n, row.reason) for row in found] == [("*", 740, ""), ("North", 480, ""), ("South", 260, "")]


def test_a_withheld_site_is_withheld_and_named_beside_the_practice(tmp_path: Path) -> None:
    rows = weekly("North", range(24)) + [attendance_row("South", "12weeks", week, state="withheld") for week in (0, 12)]
    practice, north, south = asked(tmp_path, rows, period="24weeks")
    assert (practice.n, practice.reason) == (480, "without some weeks of 1 of 2 sites, withheld")
    assert north.state is State.PUBLISHED
    assert (south.state, south.value) == (State.WITHHELD, None)
    assert south.reason == "fewer than 11 patients in a group here, or all with one outcome"


def test_a_site_without_a_group_in_a_finished_block_is_zero(tmp_path: Path) -> None:
    found = asked(tmp_path, weekly("North", range(24)), period="12weeks", site="South")
    assert {(row.state, row.reason) for row in found} == {(State.ZERO, "nobody was seen here in this period")}


def test_a_published_group_of_nobody_is_zero(tmp_path: Path) -> None:
    rows = weekly("North", range(24)) + [attendance_row("South", "week", week) for week in range(24)]
    found = asked(tmp_path, rows, period="4weeks", site="South")
    assert {(row.state, row.n) for row in found} == {(State.ZERO, 0)}


def test_weeks_of_an_unfinished_block_wait(tmp_path: Path) -> None:
    rows = weekly("North", range(18)) + weekly("South", range(12))
    found = of_site(asked(tmp_path, rows, weeks=18, period="week"), "South")
    assert [row.state for row in found] == [State.PUBLISHED] * 12 + [State.WITHHELD] * 6
    assert found[-1].reason == "not yet published: waits until its twelve weeks are over"


def test_a_site_whose_last_weeks_wait_is_named_beside_the_practice(tmp_path: Path) -> None:
    rows = weekly("North", range(18)) + weekly("South", range(12))
    practice, north, south = asked(tmp_path, rows, weeks=18)
    assert practice.reason == "without some weeks of 1 of 2 sites, not yet published"
    assert north.reason == ""
    assert south.reason == "12 of 18 weeks; the rest is withheld or not yet published"


def test_a_period_that_is_not_over_is_not_listed(tmp_path: Path) -> None:
    found = asked(tmp_path, weekly("North", range(18)), weeks=18, period="12weeks", site="North")
    assert [row.period for row in found] == ["2024-01-01"]


def test_weeks_the_exports_do_not_reach_are_not_called_empty(tmp_path: Path) -> None:
    rows = weekly("North", range(2, 22))
    changes = {"data_start": monday(2), "data_end": monday(22) - pd.Timedelta(days=1)}
    found = asked(tmp_path, rows, period="week", site="North", changes=changes)
    assert [row.period for row in found] == [monday(week).isoformat() for week in range(2, 22)]
    store_folder = tmp_path / "again"
    found = asked(store_folder, rows, period="12weeks", site="North", changes=changes)
    assert [(row.state, row.n) for row in found] == [(State.PUBLISHED, 200), (State.PUBLISHED, 200)]


def test_strata_published_for_the_practice_alone_are_withheld_per_site(tmp_path: Path) -> None:
    rows = weekly("North", range(24)) + weekly("South", range(24))
    rows += [row for sex in ("female", "male") for row in weekly("North", range(12), f"sex={sex}")]
    rows += [attendance_row("*", "12weeks", 12, f"sex={sex}", **COUNTS) for sex in ("female", "male")]
    found = asked(tmp_path, rows, by="sex", period="12weeks")
    assert [(row.site, row.stratum) for row in found[::2]] == [
        (site, sex) for site in ("*", "North", "South") for sex in ("female", "male")
    ]
    assert [row.n for row in of_site(found, "*")] == [240, 20, 240, 20]
    north = of_site(found, "North")
    assert [(row.state, row.reason) for row in north[:2]] == [
        (State.PUBLISHED, ""),
        (State.WITHHELD, "published only for the practice as a whole"),
    ]


def test_a_stratum_nobody_is_in_is_zero(tmp_path: Path) -> None:
    rows = weekly("North", range(24)) + weekly("North", range(24), "sex=female")
    found = asked(tmp_path, rows, by="sex", site="North")
    assert [(row.stratum, row.state) for row in found] == [("female", State.PUBLISHED), ("male", State.ZERO)]


def test_a_split_that_is_not_published_is_withheld_not_zero(tmp_path: Path) -> None:
    found = asked(tmp_path, weekly("North", range(24)), by="sex")
    assert {(row.state, row.reason) for row in found} == {(State.WITHHELD, "nothing of this kind is published")}


def test_a_release_without_any_group_answers_every_question_with_a_reason(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    empty = {"published_until": None, "grid_start": None, "data_start": None, "data_end": None, "restated_on": None}
    store.publish(header(**empty), {})
    for period in ("all", "week", "12weeks"):
        for row in results(store, period=period):
            assert row.value is None
            assert row.reason


def test_time_in_care_is_not_asked_of_weeks_too_recent_to_follow(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    rows = [
        retention_row("North", "4weeks", week, in_care, patients=40, at_risk=40, unplanned=1)
        for week in range(0, 12, 4)
        for in_care in range(53)
    ]
    store.publish(
        header(data_end=monday(12) + pd.Timedelta(days=65)), {"site": SITES[:1], "retention_cells": pd.DataFrame(rows)}
    )
    found = results(store, metric="in_care_12_weeks", period="4weeks", site="North")
    assert [date.fromisoformat(row.period) for row in found] == [monday(0), monday(4), monday(8)]
    assert {row.state for row in found} == {State.PUBLISHED}
    whole = results(store, metric="in_care_12_weeks", site="North")
    assert (whole[0].n, whole[0].reason) == (120, "")


@pytest.mark.parametrize("period", ["week", "4weeks", "12weeks", "24weeks", "all"])
def test_sites_always_add_up_to_the_practice(tmp_path: Path, period: str) -> None:
    rows = weekly("North", range(24)) + [attendance_row("South", "4weeks", week, **COUNTS) for week in range(0, 24, 4)]
    found = asked(tmp_path, rows, period=period)
    for row in of_site(found, "*"):
        parts = [part.n for part in found if part.site != "*" and part.period == row.period]
        assert row.state is State.WITHHELD or row.n == sum(parts)
