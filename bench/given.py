"""The rows of a practice with every kind of table, as a data scientist would be given them, and as pandas reads them.

They are taken from the vault, so that both sides of the ratio begin with the same rows: days, words and numbers in
typed columns, and the courses of care Rapport tells apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deid.keys import root_key
from etl.release import build, engine
from etl.release.care import courses_of
from etl.release.days import NEVER
from etl.release.episodes import ENDINGS
from etl.release.grid import make_grid
from etl.release.reading import read_slots
from etl.release.work import Work
from etl.session import opened
from instruments import InstrumentError, find, score_many
from rapport.config import load
from warehouse.store import open_store

TABLES = ("appointment", "measure", "crisis_signal", "triage", "contact", "feedback", "prediction", "staff_survey")
STRATIFIERS = ("sex", "race_ethnicity", "language", "payer")
COURSE_DAYS = {  # of a course as Rapport tells it -> as it is given
    "started": "started_on",
    "entry": "entry_on",
    "ended": "ended_on",
    "first_visit": "first_visit_on",
    "second_visit": "second_visit_on",
}
LEFT_OUT = (
    *("row_hash", "changed_in", "comment", "comment_found", "comment_held", "comment_state"),
    *("exposed", "minutes", "status_at", "status_on", "age", "booked_at", "routed_at", "routed_on", "closed_on"),
)
DAY_OF = {  # table -> the day an event counts on: the first of these that is known
    "appointment": ("starts_on",),
    "measure": ("invited_on", "taken_on"),
    "crisis_signal": ("detected_on",),
    "triage": ("requested_on",),
    "contact": ("sent_on",),
    "feedback": ("given_on",),
    "staff_survey": ("invited_on", "taken_on"),
    "staff_time": ("week_on",),
}


@dataclass(frozen=True)
class Given:
    """Frames by table, each with site, day, week and the strata of the patient; only of weeks that are published.

    sheets: by questionnaire, scored. about: the grid, the targets and what else was declared.
    """

    frames: dict[str, pd.DataFrame]
    sheets: dict[str, pd.DataFrame]
    about: dict[str, Any]


def store(toml: Path) -> Path:
    """The vault's tables and the courses of care as Parquet files beside the practice; made where not there."""
    folder = toml.parent / "given"
    if (folder / "about.json").exists():
        return folder
    folder.mkdir(exist_ok=True)
    settings = load(toml).ingest
    release = open_store(settings.warehouse_url, read_only=True).releases()[0]
    with opened(settings, root_key(toml.parent / "home", create=False)) as session:
        for table in (*TABLES, "staff_time", "patient"):
            held = [column[0] for column in session.con.execute(f"DESCRIBE vault.{table}").fetchall()]
            names = ", ".join(name for name in held if name not in LEFT_OUT)
            session.con.execute(f"COPY (SELECT {names} FROM vault.{table}) TO '{folder / table}.parquet'")
        backend = engine.backend_of(session.con)
        days = (release.data_start or date.min, release.data_end or date.min)
        now = release.made_at.replace(tzinfo=UTC)
        grid = make_grid(settings, *days, None, now)
        work = build._work(backend, settings, None, grid)
        read_slots(work)
        courses(work).to_parquet(folder / "course.parquet")
        about: dict[str, Any] = {"labels": {code: work.sites.labels[at] for code, at in work.sites.number.items()}}
        about["names"] = list(work.sites.labels)
    about |= {"start": str(grid.start), "weeks": grid.until, "retained": grid.retained}
    about |= {
        "timezone": settings.timezone,
        "settle_days": settings.release.settle_days,
        "lapse_days": settings.release.lapse_days,
        "rebook_days": settings.release.rebook_days,
        "data_start": str(days[0]),
        "data_end": str(days[1]),
    }
    targets = settings.crisis.target_minutes
    about["targets"] = {"low": targets.low, "medium": targets.medium, "high": targets.high}
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def courses(work: Work) -> pd.DataFrame:
    """The courses of care Rapport tells apart: course, patient_id, site (its number), days and end_reason."""
    found, start = courses_of(work), pd.Timestamp(work.grid.start)
    days = {
        name: start + pd.to_timedelta(pd.Series(found[column]).where(found[column] != NEVER), unit="D")
        for column, name in COURSE_DAYS.items()
    }
    told = {"course": range(len(found)), "patient_id": work.persons.index[found["patient"]], "site": found["site"]}
    return pd.DataFrame(told | days).assign(end_reason=pd.Series(found["ending"]).map(dict(enumerate(ENDINGS))))


def read(folder: Path) -> Given:
    """The rows in memory, placed and with their strata; questionnaires scored."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    patients = pd.read_parquet(folder / "patient.parquet")[["patient_id", *STRATIFIERS]]
    patients = patients.fillna("not recorded").astype(dict.fromkeys(STRATIFIERS, "category"))
    frames = {}
    for table in (*DAY_OF, "prediction", "course"):
        rows = pd.read_parquet(folder / f"{table}.parquet")
        if table in DAY_OF:
            rows = _placed(rows, DAY_OF[table], about)
        if "patient_id" in rows:
            rows = rows.merge(patients, on="patient_id", how="left").rename(columns={"patient_id": "patient"})
        frames[table] = rows
    booked = ["appointment_id", "patient_id", "starts_on", "booked_on", "booked_via", "rebooked_from"]
    frames["booking"] = pd.read_parquet(folder / "appointment.parquet", columns=booked)
    names = dict(enumerate(about["names"]))
    frames["course"]["site"] = frames["course"]["site"].map(names)
    sheets: dict[str, pd.DataFrame] = {}
    for table in ("measure", "staff_survey"):
        for word, rows in frames[table].groupby("instrument", sort=False):
            try:
                instrument = find(str(word))
            except InstrumentError:
                continue
            sheets[instrument.key] = _scored(instrument, rows)
    return Given(frames, sheets, about)


def _placed(rows: pd.DataFrame, days: tuple[str, ...], about: dict[str, Any]) -> pd.DataFrame:
    """With `site`, `day` and `week`; without what lies outside the published weeks, or at no site."""
    day = pd.to_datetime(rows[days[0]])
    for other in days[1:]:
        day = day.fillna(pd.to_datetime(rows[other]))
    week = (day - pd.Timestamp(about["start"])).dt.days // 7
    rows = rows.assign(site=rows["site_id"].map(about["labels"]).astype("category"), day=day, week=week)
    return rows[(rows["week"] >= 0) & (rows["week"] < about["weeks"]) & rows["site"].notna()]


def _scored(instrument: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """With `<scale>.points`, nan where it cannot be scored."""
    rows = rows.reset_index(drop=True)
    given = rows["items"].map(lambda items: len(items) if items is not None else 0)
    answers = np.full((len(rows), instrument.items), np.nan)
    whole = (given == instrument.items).to_numpy()
    if whole.any():
        stacked = np.stack(rows.loc[whole, "items"].to_numpy())
        answers[whole] = pd.to_numeric(pd.Series(stacked.ravel()), errors="coerce").to_numpy().reshape(stacked.shape)
    wrong = ((given > 0) & ~whole).to_numpy()
    stated = rows["total"].astype(float).where(~wrong).to_numpy()
    found = score_many(instrument, answers, stated)
    scales = {"total": found.total, **found.subscales}
    points = {f"{name}.points": np.where((found.refused == "") & ~wrong, each, np.nan) for name, each in scales.items()}
    return rows.assign(**points)
