"""Which counts does one release hold for the question at hand? Loaded once, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.errors import QueryError, unknown
from metrics.windows import Windows, make_windows
from warehouse.frames import Columns
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS
from warehouse.store import Release, Store

PERIODS = (*WEEKS, ALL)
BY_PERIOD = ("attendance_cells", "retention_cells")
WHOLE = ("attendance_totals", "retention_totals")


@dataclass(frozen=True)
class Cells:
    """The cells of one release for one stratifier ("all" = undivided).

    sites: the published names in their order, without the practice ("*"). strata: in their order. attendance,
    retention: the groups of that stratifier; attendance_spans, retention_spans: which weeks they cover. repeats: the
    undivided windows and those of that stratifier. whole: only the sums over everything published were read.
    Tables are arrays by column name. Do not change them.
    """

    release: Release
    by: str
    sites: tuple[str, ...]
    strata: tuple[str, ...]
    attendance: Columns
    attendance_spans: Columns
    retention: Columns
    retention_spans: Columns
    repeats: Windows
    whole: bool

    @property
    def periods(self) -> tuple[str, ...]:
        """The lengths of period that can be asked for."""
        return (ALL,) if self.whole else PERIODS


@dataclass(frozen=True)
class ContrastCells:
    """The counts behind one stratified contrast: per confounder stratum and arm, and the sums over patients.

    went_live: on how many days did the component go live at a site? None (0) where it was in use all along.
    """

    release: Release
    component: str
    outcome: str
    arms: pd.DataFrame
    repeats: pd.DataFrame
    went_live: int


def load_cells(store: Store, *, release_id: int | None = None, by: str | None = None) -> Cells:
    """What a page needs, in one read. Raises QueryError for an unknown release or stratifier."""
    return _load(store, release_id, by or ALL, whole=False)


def load_totals(store: Store, *, release_id: int | None = None, by: str | None = None) -> Cells:
    """The same for questions about everything published: far fewer rows, and as many in any practice."""
    return _load(store, release_id, by or ALL, whole=True)


def _load(store: Store, release_id: int | None, by: str, *, whole: bool) -> Cells:
    release = find_release(store, release_id)
    attendance, retention = WHOLE if whole else BY_PERIOD
    windows: dict[str, object] = {"window": ALL} if whole else {}
    kind = {"stratifier": by}
    tables = store.read_columns(
        release.id,
        {
            "site": {},
            "category": {},
            "released_spans": kind,
            attendance: kind,
            retention: kind,
            "repeat_cells": {"stratifier": [ALL, by], **windows},
        },
    )
    known = stratifiers_of(tables["category"])
    if by not in known:
        raise unknown("stratifier", by, known)
    counts = (tables[attendance], tables[retention])
    spans = tables["released_spans"]
    sites, strata = _sites(tables["site"], spans), _strata(by, tables["category"], *counts)
    return Cells(
        release=release,
        by=by,
        sites=sites,
        strata=strata,
        attendance=counts[0],
        attendance_spans=rows_where(spans, spans["table_name"] == BY_PERIOD[0]),
        retention=counts[1],
        retention_spans=rows_where(spans, spans["table_name"] == BY_PERIOD[1]),
        repeats=make_windows(tables["repeat_cells"], sites, strata, release.grid_start),
        whole=whole,
    )


def load_contrast(store: Store, component: str, outcome: str, *, release_id: int | None = None) -> ContrastCells:
    """The counts of one component's contrast. Raises QueryError for a component this release knows nothing of."""
    release = find_release(store, release_id)
    named = {"component": component}
    tables = store.read_tables(release.id, {"contrast_cells": {}, "contrast_repeats": named, "rollout": named})
    arms, repeats = tables["contrast_cells"], tables["contrast_repeats"]
    if component not in set(arms["component"]):
        raise unknown("component", component, sorted(set(arms["component"])))
    arms = arms[(arms["component"] == component) & (arms["outcome"] == outcome)]
    return ContrastCells(
        release,
        component,
        outcome,
        arms.sort_values(["position", "exposed"], ignore_index=True),
        repeats[repeats["outcome"] == outcome].reset_index(drop=True),
        len(tables["rollout"]),
    )


def find_release(store: Store, release_id: int | None) -> Release:
    """The release asked for, or the latest. Raises QueryError where there is none."""
    releases = store.releases()
    if not releases:
        raise QueryError("There is no release yet. Run `rapport ingest`.")
    if release_id is None:
        return releases[0]
    for release in releases:
        if release.id == release_id:
            return release
    raise QueryError(f"There is no release {release_id}. Kept are {', '.join(str(kept.id) for kept in releases)}.")


def stratifiers_of(category: pd.DataFrame | Columns) -> tuple[str, ...]:
    """ "all", and each stratifier this release publishes."""
    return (ALL, *(name for name in dict.fromkeys(category["stratifier"]) if name != ALL))


def rows_where(table: Columns, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> Columns:
    """The rows of a table for which it holds."""
    return {name: column[keep] for name, column in table.items()}


def _in_order(table: Columns, name: str) -> list[str]:
    return list(table[name][np.argsort(table["position"], kind="stable")])


def _sites(site: Columns, spans: Columns) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*_in_order(site, "site"), *sorted(set(spans["site"]) - {ALL_SITES})]))


def _strata(by: str, category: Columns, *counts: Columns) -> tuple[str, ...]:
    if by == ALL:
        return (ALL,)
    named = _in_order(rows_where(category, category["stratifier"] == by), "stratum")
    shown = [
        table["stratum"][table["state"] == PUBLISHED] if "state" in table else table["stratum"] for table in counts
    ]
    return tuple(dict.fromkeys([*named, *sorted({name for names in shown for name in names})]))
