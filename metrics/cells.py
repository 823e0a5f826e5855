"""Which counts does one release hold for the question at hand? Loaded once, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from metrics.errors import QueryError, unknown
from metrics.tables import SOURCES
from metrics.windows import Windows, make_windows
from warehouse.family_totals import TIMES, times
from warehouse.frames import Columns
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS
from warehouse.store import Release, Store
from warehouse.totals import by_week

EVERY = "every"  # instead of a stratifier: undivided, and by each of them
EXPOSURE = "exposure"
PERIODS = (*WEEKS, ALL)
LONGEST_HORIZON = 26  # weeks in care: no metric looks further
WEEKLY = ("at_risk", "unplanned", "completed", "transferred", "administrative")  # lists in retention_totals
EFFECTS = "effect_result"
ASIDE = (  # read whole, whatever the split
    *("notice_cells", "cost_cells", "safety_fact", "declared_value", "declared_instrument"),
    *("confounder_fit", "definition", "rollout", EFFECTS),
)


@dataclass(frozen=True)
class Wanted:
    """What the metrics at hand read.

    tables: of SOURCES. outcomes: in repeat_cells; None = all. exposure: time in care by exposure is compared.
    over_time: tables whose undivided periods are needed beside the sums over everything. effects: metrics whose effects
    of rollouts, kept with the release, are read.
    """

    tables: tuple[str, ...] = tuple(SOURCES)
    outcomes: tuple[str, ...] | None = None
    exposure: bool = True
    over_time: tuple[str, ...] = ("attendance_cells", "prediction_cells")
    effects: tuple[str, ...] = ("slots_lost",)


EVERYTHING = Wanted()


@dataclass(frozen=True)
class Cells:
    """The cells of one release for one stratifier ("all" = undivided).

    sites: the published names in their order, without the practice ("*"). strata: in their order. tables: the groups
    of that stratifier, by cell table. spans: which weeks each of them covers, undivided too. repeats: the undivided
    windows and those of that stratifier. aside: tables that are not split. whole: only the sums over everything
    published were read; over_time then holds the periods of some tables, undivided. A row of retention is then a group,
    its at_risk and the like a line of LONGEST_HORIZON weeks in care, 0 where withheld; else it is one week in care.
    exposure: undivided, the cells of the stratifier "exposure". Tables are arrays by column name. Do not change them.
    """

    release: Release
    by: str
    sites: tuple[str, ...]
    strata: tuple[str, ...]
    tables: Mapping[str, Columns]
    spans: Mapping[str, Columns]
    repeats: Windows
    aside: Mapping[str, Columns]
    whole: bool
    over_time: Mapping[str, Columns]
    exposure: Cells | None = None

    @property
    def periods(self) -> tuple[str, ...]:
        """The lengths of period that can be asked for."""
        return (ALL,) if self.whole else PERIODS

    @property
    def attendance(self) -> Columns:
        return self.tables["attendance_cells"]

    @property
    def retention(self) -> Columns:
        return self.tables["retention_cells"]

    def by_period(self, table: str) -> Columns:
        """The periods of a table, undivided."""
        return self.over_time[table] if self.whole else self.tables[table]


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


def load_cells(
    store: Store, *, release_id: int | None = None, by: str | None = None, wanted: Wanted = EVERYTHING
) -> Cells:
    """What a page needs, in one read. Raises QueryError for an unknown release or stratifier."""
    return _load(store, release_id, by or ALL, wanted, whole=False)[0]


def load_totals(
    store: Store, *, release_id: int | None = None, by: str | None = None, wanted: Wanted = EVERYTHING
) -> Cells:
    """The same for metrics over everything published: far fewer rows, and as many in any practice."""
    return _load(store, release_id, by or ALL, wanted, whole=True)[0]


def load_every(
    store: Store, *, release_id: int | None = None, whole: bool = False, wanted: Wanted = EVERYTHING
) -> tuple[Cells, ...]:
    """Undivided and by each stratifier, in one read; whole: for questions about everything published."""
    return _load(store, release_id, EVERY, wanted, whole=whole)


def _load(store: Store, release_id: int | None, by: str, wanted: Wanted, *, whole: bool) -> tuple[Cells, ...]:
    release = find_release(store, release_id)
    names = {name: _read_as(name, whole=whole) for name in wanted.tables if not SOURCES[name].timeless}
    tables = store.read_columns(release.id, _filters(by, names, wanted, whole=whole), _columns(names, wanted))
    known = stratifiers_of(tables["category"])
    if by not in (*known, EVERY):
        raise unknown("stratifier", by, known)
    if whole:
        _unpack(tables)
    made = {name: _of_split(release, name, tables, names, whole=whole) for name in known if by in (name, EVERY)}
    if wanted.exposure and EXPOSURE in known and by in (ALL, EVERY):
        beside = made.get(EXPOSURE) or _of_split(release, EXPOSURE, tables, names, whole=whole)
        made[ALL] = replace(made[ALL], exposure=beside)
    return tuple(made.values())


def _read_as(name: str, *, whole: bool) -> str:
    return SOURCES[name].totals or name if whole else name


def _filters(by: str, names: Mapping[str, str], wanted: Wanted, *, whole: bool) -> dict[str, dict[str, Any]]:
    """Which rows of which tables are read?"""
    split: dict[str, dict[str, Any]] = {name: {} for name in ("released_spans", *names.values(), "repeat_cells")}
    if by != EVERY:
        for name, narrowed in split.items():
            narrowed["stratifier"] = [ALL, by] if name in ("repeat_cells", "released_spans") else by
        if by == ALL and wanted.exposure and "retention_cells" in names:
            for name in (names["retention_cells"], "released_spans"):
                split[name]["stratifier"] = [ALL, EXPOSURE]
    if whole:
        split["repeat_cells"]["window"] = ALL
        over_time = [name for name in wanted.over_time if name in names and by in (ALL, EVERY)]
        split |= {name: {"stratifier": ALL} for name in over_time}
    if wanted.outcomes is not None:
        split["repeat_cells"]["outcome"] = list(wanted.outcomes)
    aside: dict[str, dict[str, Any]] = {name: {} for name in ASIDE} | {EFFECTS: {"metric": list(wanted.effects)}}
    return {"site": {}, "category": {}, **aside, **split}


def _columns(names: Mapping[str, str], wanted: Wanted) -> dict[str, tuple[str, ...]]:
    """Which columns of the tables of counts are read?"""
    found = {}
    for name, read in (*names.items(), *((name, name) for name in wanted.over_time)):
        source = SOURCES[name]
        time = () if read == source.totals else ("grain", "period_start", "state")
        week = ("week_in_care",) if time and name == "retention_cells" else ()
        found[read] = ("stratifier", "site", "stratum", *time, *week, *source.keys, *source.counts)
    return found


def _unpack(tables: dict[str, Columns]) -> None:
    """Lists of weeks in care, and of times, as arrays."""
    if "retention_totals" in tables:
        care = tables["retention_totals"]
        care |= {name: np.nan_to_num(by_week(care[name], LONGEST_HORIZON)) for name in WEEKLY}
    if "time_totals" in tables:
        packed = tables["time_totals"]
        lists = {name: times(packed[name]) for name in TIMES}
        many = np.array([len(line) for line in lists["time"]], dtype=np.int64)
        spread = {name: np.repeat(column, many) for name, column in packed.items() if name not in TIMES}
        none = np.zeros(0, dtype=np.int64)
        tables["time_totals"] = spread | {name: np.concatenate([none, *lines]) for name, lines in lists.items()}


def _of_split(
    release: Release, by: str, tables: Mapping[str, Columns], names: Mapping[str, str], *, whole: bool
) -> Cells:
    """One split's share of what was read."""
    counts = {name: rows_where(tables[read], tables[read]["stratifier"] == by) for name, read in names.items()}
    spans = tables["released_spans"]
    spans = rows_where(spans, (spans["stratifier"] == by) | (spans["stratifier"] == ALL))
    repeats = tables["repeat_cells"]
    repeats = rows_where(repeats, (repeats["stratifier"] == by) | (repeats["stratifier"] == ALL))
    sites = _sites(tables["site"], spans)
    strata = _strata(by, tables["category"], counts.values())
    over_time = {name: tables[name] for name in SOURCES if whole and name in tables and by == ALL}
    return Cells(
        release=release,
        by=by,
        sites=sites,
        strata=strata,
        tables=counts,
        spans={name: rows_where(spans, spans["table_name"] == name) for name in SOURCES},
        repeats=make_windows(repeats, sites, strata, release.grid_start),
        aside={name: tables[name] for name in ASIDE},
        whole=whole,
        over_time=over_time,
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


def _strata(by: str, category: Columns, counts: Iterable[Columns]) -> tuple[str, ...]:
    if by == ALL:
        return (ALL,)
    named = _in_order(rows_where(category, category["stratifier"] == by), "stratum")
    shown = [
        table["stratum"][table["state"] == PUBLISHED] if "state" in table else table["stratum"] for table in counts
    ]
    return tuple(dict.fromkeys([*named, *sorted({name for names in shown for name in names})]))
