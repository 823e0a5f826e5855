"""Does what was published stay as it was, so that two releases cannot be subtracted?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from etl.release import PreviousRelease, ReleaseTables, make_release
from etl.settings import IngestSettings, ReleaseSettings, Stratifiers
from tests.etl_release import practice

DAYS = ("period_start", "window_start")
CHOSEN = ReleaseSettings(stratifiers=Stratifiers(names=("sex", "lead_time")))


def settings(day: date) -> IngestSettings:
    return practice.settings(release=CHOSEN, extracted_on=day)


@pytest.fixture(scope="module")
def releases() -> dict[str, ReleaseTables]:
    """A release in September; the next in November, after a patient's sex was corrected; the same, restated."""
    con = practice.practice(weeks=46)
    first = make_release(con, settings(date(2024, 9, 2)), None, practice.NOW)
    con.execute("UPDATE vault.patient SET sex = 'm' WHERE patient_id < 1020")
    before = PreviousRelease(first.header, first.frames)
    second = make_release(con, settings(date(2024, 11, 20)), as_stored(before), practice.NOW)
    second = ReleaseTables(second.header, {name: as_made(rows) for name, rows in second.frames.items()})
    again = PreviousRelease(second.header, second.frames, restate=True)
    return {
        "first": first,
        "second": second,
        "same day": make_release(con, settings(date(2024, 9, 2)), before, practice.NOW),
        "restated": make_release(con, settings(date(2024, 11, 20)), again, practice.NOW),
    }


def as_stored(release: PreviousRelease) -> PreviousRelease:
    """With days as the warehouse gives them."""
    frames = {
        name: rows.assign(**{day: pd.to_datetime(rows[day]) for day in DAYS if day in rows})
        for name, rows in release.frames.items()
    }
    return PreviousRelease(release.header, frames)


def as_made(rows: pd.DataFrame) -> pd.DataFrame:
    """With days as a release is made with them."""
    return rows.assign(**{day: pd.to_datetime(rows[day]).dt.date for day in DAYS if day in rows})


def keyed(rows: pd.DataFrame, *keys: str) -> dict[Any, list[Any]]:
    values = rows.astype(object).where(rows.notna(), None)
    return {tuple(row[key] for key in keys): list(row.values()) for row in values.to_dict("records")}


KEYS = {
    "attendance_cells": ("site", "grain", "period_start", "stratifier", "stratum"),
    "retention_cells": ("site", "grain", "period_start", "stratifier", "stratum", "week_in_care"),
    "repeat_cells": ("outcome", "site", "window", "window_start", "stratifier", "stratum"),
    "category": ("stratifier", "stratum", "position"),
    "site": ("site", "position"),
}


@pytest.mark.parametrize("table", sorted(KEYS))
def test_published_rows_are_carried_over_word_for_word(releases: dict[str, ReleaseTables], table: str) -> None:
    old, new = (keyed(releases[name].frames[table], *KEYS[table]) for name in ("first", "second"))
    assert old.items() <= new.items()
    assert len(new) > len(old) or table in ("category", "site")


@pytest.mark.parametrize("table", sorted(KEYS))
def test_the_same_vault_on_the_same_day_gives_the_same_release(releases: dict[str, ReleaseTables], table: str) -> None:
    old, new = (keyed(releases[name].frames[table], *KEYS[table]) for name in ("first", "same day"))
    assert old == new


def test_a_correction_shows_only_when_restated(releases: dict[str, ReleaseTables]) -> None:
    def by_sex(name: str) -> dict[str, int]:
        cells = releases[name].frames["attendance_cells"]
        early = cells["period_start"] < date(2024, 8, 1)
        rows = cells[(cells["stratifier"] == "sex") & early]
        return {str(label): int(n) for label, n in rows.groupby("stratum")["booked"].sum().items()}

    assert by_sex("first") == by_sex("second")
    assert by_sex("restated") != by_sex("first")


def test_a_release_made_under_laxer_rules_is_made_anew(releases: dict[str, ReleaseTables]) -> None:
    """An earlier version told how many were at risk in every week in care."""
    con = practice.practice(weeks=46)
    lax = releases["first"].frames["retention_cells"].copy()
    at = lax.index[lax["state"] == "published"][0]
    lax.loc[at, "at_risk"] = 4
    old = PreviousRelease(releases["first"].header, releases["first"].frames | {"retention_cells": lax})
    made = make_release(con, settings(date(2024, 9, 2)), old, practice.NOW)
    assert not made.frames["retention_cells"]["at_risk"].between(1, 10).any()
    assert not old.restate
    assert old.under(11).restate
    assert not PreviousRelease(releases["first"].header, releases["first"].frames).under(11).restate


def test_new_weeks_do_not_overlap_the_old_ones(releases: dict[str, ReleaseTables]) -> None:
    cells = releases["second"].frames["attendance_cells"]
    whole = cells[(cells["stratifier"] == "all") & (cells["site"] == "north")]
    lengths = whole["grain"].map({"week": 1, "4weeks": 4, "12weeks": 12})
    weeks = [
        day + pd.Timedelta(weeks=n)
        for day, count in zip(whole["period_start"], lengths, strict=True)
        for n in range(count)
    ]
    assert len(weeks) == len(set(weeks))


def test_a_new_site_stands_alone_and_old_names_stay() -> None:
    con = practice.practice(weeks=20, sites={"north": 60, "south": 30, "tiny": 1})
    first = make_release(con, settings(date(2024, 6, 3)), None, practice.NOW)
    assert names(first) == ["north", "Other sites (2)"]
    later = practice.appointments(weeks=40, sites={"new": 30, "north": 60, "south": 30})
    fresh = [row | {"appointment_id": 10**6 + row["appointment_id"]} for row in later]
    practice.fill(con, "appointment", [row for row in fresh if row["starts_on"] >= date(2024, 6, 3)])
    before = PreviousRelease(first.header, first.frames)
    second = make_release(con, settings(date(2024, 10, 1)), before, practice.NOW)
    assert names(second) == ["north", "Other sites (2)", "new"]


def names(tables: ReleaseTables) -> list[str]:
    return tables.frames["site"].sort_values("position")["site"].tolist()
