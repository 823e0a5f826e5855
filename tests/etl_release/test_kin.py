"""Two tables that count the same rows: is nothing told by one less the other, and is it found where it is?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from deid.agreement import meeting
from deid.attack import within
from etl.release import PreviousRelease, ReleaseTables, make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import danger, practice
from tests.etl_release.conftest import filled

K = 11
START = date(2024, 1, 1)
CHOSEN = ReleaseSettings(settle_days=0, stratifiers=Stratifiers(names=("sex",)))


def places(*groups: tuple[str, range]) -> pd.DataFrame:
    """group, site and week of groups such as ("AB", range(12)): two sites, twelve weeks."""
    rows = [(n, site, week) for n, (sites, weeks) in enumerate(groups) for site in sites for week in weeks]
    return pd.DataFrame(rows, columns=["group", "site", "week"])


CHUNKS = (range(4), range(4, 8), range(8, 12))


@pytest.mark.parametrize(
    ("mine", "theirs", "agree"),
    [
        ([("A", range(12))], [("A", range(12))], {0}),
        ([("A", range(12))], [("A", weeks) for weeks in CHUNKS], {0}),
        ([("A", weeks) for weeks in CHUNKS], [("A", range(12))], {0, 1, 2}),
        ([("A", weeks) for weeks in CHUNKS[:2]], [("A", range(12))], set()),  # the third four weeks would follow
        ([("A", range(12))], [("A", weeks) for weeks in CHUNKS[1:]], set()),
        ([("AB", range(12))], [("A", range(12))], set()),  # site B would follow
        ([("AB", range(12))], [("A", range(12)), ("B", range(12))], {0}),
        ([("A", range(12)), ("B", range(12))], [("AB", range(12)), ("C", range(12))], {0, 1}),
        ([("AB", range(4)), ("A", range(4, 12)), ("B", range(4, 12))], [("A", range(12)), ("B", range(12))], set()),
    ],
)
def test_groups_agree_where_those_of_one_table_make_up_those_of_the_other(
    mine: list[Any], theirs: list[Any], agree: set[int]
) -> None:
    pairs = meeting(places(*mine), places(*theirs))
    assert set(pairs.loc[pairs["agrees"], "group"]) == agree
    assert set(pairs["group"]) == set(range(len(mine)))


def test_groups_that_meet_nobody_are_in_no_pair() -> None:
    assert meeting(places(("A", range(12))), places(("B", range(12)))).empty


def outcomes(instrument: str, sites: dict[str, int], women: int) -> list[dict[str, Any]]:
    """Finished courses of one questionnaire in twelve weeks: of each site, and of both sexes over all sites."""
    at = {"grain": "12weeks", "period_start": START, "instrument": instrument, "state": "published"}
    everybody = sum(sites.values())
    told = [("all", "all", site, n) for site, n in sites.items()]
    told += [("sex", "f", "*", women), ("sex", "m", "*", everybody - women)]
    return [
        at | {"stratifier": by, "stratum": stratum, "site": site, "finished": n, "paired": n, "patients": n}
        for by, stratum, site, n in told
    ]


def said(*tables: list[dict[str, Any]]) -> str:
    cells = pd.DataFrame([row for rows in tables for row in rows])
    counts = ("at_caseness", "recovered", "improved", "reliably_recovered", "deteriorated", "change", "change_squared")
    return " ".join(within({"outcome_cells": cells.assign(**dict.fromkeys(counts, 0))}, START, K))


def test_the_attacker_subtracts_one_questionnaire_from_another() -> None:
    """PHQ-9 is told of sites A and B, GAD-7 of A alone: 4 women ended their care at B, of whom neither tells."""
    of_both = outcomes("PHQ-9", {"A": 40, "B": 20}, women=24)
    assert "A group of sex that is not shown follows from two tables that count courses of care that ended." in said(
        of_both, outcomes("GAD-7", {"A": 40}, women=20)
    )
    assert said(of_both, outcomes("GAD-7", {"A": 40, "B": 20}, women=24)) == ""
    assert "hold different ones" in said(of_both, outcomes("GAD-7", {"A": 40, "B": 21}, women=24))


def release(con: Any, day: date, previous: ReleaseTables | None) -> ReleaseTables:
    before = PreviousRelease(previous.header, previous.frames) if previous else None
    return make_release(con, practice.settings(release=CHOSEN, extracted_on=day), before, practice.NOW)


def test_a_request_that_comes_late_does_not_follow_from_how_long_the_others_took() -> None:
    """Levels are told at once, times twelve weeks later, when one request of the fifth week has come late."""
    asked = danger.requests(30)
    late = next(row for row in asked if START + timedelta(weeks=4) <= row["requested_on"] < START + timedelta(weeks=5))
    con = filled({"triage": [row for row in asked if row is not late]})
    first = release(con, START + timedelta(weeks=12), None)
    practice.fill(con, "triage", [late])
    second = release(con, START + timedelta(weeks=26), first)
    levels, times = second.frames["triage_cells"], second.frames["time_cells"]
    times = times[times["question"] == "right_care"]
    here = (times["site"] == late["site_id"]) & (times["stratifier"] == "all")
    assert set(levels.loc[levels["stratifier"] == "all", "state"]) == {"published"}
    assert set(times.loc[here & (times["period_start"] == START), "state"]) == {"published"}
    assert set(times.loc[here & (times["period_start"] == START + timedelta(weeks=4)), "state"]) == {"withheld"}
    assert within(second.frames, second.header["grid_start"], K) == []
