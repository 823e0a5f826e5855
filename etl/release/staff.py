"""What do staff answer, and where do their hours go, per site, period and role? No row says who.

There is no key of a person, so nobody can be counted over time: a group holds as many people as the largest of its
weeks alone shows, since whoever is asked twice is asked in two weeks. Fewer than `smallest_staff_group` are withheld.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from deid.disclosure import BLOCK, CHUNK
from etl.release import engine, family, strata
from etl.release.rows import Rows, by_group, fetch
from etl.release.sheets import AT_ONCE, HUNDREDTHS, converter
from etl.release.sums import Part
from etl.release.work import Work
from instruments import Instrument, InstrumentError, find
from instruments.declaration import TOTAL
from warehouse.families import STAFF_CELLS, STAFF_TIME_CELLS

ROLE = "role"
HOURS = ("care_hours", "admin_hours", "after_hours", "repair_hours")
HEADS = "heads"  # how many people a row stands for: one a sheet, the head count of a line of hours


class Colleagues(Rows):
    """Rows about staff. How many people a group holds is told by its fullest week."""

    def people(self, *by: str) -> pd.DataFrame:
        if by not in self.known:
            keys = by if "week" in by else (*by, "week")
            group, shape = self.groups(keys)
            heads = np.bincount(group, weights=self[HEADS], minlength=int(np.prod(shape, dtype=np.int64)))
            fullest = heads.reshape(shape) if "week" in by else heads.reshape(shape).max(axis=-1)
            of = shape if "week" in by else shape[:-1]
            self.known[by] = by_group(by, of, patients=fullest.reshape(-1).astype(np.int64))
        return self.known[by]


def staff_cells(work: Work) -> None:
    """Adds staff_cells and staff_time_cells, and the categories of roles."""
    family.carry_over(work, [STAFF_CELLS, STAFF_TIME_CELLS])
    surveys, hours = (_placed(work, name) for name in ("staff_survey", "staff_time"))
    attribute = _roles(work, surveys, hours)
    asked = [(instrument, _sheets(work, surveys, attribute, words, instrument)) for instrument, words in _asked(work)]
    lines = _lines(hours, attribute)
    every = [rows for _, rows in asked if len(rows)] + [lines][: len(lines)]
    if not every:
        return
    role = _choose(work, attribute, _together(every, work.grid.until))
    more = () if role is None else (role,)
    for instrument, rows in asked:
        if len(rows):
            family.release(work, _of_survey(work, instrument, rows, more))
    if len(lines):
        family.release(work, _of_hours(work, lines, more, _told(work)))


def _asked(work: Work) -> Iterator[tuple[Instrument, list[str]]]:
    """The questionnaires staff were asked to answer, and how the exports write their names."""
    words = engine.table(work.backend, "staff_survey").select("instrument").distinct().to_pandas()["instrument"]
    found: dict[str, tuple[Instrument, list[str]]] = {}
    for word in sorted(words.dropna()):
        try:
            instrument = find(word, work.settings.own_instruments)
        except InstrumentError:
            continue
        found.setdefault(instrument.key, (instrument, []))[1].append(word)
    yield from found.values()


def _placed(work: Work, name: str) -> ir.Table:
    """The rows of published weeks with `site`, `week`, `chunk` and `block`; where there is one site, all are there."""
    rows = engine.table(work.backend, name)
    rows = rows.mutate(day=rows.week_on if name == "staff_time" else ibis.coalesce(rows.invited_on, rows.taken_on))
    first, last = (ibis.date(work.grid.day(week).isoformat()) for week in (0, work.grid.until))
    rows = rows.filter(rows.day >= first, rows.day < last)
    one = len(work.sites.labels) == 1
    rows = rows.mutate(site=ibis.literal(0).cast("int16")) if one else work.sites.numbered(rows)
    days = rows.day.delta(first, unit="day")
    return rows.mutate(
        week=(days // 7).cast("int16"),
        chunk=(days // (7 * CHUNK) * CHUNK).cast("int16"),
        block=(days // (7 * BLOCK) * BLOCK).cast("int16"),
    )


def _roles(work: Work, surveys: ir.Table, hours: ir.Table) -> strata.Attribute:
    """Every role that enough people share in some week, in alphabetical order; the others are not named."""
    sheets = surveys.group_by("role", "week", "instrument").aggregate(heads=surveys.count()).drop("instrument")
    lines = hours.group_by("role", "week").aggregate(heads=hours.people.sum())
    counts = ibis.union(sheets, lines.mutate(heads=lines.heads.cast("int64"))).to_pandas().dropna(subset=["role"])
    before = work.before("category")
    named = strata.named_before(before[before["stratifier"] == ROLE]) if len(before) else frozenset()
    fullest = counts.groupby("role")["heads"].max()
    known = sorted(word for word, heads in fullest.items() if heads >= work.staff_k or word in named)
    return strata.Attribute(ROLE, tuple(known) + ((strata.RARE,) if len(known) < len(fullest) else ()))


def _together(every: list[Rows], weeks: int) -> Rows:
    """All rows, each table with weeks of its own: whoever answers and works in one week is one person."""
    names = ("patient", "site", "chunk", "s_role", HEADS)
    columns = {name: np.concatenate([rows[name] for rows in every]) for name in names}
    apart = [rows["week"].astype(np.int64) + weeks * at for at, rows in enumerate(every)]
    return Colleagues(columns | {"week": np.concatenate(apart)})


def _choose(work: Work, attribute: strata.Attribute, rows: Rows) -> strata.Stratifier | None:
    """Which roles are told apart? Those of the release before, or merged until enough are in each."""
    before = work.before("category")
    if len(before) and (before["stratifier"] == ROLE).any():
        columns = ["stratifier", "stratum", "patients"]
        item = strata.reuse(attribute, before, work.before(STAFF_CELLS.name).reindex(columns=columns))
    else:
        item = strata.choose(rows, attribute, work.staff_k)
    if item is not None:
        work.add("category", strata.category(item))
    return item


def _sheets(
    work: Work, surveys: ir.Table, attribute: strata.Attribute, words: list[str], instrument: Instrument
) -> Rows:
    """Every sheet of one questionnaire with its scores; it counts in the week it was asked for."""
    own = surveys.filter(surveys.instrument.isin(words))
    rows = own.select(
        "site", "week", "chunk", "block", "items",
        patient_id=own.survey_id,
        total=own.total.cast("float64"),
        s_role=strata.word_code(own.role, attribute),
    )  # fmt: skip
    found = fetch(rows, "site", "week", convert=converter(instrument), at_once=AT_ONCE)
    return Colleagues({**found.columns, HEADS: np.ones(len(found), dtype=np.int64)})


def _lines(hours: ir.Table, attribute: strata.Attribute) -> Rows:
    """Every line of hours of which it is known how many people it is about; an hour not written down is none."""
    known = hours.filter(hours.people > 0)
    rows = known.select(
        "site", "week", "chunk", "block",
        patient_id=known.time_id,
        heads=known.people.cast("int64"),
        s_role=strata.word_code(known.role, attribute),
        **{name: (known[name].fill_null(0) * HUNDREDTHS).round().cast("int64") for name in HOURS},
    )  # fmt: skip
    return Colleagues(fetch(rows, "site", "week").columns)


def _told(work: Work) -> list[str]:
    """Which kinds of hours does the export hold at all?"""
    rows = engine.table(work.backend, "staff_time")
    found = rows.aggregate(**{name: rows[name].count() for name in HOURS}).to_pandas().iloc[0]
    return [name for name in HOURS if found[name]]


def _of_survey(work: Work, instrument: Instrument, rows: Rows, more: tuple[strata.Stratifier, ...]) -> family.Slice:
    parts = tuple(
        Part(STAFF_CELLS, _sums(name), {"instrument": instrument.key, "scale": name}) for name in instrument.scales
    )
    guards = tuple(f"{name}.answered" for name in instrument.scales)
    return family.Slice(parts, rows, {"instrument": instrument.key}, guards, more=more, smallest=work.staff_k)


def _sums(scale: str) -> dict[str, tuple[str, ...]]:
    points = f"{scale}.points"
    return {
        "invited": (),
        "answered": (f"{scale}.answered",),
        **({"differing": ("differing",)} if scale == TOTAL else {}),
        "points": (points,),
        "points_squared": (points, points),
        "past_cutoff": (f"{scale}.past",),
    }


def _of_hours(work: Work, rows: Rows, more: tuple[strata.Stratifier, ...], told: list[str]) -> family.Slice:
    sums = {"people_weeks": (HEADS,), **{name: (name,) for name in told}}
    return family.Slice((Part(STAFF_TIME_CELLS, sums),), rows, {}, more=more, smallest=work.staff_k)
