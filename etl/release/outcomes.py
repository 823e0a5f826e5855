"""Do patients end care better than they began it? First and last scores of finished courses of care.

A finished course began and ended in the data, after two attended visits or more (NHS Talking Therapies). Its first and
last score are of the first and the last sheet of the course that can be scored, by the day it was asked for; one sheet
is no pair. Told of each questionnaire with a caseness and a reliable change, and of PHQ-9 and GAD-7 together as NHS
Talking Therapies does: reliably better on one and not worse on the other.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deid.disclosure import BLOCK, CHUNK
from etl.release import engine, family
from etl.release.rows import Column, Rows, fetch
from etl.release.scores import asked_instruments
from etl.release.sheets import AT_ONCE, HUNDREDTHS, converter
from etl.release.sums import Part
from etl.release.work import Work
from instruments import Instrument
from instruments.declaration import TOTAL, CutOff
from instruments.talking_therapies import NHS_MEASURES, find_states
from warehouse.families import OUTCOME_CELLS

TOGETHER = "talking_therapies"
COUNTED = ("paired", "at_caseness", "recovered", "improved", "reliably_recovered", "deteriorated")
NEAR = 1e-9


def outcome_cells(work: Work, courses: ir.Table) -> None:
    """Adds outcome_cells. courses: `care.episodes_of`, each with its `course` number."""
    rows = _finished(work, courses)
    if not len(rows):
        return
    pairs: dict[str, tuple[Column, Column]] = {}
    for instrument, words in asked_instruments(work):
        if _cut_off(instrument) is None or instrument.reliable_change is None:
            continue
        first, last = pairs[instrument.key] = _first_and_last(work, courses, instrument, words, rows["course"])
        found = became(first, last, instrument)
        _release(work, instrument.key, rows.having(**found), ("change", "change_squared"))
    known = {name: pair for name, pair in pairs.items() if _plain(name) in NHS_MEASURES}
    if len(known) == len(NHS_MEASURES):
        _release(work, TOGETHER, rows.having(**together(known)), ())


def _finished(work: Work, courses: ir.Table) -> Rows:
    first = ibis.date(work.grid.start.isoformat())
    ended = courses.ended_on.delta(first, unit="day")
    over = courses.filter(
        courses.ended_on.notnull(),
        courses.second_visit_on.notnull(),
        courses.started_on >= ibis.date(work.grid.data_start.isoformat()),
    ).mutate(day=ended)
    over = over.filter(over.day >= 0, over.day < 7 * work.grid.until)
    chosen = over.select(
        "patient_id",
        "site",
        "course",
        week=(over.day // 7).cast("int16"),
        chunk=(over.day // (7 * CHUNK) * CHUNK).cast("int16"),
        block=(over.day // (7 * BLOCK) * BLOCK).cast("int16"),
        **{item.column: over[item.column] for item in work.wanted},
    )
    return fetch(chosen, "site", "week")


def _first_and_last(
    work: Work, courses: ir.Table, instrument: Instrument, words: list[str], numbers: Column
) -> tuple[Column, Column]:
    """The first and the last total of each course, nan where there is none, or no two."""
    asked = engine.table(work.backend, "measure").filter(ibis._.instrument.isin(words))
    day = ibis.coalesce(asked.invited_on, asked.taken_on)
    sheets = asked.select("patient_id", "items", "measure_id", "site_id", day=day, total=asked.total.cast("float64"))
    codes = work.sites.codes()
    sheets = sheets.left_join(codes, [sheets.site_id == codes.site_code]).rename(of_site="site")
    inside = sheets.inner_join(courses.select("patient_id", "course", "site", "started_on", "ended_on"), "patient_id")
    inside = inside.filter(
        inside.ended_on.notnull(),
        inside.day.between(inside.started_on, inside.ended_on),
        inside.of_site.isnull() | (inside.of_site == inside.site),
    )
    moment = inside.day.delta(ibis.date("1970-01-01"), unit="day").cast("int64")
    told = inside.select("patient_id", "course", "items", "total", moment=moment, order=inside.measure_id.cast("int64"))
    rows = fetch(told, convert=converter(instrument), at_once=AT_ONCE)
    return _ends(rows.where(rows[f"{TOTAL}.answered"]), numbers)


def _ends(rows: Rows, numbers: Column) -> tuple[Column, Column]:
    points = rows[f"{TOTAL}.points"] / HUNDREDTHS
    at = np.lexsort((rows["order"], rows["moment"], rows["course"]))
    unique, begins, many = np.unique(rows["course"][at], return_index=True, return_counts=True)
    paired = np.flatnonzero(many > 1)
    first, last = np.full(len(numbers), np.nan), np.full(len(numbers), np.nan)
    place = pd.Index(unique[paired]).get_indexer(numbers)
    known, place = place >= 0, paired[place[place >= 0]]
    first[known] = points[at[begins[place]]]
    last[known] = points[at[begins[place] + many[place] - 1]]
    return first, last


def _cut_off(instrument: Instrument) -> CutOff | None:
    return next((cut for cut in instrument.cutoffs if cut.scale == TOTAL and not cut.item), None)


def became(first: Column, last: Column, instrument: Instrument) -> dict[str, Column]:
    """What became of each course on one questionnaire, which has a caseness and a reliable change."""
    cut = _cut_off(instrument)
    if cut is None:
        raise ValueError(f"{instrument.name} has no cut-off of its total")
    sign = -1.0 if instrument.better == "lower" else 1.0
    change = instrument.reliable_change or 0.0
    includes = cut.comparison in ("at_least", "at_most")  # the cut-off itself is a case

    def case(points: Column) -> NDArray[np.bool_]:
        distance = sign * (cut.value - points)  # above 0 on the side that calls for attention
        return np.asarray(distance >= -NEAR if includes else distance > NEAR)

    paired = ~(np.isnan(first) | np.isnan(last))
    better, worse = (paired & (way * sign * (last - first) >= change - NEAR) for way in (1, -1))
    at_caseness = paired & case(np.where(paired, first, 0))
    recovered = at_caseness & ~case(np.where(paired, last, 0))
    points = np.where(paired, np.rint((last - first) * HUNDREDTHS), 0)
    return _counts(paired, at_caseness, recovered, better, worse) | {"change": points.astype(np.int32)}


def together(pairs: Mapping[str, tuple[Column, Column]]) -> dict[str, Column]:
    """The same by PHQ-9 and GAD-7 at once."""
    columns = {
        f"{_plain(name)}_{end}": values
        for name, both in pairs.items()
        for end, values in zip(("first", "last"), both, strict=True)
    }
    case, well, better, worse, paired = find_states(pd.DataFrame(columns), NHS_MEASURES)
    return _counts(paired, case & paired, case & well, better & ~worse, worse & ~better)


def _counts(paired: Column, case: Column, recovered: Column, better: Column, worse: Column) -> dict[str, Column]:
    values = (paired, case, recovered, better, recovered & better, worse)
    return dict(zip(COUNTED, values, strict=True))


def _release(work: Work, key: str, rows: Rows, more: tuple[str, ...]) -> None:
    sums: dict[str, tuple[str, ...]] = {"finished": (), **{name: (name,) for name in COUNTED}}
    if more:
        sums |= {"change": ("change",), "change_squared": ("change", "change")}
    part = Part(OUTCOME_CELLS, sums, {"instrument": key})
    family.release(
        work, family.Slice((part,), rows, {"instrument": key}, ("paired",), until=work.grid.retained // CHUNK * CHUNK)
    )


def _plain(name: str) -> str:
    return name.replace("-", "").casefold()
