"""Do patients end care better than they began it? First and last scores of finished courses of care.

A finished course began and ended in the data, after two attended visits or more (NHS Talking Therapies). Its first and
last score are of the first and the last sheet of the course that can be scored, by the day it was asked for; one sheet
is no pair. Told of each questionnaire with a caseness and a reliable change, and of PHQ-9 and GAD-7 together as NHS
Talking Therapies does: reliably better on one and not worse on the other.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from deid.disclosure import BLOCK, CHUNK
from etl.release import engine, family
from etl.release.days import NEVER
from etl.release.events import NOT_SAID
from etl.release.kin import Kin
from etl.release.rows import PERSON, Column, Rows, fetch, ordered
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


def outcome_cells(work: Work, courses: Rows) -> None:
    """Adds outcome_cells. courses: `care.courses_of`."""
    rows = _finished(work, courses)
    if not len(rows):
        return
    pairs: dict[str, tuple[Column, Column]] = {}
    became_of: dict[str, dict[str, Column]] = {}
    for instrument, words in asked_instruments(work):
        if _cut_off(instrument) is None or instrument.reliable_change is None:
            continue
        first, last = pairs[instrument.key] = _first_and_last(work, rows, instrument, words)
        became_of[instrument.key] = became(first, last, instrument)
    # the most answered first: the groups of the others must agree with its own
    for key in sorted(became_of, key=lambda name: -int(became_of[name]["paired"].sum())):
        _release(work, key, rows.having(**became_of[key]), ("change", "change_squared"))
    known = {name: pair for name, pair in pairs.items() if _plain(name) in NHS_MEASURES}
    if len(known) == len(NHS_MEASURES):
        _release(work, TOGETHER, rows.having(**together(known)), ())


def _finished(work: Work, courses: Rows) -> Rows:
    """Courses that began and ended in the data, in order of patient, site and week."""
    ended, data_start = courses["ended"], (work.grid.data_start - work.grid.start).days
    over = (ended >= 0) & (ended < 7 * work.grid.until) & (courses["second_visit"] != NEVER)
    at = np.flatnonzero(over & (courses["started"] >= data_start))
    week = (ended[at] // 7).astype(np.int16)
    columns = {"patient": courses["patient"][at], "site": courses["site"][at], "week": week}
    columns |= {"chunk": week // CHUNK * CHUNK, "block": week // BLOCK * BLOCK}
    columns |= {name: courses[name][at] for name in ("started", "ended", *(item.column for item in work.wanted))}
    return ordered(columns, "site", "week")


def _first_and_last(work: Work, courses: Rows, instrument: Instrument, words: list[str]) -> tuple[Column, Column]:
    """The first and the last total of each finished course, nan where there is none, or no two."""
    asked = engine.table(work.backend, "measure").filter(ibis._.instrument.isin(words))
    day = ibis.coalesce(asked.invited_on, asked.taken_on).delta(ibis.date(work.grid.start.isoformat()), unit="day")
    sheets = asked.mutate(day=day.cast("int32"), order=asked.measure_id.cast("int64")).filter(ibis._.day.notnull())
    codes = work.sites.codes()
    sheets = sheets.left_join(codes, [sheets.site_id == codes.site_code])
    site = sheets.site.fill_null(NOT_SAID).cast("int16")
    told = sheets.select("patient_id", "items", "day", "order", total=sheets.total.cast("float64"), site=site)
    scored = converter(instrument)

    def inside(batch: pa.RecordBatch) -> dict[str, Column]:
        who, day, site = (batch.column(name).to_numpy() for name in (PERSON, "day", "site"))
        sheet, course = _courses_of(courses, work.persons.numbers(who), day, site)
        found = scored(batch.take(pa.array(sheet)).drop_columns([PERSON, "site"]))
        return found | {"patient": courses["patient"][course], "course": course}

    rows = fetch(told, convert=inside, at_once=AT_ONCE)
    return _ends(rows.where(rows[f"{TOTAL}.answered"]), len(courses))


def _courses_of(courses: Rows, patient: Column, day: Column, site: Column) -> tuple[Column, Column]:
    """Each sheet with each course of its patient and site that it lies in.

    One of no site, or of a code that no visit has, lies in those of any.
    """
    low, high = (np.searchsorted(courses["patient"], patient, side=side) for side in ("left", "right"))
    sheet = np.repeat(np.arange(len(patient)), high - low)
    course = np.arange(len(sheet)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[sheet]
    inside = (day[sheet] >= courses["started"][course]) & (day[sheet] <= courses["ended"][course])
    inside &= (site[sheet] == NOT_SAID) | (site[sheet] == courses["site"][course])
    return sheet[inside], course[inside]


def _ends(rows: Rows, count: int) -> tuple[Column, Column]:
    points = rows[f"{TOTAL}.points"] / HUNDREDTHS
    at = np.lexsort((rows["order"], rows["day"], rows["course"]))
    course, begins, many = np.unique(rows["course"][at], return_index=True, return_counts=True)
    first, last = np.full(count, np.nan), np.full(count, np.nan)
    paired = many > 1
    first[course[paired]] = points[at[begins[paired]]]
    last[course[paired]] = points[at[begins[paired] + many[paired] - 1]]
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
    told = (rows for rows in work.frames.get(OUTCOME_CELLS.name, []) if len(rows))
    others = sorted({word for rows in told for word in rows["instrument"]} - {key})
    kin = tuple(Kin(OUTCOME_CELLS, {"instrument": word}, ("finished",), ("finished",)) for word in others)
    sums: dict[str, tuple[str, ...]] = {"finished": (), **{name: (name,) for name in COUNTED}}
    if more:
        sums |= {"change": ("change",), "change_squared": ("change", "change")}
    part = Part(OUTCOME_CELLS, sums, {"instrument": key})
    until = work.grid.retained // CHUNK * CHUNK
    family.release(work, family.Slice((part,), rows, {"instrument": key}, ("paired",), until=until, kin=kin))


def _plain(name: str) -> str:
    return name.replace("-", "").casefold()
