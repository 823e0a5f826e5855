"""What do patients answer on their questionnaires, per site, period and stratum? One slice per questionnaire.

A sheet counts in the week it was asked for, in that of the answer where nobody noted the asking. A questionnaire that
nobody declared has no meaning, and is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from etl.release import engine, family
from etl.release.courses import COURSE_GAP_DAYS, compared
from etl.release.events import placed
from etl.release.expected import with_points
from etl.release.reliable import reliable_change
from etl.release.repeats import Repeated
from etl.release.rows import Rows
from etl.release.sheets import AT_ONCE, HUNDREDTHS, converter
from etl.release.sums import Part
from etl.release.work import Work
from instruments import Instrument, InstrumentError, find
from instruments.declaration import TOTAL
from warehouse.families import SCORE_CELLS


def score_cells(work: Work) -> None:
    """Adds score_cells, and the repeat_cells of scores."""
    for instrument, words in asked_instruments(work):
        rows = sheets(work, instrument, words)
        if len(rows):
            rows = with_points(work, instrument.key, list(instrument.scales), rows)
            family.release(work, _slice(instrument, rows))


def asked_instruments(work: Work) -> Iterator[tuple[Instrument, list[str]]]:
    """The questionnaires patients were asked to answer, and how the exports write their names."""
    words = engine.table(work.backend, "measure").select("instrument").distinct().to_pandas()["instrument"].dropna()
    found: dict[str, tuple[Instrument, list[str]]] = {}
    for word in sorted(words):
        try:
            instrument = find(word, work.settings.own_instruments)
        except InstrumentError:
            continue
        found.setdefault(instrument.key, (instrument, []))[1].append(word)
    yield from found.values()


def sheets(work: Work, instrument: Instrument, words: list[str]) -> Rows:
    """Every sheet of one questionnaire, with its scores and how they compare with earlier ones."""
    rows = placed(work, _asked(work, words), convert=converter(instrument), at_once=AT_ONCE)
    known_from = pd.Timestamp(work.grid.data_start + timedelta(days=COURSE_GAP_DAYS)).value // 1000
    beyond_error = reliable_change(work, instrument, rows) if TOTAL in instrument.scales else None
    for name in instrument.scales:
        change = beyond_error if name == TOTAL else None
        worse_by = None if change is None else round(change * HUNDREDTHS)
        higher = instrument.better == "higher"
        rows = rows.having(**compared(rows, name, worse_by, known_from, higher_is_better=higher))
    return Rows({name: values for name, values in rows.columns.items() if name not in ("moment", "order")})


def _asked(work: Work, words: list[str]) -> ir.Table:
    measures = engine.table(work.backend, "measure")
    measures = measures.filter(measures.instrument.isin(words))
    day = ibis.coalesce(measures.invited_on, measures.taken_on)
    answered = ibis.coalesce(measures.taken_at, measures.taken_on.cast("timestamp"), day.cast("timestamp"))
    return measures.filter(day.notnull()).select(
        "patient_id",
        "site_id",
        "items",
        day=day,
        moment=answered.epoch_seconds().cast("int64") * 1_000_000,
        order=measures.measure_id.cast("int64"),
        total=measures.total.cast("float64"),
    )


def _slice(instrument: Instrument, rows: Rows) -> family.Slice:
    parts = tuple(
        Part(SCORE_CELLS, _sums(name, rows), {"instrument": instrument.key, "scale": name})
        for name in instrument.scales
    )
    answered = {f"{name}.answered": rows[f"{name}.answered"] for name in instrument.scales}
    guards: list[str] = []
    for name, values in answered.items():  # scales that the same sheets answer need to be looked at once
        if not any(np.array_equal(values, answered[other]) for other in guards):
            guards.append(name)
    outcomes = {f"score.{instrument.key}.{name}": (f"{name}.answered", f"{name}.points") for name in instrument.scales}
    if TOTAL in instrument.scales:
        outcomes[f"rupture.{instrument.key}"] = (f"{TOTAL}.answered", f"{TOTAL}.rupture")
        outcomes[f"answered.{instrument.key}"] = ("invited", f"{TOTAL}.answered")

    def repeated(some: Rows) -> Repeated:
        return Repeated(some.having(invited=np.ones(len(some), dtype=np.int8)), outcomes)

    return family.Slice(
        parts, rows, {"instrument": instrument.key}, tuple(guards), repeated=repeated, in_strata=repeated
    )


def _sums(scale: str, rows: Rows) -> dict[str, tuple[str, ...]]:
    points, early, modelled = f"{scale}.points", f"{scale}.early", f"{scale}.modelled"
    expected = {"modelled": (modelled,), "expected_points": (f"{scale}.expected",)}
    return {
        **(expected if modelled in rows.columns else {}),
        "invited": (),
        "answered": (f"{scale}.answered",),
        **({"differing": ("differing",)} if scale == TOTAL else {}),
        "points": (points,),
        "points_squared": (points, points),
        "past_cutoff": (f"{scale}.past",),
        "at_best": (f"{scale}.best",),
        "compared": (f"{scale}.compared",),
        "ruptures": (f"{scale}.rupture",),
        "fourths": (f"{scale}.fourth",),
        "early_change": (early,),
        "early_change_squared": (early, early),
    }
