"""Is a curve cut where too few remain at risk, and can what was cut not be had from what is shown?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from deid.attack import within
from deid.disclosure import Atom
from etl.release import ReleaseTables, make_release
from etl.release.atoms import frame
from etl.release.followed import HEAD_WEEKS, PARTS, cut, lone
from etl.release.retention import STARTS, cells
from etl.release.rows import Rows
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice
from tests.etl_release.test_retention import weekly_care

K = 11
GROUP = ["site", "grain", "period_start"]


def strata(*people: int, left: int = 1) -> pd.DataFrame:
    """One week in care of one group: so many patients at risk in each stratum."""
    rows = pd.DataFrame({"stratum": range(len(people)), "lone": people, "at_risk": people, "patients": people})
    return rows.assign(
        site=0,
        start=0,
        grain="12weeks",
        week_in_care=7,
        shown=True,
        unplanned=np.minimum(left, rows["at_risk"]),
        starts_lone=0,
        starts_followed=0,
        left_after_first=0,
    )


@pytest.mark.parametrize(
    ("people", "shown"),
    [
        ((30, 20, 12), [True, True, True]),
        ((30, 20, 3), [True, False, False]),
        ((30, 12, 20, 3, 4), [True, False, True, False, False]),
        ((30, 6, 5), [True, False, False]),
        ((30, 3), [False, False]),
        ((4,), [False]),
        ((30, 3, 0, 0), [False, False, True, True]),
        ((3, 0, 0), [False, False, False]),  # else the zeros would say that it is what all are together
        ((30, 0), [True, True]),
    ],
)
def test_a_stratum_too_thin_takes_the_next_smallest_with_it(people: tuple[int, ...], shown: list[bool]) -> None:
    assert cut(strata(*people), K)["shown"].tolist() == shown


def test_a_week_in_which_everybody_left_is_withheld_with_all_its_strata() -> None:
    rows = strata(30, 20)
    assert not cut(rows.assign(unplanned=[1, 20]), K)["shown"].any()
    assert cut(rows.assign(unplanned=[0, 19]), K)["shown"].all()


def test_weeks_without_anybody_do_not_tell_of_a_group_too_small_in_the_others() -> None:
    """One patient of stratum 1 is at risk in week 7, none in week 8: that row would show how many the group holds.

    In week 8 the stratum withheld with it would stand by itself, so all go.
    """
    nobody = strata(30, 0, 20).assign(week_in_care=8, patients=[30, 1, 20])
    rows = pd.concat([strata(30, 1, 20, left=0), nobody], ignore_index=True)
    assert cut(rows, K)["shown"].tolist() == [True, False, False, False, False, False]
    assert cut(rows, K)["starts_shown"].tolist() == [True, False, False] * 2
    assert cut(nobody.assign(patients=[30, 0, 20]), K)["shown"].all()


def test_a_stratum_withheld_by_itself_in_a_week_takes_another_with_it() -> None:
    """Three groups are withheld so that their sum tells of none; in week 8 nobody of two of them is at risk."""
    patients = [3, 4, 15, 40, 50]
    seven = strata(*patients, left=0)
    eight = strata(0, 0, 14, 30, 40, left=0).assign(week_in_care=8, patients=patients)
    rows = cut(pd.concat([seven, eight], ignore_index=True), K)
    assert rows["shown"].tolist() == [False, False, False, True, True, False, False, False, False, True]


def test_a_stratum_withheld_in_a_week_that_it_has_to_itself_takes_those_without_anybody_with_it() -> None:
    """Two are withheld for the small one; in week 8 all twelve at risk are of the other."""
    nobody = strata(0, 12, 0, left=0).assign(week_in_care=8, patients=[3, 15, 40])
    rows = cut(pd.concat([strata(3, 15, 40, left=0), nobody], ignore_index=True), K)
    assert rows["shown"].tolist() == [False, False, True, False, False, False]
    firsts = strata(3, 15, 40, left=0).assign(starts_lone=[0, 12, 0], starts_followed=[0, 12, 0])
    assert not cut(firsts, K)["starts_shown"].any()


def test_first_visits_of_too_few_are_not_told() -> None:
    rows = strata(40, 40).assign(starts_lone=[20, 4], starts_followed=[20, 4], left_after_first=[2, 1])
    assert not cut(rows, K)["starts_shown"].any()
    assert cut(rows, K)["shown"].all()


def test_a_patient_counts_once_in_a_week_in_care_however_many_courses() -> None:
    rows = Rows(
        {
            "patient": np.array([0, 0, 0, 1, 1]),
            "block": np.array([0, 0, 12, 0, 0]),
            "week_in_care": np.array([3, 3, 3, 3, 4]),
            "first_visit": np.array([True, True, False, False, True]),
        }
    )
    found = lone(rows)
    assert found["lone"].tolist() == [True, False, True, True, True]
    assert found["starts_lone"].tolist() == [True, False, False, False, True]


@pytest.fixture(scope="module")
def thin() -> ReleaseTables:
    """Few begin care each week, so that curves thin out early; a third sex is rare."""
    con = practice.empty_vault()
    practice.fill(con, "appointment", weekly_care(seed=4, starters=9))
    people = [{"patient_id": n, "sex": "x" if n % 23 == 0 else "fm"[n % 2]} for n in range(1, 2000)]
    practice.fill(con, "patient", people)
    chosen = ReleaseSettings(settle_days=0, stratifiers=Stratifiers(names=("sex",)))
    return make_release(con, practice.settings(release=chosen), None, practice.NOW)


def test_no_week_shows_one_to_ten_at_risk_and_the_curve_ends_rather_than_falls_to_zero(thin: ReleaseTables) -> None:
    cells = thin.frames["retention_cells"]
    shown = cells[cells["state"] == "published"]
    assert not shown["at_risk"].between(1, K - 1).any()
    assert not shown["starts_followed"].between(1, K - 1).any()
    hidden = cells[cells["state"] == "withheld"]
    assert len(hidden) > 20
    assert hidden[["patients", "at_risk", "unplanned", "starts_followed"]].isna().all(axis=None)


def test_what_is_shown_undivided_less_what_is_shown_by_stratum_is_never_a_small_group(thin: ReleaseTables) -> None:
    cells = thin.frames["retention_cells"]
    shown = cells[cells["state"] == "published"]
    compared = 0
    for (site, _, start), _ in cells[cells["stratifier"] == "sex"].groupby(GROUP):
        for week in range(53):
            here = shown[((shown["site"] == site) | (site == "*")) & (shown["week_in_care"] == week)]
            inside = here["period_start"].between(start, start + pd.Timedelta(weeks=11))
            whole = here[inside & (here["stratifier"] == "all")]
            parts = here[inside & (here["stratifier"] == "sex") & (here["site"] == site)]
            rest = int(whole["at_risk"].sum()) - int(parts["at_risk"].sum())
            compared += len(parts) > 0
            assert len(parts) == 0 or rest == 0 or rest >= K
    assert compared > 50


def test_the_first_weeks_are_told_per_four_weeks_and_the_later_ones_per_twelve(thin: ReleaseTables) -> None:
    cells: Any = thin.frames["retention_cells"]
    whole = cells[(cells["stratifier"] == "all") & (cells["state"] == "published")]
    assert set(whole.loc[whole["week_in_care"] >= HEAD_WEEKS, "grain"]) == {"12weeks"}
    assert "4weeks" in set(whole.loc[whole["week_in_care"] < HEAD_WEEKS, "grain"])


def test_a_withheld_stratum_has_a_row_in_every_week_so_that_none_says_when_it_was_empty() -> None:
    """Nobody of the three patients of stratum 0 is left in weeks 2 and 3, nor of the fifteen of stratum 1 in week 3."""
    people, last = (3, 15, 40, 50), (1, 2, 3, 2)
    rows = [
        {"site": 0, "chunk": 0, "week_in_care": week, "stratum": n, "at_risk": people[n], "lone": people[n]}
        for n in range(4)
        for week in range(last[n] + 1)
    ]
    none = dict.fromkeys(("unplanned", "completed", "transferred", "administrative", "censored"), 0)
    patients = [{"site": 0, "start": 0, "grain": "12weeks", "stratum": n, "patients": people[n]} for n in range(4)]
    starts = pd.DataFrame(columns=["site", "chunk", "stratum", *STARTS, "starts_lone"], dtype="int64")
    found = cells(
        frame([(0, Atom(0, "12weeks", shown=True))]),
        pd.DataFrame(rows).assign(**none),
        starts,
        [pd.DataFrame(patients)],
        PARTS[0],
        K,
        stratifier="sex",
        strata=("a", "b", "c", "d"),
    )
    by_stratum = found.groupby("stratum")
    told = {name: list(zip(rows["week_in_care"], rows["shown"], strict=True)) for name, rows in by_stratum}
    assert told["a"] == told["b"] == [(week, False) for week in range(4)]
    assert told["c"] == [(0, True), (1, True), (2, False), (3, True)]  # in week 2 it is the company of "b"
    assert told["d"] == [(week, True) for week in range(3)]


def test_the_attacker_knows_that_a_stratum_without_a_row_has_nobody() -> None:
    """In week 8 all twelve are of the one stratum that has a row there."""
    both = {"site": "A", "grain": "12weeks", "period_start": pd.Timestamp("2024-01-01")}
    counts = {"at_risk": 30, "unplanned": 0, "patients": 30, "starts_followed": 0, "left_after_first": 0}
    told = [("all", "all", 7, 60), ("sex", "f", 7, 30), ("sex", "m", 7, 30), ("all", "all", 8, 12)]
    rows: list[dict[str, Any]] = [
        {**both, **counts, "stratifier": by, "stratum": one, "week_in_care": week, "at_risk": n, "state": "published"}
        for by, one, week, n in told
    ]
    alone = {**both, **dict.fromkeys(counts, None), "stratifier": "sex", "stratum": "f", "state": "withheld"}
    said = "A withheld stratum of sex follows from the total of its weeks in care less the strata shown."
    for strata_of_8, found in ((["f"], [said]), (["f", "m"], [])):
        hidden = [{**alone, "stratum": one, "week_in_care": 8} for one in strata_of_8]
        told_so = pd.DataFrame(rows + hidden).astype(dict.fromkeys(counts, "Int64"))
        assert within({"retention_cells": told_so}, pd.Timestamp("2024-01-01"), K) == found
