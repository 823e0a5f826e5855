"""Do the groups of questionnaires, danger and messages keep the rules, from one release to the next?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from deid.attack import between, within
from deid.attack_families import FAMILIES
from deid.sweep import shapes
from etl.release import PreviousRelease, ReleaseTables, make_release
from etl.release.rows import total
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import answers, danger, practice
from tests.etl_release.conftest import Whole

K = 11
CHOSEN = ReleaseSettings(settle_days=0, stratifiers=Stratifiers(names=("sex",)))
DAYS = [date(2024, 4, 24), date(2024, 6, 19), date(2024, 8, 5)]
FIRST, NEXT = date(2024, 3, 25), date(2024, 6, 17)  # twelve weeks of the grid
MEASURES = answers.measures(30, seed=9)


def made(con: Any, day: date, previous: ReleaseTables | None, *, restate: bool = False) -> ReleaseTables:
    before = PreviousRelease(previous.header, previous.frames, restate) if previous else None
    return make_release(con, practice.settings(release=CHOSEN, extracted_on=day), before, practice.NOW)


@pytest.fixture(scope="module")
def chain() -> list[ReleaseTables]:
    """Three releases; questionnaires of four weeks come after the first, late by weeks; then a restatement."""
    con = practice.practice(weeks=30, sites={"east": 12, "north": 24, "south": 16})
    day = {row["measure_id"]: row["invited_on"] or row["taken_on"] for row in MEASURES}
    late = [number for number in day if number % 7 == 0 and date(2024, 3, 25) <= day[number] < date(2024, 4, 22)]
    practice.fill(con, "measure", [row for row in MEASURES if row["measure_id"] not in late])
    found = [made(con, DAYS[0], None)]
    practice.fill(con, "measure", [row for row in MEASURES if row["measure_id"] in late])
    found += [made(con, DAYS[1], found[0])]
    found += [made(con, DAYS[2], found[1])]
    return [*found, made(con, DAYS[2], found[-1], restate=True)]


def told(tables: ReleaseTables) -> list[str]:
    """What the attacker finds in everything but visits, of which other tests ask."""
    frames = {name: rows for name, rows in tables.frames.items() if name in FAMILIES or name == "repeat_cells"}
    return within(frames, tables.header["grid_start"], K)


def test_nothing_follows_from_any_release_or_from_two(chain: list[ReleaseTables]) -> None:
    assert [told(tables) for tables in chain] == [[]] * 4
    assert [between(old.frames, new.frames) for old, new in itertools.pairwise(chain[:3])] == [[], []]
    sizes = [len(tables.frames["score_cells"]) for tables in chain[:3]]
    assert 0 < sizes[0] < sizes[1] < sizes[2]


def test_releases_are_compared_whether_their_days_were_just_made_or_read_back(chain: list[ReleaseTables]) -> None:
    """A warehouse gives days as timestamps, a release in the making has dates."""
    stored = {
        name: rows.assign(period_start=pd.to_datetime(rows["period_start"])) if "period_start" in rows else rows
        for name, rows in chain[0].frames.items()
    }
    assert between(stored, chain[1].frames) == []
    scores = stored["score_cells"]
    one = scores.index[scores["stratifier"] == "sex"][0]
    found = between({**stored, "score_cells": scores.drop(index=one)}, chain[1].frames)
    assert found == ["Groups of score_cells lie over weeks which the release before cuts differently."]


def test_late_rows_show_only_when_restated(chain: list[ReleaseTables]) -> None:
    found = between(chain[2].frames, chain[3].frames)
    assert "A group of score_cells carries other numbers than in the release before." in found


def test_strata_and_windows_add_to_the_undivided_group_whatever_comes_late(chain: list[ReleaseTables]) -> None:
    """Without waiting, the strata of late weeks would hold the late rows, and the undivided group would not."""
    for tables in chain:
        cells = tables.frames["score_cells"]
        cells = cells[(cells["state"] == "published") & (cells["instrument"] == "PHQ-9")]
        whole = weeks(cells[cells["stratifier"] == "all"])
        for name in ("sex",):
            parts = cells[cells["stratifier"] == name]
            for (site, start, grain), rows in parts.groupby(["site", "period_start", "grain"]):
                here = [
                    n
                    for (where, week), n in whole.items()
                    if site in ("*", where) and start <= week < start + timedelta(weeks=LENGTH[str(grain)])
                ]
                assert int(rows["points"].sum()) == sum(here)


def test_strata_of_weeks_to_which_rows_came_late_wait_for_a_restatement(chain: list[ReleaseTables]) -> None:
    found = {}
    for name in ("all", "sex"):
        chosen = [
            tables.frames["score_cells"].query(f"instrument == 'PHQ-9' and stratifier == '{name}'") for tables in chain
        ]
        found[name] = [{day for day in rows["period_start"] if FIRST <= day < NEXT} for rows in chosen]
    assert [len(days) for days in found["all"]] == [1, 3, 3, 3]
    assert [len(days) for days in found["sex"]] == [1, 1, 1, 3]


LENGTH = {"week": 1, "4weeks": 4, "12weeks": 12}


def weeks(cells: pd.DataFrame) -> dict[tuple[str, date], int]:
    """Points of each site's groups, by the Monday the group begins on."""
    return {(row.site, row.period_start): int(row.points) for row in cells.itertuples()}


def wrong(tables: ReleaseTables, change: Callable[[pd.DataFrame], pd.DataFrame]) -> str:
    cells = tables.frames["score_cells"]
    return " ".join(within({"score_cells": change(cells.reset_index(drop=True).copy())}, date(2024, 1, 1), K))


def shown(cells: pd.DataFrame, **words: str) -> pd.Index:
    keep = (cells["state"] == "published") & (cells["answered"] > 0)
    for name, word in words.items():
        keep &= cells[name] == word
    return cells.index[keep]


def a_small_one(cells: pd.DataFrame) -> pd.DataFrame:
    cells.loc[shown(cells)[0], "patients"] = 3
    return cells


def everybody_past_the_cut_off(cells: pd.DataFrame) -> pd.DataFrame:
    at = shown(cells, instrument="PHQ-9")[0]
    cells.loc[at, "past_cutoff"] = cells.loc[at, "answered"]
    return cells


def a_number_left_in(cells: pd.DataFrame) -> pd.DataFrame:
    cells.loc[shown(cells)[0], "state"] = "withheld"
    return cells


def two_lengths(cells: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([cells, cells.loc[shown(cells, grain="4weeks", stratifier="all")[:1]].assign(grain="12weeks")])


def one_stratum_hidden(cells: pd.DataFrame) -> pd.DataFrame:
    at = cells.loc[shown(cells, stratifier="sex", instrument="PHQ-9")[0]]
    same = (
        cells[["site", "period_start", "stratifier", "stratum", "instrument"]]
        == at[["site", "period_start", "stratifier", "stratum", "instrument"]]
    ).all(axis=1)
    numbers = [name for name in cells.columns if str(cells[name].dtype) == "Int64"]
    cells.loc[same, numbers] = pd.NA
    cells.loc[same, "state"] = "withheld"
    return cells


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (a_small_one, "between 1 and 10"),
        (everybody_past_the_cut_off, "everybody is past the cut-off"),
        (a_number_left_in, "carries a number"),
        (two_lengths, "overlap"),
        (one_stratum_hidden, "A withheld stratum of sex follows"),
    ],
)
def test_the_attacker_succeeds_on_groups_made_wrong(chain: list[ReleaseTables], change: Any, says: str) -> None:
    assert says in wrong(chain[3], change)


def test_a_row_added_to_a_published_group_is_seen_beside_the_release_before(chain: list[ReleaseTables]) -> None:
    old = chain[2].frames
    cells = old["score_cells"]
    more = pd.concat([cells, cells.loc[shown(cells)[:1]].assign(scale="another")])
    assert between(old, old | {"score_cells": more}) == [
        "Groups of score_cells lie over weeks which the release before cuts differently."
    ]


def test_sums_too_large_for_a_float_are_exact() -> None:
    values = np.array([2**53 + 1, 1, 3, -(2**52) - 1])
    assert total(np.array([0, 0, 1, 1]), 2, values).tolist() == [2**53 + 2, 2 - 2**52]


def test_sums_that_no_earlier_release_held_begin_with_the_weeks_it_had_not_published() -> None:
    """A release made before sheets that came back, levels and new bookings had sums over patients, and the next."""
    con = practice.practice(weeks=46)
    practice.fill(con, "measure", answers.measures(46, seed=9))
    practice.fill(con, "triage", danger.requests(46))
    first = made(con, date(2024, 7, 3), None)
    key = ["outcome", "site", "window", "window_start", "stratifier", "stratum"]
    new = ("answered.", "triage.", "rebooked", "rebooking.", "right_care.", "failed_", "reminders")
    held = first.frames["repeat_cells"]
    older = ReleaseTables(first.header, first.frames | {"repeat_cells": held[~held["outcome"].str.startswith(new)]})
    second, plain = (made(con, date(2024, 12, 30), before).frames["repeat_cells"] for before in (older, first))
    assert not second.duplicated(key).any()
    assert len(older.frames["repeat_cells"].merge(second)) == len(older.frames["repeat_cells"])
    begun = second[second["outcome"].str.startswith(new)]
    assert {name for name in new if begun["outcome"].str.startswith(name).any()} == set(new)
    assert len(begun) == len(begun.merge(plain)), "no window is told of part of its weeks alone"


def test_no_sum_over_patients_is_named_like_an_identifier(whole: Whole) -> None:
    """The sweep would refuse the release for it."""
    names = set(whole.frames["repeat_cells"]["outcome"])
    assert {name for name in names if list(shapes(name))} == set()
    assert list(shapes("crisis.within_1440")) == ["number"]


def test_new_bookings_recorded_and_slots_given_again_are_told_as_sums_over_patients() -> None:
    con = practice.practice(weeks=34, sites={"east": 150, "north": 150})
    con.execute("UPDATE vault.appointment SET booked_via = 'staff' WHERE appointment_id % 3 = 0")
    frames = made(con, date(2024, 8, 20), None).frames
    shown = "stratifier == 'all' and state == 'published'"
    repeats, visits = (
        frames["repeat_cells"].query(f"window == 'all' and {shown}"),
        frames["attendance_cells"].query(shown),
    )
    times = frames["time_cells"].query(f"question == 'rebooking' and {shown}")
    for site in ("east", "north"):
        own = repeats[repeats["site"] == site].set_index("outcome")[["n", "events"]]
        after, slots = times[times["site"] == site], visits[visits["site"] == site]
        followed = after[["observed", "censored"]].sum().sum()
        said = after.loc[after["how"] == "staff", "observed"].sum()
        assert own.loc["rebooking.recorded"].tolist() == [followed, said]
        assert 0 < said < followed
        kept_or_lost = slots[["attended", "no_show", "late_cancel"]].sum().sum()
        assert own.loc["refilled"].tolist() == [kept_or_lost, slots["refilled"].sum()]


def test_a_window_is_told_once_what_is_followed_longest_is_known_in_all_of_it() -> None:
    """New bookings are followed for 60 days: after 24 weeks they are known of 16, and no longer window is over."""
    con = practice.practice(weeks=34, sites={"east": 150, "north": 150})
    early = made(con, date(2024, 6, 21), None)
    late = made(con, date(2024, 8, 20), early)
    for tables, many in ((early, 2), (late, 6)):  # two sites, of twelve weeks and later of twelve, twelve and 24
        own, cells = tables.frames["repeat_cells"], tables.frames["time_cells"]
        own = own[(own["outcome"] == "rebooking.within_7") & own["window"].isin(["12weeks", "24weeks"])]
        cells = cells[(cells["question"] == "rebooking") & (cells["stratifier"] == "all")]
        assert len(own) == many
        for site, start, window, n in own[["site", "window_start", "window", "n"]].itertuples(index=False):
            last = start + timedelta(weeks=int(window.removesuffix("weeks")))
            inside = cells[(cells["period_start"] >= start) & (cells["period_start"] < last) & (cells["site"] == site)]
            assert n == inside[["observed", "censored"]].sum().sum()
