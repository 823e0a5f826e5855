"""Does observed less expected find what automation did, where the mix of patients moved with it?"""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from deid.attack import within
from etl.release import PreviousRelease, ReleaseTables, make_release
from etl.release.confounders import Model, stored
from etl.release.logistic import logistic, straight
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice
from tests.etl_release.conftest import Made
from tests.etl_release.plain import inside

MONDAY = date(2024, 1, 1)
WEEKS, PRE, LIVE = 42, 14, 27  # new patients are known from week 13 on
SHORT, LONG = 2, 20  # days between booking and visit
KINDS = (("known", SHORT), ("known", LONG), ("new", SHORT), ("new", LONG))
BEFORE = dict(zip(KINDS, (0.45, 0.25, 0.15, 0.15), strict=True))
AFTER = dict(zip(KINDS, (0.45, 0.0864, 0.15, 0.3136), strict=True))
MISSED = dict(zip(KINDS, (0.06, 0.10, 0.20, 0.32), strict=True))
TRUTH = -0.02
A_WEEK = 160
CHOSEN = ReleaseSettings(
    settle_days=0,
    stratifiers=Stratifiers(names=("lead_time",), lead_time_days=(0, 7)),
    confounders=("lead_time", "new_patient", "modality"),
)


def visits() -> list[dict[str, Any]]:
    """As many of each kind as its share says, and as many of them missed as its risk says: no chance anywhere."""
    owed: dict[Any, float] = defaultdict(float)
    fresh, pool = itertools.count(10_000), itertools.cycle(range(400))
    rows: list[dict[str, Any]] = [
        {"patient_id": person, "starts_on": MONDAY, "booked_on": MONDAY, "status": "attended"} for person in range(400)
    ]
    for week in range(1, WEEKS):
        for kind in KINDS:
            owed[kind] += A_WEEK * (AFTER if week >= LIVE else BEFORE)[kind]
            while owed[kind] >= 1:
                owed[kind] -= 1
                owed[kind, "missed"] += MISSED[kind] + (TRUTH if week >= LIVE else 0)
                missed = owed[kind, "missed"] >= 1
                owed[kind, "missed"] -= missed
                day = MONDAY + timedelta(weeks=week, days=len(rows) % 5)
                person = next(fresh) if kind[0] == "new" else next(pool)
                booked = day - timedelta(days=kind[1])
                status = "no_show" if missed else "attended"
                rows.append({"patient_id": person, "starts_on": day, "booked_on": booked, "status": status})
    return [row | {"appointment_id": number, "site_id": "north", "exposed": []} for number, row in enumerate(rows)]


def made(rows: list[dict[str, Any]], previous: ReleaseTables | None = None, **changes: Any) -> ReleaseTables:
    con = practice.empty_vault()
    practice.fill(con, "appointment", rows)
    live = {"rollout_id": 1, "site_id": "north", "component": "assistant"}
    practice.fill(con, "rollout", [live | {"went_live_on": MONDAY + timedelta(weeks=LIVE)}])
    before = None if previous is None else PreviousRelease(previous.header, previous.frames)
    settings = practice.settings(**{"release": CHOSEN, "extracted_on": date(2024, 10, 21)} | changes)
    return make_release(con, settings, before, practice.NOW)


@pytest.fixture(scope="module")
def release() -> ReleaseTables:
    return made(visits())


def sums(release: ReleaseTables, stratum: str, first: int, last: int) -> pd.Series:
    cells = release.frames["attendance_cells"]
    week = (pd.to_datetime(cells["period_start"]) - pd.Timestamp(MONDAY)).dt.days // 7
    own = cells[(cells["stratum"] == stratum) & (cells["state"] == "published") & (week >= first) & (week < last)]
    return own.select_dtypes("number").sum()


def test_a_moved_mix_is_not_taken_for_an_effect(release: ReleaseTables) -> None:
    """Truth: two points fewer missed. Adjusted for lead time alone it looks like one and a half points more."""
    one_way = 0.0
    for band in ("0-6", "7+"):
        before, after = sums(release, band, PRE, LIVE), sums(release, band, LIVE, WEEKS)
        share = (after["attended"] + after["no_show"]) / (A_WEEK * (WEEKS - LIVE))
        rate = [part["no_show"] / (part["attended"] + part["no_show"]) for part in (before, after)]
        one_way += share * (rate[1] - rate[0])
    assert one_way == pytest.approx(0.016, abs=0.002)
    before, after = sums(release, "all", PRE, LIVE), sums(release, "all", LIVE, WEEKS)
    assert after["no_show_modelled"] == after["attended"] + after["no_show"]
    gap = [(part["no_show"] - part["no_show_expected"] / 1e6) / part["no_show_modelled"] for part in (before, after)]
    assert gap[0] == pytest.approx(0, abs=0.002)
    assert gap[1] == pytest.approx(TRUTH, abs=0.002)


def test_strata_add_to_what_is_expected_of_all(release: ReleaseTables) -> None:
    names = ["no_show_expected", "lost_expected", "no_show_modelled", "lost_modelled"]
    parts = sums(release, "0-6", 0, 36)[names] + sums(release, "7+", 0, 36)[names]
    assert parts.tolist() == sums(release, "all", 0, 36)[names].tolist()


def test_the_model_told_is_the_model_used(release: ReleaseTables) -> None:
    table = release.frames["confounder_fit"]
    model = stored("no_show", table)
    assert model.intercept is not None
    told = model.coefficients["lead_time x new_patient"]
    risk = {level: 1 / (1 + np.exp(-(model.intercept + points))) for level, points in told.items()}
    held = [risk[f"{band} days, {who} patient"] for who in ("known", "new") for band in ("0-6", "7+")]
    assert held == pytest.approx([0.06, 0.10, 0.20, 0.32], abs=0.012)
    whole = table[(table["outcome"] == "no_show") & (table["term"] == "intercept")].iloc[0]
    before = [row for row in visits() if MONDAY + timedelta(weeks=13) <= row["starts_on"]]
    assert whole["fitted_until"] == MONDAY + timedelta(weeks=LIVE)
    assert whole["rows"] >= sum(row["starts_on"] < whole["fitted_until"] for row in before)
    assert "modality" in set(table.loc[table["reason"].fillna("").str.startswith("left out"), "term"])


def test_the_model_stays_until_everything_is_made_anew() -> None:
    rows = visits()
    early = [row for row in rows if row["starts_on"] < MONDAY + timedelta(weeks=34)]
    first = made(early, extracted_on=MONDAY + timedelta(weeks=34))
    worse = [row | {"status": "no_show"} if row["starts_on"] < MONDAY + timedelta(weeks=20) else row for row in rows]
    second = made(worse, first)
    columns = ["outcome", "term", "coefficient"]
    old, new = (tables.frames["confounder_fit"][columns].reset_index(drop=True) for tables in (first, second))
    pd.testing.assert_frame_equal(old, new, check_dtype=False)
    assert sums(second, "all", 36, 40)["no_show_expected"] > 0


def test_too_few_visits_before_the_go_live_give_no_model() -> None:
    rows = [row for row in visits() if row["starts_on"] >= MONDAY + timedelta(weeks=LIVE - 1)]
    frames = made(rows).frames
    assert frames["confounder_fit"]["coefficient"].isna().all()
    assert "too few visits before the first go-live" in set(frames["confounder_fit"]["reason"])
    assert frames["attendance_cells"]["no_show_modelled"].isna().all()


def test_without_booking_days_new_patients_are_adjusted_for_alone() -> None:
    unbooked = [row | {"booked_on": None} for row in visits()]
    told = stored("no_show", made(unbooked).frames["confounder_fit"]).coefficients
    assert set(told) == {"new_patient"}
    assert told["new_patient"]["new patient"] - told["new_patient"]["known patient"] > 0.5


def test_a_level_few_patients_share_is_told_with_its_neighbour() -> None:
    """Three patients booked so far ahead: their risk is theirs, not the practice's."""
    rows = visits()
    for number in (2000, 2100, 2200):
        rows[number] |= {"booked_on": rows[number]["starts_on"] - timedelta(days=200)}
    bands = CHOSEN.model_copy(update={"stratifiers": Stratifiers(names=("sex",), lead_time_days=(0, 7, 100))})
    told = stored("no_show", made(rows, release=bands).frames["confounder_fit"]).coefficients["lead_time x new_patient"]
    assert told["100+ days, known patient"] == told["7-99 days, known patient"]
    assert told["100+ days, new patient"] == told["7-99 days, new patient"]


def test_nothing_withheld_follows_from_what_is_expected(release: ReleaseTables) -> None:
    frames = {name: release.frames[name] for name in ("attendance_cells", "repeat_cells")}
    assert within(frames, release.header["grid_start"], 11) == []


def _risk(row: dict[str, Any], model: Model, first: dict[int, date], start: date) -> int | None:
    """Millionths, by hand: the intercept and a number for each word about the visit."""
    earlier = first.get(row["patient_id"], date.max) < row["starts_on"]
    if row["booked_on"] is None or row["modality"] is None:
        return None
    early = row["starts_on"] < start + timedelta(days=91)
    who = "known" if earlier else "known or new" if early else "new"
    days = (row["starts_on"] - row["booked_on"]).days
    ends = (0, 1, 3, 7, 14, 30)
    band = [name for low, name in zip(ends, ("0", "1-2", "3-6", "7-13", "14-29", "30+"), strict=True) if days >= low][
        -1
    ]
    told = model.coefficients
    points = [
        told["lead_time x new_patient"].get(f"{band} days, {who} patient"),
        told["modality"].get(row["modality"]),
        told["weekday"].get(f"{row['starts_on']:%A}"),
    ]
    if None in points:
        return None
    return round(1e6 / (1 + np.exp(-sum(points, model.intercept))))


@pytest.mark.parametrize("outcome", ["no_show", "lost"])
def test_what_is_expected_equals_a_plain_sum(made: Made, outcome: str) -> None:
    model = stored(outcome, made.tables.frames["confounder_fit"])
    cells = made.tables.frames["attendance_cells"]
    whole = cells[(cells["stratifier"] == "all") & (cells["state"] == "published")]
    kept = [row for row in made.rows if row["status"] == "attended"]
    first = {
        row["patient_id"]: row["starts_on"] for row in sorted(kept, key=lambda row: row["starts_on"], reverse=True)
    }
    start = min(row["starts_on"] for row in made.rows)
    base = {"attended", "no_show"} | ({"late_cancel"} if outcome == "lost" else set())
    risks = [(row, _risk(row, model, first, start)) for row in made.rows if row["status"] in base]
    assert any(risk is None for _, risk in risks)
    for cell in whole.to_dict("records"):
        rows = {id(row) for row in inside([row for row, _ in risks], cell["site"], cell["grain"], cell["period_start"])}
        here = [risk for row, risk in risks if id(row) in rows and risk is not None]
        assert cell[f"{outcome}_modelled"] == len(here)
        assert cell[f"{outcome}_expected"] == pytest.approx(sum(here), abs=len(here))  # half a millionth, rounded


def test_coefficients_are_those_of_another_package() -> None:
    """statsmodels' GLM (binomial) and OLS, on the same table."""
    import statsmodels.api as sm

    chance = np.random.default_rng(11)
    words = chance.integers(0, 3, (4000, 2))
    design = np.column_stack([np.ones(4000), words[:, 0] == 1, words[:, 0] == 2, words[:, 1] == 1, words[:, 1] == 2])
    design = design.astype(float)
    happened = chance.random(4000) < 1 / (1 + np.exp(-(design @ [-2.0, 0.5, 1.0, -0.3, 0.8])))
    lines, at = np.unique(design, axis=0, return_inverse=True)
    n, events = np.bincount(at).astype(float), np.bincount(at, weights=happened)
    found, told = (
        logistic(lines, n, events),
        sm.GLM(happened.astype(float), design, family=sm.families.Binomial()).fit(),
    )
    assert found is not None
    np.testing.assert_allclose(found.coefficients, told.params, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.errors, told.bse, rtol=1e-5)
    points = design @ [10.0, 1, 2, 3, 4] + chance.normal(0, 3, 4000)
    line = straight(lines, n, np.bincount(at, weights=points), float((points**2).sum()))
    ols = sm.OLS(points, design).fit()
    assert line is not None
    np.testing.assert_allclose(line.coefficients, ols.params, rtol=1e-9)
    np.testing.assert_allclose(line.errors, ols.bse, rtol=1e-6)


def test_words_that_part_the_outcomes_give_no_model() -> None:
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    assert logistic(design, np.array([50.0, 50.0]), np.array([0.0, 50.0])) is None
    assert logistic(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([5.0, 5.0]), np.array([1.0, 2.0])) is None


def answers() -> list[dict[str, Any]]:
    """First answers are of 14 points, later ones of 9, all give or take 2; from the go-live on one point less, and
    more of them are first answers."""
    rows: list[dict[str, Any]] = []
    fresh, known = itertools.count(20_000), [*range(400)]
    for week in range(1, WEEKS):
        first = 35 if week >= LIVE else 20
        people = [next(fresh) for _ in range(first)] + [known[(week * 31 + n) % 400] for n in range(60 - first)]
        for number, person in enumerate(people):
            points = (14 if number < first else 9) + (2 if number % 2 else -2) - (week >= LIVE)
            day = MONDAY + timedelta(weeks=week, days=number % 5)
            row = {"patient_id": person, "instrument": "PHQ-9", "invited_on": day, "taken_on": day}
            rows.append(row | {"total": float(points), "site_id": "north", "measure_id": len(rows)})
    first_round = [
        {"patient_id": person, "instrument": "PHQ-9", "invited_on": MONDAY, "taken_on": MONDAY, "total": 14.0}
        for person in known
    ]
    return rows + [row | {"site_id": "north", "measure_id": 10**6 + n} for n, row in enumerate(first_round)]


def test_more_first_answers_are_not_taken_for_getting_worse() -> None:
    con = practice.empty_vault()
    practice.fill(con, "appointment", visits())
    practice.fill(con, "measure", answers())
    live = {"rollout_id": 1, "site_id": "north", "component": "assistant"}
    practice.fill(con, "rollout", [live | {"went_live_on": MONDAY + timedelta(weeks=LIVE)}])
    made = make_release(con, practice.settings(release=CHOSEN, extracted_on=date(2024, 10, 21)), None, practice.NOW)
    cells = made.frames["score_cells"]
    cells = cells[(cells["stratifier"] == "all") & (cells["state"] == "published")]
    week = (pd.to_datetime(cells["period_start"]) - pd.Timestamp(MONDAY)).dt.days // 7
    before, after = (cells[(week >= low) & (week < high)].sum(numeric_only=True) for low, high in ((16, 24), (28, 40)))
    naive = [part["points"] / part["answered"] / 100 for part in (before, after)]
    adjusted = [(part["points"] - part["expected_points"]) / part["modelled"] / 100 for part in (before, after)]
    assert naive[1] - naive[0] > 0.2
    assert adjusted[1] - adjusted[0] == pytest.approx(-1, abs=0.1)
    assert after["modelled"] == after["answered"]
    told = made.frames["confounder_fit"].query("outcome == 'score.PHQ-9.total'").set_index("term")["coefficient"]
    assert told["answer: first answer"] - told["answer: later answer"] == pytest.approx(5, abs=0.1)
