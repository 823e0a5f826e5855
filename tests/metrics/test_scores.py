"""Questionnaires and outcomes of care, from counts."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from instruments.change import Threshold, nhs_outcomes
from metrics.estimate import State
from metrics.intervals import wilson
from metrics.query import ResultRow, results
from tests.metrics.families import family_frames, place, whole_store
from tests.metrics.releases import header, small_practice, store_at
from warehouse.families import SCORE_COUNTS
from warehouse.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return whole_store(tmp_path_factory.mktemp("practice"))


def one(store: Store, **question: Any) -> ResultRow:
    (row,) = results(store, **question)
    return row


def published(folder: Path, table: str, *rows: dict[str, Any], **more: pd.DataFrame) -> Store:
    """A release of these rows of one table alone; counts not named are 0."""
    store = store_at(folder)
    site = pd.DataFrame({"site": ["North", "South"], "position": [0, 1], "merged_sites": 1})
    cells = pd.DataFrame(rows)
    numbers = cells.columns.difference(["site", "grain", "period_start", "stratifier", "stratum", "state"])
    cells[numbers] = cells[numbers].where(cells[numbers].notna() | (cells[["state"]] == "withheld").to_numpy(), 0)
    store.publish(header(), {"site": site, table: cells, **more})
    return store


def sheets(scores: list[float], **more: Any) -> dict[str, Any]:
    points = np.array(scores) * 100
    blank = dict.fromkeys(SCORE_COUNTS, 0)
    told = {
        "invited": len(scores),
        "answered": len(scores),
        "points": points.sum(),
        "points_squared": (points**2).sum(),
    }
    return blank | {name: int(value) for name, value in told.items()} | more


def test_mean_and_interval_equal_those_of_the_scores_themselves(tmp_path: Path) -> None:
    scores = np.random.default_rng(3).normal(45, 6, 200).clip(12, 60).round().tolist()
    asked = {"instrument": "WAI-SR", "scale": "total"}
    rows = (place("North", 4 * turn, **asked) | sheets(scores[turn::5]) for turn in range(5))
    row = one(published(tmp_path, "score_cells", *rows), metric="alliance", site="North")
    low, high = stats.t.interval(0.95, 199, loc=np.mean(scores), scale=stats.sem(scores))
    assert (row.value, row.low, row.high) == pytest.approx((np.mean(scores), low, high))
    assert (row.n, row.unit, row.reason) == (200, "points", "the interval does not know that patients come back")


def test_patients_own_sums_widen_the_interval(tmp_path: Path) -> None:
    scores = [40.0] * 50 + [50.0] * 50  # 10 patients, each of whom gave one score ten times
    own = {"outcome": "score.WAI-SR.total", "site": "*", "window": "all", "window_start": header()["grid_start"]}
    sums = {
        "n": 100,
        "events": 450_000,
        "patients": 10,
        "mm": 1000,
        "my": 4_500_000,
        "yy": 5 * 40_000**2 + 5 * 50_000**2,
    }
    repeat = pd.DataFrame([own | {"stratifier": "all", "stratum": "all", "state": "published"} | sums])
    cells = place("North", 0, instrument="WAI-SR", scale="total") | sheets(scores)
    row = one(published(tmp_path, "score_cells", cells, repeat_cells=repeat), metric="alliance", site="*")
    error = np.sqrt(25 * 10 / 9 / 10)  # of ten patients' means
    assert row.high - row.low == pytest.approx(2 * stats.t.ppf(0.975, 99) * error)
    assert row.reason == ""


def test_share_below_the_cut_off_takes_the_design_effect_of_the_mean(tmp_path: Path) -> None:
    own = {"outcome": "score.SRS.total", "site": "*", "window": "all", "window_start": header()["grid_start"]}
    sums = {
        "n": 100,
        "events": 350_000,
        "patients": 10,
        "mm": 1000,
        "my": 3_500_000,
        "yy": 5 * 30_000**2 + 5 * 40_000**2,
    }
    repeat = pd.DataFrame([own | {"stratifier": "all", "stratum": "all", "state": "published"} | sums])
    cells = place("North", 0, instrument="SRS", scale="total") | sheets([30.0] * 50 + [40.0] * 50, past_cutoff=50)
    row = one(published(tmp_path, "score_cells", cells, repeat_cells=repeat), metric="session_below_cutoff", site="*")
    assert (row.value, row.low, row.high) == pytest.approx((0.5, *wilson(50, 100, design_effect=100 / 9)))


def test_few_answers_and_a_ceiling_are_said(tmp_path: Path) -> None:
    cells = place("North", 0, instrument="SRS", scale="total") | sheets(
        [40.0] * 30 + [35.0] * 30, at_best=30, invited=200
    )
    row = one(published(tmp_path, "score_cells", cells), metric="session_rating", site="North")
    assert "30% of 200 sheets came back" in row.reason
    assert "50% gave the best score there is: a ceiling" in row.reason


def test_no_rupture_of_an_instrument_without_a_reliable_change_is_not_none(tmp_path: Path) -> None:
    cells = place("North", 0, instrument="SRS", scale="total") | sheets([35.0] * 60)
    row = one(published(tmp_path, "score_cells", cells), metric="session_ruptures", site="North")
    assert row.state == State.MISSING
    assert row.reason.startswith("no reliable change is published for the SRS")
    assert "write reliable_change under [instruments.SRS] in rapport.toml" in row.reason


@pytest.mark.parametrize("declared", [True, False])
def test_ruptures_say_how_many_points_count_and_by_what_right(tmp_path: Path, declared: bool) -> None:
    cells = place("North", 0, instrument="SRS", scale="total") | sheets([35.0] * 60, compared=40, ruptures=4)
    points = round(1.96 * (2 * (1 - 0.88)) ** 0.5 * 4.2, 1)
    fit = pd.DataFrame({"term": ["points", "spread"], "coefficient": [points, 4.2]})
    fit = fit.assign(outcome="reliable_change.SRS")
    own = pd.DataFrame({"instrument": ["srs"], "declaration": ["reliable_change = 5\n"]})
    more = {"confounder_fit": fit} | ({"declared_instrument": own} if declared else {})
    row = one(published(tmp_path, "score_cells", cells, **more), metric="session_ruptures", site="North")
    assert row.value == pytest.approx(0.1)
    worked_out = "a fall of 4 points or more: Jacobson-Truax from the published reliability 0.88 and the spread of 4.2"
    assert ("a fall of 5 points or more, as the practice declares" if declared else worked_out) in row.reason


def test_a_questionnaire_withheld_at_one_site_is_withheld_there_alone(tmp_path: Path) -> None:
    rows = [place("South", week, instrument="SRS", scale="total") | sheets([35.0] * 30) for week in range(0, 24, 4)]
    hidden = place("North", 0, grain="12weeks", instrument="SRS", scale="total") | dict.fromkeys(SCORE_COUNTS)
    hidden |= {"state": "withheld", "patients": None}
    wai = [place("North", week, instrument="WAI-SR", scale="total") | sheets([45.0, 50.0] * 15) for week in (0, 4)]
    store = published(tmp_path, "score_cells", *rows, hidden, *wai)
    states = {row.site: row.state for row in results(store, metric="session_rating")}
    assert states == {"*": State.PUBLISHED, "North": State.WITHHELD, "South": State.PUBLISHED}
    assert one(store, metric="alliance", site="North").value == pytest.approx(47.5)


def test_weeks_in_which_nobody_answered_hide_nothing(tmp_path: Path) -> None:
    rows = [
        place("North", week, grain="week", instrument="SRS", scale="total") | sheets([35.0] * 20) for week in (0, 5)
    ]
    found = results(published(tmp_path, "score_cells", *rows), metric="session_rating", site="North", period="4weeks")
    assert [(row.state, row.n) for row in found[:3]] == [(State.PUBLISHED, 20), (State.PUBLISHED, 20), (State.ZERO, 0)]


def test_a_release_without_questionnaires_says_so(tmp_path: Path) -> None:
    for row in results(small_practice(tmp_path), metric="alliance", by="modality"):
        assert (row.state, row.value, row.reason) == (State.MISSING, None, "the exports hold no WAI-SR")


def test_names_are_understood_however_they_are_written(tmp_path: Path) -> None:
    cells = place("North", 0, instrument="wai_sr", scale="total") | sheets([45.0, 50.0] * 15)
    assert one(published(tmp_path, "score_cells", cells), metric="alliance", site="North").n == 30


def referrals(n: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(8)
    first = random.integers(4, 27, n)
    last = np.clip(first - random.normal(5, 5, n), 0, 27).round()
    return pd.DataFrame({"discharged": 1, "treatment_contacts": 4, "phq9_first": first, "phq9_last": last})


def test_outcomes_equal_those_of_the_courses_themselves(tmp_path: Path) -> None:
    courses = referrals()
    told = nhs_outcomes(courses, measures={"phq9": Threshold(10, 6)})
    counts = {"finished": told.finished, "paired": told.finished, "at_caseness": told.caseness_start}
    counts |= {"recovered": told.recovered, "improved": told.reliably_improved, "change_squared": 0, "change": 0}
    counts |= {"reliably_recovered": told.reliably_recovered, "deteriorated": told.reliably_deteriorated}
    fall = ((courses["phq9_last"] - courses["phq9_first"]) * 100).astype(int)
    counts |= {"change": int(fall.sum()), "change_squared": int((fall**2).sum())}
    store = published(tmp_path, "outcome_cells", place("North", 0, instrument="PHQ-9") | counts)
    for key, value in (
        ("improved", told.reliable_improvement_rate),
        ("deteriorated", told.reliable_deterioration_rate),
        ("recovered", told.recovery_rate),
        ("reliably_recovered", told.reliable_recovery_rate),
        ("change", fall.mean() / 100),
    ):
        assert one(store, metric=f"depression_{key}", site="North").value == pytest.approx(value), key


def test_a_course_without_a_pair_stays_below_the_line_and_is_said(tmp_path: Path) -> None:
    counts = {"finished": 100, "paired": 40, "at_caseness": 30, "recovered": 15, "improved": 20}
    counts |= {"reliably_recovered": 12, "deteriorated": 2, "change": -20_000, "change_squared": 20_000_000}
    store = published(tmp_path, "outcome_cells", place("North", 0, instrument="GAD-7") | counts)
    row = one(store, metric="anxiety_improved", site="North")
    assert (row.value, row.n) == (0.2, 100)
    assert row.reason == "40 of 100 finished courses have a first and a last score; of those 50%"
    assert one(store, metric="anxiety_recovered", site="North").value == 0.5


def test_scores_of_two_sites_add(store: Store) -> None:
    practice, *sites = results(store, metric="alliance")
    cells = family_frames()["score_cells"].query("instrument == 'WAI-SR' and scale == 'total' and stratum == 'all'")
    assert practice.n == sum(row.n for row in sites) == cells["answered"].sum()
    assert practice.value == pytest.approx(cells["points"].sum() / cells["answered"].sum() / 100)
