"""How many patients are in care at each week since their intake, and how many leave in that week?

Calendar periods: a week in care counts in the period its first day falls in (delayed entry), so weekly hazards of one
period chain to "still in care at 12 weeks". A period is published when every ending that can fall in it is known:
data end - lapse_days. Without that, the newest weeks would show nobody leaving.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deid.disclosure import BLOCK, CHUNK
from etl.release.cells import spread_strata
from etl.release.episodes import ENDINGS, OPEN, PLANNED
from etl.release.followed import LAST_WEEK, Part, by_period, cut
from etl.release.grid import Grid
from etl.release.rows import Rows, by_group, ordered
from etl.release.strata import Attribute
from warehouse.schema import ALL, RETENTION_COUNTS

STARTS = ("starts_followed", "left_after_first")


def weeks_in_care(courses: Rows, wanted: list[Attribute], grid: Grid, lapse_days: int, since: int) -> Rows:
    """One row per course and week in care that begins in a published period, in order of patient, site and chunk.

    courses: see `care.courses_of`. Columns: patient, site, chunk, block, week_in_care, ending (of ENDINGS, or OPEN) in
    that week, first_visit, left_after_first, s_<stratifier>. left_after_first: no second kept visit within lapse_days
    of the first, and no planned ending by then.
    """
    began = courses["started"]
    entered, stayed = courses["entry"] - began, courses["ended"] - began
    low = np.maximum.reduce([-(-entered // 7), -((began - since * 7) // 7), np.zeros_like(began)])
    end = grid.retained // CHUNK * CHUNK * 7
    high = np.minimum.reduce([stayed // 7, (end - 1 - began) // 7, np.full_like(began, LAST_WEEK)])
    many = np.maximum(high - low + 1, 0)
    at = np.repeat(np.arange(len(courses)), many)
    week = np.arange(len(at)) - np.repeat(np.cumsum(many) - many, many) + low[at]
    chunk = ((began[at] + 7 * week) // (7 * CHUNK) * CHUNK).astype(np.int16)
    first = (courses["first_visit"] - began)[at] // 7 == week
    ended = stayed[at] < 7 * (week + 1)
    return ordered(
        {
            "patient": courses["patient"][at],
            "site": courses["site"][at],
            "week_in_care": week.astype(np.int16),
            "chunk": chunk,
            "block": chunk // BLOCK * BLOCK,
            "ending": np.where(ended, courses["ending"][at], OPEN).astype(np.int8),
            "first_visit": first,
            "left_after_first": first & _left_after_first(courses, lapse_days)[at],
            **{item.column: courses[item.column][at] for item in wanted},
        },
        "site",
        "chunk",
    )


def _left_after_first(courses: Rows, lapse_days: int) -> NDArray[np.bool_]:
    first, second, ended = (courses[name] for name in ("first_visit", "second_visit", "ended"))
    planned = np.isin(courses["ending"], [ENDINGS.index(word) for word in PLANNED])
    return np.asarray((second - first > lapse_days) & ~(planned & (ended - first <= lapse_days)))


def sums_by_chunk(rows: Rows) -> pd.DataFrame:
    """site, chunk, week_in_care and stratum, with every count of the week, and `lone` (see `followed`)."""
    keys = ("site", "chunk", "week_in_care", "stratum")
    group, shape = rows.groups(keys)
    size = int(np.prod(shape, dtype=np.int64))
    values = {
        "at_risk": np.bincount(group, minlength=size),
        "lone": np.bincount(group[rows["lone"]], minlength=size),
        **{word: np.bincount(group[rows["ending"] == code], minlength=size) for code, word in enumerate(ENDINGS)},
    }
    return by_group(keys, shape, **values)


def starts_by_chunk(first: Rows) -> pd.DataFrame:
    """First visits per site, chunk and stratum, and after how many of them the patient was never seen again.

    starts_lone: never more than their distinct patients.
    """
    keys = ("site", "chunk", "stratum")
    group, shape = first.groups(keys)
    size = int(np.prod(shape, dtype=np.int64))
    values = {
        "starts_followed": np.bincount(group, minlength=size),
        "left_after_first": np.bincount(group[first["left_after_first"]], minlength=size),
        "starts_lone": np.bincount(group[first["starts_lone"]], minlength=size),
    }
    return by_group(keys, shape, **values)


def cells(
    atoms: pd.DataFrame,
    sums: pd.DataFrame,
    starts: pd.DataFrame,
    patients: Sequence[pd.DataFrame],
    part: Part,
    k: int,
    *,
    stratifier: str = ALL,
    strata: Sequence[str] = (ALL,),
) -> pd.DataFrame:
    """The rows of the new atoms: one per atom, stratum and week in care with anybody; one zero row where nobody was.

    sums, starts: released weeks in care by site, chunk, (week_in_care,) stratum. patients: as for attendance. A week
    too thin to be shown is a row without numbers.
    """
    keys = ["site", "start", "grain", "stratum"]
    groups = spread_strata(atoms, len(strata)).merge(pd.concat(patients)[[*keys, "patients"]], on=keys, how="left")
    kinds = list(atoms[["grain", "everywhere"]].drop_duplicates().itertuples(index=False, name=None))
    weeks = _added(sums, kinds)
    if part.first == 0:
        weeks = weeks.merge(_added(starts, kinds).assign(week_in_care=0), on=[*keys, "week_in_care"], how="outer")
    is_shown = groups["shown"].astype(bool)
    found = groups[is_shown].merge(weeks, on=keys, how="left")
    found["week_in_care"] = found["week_in_care"].fillna(part.first)
    counts = list(RETENTION_COUNTS)
    found = found.reindex(columns=list(dict.fromkeys([*found.columns, *counts, "lone", "starts_lone"])))
    numbers = ["week_in_care", "patients", *counts, "lone", "starts_lone"]
    found[numbers] = found[numbers].fillna(0).astype("int64")
    hidden = groups[~is_shown].assign(week_in_care=part.first, starts_shown=False)
    found = cut(_with_empty_weeks(found), k)
    told = found["shown"] & (found["starts_shown"] | (found["week_in_care"] > 0))
    found = found[~found.pop("empty") | ~told]
    rows = pd.concat([found, hidden], ignore_index=True) if len(hidden) else found
    rows[["patients", *counts]] = rows[["patients", *counts]].astype("Int64")
    rows.loc[~rows["shown"].astype(bool), ["patients", *counts]] = pd.NA
    rows.loc[~rows["starts_shown"].astype(bool), list(STARTS)] = pd.NA
    rows = rows.drop(columns=["lone", "starts_lone", "starts_shown"])
    return rows.sort_values([*keys, "week_in_care"]).assign(
        stratifier=stratifier, stratum=lambda kept: kept["stratum"].map(dict(enumerate(strata)))
    )


def _with_empty_weeks(found: pd.DataFrame) -> pd.DataFrame:
    """The rows, and one of zeros (`empty`) of each stratum in every week in which another of its atom has somebody.

    They stand in the table where they are withheld: a row that is missing would say of a withheld group that nobody of
    it was left.
    """
    atom, keys = ["site", "start", "grain"], ["site", "start", "grain", "stratum", "week_in_care"]
    numbers = (*RETENTION_COUNTS, "lone", "starts_lone")
    of_atoms = [name for name in found.columns if name not in numbers]
    strata = found[of_atoms].drop(columns="week_in_care").drop_duplicates([*atom, "stratum"])
    every = strata.merge(found[[*atom, "week_in_care"]].drop_duplicates(), on=atom)
    there = pd.MultiIndex.from_frame(every[keys]).isin(pd.MultiIndex.from_frame(found[keys]))
    zeros = every[~there].reindex(columns=found.columns).fillna(dict.fromkeys(numbers, 0))
    both = pd.concat([found.assign(empty=False), zeros.assign(empty=True)], ignore_index=True)
    return both.astype({name: found[name].dtype for name in found.columns} | {"empty": bool})


def _added(sums: pd.DataFrame, kinds: Sequence[tuple[str, bool]]) -> pd.DataFrame:
    """Sums by chunk over every kind of atom: grain, and whether of all sites together."""
    parts = [by_period(sums, grain, everywhere=bool(wide)).assign(grain=grain) for grain, wide in kinds]
    return pd.concat(parts) if parts else sums.assign(start=0, grain="").drop(columns="chunk")
