"""Which counts does one release hold for the question at hand? Loaded once, never changed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from metrics.errors import QueryError, unknown
from warehouse.schema import ALL, ALL_SITES
from warehouse.store import Release, Store


@dataclass(frozen=True)
class Cells:
    """The cells of one release for one stratifier ("all" = undivided).

    sites: the published names in their order, without the practice ("*"). strata: in their order. attendance,
    retention: the groups of that stratifier. repeats: its windows and the undivided ones. Do not change the frames.
    """

    release: Release
    by: str
    sites: tuple[str, ...]
    strata: tuple[str, ...]
    rollout: pd.DataFrame
    attendance: pd.DataFrame
    retention: pd.DataFrame
    repeats: pd.DataFrame


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
    """What a page or a printout needs, in one read. Raises QueryError for an unknown release or stratifier."""
    release = find_release(store, release_id)
    wanted = by or ALL
    kinds = {"stratifier": wanted}
    tables = store.read_tables(
        release.id,
        {
            "site": {},
            "category": {},
            "rollout": {},
            "attendance_cells": kinds,
            "retention_cells": kinds,
            "repeat_cells": {"stratifier": [ALL, wanted]},
        },
    )
    known = stratifiers_of(tables["category"])
    if wanted not in known:
        raise unknown("stratifier", wanted, known)
    attendance, retention = tables["attendance_cells"], tables["retention_cells"]
    return Cells(
        release=release,
        by=wanted,
        sites=_sites(tables["site"], attendance, retention),
        strata=_strata(wanted, tables["category"], attendance, retention),
        rollout=tables["rollout"],
        attendance=attendance,
        retention=retention,
        repeats=tables["repeat_cells"],
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


def stratifiers_of(category: pd.DataFrame) -> tuple[str, ...]:
    """ "all", and each stratifier this release publishes."""
    return (ALL, *(name for name in dict.fromkeys(category["stratifier"]) if name != ALL))


def _sites(site: pd.DataFrame, *cells: pd.DataFrame) -> tuple[str, ...]:
    named = list(site.sort_values("position")["site"])
    found = sorted({name for frame in cells for name in frame["site"]} - {ALL_SITES})
    return tuple(dict.fromkeys([*named, *found]))


def _strata(by: str, category: pd.DataFrame, *cells: pd.DataFrame) -> tuple[str, ...]:
    if by == ALL:
        return (ALL,)
    named = list(category[category["stratifier"] == by].sort_values("position")["stratum"])
    found = sorted({name for frame in cells for name in frame.loc[frame["state"] == "published", "stratum"]})
    return tuple(dict.fromkeys([*named, *found]))
