"""How easily could somebody in the vault be picked out? A report inside the boundary; only its summary is released."""

# ruff: noqa: S608  the names in the SQL are our own
from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from deid import risk
from deid.attack_families import FAMILIES
from deid.disclosure import may_show
from etl.engines.duckdb import private_folder
from etl.settings import IngestSettings

FOLDER, NAME = "privacy", "risk-report"
QUASI = ("postal_area", "birth_year", "aged_90_plus", "sex", "race_ethnicity", "language", "payer")
ALIKE = {"all their visit days": "starts_on", "the weeks of their visits": "date_trunc('week', starts_on)"}
PUBLISHED, WITHHELD, NOT_APPLICABLE = "published", "withheld", "not applicable"
STAFF = "released: smallest group of staff"
TOO_FEW = "withheld: it would tell of fewer than {k} people"


@dataclass(frozen=True)
class Figure:
    """One figure of the report. `number` people of `people`: what decides whether a share may be shown."""

    measure: str
    value: float | None
    meaning: str
    number: int | None = None
    people: int | None = None

    def row(self, k: int) -> tuple[str, float | None, str, str]:
        """The figure as it may be released."""
        if self.value is None:
            return self.measure, None, NOT_APPLICABLE, self.meaning
        if self.number is not None and self.people is not None and not risk.may_say(self.number, self.people, k):
            return self.measure, None, WITHHELD, f"{self.meaning}; {TOO_FEW.format(k=k)}"
        return self.measure, self.value, PUBLISHED, self.meaning


def risk_frame(
    con: duckdb.DuckDBPyConnection, settings: IngestSettings, frames: Mapping[str, pd.DataFrame], now: datetime
) -> pd.DataFrame:
    """Write the report into data_dir/privacy and give its summary, the rows of `risk_figure`."""
    k = settings.smallest_group
    inside = [*_people(con), *_visits(con)]
    shown = _released(frames, k)
    _write(private_folder(settings.data_dir / FOLDER), inside, shown, now)
    rows = [figure.row(k) for figure in [*shown, *inside]]
    return pd.DataFrame(rows, columns=["measure", "value", "state", "meaning"])


def _released(frames: Mapping[str, pd.DataFrame], k: int) -> list[Figure]:
    """The smallest group of people that any released count is about; and the risk that follows."""
    smallest: list[int] = []
    of_staff: list[int] = []
    for name, frame in frames.items():
        if "patients" in frame and (frame["patients"] > 0).any():
            own = FAMILIES.get(name)
            least = int(frame.loc[frame["patients"] > 0, "patients"].min())
            (smallest if own is None or own.smallest is None else of_staff).append(least)
            if not may_show(least, k if own is None else own.k(k)):
                raise ValueError("a group smaller than k was about to be released")
    colleagues = [Figure(STAFF, min(of_staff), "members of staff in the smallest released group")] if of_staff else []
    if not smallest:
        return [
            Figure("released: smallest group", None, "patients in the smallest released group; nothing is released"),
            *colleagues,
        ]
    least = min(smallest)
    return [
        *colleagues,
        Figure("released: smallest group", least, "patients in the smallest group any released count is about"),
        Figure(
            "released: highest risk", 1 / least, "1 / smallest group: the chance to pick the right one of the group"
        ),
    ]


def _people(con: duckdb.DuckDBPyConnection) -> list[Figure]:
    """What the people's own traits tell, by classes of those who share them all."""
    columns = _filled(con, "patient", QUASI)
    listed = ", ".join(column.replace("_", " ") for column in columns)
    if not columns:
        return [Figure("vault: people alone", None, "nothing is known of people but their visits")]
    classes = con.execute(f"SELECT count(*) AS f FROM vault.patient GROUP BY {', '.join(columns)}").fetchdf()
    found = risk.class_risk(classes["f"].to_numpy(np.int64))
    of = f"of {found.people:,} patients in the vault, by {listed}"
    figures = [
        Figure(
            "vault: people alone",
            found.alone_share,
            f"share whose traits nobody shares, {of}",
            found.alone,
            found.people,
        ),
        Figure(
            "vault: people at more than 1 in 11",
            found.over_threshold_share,
            f"share in a class of fewer than {risk.ACCEPTED_CLASS}, {of}",
            found.over_threshold,
            found.people,
        ),
        Figure(
            "vault: highest risk",
            found.prosecutor_highest,
            f"1 / smallest class (prosecutor), {of}",
            found.alone,
            found.people,
        ),
        Figure("vault: average risk", found.marketer, f"classes / patients (marketer), {of}"),
    ]
    return figures + _diversity(con, columns)


def _diversity(con: duckdb.DuckDBPyConnection, columns: list[str]) -> list[Figure]:
    """How much do people's traits tell of how their care ended?"""
    if not _filled(con, "episode", ("end_reason",)):
        return []
    traits = ", ".join(f"p.{column}" for column in columns)
    table = con.execute(
        f"SELECT hash(row({traits})) AS class, e.end_reason, count(DISTINCT e.patient_id) AS people "
        "FROM vault.episode e JOIN vault.patient p USING (patient_id) WHERE e.end_reason IS NOT NULL GROUP BY ALL"
    ).fetchdf()
    if table.empty:
        return []
    counts = table.pivot_table(index="class", columns="end_reason", values="people", fill_value=0)
    found = risk.diversity(counts.to_numpy(np.int64))
    why = "why care ended, among those who share all traits"
    return [
        Figure("vault: l-diversity", found.distinct, f"fewest different reasons {why}"),
        Figure("vault: entropy l-diversity", found.entropy, f"fewest equally frequent reasons {why}"),
        Figure("vault: t-closeness", found.closeness, f"largest distance from everybody's reasons {why}"),
    ]


def _visits(con: duckdb.DuckDBPyConnection) -> list[Figure]:
    """How many people have a sequence of visits that nobody shares? Why no row ever leaves the vault.

    Two people are alike where the sums of their visits' hashes are: the same visits in whatever order, in one pass.
    """
    sums = ", ".join(f"sum(hash({day})) AS days{at}" for at, day in enumerate(ALIKE.values()))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE visit_sums AS SELECT {sums} FROM vault.appointment "
        "WHERE starts_on IS NOT NULL GROUP BY patient_id"
    )
    figures = []
    for at, what in enumerate(ALIKE):
        row = con.execute(
            f"SELECT count(*) FILTER (f = 1), sum(f) FROM (SELECT count(*) AS f FROM visit_sums GROUP BY days{at})"
        ).fetchone()
        alone, people = row or (0, None)
        share = alone / int(people) if people else None
        meaning = f"share of patients whom {what} tell from everybody else; why no row ever leaves the vault"
        figures.append(Figure(f"vault: alone by {what}", share, meaning, alone, int(people or 0)))
    con.execute("DROP TABLE visit_sums")
    return figures


def _filled(con: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]) -> list[str]:
    """Which of these columns hold anything?"""
    there = {
        name
        for (name,) in con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = 'vault' AND table_name = ?", [table]
        ).fetchall()
    }
    wanted = [column for column in columns if column in there]
    if not wanted:
        return []
    filled = con.execute(f"SELECT {', '.join(f'count({column})' for column in wanted)} FROM vault.{table}").fetchone()
    return [column for column, number in zip(wanted, filled or (), strict=True) if number]


def _write(folder: Path, inside: list[Figure], shown: list[Figure], now: datetime) -> None:
    """The whole report, for the operator alone (0600)."""
    content: dict[str, Any] = {
        "made_at": now.isoformat(timespec="seconds"),
        "figures": [asdict(figure) for figure in [*shown, *inside]],
    }
    lines = [
        "# Risk of re-identification",
        "",
        f"Made {content['made_at']}. Inside the boundary: not for passing on. Formulas and sources: docs/security.md.",
        "",
        "| measure | value | meaning |",
        "| --- | ---: | --- |",
        *(f"| {f.measure} | {_said(f)} | {f.meaning} |" for f in [*shown, *inside]),
        "",
    ]
    _private(folder / f"{NAME}.json", json.dumps(content, indent=2) + "\n")
    _private(folder / f"{NAME}.md", "\n".join(lines))


def _said(figure: Figure) -> str:
    if figure.value is None:
        return "not applicable"
    return f"{figure.value:.4g}" + (f" ({figure.number:,} of {figure.people:,})" if figure.number is not None else "")


def _private(path: Path, text: str) -> None:
    """Written beside and renamed, so that a stop leaves the old report or the new one."""
    draft = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)
