"""Does the attacker find what a release made wrong on purpose gives away, and nothing in ours?"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from deid.attack import between, bounds, recoverable, within
from etl.release import PreviousRelease, ReleaseTables, make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice
from tests.etl_release.test_subtraction import Attacker

K = 11
NAMES = ("sex", "language", "lead_time", "exposure")
CHOSEN = ReleaseSettings(settle_days=0, lapse_days=14, stratifiers=Stratifiers(names=NAMES))
FIRST = date(2024, 5, 6)
SITES = {"north": 60, "south": 26, "west": 7}

Frames = dict[str, pd.DataFrame]


class Practice:
    """A practice whose exports come week by week; one row in twenty comes a month late, and waits as in the vault."""

    def __init__(self, seed: int, **shape: Any) -> None:
        chance = random.Random(seed)
        self.con = practice.empty_vault()
        practice.fill(self.con, "patient", practice.people(260, seed))
        self.rows = practice.appointments(**{"weeks": 26, "sites": SITES, "patients": 260, "seed": seed, **shape})
        self.late = {row["appointment_id"] for row in self.rows if chance.random() < 0.05}
        self.taken: set[int] = set()

    def release(self, day: date, previous: ReleaseTables | None, *, restate: bool = False) -> ReleaseTables:
        sealed = previous.header["published_until"] if previous and not restate else date.min
        come = [row for row in self.rows if row["appointment_id"] not in self.taken and self._is_there(row, day)]
        come = [row for row in come if row["starts_on"] >= sealed]
        practice.fill(self.con, "appointment", come)
        self.taken |= {row["appointment_id"] for row in come}
        before = PreviousRelease(previous.header, previous.frames, restate) if previous else None
        return make_release(self.con, practice.settings(release=CHOSEN, extracted_on=day), before, practice.NOW)

    def _is_there(self, row: dict[str, Any], day: date) -> bool:
        return bool(row["starts_on"] + timedelta(days=30 if row["appointment_id"] in self.late else 0) < day)


@pytest.fixture(scope="module")
def chain() -> list[ReleaseTables]:
    """Six weekly releases and a restatement. After the third a new language, a new payer and a new site appear."""
    given = Practice(5)
    made: list[ReleaseTables] = []
    for week in range(6):
        if week == 3:
            newcomers = [{"patient_id": n, "sex": "f", "language": "pl"} for n in range(5000, 5030)]
            practice.fill(given.con, "patient", newcomers)
            visits = practice.appointments(weeks=26, sites={"new": 25}, patients=30, seed=8)
            shift = {"patient_id": 4000, "appointment_id": 10**6}
            given.rows += [row | {key: row[key] + n for key, n in shift.items()} for row in visits]
            given.taken |= {row["appointment_id"] for row in given.rows[-len(visits) :] if row["starts_on"] < FIRST}
        made.append(given.release(FIRST + timedelta(weeks=week), made[-1] if made else None))
    return [*made, given.release(FIRST + timedelta(weeks=6), made[-1], restate=True)]


def told(tables: ReleaseTables) -> list[str]:
    return within(tables.frames, tables.header["grid_start"], K)


def test_nothing_follows_from_any_release_of_a_chain_or_from_the_one_before(chain: list[ReleaseTables]) -> None:
    assert [told(tables) for tables in chain] == [[]] * 7
    weekly = chain[:6]
    assert [between(old.frames, new.frames) for old, new in itertools.pairwise(weekly)] == [[]] * 5
    sizes = [len(tables.frames["attendance_cells"]) for tables in weekly]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_a_restatement_differs_from_the_release_before_it_and_the_attacker_says_so(chain: list[ReleaseTables]) -> None:
    found = between(chain[5].frames, chain[6].frames)
    assert "A group of attendance_cells carries other numbers than in the release before." in found


def test_a_saved_release_less_a_restatement_is_what_came_late_and_nothing_else() -> None:
    """What decision 3 leaves open, counted: with the figures of before, the late rows of a site and week show."""
    given = Practice(21, sites={"a": 40, "b": 25, "c": 22}, weeks=20)
    saved = given.release(date(2024, 4, 29), given.release(date(2024, 4, 8), None))
    before = set(given.taken)
    made_anew = given.release(date(2024, 5, 27), saved, restate=True)
    assert between(saved.frames, made_anew.frames)  # so it is not kept beside the new one (etl/publishing.py)
    keys = ["site", "grain", "period_start"]
    old, new = (undivided_weeks(tables).set_index(keys)["booked"] for tables in (saved, made_anew))
    both = pd.concat([old, new], axis=1, keys=["old", "new"], join="inner")
    seen = {key: new - old for key, old, new in both.itertuples() if new != old}
    came = {}
    for row in given.rows:
        day = row["starts_on"]
        key = (row["site_id"], "week", day - timedelta(days=day.weekday()))
        if row["appointment_id"] in given.taken - before and key in both.index:
            came[key] = came.get(key, 0) + 1
    assert seen == came
    assert any(0 < rows < K for rows in came.values())


def undivided_weeks(tables: ReleaseTables) -> pd.DataFrame:
    cells = tables.frames["attendance_cells"]
    return cells[(cells["stratifier"] == "all") & (cells["state"] == "published") & (cells["grain"] == "week")]


def test_categories_and_sites_keep_their_names_whatever_words_come_new(chain: list[ReleaseTables]) -> None:
    words = [tables.frames["category"].to_dict("records") for tables in chain[:6]]
    assert all(one == words[0] for one in words)
    labels = " ".join(chain[6].frames["category"]["stratum"])
    assert "pl" in labels
    assert "pl" not in " ".join(chain[0].frames["category"]["stratum"])
    assert (
        chain[5].frames["site"]["site"].tolist()[: len(chain[0].frames["site"])]
        == chain[0].frames["site"]["site"].tolist()
    )
    assert "new" in set(chain[5].frames["site"]["site"])


@pytest.mark.parametrize(("seed", "sites"), [(21, {"a": 40, "b": 12, "c": 4}), (22, {"a": 9, "b": 8, "c": 3})])
def test_an_attacker_who_knows_every_published_sum_finds_no_small_group(seed: int, sites: dict[str, int]) -> None:
    given = Practice(seed, sites=sites, weeks=16)
    first = given.release(date(2024, 4, 8), None)
    second = given.release(date(2024, 4, 29), first)
    assert [told(first), told(second), between(first.frames, second.frames)] == [[], [], []]
    counted = [row for row in given.rows if row["appointment_id"] in given.taken]
    sex = {one["patient_id"]: one["sex"] for one in practice.people(260, seed)}
    attacker = Attacker(counted, sex)
    shown = second.frames["attendance_cells"]
    known = second.frames | {"attendance_cells": shown[shown["stratifier"] != "language"]}
    targets = attacker.targets(ReleaseTables(second.header, {"category": _without_language(second)}))
    assert not recoverable(attacker.published(ReleaseTables(second.header, known)), targets).any()


def _without_language(tables: ReleaseTables) -> pd.DataFrame:
    category = tables.frames["category"]
    return category[category["stratifier"] != "language"]


def changed(tables: ReleaseTables, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> list[str]:
    cells = tables.frames[name]
    wrong = change(cells[cells["stratifier"].isin(("all", "sex"))].reset_index(drop=True))
    return within({name: wrong}, tables.header["grid_start"], K)


def a_total_too_many(cells: pd.DataFrame) -> pd.DataFrame:
    coarse = cells[(cells["stratifier"] == "all") & (cells["grain"] != "week")].head(1)
    return pd.concat([cells, coarse.assign(grain="week", booked=20, patients=12)])


def the_practice_as_well(cells: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([cells, cells[cells["stratifier"] == "all"].head(1).assign(site="*")])


def a_small_one(cells: pd.DataFrame) -> pd.DataFrame:
    cells.loc[cells.index[cells["state"] == "published"][0], "patients"] = 4
    return cells


def nobody_missed(cells: pd.DataFrame) -> pd.DataFrame:
    cells.loc[cells.index[cells["attended"] > 0][0], "no_show"] = 0
    return cells


def one_stratum_hidden(cells: pd.DataFrame) -> pd.DataFrame:
    at = cells.index[(cells["stratifier"] == "sex") & (cells["state"] == "published") & (cells["booked"] > 0)][0]
    cells.loc[at, "state"] = "withheld"
    cells.loc[at, [name for name in cells.columns if cells[name].dtype == "Int64"]] = pd.NA
    return cells


def a_number_left_in(cells: pd.DataFrame) -> pd.DataFrame:
    cells.loc[cells.index[cells["state"] == "published"][0], "state"] = "withheld"
    return cells


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (a_total_too_many, "overlap"),
        (the_practice_as_well, "A group of all sites overlaps"),
        (a_small_one, "between 1 and 10 patients"),
        (nobody_missed, "everybody kept, or everybody missed"),
        (one_stratum_hidden, "A withheld stratum of sex follows"),
        (a_number_left_in, "carries a number"),
    ],
)
def test_the_attacker_succeeds_on_attendance_made_wrong(chain: list[ReleaseTables], wrong: Any, says: str) -> None:
    assert says in " ".join(changed(chain[6], "attendance_cells", wrong))


def test_the_attacker_succeeds_on_retention_made_wrong(chain: list[ReleaseTables]) -> None:
    cells = chain[6].frames["retention_cells"]
    shown = cells.index[(cells["state"] == "published") & (cells["at_risk"] > 0)][0]
    assert "between 1 and 10" in " ".join(
        changed(chain[6], "retention_cells", lambda rows: _put(rows, shown, at_risk=3))
    )
    everybody = int(cells.loc[shown, "at_risk"])
    said = changed(chain[6], "retention_cells", lambda rows: _put(rows, shown, unplanned=everybody))
    assert "everybody left" in " ".join(said)


def _put(rows: pd.DataFrame, at: int, **values: int) -> pd.DataFrame:
    for name, value in values.items():
        rows.loc[at, name] = value
    return rows


def test_linear_algebra_finds_a_week_within_four_from_overlapping_totals() -> None:
    """Weeks 1-4 withheld but for their sum; a second table shows weeks 2-4: week 1 follows."""
    rows = [("a", "4weeks", 0, 40), *(("a", "week", week, 12) for week in (1, 2, 3))]
    cells = pd.DataFrame(rows, columns=["site", "grain", "week", "booked"])
    cells = cells.assign(
        stratifier="all",
        stratum="all",
        state="published",
        patients=11,
        attended=9,
        no_show=2,
        period_start=[date(2024, 1, 1) + timedelta(weeks=week) for week in cells["week"]],
    ).drop(columns="week")
    assert within({"attendance_cells": cells}, date(2024, 1, 1), K) == [
        "A group of all that is not shown follows from the groups that are.",
        "Two groups of all overlap.",
    ]


def test_bounds_find_what_linear_algebra_does_not() -> None:
    """Two strata at two places: all but 2 of 102 visits are of the large stratum: the first place holds at most 2."""
    published = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]], dtype=float)
    values = np.array([90, 12, 100, 2], dtype=float)
    small = np.array([0, 1, 0, 0], dtype=float)
    assert not recoverable(published, small[None]).any()
    assert bounds(published, values, small) == (0.0, 2.0)
    assert bounds(published[:1], values[:1], np.array([0.0, 0.0, 1.0, 0.0])) == (0.0, np.inf)


def test_a_release_that_cuts_old_weeks_anew_is_seen_beside_the_one_before(chain: list[ReleaseTables]) -> None:
    old = chain[5].frames
    cells = old["attendance_cells"]
    by_week = (cells["stratifier"] == "all") & (cells["grain"] == "week")
    first = cells[by_week].sort_values("period_start").head(1)
    coarser = pd.concat([cells.drop(first.index), first.assign(grain="4weeks", booked=999)])
    found = between(old, old | {"attendance_cells": coarser})
    assert found == ["Groups of attendance_cells lie over weeks which the release before cuts differently."]
    contrast = old["contrast_cells"]
    if len(contrast):
        again = contrast.assign(n=contrast["n"] + 1)
        assert between(old, old | {"contrast_cells": again})
