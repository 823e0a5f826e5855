"""The lower bounds on people behind a figure are never above the people there are, and tell most of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etl.release import ReleaseTables, make_release
from metrics.people import at_least, counts_events, summed_as
from metrics.query import ResultRow, results
from metrics.registry import METRICS
from tests.etl_release import practice
from tests.etl_release.conftest import Made, Whole
from tests.etl_release.family_plain import released_of
from tests.etl_release.plain import WEEKS, inside
from tests.etl_release.test_attendance import stratum_of
from tests.etl_release.test_experience import alert, forecasts
from tests.etl_release.test_retention import gappy, plain_courses, settings
from tests.metrics.releases import header, store_at
from warehouse.counted import ALIKE, Family, families
from warehouse.external import ENOUGH, counts_of
from warehouse.store import Store

K = 11
Row = dict[str, Any]
SIDES: dict[str, tuple[Callable[[Row], bool], Callable[[Row], bool]]] = {
    "no_show_rate": (lambda row: row["status"] == "no_show", lambda row: row["status"] == "attended"),
    "late_cancel_rate": (
        lambda row: row["status"] == "late_cancel",
        lambda row: row["status"] in ("attended", "no_show"),
    ),
    "slots_lost": (
        lambda row: row["status"] in ("no_show", "late_cancel") and row["refilled"] is not True,
        lambda row: (
            row["status"] == "attended" or (row["status"] in ("no_show", "late_cancel") and row["refilled"] is True)
        ),
    ),
    "wait_from_booking": (
        lambda row: row["status"] in ("attended", "no_show") and row["booked_on"] is not None,
        lambda row: False,
    ),
}


Sides = tuple[str, str, Callable[[Row], bool], Callable[[Row], bool]]
OTHER_SIDES: dict[str, Sides] = {  # the table of rows, that of cells, whom it counts, whom it does not; of means nobody
    "message_opt_outs": (
        *("contact", "contact_cells"),
        lambda row: row["opted_out"],  # here also of messages of which nobody knows whether they arrived
        lambda row: row["delivered"] is True,
    ),
    "message_escalated": (
        *("contact", "contact_cells"),
        lambda row: row["escalated"],
        lambda row: not row["escalated"],
    ),
    "experience_rating": ("feedback", "feedback_cells", lambda row: row["rating"] is not None, lambda row: False),
    "crisis_found_by_automation": (
        *("crisis_signal", "crisis_cells"),
        lambda row: row["adjudication"] == "true" and row["detected_by"] == "automation",
        lambda row: row["adjudication"] == "true" and row["detected_by"] != "automation",
    ),
    "predictor_overridden": (
        *("prediction", ""),
        lambda row: alert(row) and row["overridden_by_human"] is True,
        lambda row: alert(row) and row["overridden_by_human"] is not True,
    ),
}


MODELS = {None: "not recorded", "rare": "all others"}


def store_of(tables: ReleaseTables, folder: Path) -> Store:
    store = store_at(folder)
    store.publish(header() | tables.header, tables.frames)
    return store


def rows_behind(made: Made, released: list[Row], row: ResultRow, period: str) -> list[Row]:
    """The appointments in the published groups that a figure adds up."""
    cells = made.tables.frames["attendance_cells"]
    cells = cells[(cells["stratifier"] == row.stratifier) & (cells["state"] == "published")]
    stratum = stratum_of(made, row.stratifier, sorted(cells["stratum"].unique()))
    found: list[Row] = []
    for site, grain, start in cells[["site", "grain", "period_start"]].drop_duplicates().itertuples(index=False):
        if row.site not in ("*", site):
            continue
        if period != "all":
            first = date.fromisoformat(row.period)
            last = first + timedelta(weeks=WEEKS[period])
            if not (first <= start and start + timedelta(weeks=WEEKS[grain]) <= last):
                continue
        found += [each for each in inside(released, site, grain, start) if stratum(each) == row.stratum]
    return found


def refilled(row: Row) -> bool:
    return row["status"] in ("no_show", "late_cancel") and row["refilled"] is True


def most_of_few(people: list[int], k: int) -> int:
    """How many of these rows may be of k - 1 people?"""
    return sum(sorted(Counter(people).values())[-(k - 1) :])


@pytest.mark.parametrize(("by", "period"), [(None, "all"), (None, "12weeks"), ("sex", "all"), ("sex", "4weeks")])
def test_so_many_rows_are_of_eleven_people_whichever_they_are(
    made: Made, tmp_path: Path, by: str | None, period: str
) -> None:
    store = store_of(made.tables, tmp_path)
    rows = [row for row in results(store, by=by, period=period) if row.metric in SIDES and row.value is not None]
    bounds, released, useful = at_least(store, rows, period), made.released, 0
    for row, bound in zip(rows, bounds.to_dict("records"), strict=True):
        behind = rows_behind(made, released, row, period)
        persons = [[each["patient_id"] for each in behind if side(each)] for side in SIDES[row.metric]]
        for name, people in zip(ENOUGH, ([*persons[0], *persons[1]], *persons), strict=True):
            if people:
                assert bound[name] > most_of_few(people, K), (row, name)
                useful += bound[name] <= len(people)
    assert useful > len(rows) / 3, "of most figures some rows are known to be of so many people"


def test_what_is_counted_together_fits(whole: Whole, tmp_path: Path) -> None:
    """Each way to a count gives the same number, and no part is larger than its whole: the sets are those counted."""
    store, alike, compared = store_of(whole.tables, tmp_path), {name for names in ALIKE for name in names}, Counter()
    for period in ("all", "12weeks"):
        rows = pd.DataFrame([row.as_json() for row in results(store, period=period)])
        counts = counts_of(rows)
        for family in [each for each in families() if not set(each.figures) <= alike]:
            for _, place in rows.groupby(["site", "stratum", "period"]):
                told = told_of(family, place, counts)
                for ways in family.ways:
                    numbers = [way @ np.nan_to_num(told) for way in ways if np.isfinite(told[way != 0]).all()]
                    assert all(number == numbers[0] >= 0 for number in numbers), (family.figures, place)
                    compared[family.figures[0]] += len(numbers)
    assert len(compared) >= 8


def told_of(family: Family, place: pd.DataFrame, counts: Any) -> Any:
    """What the figures of one place say of each set that is counted; nan where none does."""
    told = np.full(len(family.told), np.nan)
    for one, tellers in enumerate(family.tellers):
        for figure, side in tellers:
            said = place.index[(place["metric"] == family.figures[figure]) & (place["state"] == "published")]
            told[one] = counts[said[0], side] if len(said) else told[one]
    return told


def test_every_figure_of_which_people_are_known_says_what_it_counts() -> None:
    """A new metric is looked at: which rows of others does it count? Those named here share none with any other."""
    counted = {figure for family in families() for figure in family.figures}
    known = {metric.key for metric in METRICS if summed_as(metric)}
    alone = {
        *("experience_rating", "processed", "cared_for", "complaints"),  # comments: not one of these is part of another
        *("distress_core_10", "wellbeing_ors"),
        *("burnout_exhaustion", "burnout_disengagement", "burnout_pfi", "burnt_out_pfi", "burnt_out_mini_z"),
    }
    assert known - counted == alone


@pytest.mark.parametrize(("by", "period"), [(None, "all"), (None, "12weeks"), ("sex", "4weeks")])
def test_no_bound_is_above_the_people_there_are(made: Made, tmp_path: Path, by: str | None, period: str) -> None:
    store = store_of(made.tables, tmp_path)
    rows = [row for row in results(store, by=by, period=period) if row.metric in SIDES and row.value is not None]
    bounds = at_least(store, rows, period)
    released, more_visits_than_people = made.released, 0
    told = {"people_with": [0, 0], "people_without": [0, 0], "people_beside": [0, 0]}
    for row, bound in zip(rows, bounds.to_dict("records"), strict=True):
        behind = rows_behind(made, released, row, period)
        if row.metric == "slots_lost":
            again = {each["patient_id"] for each in behind if refilled(each)}
            assert bound["people_beside"] <= len(again), row
            told["people_beside"][0] += bound["people_beside"]
            told["people_beside"][1] += len(again)
        for name, side in zip(("people_with", "people_without"), SIDES[row.metric], strict=True):
            people = len({each["patient_id"] for each in behind if side(each)})
            assert bound[name] <= people, (row, name)
            more_visits_than_people += people < sum(map(side, behind))
            told[name][0] += bound[name]
            told[name][1] += people
    assert more_visits_than_people, "visits taken for people would have been found"
    assert told["people_without"][0] > 0.3 * told["people_without"][1]
    if period == "all":
        assert told["people_with"][0] > 0.5 * told["people_with"][1]
        assert told["people_beside"][0] > 0.5 * told["people_beside"][1] > 0


def test_people_who_left_are_bounded_from_below_and_those_who_stayed_too(tmp_path: Path) -> None:
    """Patients with several courses of care, some of which they left: endings are more than people."""
    con = practice.empty_vault()
    visits = gappy()
    practice.fill(con, "appointment", visits)
    store = store_of(make_release(con, settings(), None, practice.NOW), tmp_path)
    rows = [
        row
        for row in results(store)
        if row.metric in ("in_care_12_weeks", "unplanned_12_weeks", "left_after_first_visit")
    ]
    named = [(row.metric, row.site) for row in rows]
    bounds = dict(zip(named, at_least(store, rows, "all").to_dict("records"), strict=True))
    courses = plain_courses(visits)
    for site in ("north", "south"):
        here = [course for course in courses if course[1] == site]
        early = [c for c in here if c[3] is not None and c[3] < c[2] + timedelta(weeks=12)]
        people = len({patient for patient, *_ in early})
        assert people < len(early)
        bound = bounds["in_care_12_weeks", site]
        assert 0.6 * people < bound["people_without"] <= people  # the share is of those still in care
        assert bounds["unplanned_12_weeks", site]["people_with"] == bound["people_without"]
        first = bounds["left_after_first_visit", site]
        assert 0 < first["people_with"] <= len({c[0] for c in here if c[3] is not None})
        stayed = {c[0] for c in here} - {c[0] for c in early if c[3] == c[2]}
        assert 0 < bound["people_with"] <= len({c[0] for c in here})
        assert 0 < first["people_without"] <= len(stayed | {c[0] for c in here})


@pytest.mark.parametrize("period", ["all", "12weeks"])
def test_no_bound_on_sheets_messages_signals_and_forecasts_is_above_the_people_there_are(
    whole: Whole, tmp_path: Path, period: str
) -> None:
    store = store_of(whole.tables, tmp_path)
    rows = [row for row in results(store, period=period) if row.metric in OTHER_SIDES and row.value is not None]
    bounds = at_least(store, rows, period)
    told: dict[str, list[int]] = {metric: [0, 0] for metric in OTHER_SIDES}
    for row, bound in zip(rows, bounds.to_dict("records"), strict=True):
        table, cells, *sides = OTHER_SIDES[row.metric]
        counted = whole.rows[table] if cells else forecasts(whole)
        if cells:
            counted = [each for each in released_of(counted, whole.frames[cells]) if row.site in ("*", each["site"])]
        elif period == "all":  # of the model in use
            named = [MODELS.get(each["model_version"], each["model_version"]) for each in counted]
            counted = [each for each, name in zip(counted, named, strict=True) if f"model {name}" in row.reason]
        if period != "all":
            first = date.fromisoformat(row.period)
            counted = [each for each in counted if first <= each["day"] < first + timedelta(weeks=WEEKS[period])]
        for name, side in zip(("people_with", "people_without"), sides, strict=True):
            people = len({each["patient_id"] for each in counted if side(each)})
            assert bound[name] <= people, (row, name)
            told[row.metric][0] += bound[name]
            told[row.metric][1] += people
    for metric, (found, people) in told.items():
        assert found > 0.3 * people > 0, metric


def test_every_kind_of_figure_says_whether_people_behind_it_are_known() -> None:
    """A new metric is looked at: is it a mean of those behind n, does it count events, or can nothing be told?"""
    unknown = {metric.key for metric in METRICS if not summed_as(metric)}
    assert {"no_show_savings", "net_benefit", "message_opt_out_gap", "session_below_cutoff"} <= unknown
    assert "crisis_inside_target" in unknown, "the undetermined are none of those past the target"
    assert not {"alliance", "crisis_unreached", "complaints", "burnout", "predictor_slope"} & unknown
    units = {metric.unit for metric in METRICS if metric.key not in unknown and not counts_events(metric)}
    assert units <= {
        *("points", "days", "minutes", "weeks", "hours a person and week", "kappa"),
        *("squared distance", "log odds", "slope", "ratio"),
    }


def test_weeks_in_care_by_stratum_have_no_bound(made: Made, tmp_path: Path) -> None:
    store = store_of(made.tables, tmp_path)
    rows = [row for row in results(store, by="sex") if row.metric == "in_care_12_weeks"]
    assert rows
    assert (at_least(store, rows, "all")[["people_with", "people_without"]] == 0).all(axis=None)
