"""The rows of a generated practice, as files a data scientist would be given, and what pandas makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from bench.generate import EXTRACTED_ON, Practice

QUERY = Path(__file__).with_suffix(".sql")
LAPSE_DAYS = 60
OLDEST = 90
CHUNK_WEEKS = 4  # endings are published in whole periods of so many weeks
OF_VISIT = ("modality", "age_band", "lead_time", "exposure")
OF_PATIENT = ("sex", "race_ethnicity", "language", "payer")
STRATIFIERS = (*OF_VISIT, *OF_PATIENT)
AGES = (
    [-1, 17, 24, 34, 44, 54, 64, 74, 89, 200],
    ["0-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75-89", "90+"],
)
WAITS = ([-1, 0, 2, 6, 13, 29, 10_000], ["0", "1-2", "3-6", "7-13", "14-29", "30+"])


@dataclass(frozen=True)
class Rows:
    """visits: a row per appointment. episodes: a row per course of care: weeks followed, ended (1) or censored (0)."""

    visits: pd.DataFrame
    episodes: pd.DataFrame


def store(made: Practice) -> Path:
    """Appointments and patients as typed, compressed columns (Parquet): the quickest files to start from."""
    folder = made.folder / "rows"
    folder.mkdir(exist_ok=True)
    query = QUERY.read_text(encoding="utf-8").replace("$folder", str(folder))
    for name, export in zip(("$appointments", "$patients"), made.exports, strict=True):
        query = query.replace(name, str(export))
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute(query)
    con.close()
    return folder


def read(folder: Path) -> Rows:
    """The rows in memory, with every stratum and every course of care worked out."""
    visits = pd.read_parquet(folder / "appointments.parquet")
    patients = pd.read_parquet(folder / "patients.parquet").astype(dict.fromkeys(OF_PATIENT, "category"))
    for name in ("starts_on", "booked_on"):
        visits[name] = pd.to_datetime(visits[name])
    visits = visits.astype(dict.fromkeys(("site", "modality", "status"), "category")).merge(patients, on="patient")
    visits["wait"] = (visits["starts_on"] - visits["booked_on"]).dt.days
    age = visits["starts_on"].dt.year - visits["birth_year"]
    oldest = int(EXTRACTED_ON[:4]) - visits["birth_year"] >= OLDEST  # of those the year of birth is not kept
    visits["age_band"] = _band(age.where(~oldest, OLDEST), *AGES)
    visits["lead_time"] = _band(visits["wait"], *WAITS)
    visits["exposure"] = visits["reminded"].map({True: "automation", False: "none"}).astype("category")
    words = {"attended": "Arrived", "no_show": "No show", "late_cancel": "Late cancel"}
    for name, word in words.items():
        visits[name] = (visits["status"] == word).astype("int64")
    refilled = visits["refilled"].eq(True)
    visits["slots_lost"] = (visits["no_show"] + visits["late_cancel"]).where(~refilled, 0)
    return Rows(visits, _episodes(visits))


def _episodes(visits: pd.DataFrame) -> pd.DataFrame:
    """Courses of care, as Rapport defines them: a day kept, missed or cancelled late is a sign of care.

    A course ends at the last sign after which, 60 days on, there is neither a later one nor a booking for one. Those
    whose first visit falls in the first 60 days are left out (they may have begun before), so nobody enters late.
    weeks: the week it ended in, counted from 1, or how many began before the last week whose endings are known.
    """
    lapse = pd.Timedelta(days=LAPSE_DAYS)
    first_day, last_day = visits["starts_on"].min(), visits["starts_on"].max()
    signs = _signs(visits)
    follows = (signs["patient"] == signs["patient"].shift()) & (signs["site"] == signs["site"].shift())
    lapsed = signs["next_known"].isna() | (signs["next_known"] > signs["day"] + lapse)
    signs["course"] = (~follows | lapsed.shift(fill_value=True)).cumsum()
    kept = signs[signs["came"]]
    first = kept.drop_duplicates("course").set_index("course")
    second = kept[kept["course"].duplicated()].drop_duplicates("course").set_index("course")["day"]
    courses = first.assign(last=signs.groupby("course")["day"].max(), second=second.reindex(first.index))
    courses = courses[courses["day"] >= first_day + lapse].reset_index(drop=True)
    monday = first_day - pd.Timedelta(days=first_day.weekday())
    weeks_known = ((last_day - lapse - monday).days - 5) // 7 // CHUNK_WEEKS * CHUNK_WEEKS
    begun = -(-(monday + pd.Timedelta(weeks=weeks_known) - courses["day"]).dt.days // 7)
    stayed = (courses["last"] - courses["day"]).dt.days // 7 + 1
    ended = (courses["last"] <= last_day - lapse) & (stayed <= begun)
    never_back = courses["second"].isna() | (courses["second"] > courses["day"] + lapse)
    courses = courses.assign(
        weeks=stayed.where(ended, begun), ended=ended.astype("int64"), left_after_first=never_back.astype("int64")
    )
    return courses.loc[begun > 0, ["patient", "site", *STRATIFIERS, "weeks", "ended", "left_after_first"]]


def _signs(visits: pd.DataFrame) -> pd.DataFrame:
    """One row per patient, site and day with a sign of care, in their order, with that day's first kept visit.

    next_known: when the first of the later ones was booked, or took place, whichever was sooner.
    """
    rows = visits[visits[["attended", "no_show", "late_cancel"]].any(axis=1)].rename(columns={"starts_on": "day"})
    rows = rows.assign(known_on=rows[["booked_on", "day"]].min(axis=1), came=rows["attended"] == 1)
    rows = rows.sort_values(["patient", "site", "day", "came"], ascending=[True, True, True, False], ignore_index=True)
    of_day = rows.groupby(["patient", "site", "day"], observed=True, sort=False)["known_on"].transform("min")
    signs = rows.assign(known_on=of_day).drop_duplicates(["patient", "site", "day"], ignore_index=True)
    backwards = signs.iloc[::-1].groupby(["patient", "site"], observed=True, sort=False)["known_on"]
    since = backwards.cummin().iloc[::-1]
    same = (signs["patient"] == signs["patient"].shift(-1)) & (signs["site"] == signs["site"].shift(-1))
    return signs.assign(next_known=since.shift(-1).where(same))


def _band(values: pd.Series, edges: list[int], labels: list[str]) -> pd.Series:
    return pd.cut(values, edges, labels=labels)
