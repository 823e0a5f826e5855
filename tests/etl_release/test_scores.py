"""Do the counts of questionnaires equal a slow count in plain Python, sheet by sheet?"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.release import make_release
from etl.release.sheets import scored
from instruments import InstrumentError, find, score
from instruments.declaration import TOTAL
from tests.etl_release import answers, practice
from tests.etl_release.conftest import UNDIVIDED, Whole
from tests.etl_release.family_plain import Strata, released_of, shown_rows
from tests.etl_release.plain import squares

COUNTS = (
    "patients", "invited", "answered", "differing", "points", "points_squared", "past_cutoff", "at_best", "compared",
    "ruptures", "fourths", "early_change", "early_change_squared",
)  # fmt: skip
PUBLISHED = {"PHQ-9": 600}  # hundredths; for the others it is worked out from their own spread
RELIABILITY = {"WAI-SR": 0.80, "SRS": 0.88}  # Munder et al. 2010 (a lower bound), Duncan et al. 2003
PAST = {"PHQ-9": lambda points: points >= 1000, "SRS": lambda points: points < 3600}
BEST = {("PHQ-9", TOTAL): 0, ("SRS", TOTAL): 4000, ("WAI-SR", TOTAL): 6000}


class Made(NamedTuple):
    sheets: list[dict[str, Any]]
    frames: dict[str, pd.DataFrame]
    strata: Strata
    worse_by: dict[str, int]


@pytest.fixture(scope="module")
def made(whole: Whole) -> Made:
    sheets = [_scored(row) for row in whole.rows["measure"] if row["day"] >= whole.tables.header["grid_start"]]
    _compare(sheets)
    worse_by = PUBLISHED | {key: _beyond_error(sheets, key, whole.frames) for key in RELIABILITY}
    return Made(sheets, whole.frames, whole.strata, worse_by)


def _beyond_error(sheets: list[dict[str, Any]], key: str, frames: dict[str, pd.DataFrame]) -> int:
    """Jacobson-Truax by hand: the spread of the first answers before the day the models are fitted up to."""
    fit = frames["confounder_fit"]
    until = fit.loc[fit["outcome"] == f"reliable_change.{key}", "fitted_until"].iloc[0]
    first: dict[int, int] = {}
    for row in sorted(sheets, key=lambda row: (_moment(row), row["measure_id"])):
        if row["instrument"] == key and TOTAL in row["points"] and row["day"] < until:
            first.setdefault(row["patient_id"], row["points"][TOTAL])
    spread = round(statistics.stdev(first.values()) / 100, 1)
    return round(100 * round(1.96 * 2**0.5 * spread * (1 - RELIABILITY[key]) ** 0.5, 1))


def _moment(row: dict[str, Any]) -> datetime:
    return row["taken_at"] or datetime.combine(row["taken_on"] or row["day"], time())


def _scored(row: dict[str, Any]) -> dict[str, Any]:
    """The sheet with its day, and its points in hundredths by scale: scored by itself."""
    instrument = find(row["instrument"])
    found = row | {
        "instrument": instrument.key,
        "day": row["invited_on"] or row["taken_on"],
        "points": {},
        "differs": 0,
    }
    try:
        told = score(instrument, row["items"], total=row["total"])
    except InstrumentError:
        return found
    values = {**told.subscales, TOTAL: told.total}
    found["points"] = {name: round(value * 100) for name, value in values.items() if value is not None}
    found["differs"] = int("stated_total_differs" in told.flags)
    return found


def _compare(sheets: list[dict[str, Any]]) -> None:
    """Adds, per scale, what the answer is compared with the one before and whether it is the fourth of its course."""
    begins = min(row["starts_on"] for row in practice.appointments(weeks=30)) + timedelta(days=91)
    courses: dict[tuple[Any, ...], list[tuple[datetime, int]]] = {}

    for row in sorted(sheets, key=lambda row: (_moment(row), row["measure_id"])):
        row["before"], row["early"] = {}, {}
        for scale, points in row["points"].items():
            course = courses.setdefault((row["patient_id"], row["instrument"], scale), [])
            if course and _moment(row) - course[-1][0] >= timedelta(days=91):
                course.clear()
            if course:
                row["before"][scale] = course[-1][1]
            course.append((_moment(row), points))
            if len(course) == 4 and course[0][0] >= datetime.combine(begins, time()):
                row["early"][scale] = points - course[0][1]


def count(rows: Iterable[dict[str, Any]], instrument: str, scale: str, worse_by: int) -> dict[str, int]:
    rows, sign = list(rows), -1 if instrument in RELIABILITY else 1
    points = [row["points"][scale] for row in rows if scale in row["points"]]
    pairs = [(row["before"][scale], row["points"][scale]) for row in rows if scale in row["before"]]
    pairs = pairs if scale == TOTAL else []
    early = [row["early"][scale] for row in rows if scale in row["early"]]
    past = PAST.get(instrument) if scale == TOTAL else None
    best = BEST.get((instrument, scale), 2000)
    found = (
        len({row["patient_id"] for row in rows}), len(rows), len(points),
        sum(row["differs"] for row in rows) if scale == TOTAL else 0, sum(points), sum(p * p for p in points),
        sum(past(p) for p in points) if past else 0, sum(p == best for p in points), len(pairs),
        sum(sign * (now - before) >= worse_by for before, now in pairs), len(early), sum(early),
        sum(change * change for change in early),
    )  # fmt: skip
    return dict(zip(COUNTS, found, strict=True))


@pytest.mark.parametrize("stratifier", ["all", "modality", "sex", "exposure"])
def test_every_published_cell_equals_a_plain_count(made: Made, stratifier: str) -> None:
    cells = made.frames["score_cells"]
    checked = 0
    for instrument in ("PHQ-9", "WAI-SR", "SRS"):
        own = cells[cells["instrument"] == instrument]
        sheets = [row for row in made.sheets if row["instrument"] == instrument]
        inside = released_of(sheets, own) if stratifier != "all" else sheets
        for cell, rows in shown_rows(own[own["stratifier"] == stratifier], inside, made.strata[stratifier]):
            assert {name: int(cell[name]) for name in COUNTS} == count(
                rows, instrument, cell["scale"], made.worse_by[instrument]
            )
            checked += 1
    assert checked > 40


def test_generated_sheets_hold_every_kind(made: Made) -> None:
    """Else the counts above would be equal because nothing was there."""
    whole = made.frames["score_cells"].query("stratifier == 'all' and state == 'published'")
    sums = whole.groupby(["instrument", "scale"])[list(COUNTS[1:])].sum()
    assert (sums.loc[("PHQ-9", TOTAL)] > 0).drop(["at_best", "early_change"]).all()
    assert (sums["invited"] > sums["answered"]).all()
    assert sums.loc[("WAI-SR", TOTAL), "answered"] != sums.loc[("WAI-SR", "bond"), "answered"]


def test_ruptures_are_counted_where_a_reliable_change_is_worked_out(made: Made) -> None:
    whole = made.frames["score_cells"].query("stratifier == 'all' and scale == 'total' and state == 'published'")
    sums = whole.groupby("instrument")[["compared", "ruptures"]].sum()
    assert (sums.loc[["WAI-SR", "SRS"]] > 0).all(axis=None)
    assert 300 < made.worse_by["WAI-SR"] < 4800


def test_patients_repeat_and_the_sums_over_them_say_so(made: Made) -> None:
    repeats = made.frames["repeat_cells"]
    whole = repeats[(repeats["outcome"] == "score.PHQ-9.total") & (repeats["stratifier"] == "all")]
    assert set(whole["window"]) == {"4weeks", "12weeks", "24weeks", "all"}
    cells = made.frames["score_cells"]
    own = cells[(cells["instrument"] == "PHQ-9") & (cells["stratifier"] == "all") & (cells["site"] == "north")]
    sheets = released_of([row for row in made.sheets if row["instrument"] == "PHQ-9"], own)
    sheets = [row for row in sheets if row["site"] == "north"]
    expected = squares(sheets, lambda row: TOTAL in row["points"], lambda row: row["points"].get(TOTAL, 0))
    told = whole[(whole["window"] == "all") & (whole["site"] == "north")].iloc[0]
    assert {name: int(told[name]) for name in expected} == expected
    assert expected["mm"] > expected["n"]
    came = squares(sheets, lambda row: 1, lambda row: TOTAL in row["points"])
    told = repeats[(repeats["outcome"] == "answered.PHQ-9") & (repeats["stratifier"] == "all")]
    told = told[(told["window"] == "all") & (told["site"] == "north")].iloc[0]
    assert {name: int(told[name]) for name in came} == came
    assert came["n"] == own["invited"].sum() > came["events"]


def test_group_of_few_who_answered_is_not_shown_though_many_were_asked() -> None:
    con = practice.practice(weeks=14)
    asked = [
        row | {"patient_id": 1000 + 3 * n, "site_id": "north", "invited_on": row["invited_on"] or row["taken_on"]}
        for n, row in enumerate(answers.measures(2, a_week=15))
    ]
    unanswered = {"taken_on": None, "taken_at": None, "items": None, "total": None}
    rows = [row | {"instrument": "PHQ-9"} | (unanswered if n >= 5 else {}) for n, row in enumerate(asked)]
    practice.fill(con, "measure", rows)
    cells = make_release(con, practice.settings(release=UNDIVIDED), None, practice.NOW).frames["score_cells"]
    assert len({row["patient_id"] for row in rows}) > 20
    assert set(cells.loc[cells["site"] == "north", "state"]) == {"withheld"}


@pytest.mark.parametrize("key", ["PHQ-9", "GAD-7", "WAI-SR", "SRS", "ORS", "CORE-10", "CBI", "Mini-Z", "PFI", "OLBI"])
def test_scoring_by_batches_is_scoring_sheet_by_sheet(key: str) -> None:
    instrument, chance = find(key), random.Random(key)
    steps = int((instrument.highest - instrument.lowest) / (instrument.step or 0.5))
    items: list[list[str | None] | None] = []
    for _ in range(400):
        sheet: list[str | None] = [
            f"{instrument.lowest + chance.randint(0, steps) * (instrument.step or 0.5):g}"
            for _ in range(instrument.items)
        ]
        for at in range(chance.choice([0, 0, 1, 2, 9])):
            sheet[at % instrument.items] = chance.choice([None, "", "7.25", "-3", "yes", "nan"])
        items.append(chance.choice([sheet, sheet, sheet, sheet[:-1], None, []]))
    stated = [chance.choice([None, 3.0, 12.0, 500.0]) for _ in items]
    given = np.array([np.nan if value is None else value for value in stated])
    found = scored(instrument, pa.array(items, pa.list_(pa.string())), given)
    for at, (sheet_items, total) in enumerate(zip(items, stated, strict=True)):
        points = {name: int(found[f"{name}.points"][at]) for name in instrument.scales if found[f"{name}.answered"][at]}
        assert points == _scored_alone(instrument.key, sheet_items, total)


def _scored_alone(key: str, items: list[str | None] | None, total: float | None) -> dict[str, int]:
    try:
        told = score(key, items, total=total)
    except InstrumentError:
        return {}
    values = {**told.subscales, TOTAL: told.total}
    return {name: int(np.rint(value * 100)) for name, value in values.items() if value is not None}
