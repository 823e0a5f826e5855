"""Which counts does one release hold for the question at hand? Loaded once, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.errors import QueryError, unknown
from metrics.windows import Windows, make_windows
from warehouse.frames import Columns
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS
from warehouse.store import Release, Store
from warehouse.totals import by_week

EVERY = "every"  # instead of a stratifier: undivided, and by each of them
PERIODS = (*WEEKS, ALL)
BY_PERIOD = ("attendance_cells", "retention_cells")
LONGEST_HORIZON = 26  # weeks in care: no metric looks further
WHOLE = ("attendance_totals", "retention_totals")
WEEKLY = ("at_risk", "unplanned")  # a column of retention_totals each, with all weeks in care in it
ADDED = (  # of attendance and of retention: what some metric adds up, and no more
    (
        *("attended", "no_show", "late_cancel", "cancelled_patient", "cancelled_practice", "rescheduled"),
        *("refilled", "refill_known", "waits", "wait_days", "wait_days_squared"),
    ),
    (*WEEKLY, "starts_followed", "left_after_first"),
)


@dataclass(frozen=True)
class Cells:
    """The cells of one release for one stratifier ("all" = undivided).

    sites: the published names in their order, without the practice ("*"). strata: in their order. attendance,
    retention: the groups of that stratifier; attendance_spans, retention_spans: which weeks they cover. repeats: the
    undivided windows and those of that stratifier. whole: only the sums over everything published were read; a row of
    retention is then a group, its at_risk and unplanned a line of LONGEST_HORIZON weeks in care, 0 where withheld;
    else it is one week in care. Tables are arrays by column name. Do not change them.
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
    return _load(store, release_id, by or ALL, whole=False)[0]


def load_totals(store: Store, *, release_id: int | None = None, by: str | None = None) -> Cells:
    """The same for metrics over everything published: far fewer rows, and as many in any practice."""
    return _load(store, release_id, by or ALL, whole=True)[0]


def load_every(store: Store, *, release_id: int | None = None, whole: bool = False) -> tuple[Cells, ...]:
    """Undivided and by each stratifier, in one read; whole: for questions about everything published."""
    return _load(store, release_id, EVERY, whole=whole)


def _load(store: Store, release_id: int | None, by: str, *, whole: bool) -> tuple[Cells, ...]:
    release = find_release(store, release_id)
    counts = WHOLE if whole else BY_PERIOD
    wanted = {"site": {}, "category": {}, **_filters(by, counts)}
    tables = store.read_columns(release.id, wanted, _columns(counts))
    if whole:
        totals = tables[WHOLE[1]]
        totals |= {name: np.nan_to_num(by_week(totals[name], LONGEST_HORIZON)) for name in WEEKLY}
    known = stratifiers_of(tables["category"])
    if by not in (*known, EVERY):
        raise unknown("stratifier", by, known)
    return tuple(_of_split(release, name, tables, counts) for name in (known if by == EVERY else (by,)))


def _filters(by: str, counts: tuple[str, str]) -> dict[str, dict[str, Any]]:
    """Which rows of the tables that are split are read?"""
    attendance, retention = counts
    wanted: dict[str, dict[str, Any]] = {"released_spans": {}, attendance: {}, retention: {}, "repeat_cells": {}}
    if by != EVERY:
        for name, narrowed in wanted.items():
            narrowed["stratifier"] = [ALL, by] if name == "repeat_cells" else by
    if counts == WHOLE:
        wanted["repeat_cells"]["window"] = ALL
    return wanted


def _columns(counts: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    """Which columns of the tables of counts are read?"""
    by_period = () if counts == WHOLE else ("grain", "period_start", "state")
    keys, week = ("stratifier", "site", "stratum", *by_period), ("week_in_care",) if by_period else ()
    attendance, retention = counts
    return {attendance: (*keys, *ADDED[0]), retention: (*keys, *week, *ADDED[1])}


def _of_split(release: Release, by: str, tables: Mapping[str, Columns], counts: tuple[str, str]) -> Cells:
    """One split's share of what was read."""
    attendance, retention, spans = (
        rows_where(tables[name], tables[name]["stratifier"] == by) for name in (*counts, "released_spans")
    )
    repeats = tables["repeat_cells"]
    repeats = rows_where(repeats, (repeats["stratifier"] == by) | (repeats["stratifier"] == ALL))
    sites, strata = _sites(tables["site"], spans), _strata(by, tables["category"], attendance, retention)
    return Cells(
        release=release,
        by=by,
        sites=sites,
        strata=strata,
        attendance=attendance,
        attendance_spans=rows_where(spans, spans["table_name"] == BY_PERIOD[0]),
        retention=retention,
        retention_spans=rows_where(spans, spans["table_name"] == BY_PERIOD[1]),
        repeats=make_windows(repeats, sites, strata, release.grid_start),
        whole=counts == WHOLE,
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
