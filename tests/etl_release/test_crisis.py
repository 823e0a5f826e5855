"""Do the counts of danger, and the times to contact and care, equal a slow count in plain Python?"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from etl.declared import CrisisSettings
from etl.release.crisis import NEVER, is_open
from etl.release.times import MINUTES, up
from tests.etl_release.conftest import Whole
from tests.etl_release.family_plain import released_of, shown_rows
from tests.etl_release.plain import Row, squares
from warehouse.families import CRISIS_COUNTS, WITHIN

BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
TARGETS = {"high": 60, "medium": 240, "low": 1440}
SETTLE_DAYS = 14


def seen_until(row: Row) -> datetime:
    """When the signal's week can first be told: local midnight, as UTC."""
    monday = row["detected_on"] - timedelta(days=row["detected_on"].weekday())
    return midnight(monday + timedelta(days=7 + SETTLE_DAYS))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)


def judged(row: Row) -> dict[str, Any]:
    """What one signal adds to every count; `minutes` until contact, or seen without."""
    detected, contact, until = row["detected_at"], row["human_contact_at"], seen_until(row)
    timed = detected is not None and contact is not None and contact < until
    by_day = (detected is None or contact is None) and row["human_contact_on"] is not None
    by_day = (
        by_day
        and datetime.combine(row["human_contact_on"], time(), tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)
        < until
    )
    unreached = not timed and not by_day
    minutes = ((contact if timed else until) - detected).total_seconds() / 60 if detected and not by_day else None
    target = TARGETS.get(row["severity"])
    within = timed and target is not None and minutes <= target
    past = minutes is not None and target is not None and minutes > target
    local = detected.replace(tzinfo=UTC).astimezone(BERLIN) if detected else None
    shut = local is not None and not (local.weekday() < 5 and 9 <= local.hour < 17)
    closed = row["closed_at"]
    alone = row["closed_by"] == "automation" and closed < until and not by_day and (contact is None or contact > closed)
    real, false, machine = (
        row["adjudication"] == "true",
        row["adjudication"] == "false",
        row["detected_by"] == "automation",
    )
    log = round(math.log1p(minutes) * 1e6) if timed else 0
    return {
        "signals": 1, "contacted": timed, "unreached": unreached, "closed_by_automation": alone, "log_minutes": log,
        "log_minutes_squared": log * log, "within_target": within, "past_target": past,
        "undetermined": not within and not past, "out_of_hours": shut, "out_of_hours_within_target": shut and within,
        "real": real, "false_alarm": false, "not_judged": not real and not false, "real_found": real and machine,
        "real_missed": real and not machine, "false_by_automation": false and machine, "minutes": minutes,
        "hours": None if local is None else ("out of hours" if shut else "in hours"),
    }  # fmt: skip


SUMS = [name for name in CRISIS_COUNTS if name != "clinician_weeks"]


@pytest.fixture(scope="module")
def signals(whole: Whole) -> list[Row]:
    return [row | judged(row) for row in whole.rows["crisis_signal"]]


def stratum_of(whole: Whole, name: str) -> Any:
    if name in whole.strata:
        return whole.strata[name]
    labels = set(whole.frames["crisis_cells"].query(f"stratifier == '{name}'")["stratum"])
    parts = {part: label for label in labels for part in label.split(" + ")}

    def word(row: Row) -> str:
        told = row[name] if row[name] != "unknown" else None
        return parts.get(told or "not recorded") or parts["all others"]

    return word


@pytest.mark.parametrize("stratifier", ["all", "modality", "sex", "severity", "hours", "channel"])
def test_every_published_cell_equals_a_plain_count(whole: Whole, signals: list[Row], stratifier: str) -> None:
    cells = whole.frames["crisis_cells"]
    inside = released_of(signals, cells) if stratifier != "all" else signals
    chosen = cells[cells["stratifier"] == stratifier]
    checked = 0
    for cell, rows in shown_rows(chosen, inside, stratum_of(whole, stratifier)):
        assert {name: int(cell[name]) for name in SUMS} == {name: sum(row[name] for row in rows) for name in SUMS}
        assert int(cell["patients"]) == len({row["patient_id"] for row in rows})
        checked += 1
    assert checked >= 6


@pytest.mark.parametrize("stratifier", ["all", "severity"])
def test_minutes_to_contact_equal_a_plain_count(whole: Whole, signals: list[Row], stratifier: str) -> None:
    times = whole.frames["time_cells"].query("question == 'crisis' and state == 'published'")
    inside = released_of(signals, whole.frames["crisis_cells"])
    timed = [row for row in inside if row["minutes"] is not None]
    for _, group in times[times["stratifier"] == stratifier].groupby(["site", "period_start", "stratum"]):
        (cell, rows), *_ = shown_rows(group.head(1), timed, stratum_of(whole, stratifier))
        expected: dict[int, list[int]] = {}
        for row in rows:
            time_to = on_grid(row["minutes"], observed=row["contacted"])
            expected.setdefault(time_to, [0, 0])[0 if row["contacted"] else 1] += 1
        told = {
            int(t): [int(o), int(c)]
            for t, o, c in zip(group["time"], group["observed"], group["censored"], strict=True)
        }
        assert {at: pair for at, pair in told.items() if any(pair)} == expected, cell["site"]


def on_grid(minutes: float, *, observed: bool) -> int:
    steps = [(10_080, 1440), (1440, 360), (480, 60), (120, 15), (0, 1)]
    start, step = next(pair for pair in steps if minutes >= pair[0])
    whole = (minutes - start) / step
    return start + step * (math.ceil(whole) if observed else math.floor(whole))


REPEATED = {  # what counts of a signal, and what happened
    "unreached": ("signals", "unreached"),
    "within_target": ("signals", "within_target"),
    "out_of_hours": ("signals", "out_of_hours"),
    "out_of_hours_within_target": ("out_of_hours", "out_of_hours_within_target"),
    "real_found": ("real", "real_found"),
    "alarm_real": ("alarm", "real_found"),
    "false_alarm": ("signals", "false_by_automation"),
    "log_minutes": ("contacted", "log"),
    **{f"within_{limit}": ("timed", f"within_{limit}") for limit in WITHIN["crisis"]},
}


def over_within(row: Row) -> dict[str, bool]:
    """Was anybody reached within so many minutes, counted as they are released?"""
    if not row["contacted"]:
        return {f"within_{limit}": False for limit in WITHIN["crisis"]}
    return {f"within_{limit}": on_grid(row["minutes"], observed=True) <= limit for limit in WITHIN["crisis"]}


def test_signals_of_patients_who_repeat_are_told_as_sums_over_them(whole: Whole, signals: list[Row]) -> None:
    told = whole.frames["repeat_cells"].query("window == 'all' and outcome.str.startswith('crisis.')")
    parts = told[told["stratifier"] != "all"]
    everybody = {f"crisis.{name}" for name, pair in REPEATED.items() if pair[0] == "signals"}
    assert set(parts["outcome"]) == everybody, "of some of the signals how many patients there are would follow"
    assert {"severity", "sex"} <= set(parts["stratifier"])
    released = released_of(signals, whole.frames["crisis_cells"])
    rows = [row | {"log": round(row["log_minutes"] / 1e4)} for row in released]
    rows = [row | {"alarm": row["real_found"] or row["false_by_automation"]} for row in rows]
    rows = [row | {"timed": row["minutes"] is not None} | over_within(row) for row in rows]
    for cell in told[told["state"] == "published"].to_dict("records"):
        if cell["stratifier"] not in ("all", "severity"):
            continue
        counted, happened = REPEATED[cell["outcome"].removeprefix("crisis.")]
        stratum = stratum_of(whole, cell["stratifier"])
        here = [row for row in rows if cell["site"] in ("*", row["site"]) and stratum(row) == cell["stratum"]]
        expected = squares(here, lambda row: int(row[counted]), lambda row: int(row[happened]))  # noqa: B023
        assert {name: int(cell[name]) for name in expected} == expected, cell["outcome"]
    assert set(told["outcome"]) == {f"crisis.{name}" for name in REPEATED}
    assert (told["mm"] > told["n"]).any()


def test_clinician_weeks_equal_a_plain_count(whole: Whole) -> None:
    cells = whole.frames["crisis_cells"]
    assert cells.loc[cells["stratifier"] != "all", "clinician_weeks"].isna().all()
    kept = [row for row in whole.rows["appointment"] if row["status"] == "attended"]
    for cell, rows in shown_rows(cells[cells["stratifier"] == "all"], kept, whole.strata["all"]):
        seen = {(row["day"].isocalendar()[:2], row["clinician_id"]) for row in rows}
        assert 0 < int(cell["clinician_weeks"]) == len(seen)


def test_all_the_kinds_of_signals_are_there(signals: list[Row]) -> None:
    assert all(sum(row[name] for row in signals) > 0 for name in SUMS)
    assert any(row["detected_on"] == date(2024, 3, 31) for row in signals)


def test_night_of_the_clock_change_takes_no_hour_from_anybody() -> None:
    """In Berlin 09:00 of Monday 1 April 2024 is 07:00 in UTC; of Friday before the change, 08:00."""
    moments = np.array(
        [pd.Timestamp(text).timestamp() for text in ("2024-04-01 07:00", "2024-03-31 07:00", "2024-03-29 08:00")]
    )
    assert is_open(np.append(moments, NEVER).astype(np.int64), CrisisSettings(), "Europe/Berlin").tolist()[:3] == [
        True,
        False,
        True,
    ]
    shut = CrisisSettings(closed_on=(date(2024, 4, 1),))
    assert not is_open(moments.astype(np.int64), shut, "Europe/Berlin")[0]


def test_times_are_never_told_shorter_than_they_were() -> None:
    minutes = np.array([0.0, 59.5, 120.0, 121.0, 480.0, 500.0, 20_000.0])
    assert up(minutes, MINUTES, observed=np.ones(7, bool)).tolist() == [0, 60, 120, 135, 480, 540, 20_160]
    assert up(minutes, MINUTES, observed=np.zeros(7, bool)).tolist() == [0, 59, 120, 120, 480, 480, 18_720]


@pytest.mark.parametrize("stratifier", ["all", "sex"])
def test_levels_of_triage_equal_a_plain_count(whole: Whole, stratifier: str) -> None:
    cells = whole.frames["triage_cells"].query("state == 'published' and requests > 0")
    rows = released_of(whole.rows["triage"], whole.frames["triage_cells"])
    found = 0
    for cell, here in shown_rows(cells[cells["stratifier"] == stratifier], rows, whole.strata[stratifier]):
        pair = (cell["automation_level"], cell["clinician_level"])
        levels = [(row["automation_level"] or 0, row["clinician_level"] or 0) for row in here]
        assert int(cell["requests"]) == levels.count(pair)
        found += int(cell["requests"])
    assert found == len(rows)


def test_levels_of_patients_who_ask_again_are_told_as_sums_over_them(whole: Whole) -> None:
    ways = {
        "under": lambda given, right: given > right,
        "over": lambda given, right: given < right,
        "same": lambda given, right: given == right,
        "apart": lambda given, right: (given - right) ** 2,
        "away": lambda given, right: (given - 3) ** 2 + (right - 3) ** 2,
        "apart_and_away": lambda given, right: (given - right) ** 2 + (given - 3) ** 2 + (right - 3) ** 2,
    }
    released = released_of(whole.rows["triage"], whole.frames["triage_cells"])
    both = [row for row in released if row["automation_level"] and row["clinician_level"]]
    told = whole.frames["repeat_cells"].query("window == 'all' and outcome.str.startswith('triage.')")
    assert set(told["stratifier"]) == {"all"}, "of how many patients it is would follow by subtraction"
    assert set(told["outcome"]) == {f"triage.{name}" for name in ways}
    for cell in told[told["state"] == "published"].to_dict("records"):
        way = ways[cell["outcome"].removeprefix("triage.")]
        here = [row for row in both if row["site"] == cell["site"]]
        expected = squares(here, lambda row: 1, lambda row: int(way(row["automation_level"], row["clinician_level"])))  # noqa: B023
        assert {name: int(cell[name]) for name in expected} == expected, cell["outcome"]
    assert (told["mm"] > told["n"]).any()


@pytest.mark.parametrize("question", ["right_care", "rebooking"])
def test_days_of_patients_who_wait_again_are_told_as_sums_over_them(whole: Whole, question: str) -> None:
    visits = whole.rows["appointment"]
    if question == "rebooking":
        rows = [row | {"days": rebooked(row, visits)} for row in visits if row["status"] == "no_show"]
    else:
        care = [(row, row["right_care_on"]) for row in whole.rows["triage"]]
        rows = [row | {"days": (began - row["requested_on"]).days if began else None} for row, began in care]
        rows = [row | {"days": row["days"] if row["days"] is not None and row["days"] < 84 else None} for row in rows]
    released = released_of(rows, whole.frames["time_cells"].query(f"question == '{question}'"))
    told = whole.frames["repeat_cells"].query(f"window == 'all' and outcome.str.startswith('{question}.within')")
    assert set(told["stratifier"]) == {"all"}
    for cell in told[told["state"] == "published"].to_dict("records"):
        limit = int(cell["outcome"].rpartition("_")[2])
        here = [row for row in released if row["site"] == cell["site"]]
        expected = squares(here, lambda row: 1, lambda row: row["days"] is not None and row["days"] <= limit)  # noqa: B023
        assert {name: int(cell[name]) for name in expected} == expected, cell["outcome"]
    assert {f"{question}.within_{limit}" for limit in WITHIN[question]} == set(told["outcome"])
    assert (told["mm"] > told["n"]).any()


def test_days_to_right_care_equal_a_plain_count(whole: Whole) -> None:
    times = whole.frames["time_cells"].query(
        "question == 'right_care' and stratifier == 'all' and state == 'published'"
    )
    assert times["period_start"].max() < date(2024, 8, 1) - timedelta(days=84)
    for _, group in times.groupby(["site", "period_start"]):
        (_, rows), *_ = shown_rows(group.head(1), whole.rows["triage"], whole.strata["all"])
        waits = [(row["right_care_on"] - row["requested_on"]).days if row["right_care_on"] else None for row in rows]
        ended = sorted(wait for wait in waits if wait is not None and wait < 84)
        assert sorted(group["time"].repeat(group["observed"].astype(int))) == ended
        assert int(group["censored"].sum()) == len(rows) - len(ended)


def test_days_to_rebooking_equal_a_plain_count(whole: Whole) -> None:
    times = whole.frames["time_cells"].query("question == 'rebooking' and stratifier == 'all' and state == 'published'")
    visits = whole.rows["appointment"]
    missed = [row for row in visits if row["status"] == "no_show"]
    checked = 0
    for _, group in times.groupby(["site", "period_start"]):
        (_, rows), *_ = shown_rows(group.head(1), missed, whole.strata["all"])
        ended = sorted(wait for wait in (rebooked(row, visits) for row in rows) if wait is not None)
        assert sorted(group["time"].repeat(group["observed"].astype(int))) == ended
        assert int(group["censored"].sum()) == len(rows) - len(ended)
        checked += len(ended)
    assert checked > 100
    assert set(times.loc[times["observed"] > 0, "how"]) == {"not recorded"}


def rebooked(missed: Row, visits: list[Row]) -> int | None:
    days = [
        (row["booked_on"] - missed["starts_on"]).days
        for row in visits
        if row["patient_id"] == missed["patient_id"] and row["booked_on"] and row["starts_on"] > missed["starts_on"]
    ]
    return min((wait for wait in days if 0 <= wait < 60), default=None)
