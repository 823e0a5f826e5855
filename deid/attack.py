"""Can somebody with every published figure compute one that was withheld? Used by the tests and by `rapport check`.

The attacker holds the cell tables of one release, or of the two kept ones, and subtracts: a total less what is shown of
it, one way of cutting less another, this release less the last. Frames are as read from the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from deid.attack_cells import changed, everybody_alike, numbers_withheld, small_groups
from deid.attack_families import FAMILIES, undivided
from deid.attack_kin import told_together
from deid.attack_systems import EVERYWHERE, UNDIVIDED, Matrix, numbered, of_one, recoverable
from deid.disclosure import GRAINS, may_show

__all__ = ["between", "bounds", "faults", "recoverable", "within"]

Frames = Mapping[str, pd.DataFrame]


def bounds(published: Matrix, values: Matrix, hidden: Matrix) -> tuple[float, float]:
    """Between which whole numbers must one hidden sum lie, when no count is below zero? inf where nothing bounds it.

    published and hidden (one row) as for `recoverable`; values: the published sums.
    """
    from scipy.optimize import linprog  # takes a second to import, and tests alone ask

    ends = [linprog(sign * hidden, A_eq=published, b_eq=values, bounds=(0, None), method="highs") for sign in (1, -1)]
    low, high = ends[0], ends[1]
    return (
        float(np.ceil(low.fun - 1e-6)) if low.success else 0.0,
        float(np.floor(-high.fun + 1e-6)) if high.success else np.inf,
    )


def faults(cells: pd.DataFrame, k: int, everywhere: str = EVERYWHERE) -> list[str]:
    """What in a table of released groups breaks the k-rule or overlaps? A sentence for each fault, no values.

    cells: site, grain, week (weeks since the grid began), stratifier, stratum, state, patients; one row per group.
    """
    found: list[str] = []
    shown = cells[cells["state"] == "published"]
    if not all(may_show(int(n), k) for n in shown["patients"]):
        found.append(f"A published group has between 1 and {k - 1} patients.")
    if cells.loc[cells["state"] != "published", "patients"].notna().any():
        found.append("A withheld group carries a number.")
    return sorted({*found, *overlaps(cells, everywhere)})


def overlaps(cells: pd.DataFrame, everywhere: str = EVERYWHERE) -> list[str]:
    """Which groups of one table count the same people twice?"""
    cells = cells.reset_index(drop=True)
    lengths = cells["grain"].map(GRAINS)
    rows = cells.loc[cells.index.repeat(lengths), ["stratifier", "stratum", "site", "week"]].reset_index(drop=True)
    rows["week"] += np.concatenate([np.arange(n) for n in lengths]) if len(cells) else 0
    twice = rows.loc[rows.duplicated(), "stratifier"].unique()
    found = [f"Two groups of {name} overlap." for name in twice]
    at = ["stratifier", "stratum", "week"]
    wide = rows.loc[rows["site"] == everywhere, at].drop_duplicates()
    if len(rows.loc[rows["site"] != everywhere, at].merge(wide, on=at)):
        found.append("A group of all sites overlaps a group of one site.")
    return found


def within(frames: Frames, grid_start: object, k: int) -> list[str]:
    """What does one release tell that it should not? A sentence for each fault, without values; [] = nothing found.

    frames: table name -> rows. grid_start: the Monday weeks are counted from (None: nothing is published).
    """
    if grid_start is None or pd.isna(grid_start):  # type: ignore[call-overload]
        return []
    found = {*small_groups(frames, k), *numbers_withheld(frames), *everybody_alike(frames)}
    attendance = numbered(frames.get("attendance_cells"), grid_start)
    retention = numbered(frames.get("retention_cells"), grid_start)
    found.update(overlaps(attendance), *(overlaps(rows) for _, rows in retention.groupby("week_in_care")))
    found.update(_differences(attendance, "booked", k, "appointments"))
    found.update(_differences(retention, "at_risk", k, "weeks in care"))
    found.update(of_one(attendance))
    found.update(_squeezed(attendance, k))
    for name, groups in undivided(frames):
        least = FAMILIES[name.split()[0]].k(k)
        found.update(f"{name}: {said}" for said in _of_family(numbered(groups, grid_start), least))
    found.update(told_together(frames, grid_start))
    return sorted(found)


def _of_family(groups: pd.DataFrame, k: int) -> Iterator[str]:
    yield from overlaps(groups)
    yield from _differences(groups, "booked", k, "rows")
    yield from of_one(groups)
    yield from _squeezed(groups, k)


def between(previous: Frames, latest: Frames) -> list[str]:
    """What do two releases tell together that neither tells alone? [] = the later one only adds periods.

    Every group both hold must carry the same numbers, and no group that only one holds may lie over weeks which the
    other cuts differently: whatever differs could be subtracted.
    """
    return changed(previous, latest)


def _differences(cells: pd.DataFrame, count: str, k: int, what: str) -> Iterator[str]:
    """The undivided group less the strata that are shown of it: must be nobody, or at least k and of two strata."""
    at = ["site", "week", *(["week_in_care"] if count == "at_risk" else [])]
    rows = cells.assign(shown=cells["state"] == "published", number=cells.get(count))
    split = rows[rows["stratifier"] != UNDIVIDED]
    whole = rows[(rows["stratifier"] == UNDIVIDED) & rows["shown"]]
    for grain, length in GRAINS.items():
        here = split[split["grain"] == grain]
        groups = here.groupby(["stratifier", *at])
        parts = groups.agg(shown=("shown", "sum"), every=("shown", "size"), number=("number", "sum")).reset_index()
        strata = here.groupby(["stratifier", "site", "week"])["stratum"].nunique().rename("strata").reset_index()
        parts = parts.merge(strata, on=["stratifier", "site", "week"])  # one that has no row here has nobody
        parts = parts[(parts["shown"] < parts["every"]) & ((parts["shown"] > 0) | (parts["every"] < parts["strata"]))]
        if parts.empty:
            continue
        totals = whole.assign(week=whole["week"] // length * length)
        totals = pd.concat([totals, totals.assign(site=EVERYWHERE)]).groupby(at)["number"].sum().reset_index()
        both = parts.merge(totals, on=at, suffixes=("", "_all"))
        rest = both["number_all"] - both["number"]
        told = ((rest > 0) & (rest < k)) | ((both["every"] - both["shown"] == 1) & (rest > 0))
        for name in both.loc[told, "stratifier"].unique():
            yield f"A withheld stratum of {name} follows from the total of its {what} less the strata shown."


def _squeezed(cells: pd.DataFrame, k: int) -> Iterator[str]:
    """Bounds (Frechet): a stratum over a longer period or all sites, against the weeks and sites it is made of.

    Of T visits in one place and A of one stratum among N in all, the stratum has max(0, T + A - N) to min(T, A) there.
    """
    shown = cells[cells["state"] == "published"]
    whole = shown[shown["stratifier"] == UNDIVIDED]
    for grain, length in GRAINS.items():
        split = shown[(shown["stratifier"] != UNDIVIDED) & (shown["grain"] == grain)]
        parts = whole.assign(week=whole["week"] // length * length, part=whole["booked"])
        parts = pd.concat([parts, parts.assign(site=EVERYWHERE)])[["site", "week", "part"]]
        sums = parts.groupby(["site", "week"])["part"].sum().rename("every").reset_index()
        both = split.merge(sums, on=["site", "week"]).merge(parts, on=["site", "week"])
        ends = [both["part"], both["booked"], both["every"] - both["part"], both["every"] - both["booked"]]
        width = pd.concat(ends, axis=1).min(axis=1)
        for name in both.loc[width.between(1, k - 1), "stratifier"].unique():
            yield f"A group of {name} that is not shown is known almost exactly from the groups that are."
