"""The rows of a generated practice, as files a data scientist would be given, and what pandas makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from bench.generate import Practice

QUERY = Path(__file__).with_suffix(".sql")
LAPSE_DAYS = 60
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
    visits["age_band"] = _band(visits["starts_on"].dt.year - visits["birth_year"], *AGES)
    visits["lead_time"] = _band(visits["wait"], *WAITS)
    visits["exposure"] = visits["reminded"].map({True: "sms", False: "none"}).astype("category")
    words = {"attended": "Arrived", "no_show": "No show", "late_cancel": "Late cancel"}
    for name, word in words.items():
        visits[name] = (visits["status"] == word).astype("int64")
    refilled = visits["refilled"].eq(True)
    visits["slots_lost"] = (visits["no_show"] + visits["late_cancel"]).where(~refilled, 0)
    return Rows(visits, _episodes(visits))


def _episodes(visits: pd.DataFrame) -> pd.DataFrame:
    """Courses of care: a gap of more than 60 days between visits begins a new one; the last 60 days tell no leaving."""
    until = visits["starts_on"].max() - pd.Timedelta(days=LAPSE_DAYS)
    came = visits.loc[visits["attended"] == 1].sort_values(["patient", "site", "starts_on"])
    same = (came["patient"] == came["patient"].shift()) & (came["site"] == came["site"].shift())
    gap = came["starts_on"].diff().dt.days
    course = (~same | (gap > LAPSE_DAYS)).cumsum()
    first = came[~course.duplicated()].reset_index(drop=True)
    last = came.loc[~course.duplicated(keep="last"), "starts_on"].reset_index(drop=True)
    visits_made = course.value_counts(sort=False).sort_index().reset_index(drop=True)
    stayed = (last.where(last < until, until) - first["starts_on"]).dt.days.clip(lower=0)
    ended = (last < until).astype("int64")
    worked_out = {"weeks": stayed // 7 + 1, "ended": ended, "left_after_first": ended.where(visits_made == 1, 0)}
    return first[["patient", "site", *STRATIFIERS]].assign(**worked_out)


def _band(values: pd.Series, edges: list[int], labels: list[str]) -> pd.Series:
    return pd.cut(values, edges, labels=labels)
