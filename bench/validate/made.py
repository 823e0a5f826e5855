"""One release in which every site is a draw of its own: a metric of the registry then answers for all draws at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from bench.validate.simulation import Draw, Floats, all_held
from metrics.cells import EXPOSURE, WEEKLY, Cells
from metrics.registry import metric_named
from metrics.tables import SOURCES
from metrics.windows import SUMS, make_windows
from warehouse.frames import Columns
from warehouse.schema import ALL, PUBLISHED
from warehouse.store import Release

START = date(2024, 1, 1)  # a Monday
WEEKS_PUBLISHED = 104
UNTIL = START + timedelta(weeks=WEEKS_PUBLISHED)
RELEASE = Release(
    id=1,
    made_at=datetime(2026, 1, 1, tzinfo=UTC),
    practice="made up",
    timezone="UTC",
    synthetic=True,
    extracted_on=UNTIL,
    data_start=START,
    data_end=None,
    grid_start=START,
    published_until=UNTIL,
    restated_on=None,
    smallest_group=11,
    settle_days=14,
    lapse_days=60,
    late_cancel_hours=24,
    rebook_days=14,
    vault_state="",
    settings_hash="",
    content_hash="",
)
Made = Mapping[str, Any]  # a column of counts each; "draw": the number of the draw of each row
NOTHING: Columns = {
    name: np.zeros(0, dtype=object) for name in ("site", "state", "name", "value", "low", "high", "unit")
}

ASIDE = {
    **{name: NOTHING for name in ("rollout", "declared_value", "cost_cells")},
    "declared_instrument": {name: np.zeros(0, dtype=object) for name in ("instrument", "declaration")},
    "effect_result": {"component": np.zeros(0, dtype=object)},
    "definition": {name: np.zeros(0, dtype=object) for name in ("metric", "version", "counted_from")},
    "confounder_fit": {name: np.zeros(0, dtype=object) for name in ("outcome", "term", "coefficient")},
    "safety_fact": {name: np.zeros(0, dtype=object) for name in ("fact", "says")},
}


def cells(
    table: str,
    made: Made,
    draws: int,
    *,
    by: str = ALL,
    strata: tuple[str, ...] = (ALL,),
    part: str = "",
    repeats: Mapping[str, Made] | None = None,
    aside: Mapping[str, Columns] | None = None,
    over_time: Mapping[str, Columns] | None = None,
) -> Cells:
    """Cells of one table, everything published. part: the questionnaire, question or model its rows are about.

    repeats: outcome -> sums over patients (n, events, patients, mm, my, yy), a row per draw and stratum.
    """
    sites = tuple(f"{number:05d}" for number in range(draws))
    return Cells(
        release=RELEASE,
        by=by,
        sites=sites,
        strata=strata,
        tables={table: columns(table, made, by)},
        spans={name: _spans(sites, by, part if name == table else "", name == table) for name in SOURCES},
        repeats=make_windows(_windows(repeats or {}, by), sites, strata, RELEASE.grid_start),
        aside={**ASIDE, **(aside or {})},
        whole=True,
        over_time=over_time or {},
    )


def also(first: Cells, table: str, made: Made, part: str = "") -> Cells:
    """The same cells, and those of a second table."""
    spans = {table: _spans(first.sites, first.by, part, True)}
    return replace(
        first, tables={**first.tables, table: columns(table, made, first.by)}, spans={**first.spans, **spans}
    )


def alone(first: Cells) -> Cells:
    """The same cells without sums over patients."""
    return replace(first, repeats=make_windows(_windows({}, first.by), first.sites, first.strata, RELEASE.grid_start))


def with_exposure(first: Cells, exposed: Cells) -> Cells:
    """Undivided cells, and beside them those of the stratifier "exposure"."""
    return replace(first, exposure=replace(exposed, by=EXPOSURE))


def columns(table: str, made: Made, by: str = ALL) -> Columns:
    """Columns as the warehouse gives them; counts that are not made are 0."""
    draw = np.asarray(made["draw"])
    numbers = {name: np.zeros(len(draw), dtype=np.int64) for name in SOURCES[table].counts if name not in WEEKLY}
    given = {name: np.asarray(column) for name, column in made.items() if name not in ("draw", "stratum")}
    named = {
        "site": np.array([f"{number:05d}" for number in draw], dtype=object),
        "stratum": np.asarray(made.get("stratum", np.full(len(draw), ALL, dtype=object))),
        "stratifier": np.full(len(draw), by, dtype=object),
    }
    return {**numbers, **named, **given}


def told(metric: str, made: Cells, truth: Floats | float, stratum: str = "") -> list[Draw]:
    """A draw for each site: what that metric of the registry says of it, and whether that holds the truth."""
    found = metric_named(metric).answers(made, ALL)
    stratum = stratum or made.strata[0]
    wanted = [place for place, one in enumerate(found.groups.index) if one.stratum == stratum and one.site != "*"]
    said = np.array([found.states[place] == PUBLISHED for place in wanted])
    value, low, high = (
        np.where(said, each[wanted], np.nan) for each in (found.measured.value, found.measured.low, found.measured.high)
    )
    return all_held(truth, value, low, high)


def added(draw: np.ndarray, draws: int, **values: np.ndarray) -> dict[str, np.ndarray]:
    """Each of these added up per draw, and `draw` itself: a row of cells per draw."""
    sums = {name: np.bincount(draw, weights=each, minlength=draws) for name, each in values.items()}
    return {"draw": np.arange(draws), **sums}


def own_sums(draw: np.ndarray, draws: int, m: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Sums over patients as a release holds them. draw: whose patient; m: a patient's visits; y: events or points."""
    return added(draw, draws, n=m, events=y, patients=m > 0, mm=m * m, my=m * y, yy=y * y)


def _windows(repeats: Mapping[str, Made], by: str) -> Columns:
    parts = []
    for outcome, made in repeats.items():
        told = columns("attendance_cells", {name: made[name] for name in made}, by)
        size = len(told["site"])
        named = {"outcome": outcome, "window": ALL, "window_start": np.datetime64(START, "D"), "state": PUBLISHED}
        filled = {
            name: np.full(size, value, dtype=None if name == "window_start" else object)
            for name, value in named.items()
        }
        parts.append({name: told[name] for name in ("site", "stratum", "stratifier", *SUMS)} | filled)
    if not parts:
        names = ("outcome", "site", "stratum", "stratifier", "window", "state", *SUMS)
        empty: Columns = {name: np.zeros(0, dtype=object) for name in names}
        return empty | {"window_start": np.zeros(0, dtype="datetime64[D]")}
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _spans(sites: tuple[str, ...], by: str, part: str, some: bool) -> Columns:
    kept = sites if some else ()
    count = len(kept)
    words = {"stratifier": by, "part": part, "grain": "week", "state": PUBLISHED}
    return {
        "site": np.array(kept, dtype=object),
        "period_start": np.full(count, np.datetime64(START, "D")),
        "periods": np.full(count, WEEKS_PUBLISHED),
        **{name: np.full(count, word, dtype=object) for name, word in words.items()},
    }
