"""On which metrics is an effect read, and from which released cells? One declaration each, in reading order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from instruments import Instrument, InstrumentError, find
from instruments.declaration import TOTAL
from metrics.attendance import LATE_CANCEL_RATE, NO_SHOW_RATE, SLOTS_LOST
from metrics.declare import Metric, Side
from metrics.definitions import breaks, eras
from metrics.effects.design import Priors
from metrics.effects.gaps import WHO_IS_FAIR_TO_WHOM, gaps
from metrics.effects.panels import Floats, Panel, Source, Sums, Translation, gather, half_year_effect, with_expected
from metrics.effects.visits import MILLIONTHS, late_cancels, no_shows, slots_lost
from metrics.retention import HORIZON_WEEKS, IN_CARE_12_WEEKS
from warehouse.frames import Columns
from warehouse.schema import ALL
from warehouse.store import Store

WEEKLY, MONTHLY, QUARTERLY = (1, 4, 12), (4, 12), (12,)
HUNDREDTHS = 100.0
ALLIANCE, CRISIS, BURNOUT = "alliance", "crisis_contact", "burnout"
WORK = "work"  # of the scales of a burnout questionnaire without a total, the one that is about the job
ALLIANCE_QUESTIONNAIRES = ("WAI-SR", "SRS")
BURNOUT_QUESTIONNAIRES = ("CBI", "CBI work", "OLBI", "PFI", "Mini-Z")
COUNTED_AS = {"equity_gap": NO_SHOW_RATE.key}  # a panel that is no figure of its own
_NO_TABLE = "the exports hold nothing of this kind, or it is withheld"


@dataclass(frozen=True)
class Declared:
    """One metric an effect is read on."""

    key: str
    name: str
    side: Side
    better: Literal["higher", "lower"]
    unit: str
    build: Callable[[Declared, Source], Panel]


def panels(store: Store, release_id: int) -> tuple[Panel, ...]:
    """Every panel of one release: the declared metrics, then a gap for each group of each fairness stratifier."""
    return panels_of(source_of(store, release_id))


def panels_of(source: Source) -> tuple[Panel, ...]:
    made = (*(one.build(one, source) for one in DECLARED), *gaps(source))
    return tuple(_of_one_definition(panel, source) for panel in made)


def _of_one_definition(panel: Panel, source: Source) -> Panel:
    """What is counted in another way from some day on would be read as an effect."""
    metric = COUNTED_AS.get(panel.metric.partition(":")[0], panel.metric)
    found = breaks(eras(metric, source.tables["definition"])) if "definition" in source.tables else ()
    if not found:
        return panel
    reason = (
        f"Its definition changed for periods from {found[-1].since} on: before and after are not counted alike. "
        "Run `rapport ingest --restate` to count all of them anew."
    )
    return replace(panel, reason=panel.reason or reason)


def source_of(store: Store, release_id: int) -> Source:
    """What panels are made from, in one read."""
    release = next(each for each in store.releases() if each.id == release_id)
    undivided = {"stratifier": ALL}
    wanted: dict[str, dict[str, Any]] = {
        "site": {},
        "attendance_cells": {"stratifier": [ALL, *WHO_IS_FAIR_TO_WHOM]},
        "repeat_cells": {**undivided, "window": "24weeks"},
        "definition": {},
        **dict.fromkeys(("retention_cells", "score_cells", "crisis_cells", "staff_cells"), undivided),
    }
    tables = store.read_columns(release_id, wanted)
    site = tables.pop("site")
    return Source(release, tuple(site["site"][np.argsort(site["position"], kind="stable")]), tables)


def _empty(declared: Declared, source: Source, reason: str, family: str = "binomial") -> Panel:
    cells = pd.DataFrame(columns=["site", "week", "n", "events"])
    told = (declared.key, declared.name, declared.side, declared.better, declared.unit)
    return Panel(*told, family, 1, source.release.grid_start, cells, reason=reason)


def _of_visits(sums: Sums, outcome: str) -> Callable[[Declared, Source], Panel]:
    """A share of visits, per week where weeks are published."""

    def build(declared: Declared, source: Source) -> Panel:
        start, rows = source.release.grid_start, source.rows("attendance_cells")
        if start is None or not rows:
            return _empty(declared, source, _NO_TABLE)
        if outcome == "late_cancel" and not rows["late_cancel"].sum():
            return _empty(declared, source, "the exports hold no late cancellations")
        if outcome == "slots_lost" and not rows["refill_known"].sum():
            return _empty(declared, source, "the exports do not say which freed slots were refilled")
        cells, length = gather(rows, sums, start, WEEKLY)
        cells = with_expected(cells)
        deff, note = half_year_effect(source, outcome)
        plain = _empty(declared, source, "" if len(cells) else _NO_TABLE)
        return replace(
            plain, cells=cells, period_weeks=length, repeat_deff=deff, notes=tuple(text for text in (note,) if text)
        )

    return build


def _retention(declared: Declared, source: Source) -> Panel:
    """Weekly risks of an unplanned ending over the first twelve weeks in care, as points still in care after them."""
    start, rows = source.release.grid_start, source.rows("retention_cells")
    if start is None or not rows:
        return _empty(declared, source, _NO_TABLE)
    early = rows["week_in_care"] < HORIZON_WEEKS
    rows = {name: column[early] for name, column in rows.items()}
    hazard = _hazards(rows)

    def sums(rows: Columns) -> dict[str, Floats]:
        n = rows["at_risk"].astype(float)
        expected = n * hazard[rows["week_in_care"].astype(int)]
        return {"n": n, "events": rows["unplanned"].astype(float), "expected": expected}

    cells, length = gather(rows, sums, start, MONTHLY)
    if cells.empty or not cells["events"].sum():
        return _empty(declared, source, _NO_TABLE)
    mean = float(cells["events"].sum() / cells["n"].sum())
    return replace(
        _empty(declared, source, ""),
        cells=cells,
        period_weeks=length,
        translation=_still_in_care(hazard, mean),
        notes=("read from the weekly risk of leaving, weeks in care 0 to 11, of everybody in care in each period",),
    )


def _hazards(rows: Columns) -> Floats:
    """The risk of an unplanned ending in each of the first twelve weeks in care, over everything published."""
    week = rows["week_in_care"].astype(int)
    at_risk, left = (
        np.bincount(week, weights=rows[name].astype(float), minlength=HORIZON_WEEKS)
        for name in ("at_risk", "unplanned")
    )
    return np.clip(left / np.maximum(at_risk, 1), 1e-6, 0.95)


def _still_in_care(hazard: Floats, mean: float) -> Translation:
    """A change of the mean weekly risk as a change of the share still in care after twelve weeks."""

    def points(change: float) -> float:
        moved = np.clip(hazard * (1 + change / mean), 0, 1)
        return float(np.prod(1 - moved) - np.prod(1 - hazard))

    return Translation(points)


def _scored(table: str, names: tuple[str, ...], lengths: tuple[int, ...]) -> Callable[[Declared, Source], Panel]:
    """The mean of one questionnaire, in its own points: the first of `names` that was answered."""

    def build(declared: Declared, source: Source) -> Panel:
        start = source.release.grid_start
        for name in names:
            found = _questionnaire(name)
            scale = next((name for name in (TOTAL, WORK) if name in found.scales), next(iter(found.scales)))
            rows = source.rows(table, instrument=found.key, scale=scale)
            if start is None or not rows or not rows["answered"].sum():
                continue
            cells, length = gather(rows, _points, start, lengths)
            cells = with_expected(cells)
            if cells.empty:
                continue
            low, high = found.limits(found.scales[scale])
            where = "" if scale == TOTAL else f", {scale}"
            made = _means(
                replace(declared, name=f"{declared.name} ({found.name}{where})", unit=f"points of {low:g} to {high:g}"),
                source,
                cells,
                length,
            )
            deff, note = half_year_effect(source, f"score.{found.key}.{scale}", _hundredths(made))
            told = table == "score_cells"  # staff answer once a wave, and nobody knows who they are
            return replace(made, repeat_deff=deff, notes=(note,) if note else ()) if told else made
        return _empty(declared, source, "no such questionnaire was answered, or all of it is withheld", "gaussian")

    return build


def _questionnaire(name: str) -> Instrument:
    try:
        return find(name)
    except InstrumentError as fault:
        raise ValueError(str(fault)) from None


def _points(rows: Columns) -> dict[str, Floats]:
    told = {
        "n": rows["answered"].astype(float),
        "invited": np.nan_to_num(rows["invited"].astype(float)) if "invited" in rows else np.zeros(len(rows["site"])),
        "total": rows["points"].astype(float) / HUNDREDTHS,
        "squares": rows["points_squared"].astype(float) / HUNDREDTHS**2,
    }
    if "expected_points" in rows:
        told["modelled"] = np.nan_to_num(rows["modelled"].astype(float))
        told["expected"] = np.nan_to_num(rows["expected_points"].astype(float)) / HUNDREDTHS
    return told


def _crisis(declared: Declared, source: Source) -> Panel:
    """The mean logarithm of minutes to human contact: a change of it is a ratio of typical times."""
    start, rows = source.release.grid_start, source.rows("crisis_cells")
    if start is None or not rows or not rows["contacted"].sum():
        return _empty(declared, source, "no crisis signal was recorded, or all are withheld", "gaussian")

    def sums(rows: Columns) -> dict[str, Floats]:
        total, squares = (rows[name].astype(float) for name in ("log_minutes", "log_minutes_squared"))
        return {"n": rows["contacted"].astype(float), "total": total / MILLIONTHS, "squares": squares / MILLIONTHS**2}

    cells, length = gather(rows, sums, start, MONTHLY)
    if cells.empty:
        return _empty(declared, source, _NO_TABLE, "gaussian")
    made = _means(declared, source, cells, length)
    unreached = int(np.nansum(rows["unreached"]))
    note = f"{unreached} signals without human contact yet are in no mean: look at them one by one" if unreached else ""
    deff, alone = half_year_effect(source, "crisis.log_minutes", _hundredths(made))
    return replace(made, repeat_deff=deff, notes=tuple(text for text in (*made.notes, alone, note) if text))


def _means(declared: Declared, source: Source, cells: pd.DataFrame, length: int) -> Panel:
    cells = cells[cells["n"] > 0].reset_index(drop=True)
    n, mean = cells["n"].to_numpy(float), (cells["total"] / cells["n"]).to_numpy(float)
    within = float((cells["squares"].to_numpy(float) - n * mean**2).sum()) / max(float((n - 1).sum()), 1.0)
    spread = float(np.sqrt(max(within, 1e-12)))
    made = _empty(declared, source, "", "gaussian")
    return replace(made, cells=cells, period_weeks=length, priors=Priors().scaled(spread))


def _hundredths(made: Panel) -> float:
    """The standard deviation of one value of a panel of means, as sums over patients are kept."""
    return made.priors.beside / Priors().beside * HUNDREDTHS


def _metric(metric: Metric, build: Callable[[Declared, Source], Panel]) -> Declared:
    return Declared(metric.key, metric.name, metric.side, metric.better, "difference of shares", build)


DECLARED: tuple[Declared, ...] = (
    _metric(SLOTS_LOST, _of_visits(slots_lost, "slots_lost")),
    _metric(NO_SHOW_RATE, _of_visits(no_shows, "no_show")),
    _metric(LATE_CANCEL_RATE, _of_visits(late_cancels, "late_cancel")),
    _metric(IN_CARE_12_WEEKS, _retention),
    Declared(
        ALLIANCE, "Alliance", "trust", "higher", "points", _scored("score_cells", ALLIANCE_QUESTIONNAIRES, MONTHLY)
    ),
    Declared(CRISIS, "Time to human contact in a crisis", "safety", "lower", "log minutes", _crisis),
    Declared(
        BURNOUT,
        "Burnout of staff",
        "staff",
        "lower",
        "points",
        _scored("staff_cells", BURNOUT_QUESTIONNAIRES, QUARTERLY),
    ),
)
