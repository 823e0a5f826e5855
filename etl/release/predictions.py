"""Were the forecasts of missed visits true, and what was done about them? Practice-wide, one slice per model.

A forecast counts in the week of its visit, once the visit was kept or missed. A visit forecast three times counts three
times.
"""

from __future__ import annotations

from functools import partial

import ibis
import ibis.expr.types as ir
import numpy as np

from deid.disclosure import BLOCK, CHUNK
from etl.release import engine, family, strata
from etl.release.repeats import Repeated
from etl.release.rows import Rows, fetch
from etl.release.slots import ABSENT
from etl.release.sums import Part
from etl.release.work import Work
from warehouse.families import PREDICTION_CELLS, PREDICTION_COUNTS

MILLIONTHS = 1_000_000
BINS = 100
HORIZONS = ("48-72", "other")
IN_TIME_HOURS = (48, 72)  # both included: early enough to act, late enough to know
SECONDS_PER_HOUR = 3600
REMINDED_BY = ("reminder", "call")
NOT_SAID = "not recorded"


def prediction_cells(work: Work) -> None:
    """Adds prediction_cells."""
    models = _models(work)
    if not models:
        return
    rows = _forecasts(work, strata.Attribute("model_version", models[:-1]))
    sums: dict[str, tuple[str, ...]] = {name: (name,) for name in PREDICTION_COUNTS if name in rows.columns}
    sums |= {"scored": (), "score_squared": ("score", "score"), "alerts_missed": ("alerts", "missed")}
    sums |= {"wait_days": ("waits", "lead_days")}
    for number, model in enumerate(models):
        own = rows.where(rows["model"] == number)
        if len(own):
            divided: dict[str, tuple[str, ...] | None] = {"horizon": HORIZONS, "bin": None}
            part = Part(PREDICTION_CELLS, sums, {"model": model}, divided)
            alike = partial(_repeated, model)
            piece = family.Slice((part,), own, {"model": model}, repeated=alike, practice_wide=True)
            family.release(work, piece)


def _repeated(model: str, rows: Rows) -> Repeated:
    """What is alike among the forecasts of one patient, those of one visit among them."""
    alerts, acted = rows["alerts"], rows["acted"]
    values = {
        "forecast": np.ones(len(rows), dtype=np.int8),
        "alert_missed": alerts & rows["missed"],
        "alert_overridden": alerts & rows["overridden"],
        "left_alone": acted & ~rows["overridden"],
    }
    outcomes = {
        "missed": ("forecast", "missed"),
        "alerts": ("forecast", "alerts"),
        "alerts_missed": ("alerts", "alert_missed"),
        "overridden": ("alerts", "alert_overridden"),
        "left_alone": ("acted", "left_alone"),
        "overbooked": ("forecast", "overbooked"),
        "reminded": ("forecast", "reminded"),
    }
    return Repeated(rows.having(**values), {f"forecast.{model}.{name}": pair for name, pair in outcomes.items()})


def _made(work: Work) -> ir.Table:
    """Forecasts with the visit they are of."""
    visits = coded_visits(work)
    made = engine.table(work.backend, "prediction").filter(ibis._.score.notnull())
    return made.inner_join(visits, "appointment_id")


def coded_visits(work: Work) -> ir.Table:
    """Visits of published weeks that were kept or missed, with their categories."""
    rows = strata.coded(work.appointments, work.patients, _of_visit(work))
    first, last = (ibis.date(work.grid.day(week).isoformat()) for week in (0, work.grid.until))
    return rows.filter(rows.starts_on >= first, rows.starts_on < last, rows.status.isin(("attended", "no_show")))


def _of_visit(work: Work) -> list[strata.Attribute]:
    return [item for item in work.wanted if item.name not in strata.OF_PATIENT]


def _models(work: Work) -> tuple[str, ...]:
    """The models that forecast visits of enough patients; the last stands for forecasts that name none."""
    made = engine.table(work.backend, "prediction")
    if engine.empty(made):
        return ()
    owners = work.appointments.select("appointment_id", "patient_id")
    before = work.before("prediction_cells")
    named = frozenset(before["model"]) - {NOT_SAID} if len(before) else frozenset()
    return (*strata.words(made.inner_join(owners, "appointment_id"), "model_version", work.k, named), NOT_SAID)


def _forecasts(work: Work, models: strata.Attribute) -> Rows:
    rows = _made(work)
    days = rows.starts_on.delta(ibis.date(work.grid.start.isoformat()), unit="day")
    ahead = (rows.starts_at.epoch_seconds() - rows.scored_at.epoch_seconds()) / SECONDS_PER_HOUR
    hours = ibis.coalesce(rows.hours_ahead.cast("float64"), ahead.cast("float64"))
    in_time = ((hours >= IN_TIME_HOURS[0]) & (hours <= IN_TIME_HOURS[1])).fill_null(False)
    action = rows.action.fill_null("none")
    found = rows.select(
        "patient_id",
        site=ibis.literal(0).cast("int16"),
        week=(days // 7).cast("int16"),
        chunk=(days // (7 * CHUNK) * CHUNK).cast("int16"),
        block=(days // (7 * BLOCK) * BLOCK).cast("int16"),
        model=strata.word_code(rows.model_version, models),
        horizon=ibis.ifelse(in_time, 0, 1).cast("int8"),
        score=(rows.score * MILLIONTHS).round().cast("int32"),
        missed=rows.status == "no_show",
        alerts=(rows.score >= rows.threshold).fill_null(False),
        acted=action != "none",
        overridden=rows.overridden_by_human.fill_null(False),
        overbooked=action == "overbook",
        reminded=action.isin(REMINDED_BY),
        lead_days=rows.lead_days.cast("int32").fill_null(ABSENT).cast("int32"),
        **{item.column: rows[item.column] for item in _of_visit(work)},
    )
    told = fetch(found, "site", "week", convert=work.persons.numbered)
    lead = told["lead_days"]
    return told.having(
        **work.persons.categories_of(told["patient"], work.wanted),
        bin=np.minimum(told["score"] // (MILLIONTHS // BINS), BINS - 1).astype(np.int8),
        waits=lead != ABSENT,
        lead_days=np.where(lead == ABSENT, 0, lead),
    )
