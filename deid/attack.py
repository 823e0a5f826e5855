"""Can somebody with every published figure compute one that was withheld? Used by the tests and by `rapport check`.

The attacker holds the cell tables of one release, or of the two kept ones, and subtracts: a total less what is shown of
it, one way of cutting less another, this release less the last. Frames are as read from the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deid.attack_cells import changed, everybody_alike, numbers_withheld, small_groups
from deid.attack_families import FAMILIES, undivided
from deid.disclosure import GRAINS, may_show

EXACT = 1e-7  # sums of zeros and ones: a combination is exact or far off
EVERYWHERE = "*"
UNDIVIDED = "all"
RANK = 1e-9  # of the largest: what is below counts as zero
LARGEST = 1500  # columns of one system that is solved; a larger one is judged by overlaps and differences alone

Frames = Mapping[str, pd.DataFrame]
Matrix = NDArray[np.float64]


def recoverable(published: Matrix, hidden: Matrix) -> NDArray[np.bool_]:
    """Which hidden sums are a linear combination of published ones?

    published, hidden: one row per sum, one column per finest group, 1 where the sum includes the group. True where a
    hidden row lies in the row space of the published ones.
    """
    if not len(hidden) or not len(published):
        return np.zeros(len(hidden), dtype=bool)
    sizes, directions = np.linalg.eigh(published.T @ published)  # sums of zeros and ones: no size is nearly zero
    basis = directions.T[sizes > sizes.max(initial=0.0) * RANK]
    rest = hidden - (hidden @ basis.T) @ basis
    return np.asarray(np.abs(rest).max(axis=1) < EXACT)


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
    attendance = _numbered(frames.get("attendance_cells"), grid_start)
    retention = _numbered(frames.get("retention_cells"), grid_start)
    found.update(overlaps(attendance), *(overlaps(rows) for _, rows in retention.groupby("week_in_care")))
    found.update(_differences(attendance, "booked", k, "appointments"))
    found.update(_differences(retention, "at_risk", k, "weeks in care"))
    for system in _systems(attendance):
        found.update(_solved(*system))
    found.update(_squeezed(attendance, k))
    for name, groups in undivided(frames):
        least = FAMILIES[name.split()[0]].k(k)
        found.update(f"{name}: {said}" for said in _of_family(_numbered(groups, grid_start), least))
    return sorted(found)


def _of_family(groups: pd.DataFrame, k: int) -> Iterator[str]:
    yield from overlaps(groups)
    yield from _differences(groups, "booked", k, "rows")
    for system in _systems(groups):
        yield from _solved(*system)
    yield from _squeezed(groups, k)


def between(previous: Frames, latest: Frames) -> list[str]:
    """What do two releases tell together that neither tells alone? [] = the later one only adds periods.

    Every group both hold must carry the same numbers, and no group that only one holds may lie over weeks which the
    other cuts differently: whatever differs could be subtracted.
    """
    return changed(previous, latest)


def _numbered(cells: pd.DataFrame | None, grid_start: object) -> pd.DataFrame:
    if cells is None or cells.empty:
        return pd.DataFrame(
            columns=["site", "grain", "week", "stratifier", "stratum", "state", "week_in_care", "booked"]
        )
    since = pd.to_datetime(cells["period_start"]) - pd.Timestamp(grid_start)  # type: ignore[arg-type]
    return cells.assign(week=(since.dt.days // 7).astype("int64")).reset_index(drop=True)


def _differences(cells: pd.DataFrame, count: str, k: int, what: str) -> Iterator[str]:
    """The undivided group less the strata that are shown of it: must be nobody, or at least k and of two strata."""
    at = ["site", "week", *(["week_in_care"] if count == "at_risk" else [])]
    rows = cells.assign(shown=cells["state"] == "published", number=cells.get(count))
    split = rows[rows["stratifier"] != UNDIVIDED]
    whole = rows[(rows["stratifier"] == UNDIVIDED) & rows["shown"]]
    for grain, length in GRAINS.items():
        groups = split[split["grain"] == grain].groupby(["stratifier", *at])
        parts = groups.agg(shown=("shown", "sum"), every=("shown", "size"), number=("number", "sum")).reset_index()
        parts = parts[(parts["shown"] > 0) & (parts["shown"] < parts["every"])]
        if parts.empty:
            continue
        totals = whole.assign(week=whole["week"] // length * length)
        totals = pd.concat([totals, totals.assign(site=EVERYWHERE)]).groupby(at)["number"].sum().reset_index()
        both = parts.merge(totals, on=at, suffixes=("", "_all"))
        rest = both["number_all"] - both["number"]
        told = ((rest > 0) & (rest < k)) | ((both["every"] - both["shown"] == 1) & (rest > 0))
        for name in both.loc[told, "stratifier"].unique():
            yield f"A withheld stratum of {name} follows from the total of its {what} less the strata shown."


def _systems(cells: pd.DataFrame) -> Iterator[tuple[str, Matrix, Matrix]]:
    """(stratifier, published sums, sums that should not follow) of every twelve weeks and stratifier."""
    block = cells["week"] // GRAINS["12weeks"] if len(cells) else cells["week"]
    for _, here in cells.groupby(block):
        for name in here["stratifier"].unique():
            rows = here[here["stratifier"].isin((UNDIVIDED, name))]
            if (rows["grain"] != "week").any() or (rows["state"] != "published").any():
                yield _System(name, rows).sums()


class _System:
    """One twelve weeks of one stratifier: columns are site x week x stratum, rows the sums over them."""

    def __init__(self, name: str, rows: pd.DataFrame) -> None:
        self.name = name
        self.rows = rows
        first = int(rows["week"].min()) // GRAINS["12weeks"] * GRAINS["12weeks"]
        sites = sorted(set(rows["site"]) - {EVERYWHERE})
        strata = list(rows.loc[rows["stratifier"] == name, "stratum"].unique())
        columns = [(s, w, c) for s in sites for w in range(first, first + GRAINS["12weeks"]) for c in strata]
        self.site, self.week, self.stratum = (np.array([one[at] for one in columns]) for at in range(3))
        self.released = np.zeros(len(columns), dtype=bool)
        for vector in self.vectors(rows[(rows["stratifier"] == UNDIVIDED) & (rows["state"] == "published")]):
            self.released |= vector

    def vectors(self, rows: pd.DataFrame) -> list[NDArray[np.bool_]]:
        """Which columns each of these groups adds up. Strata are counted over what is released undivided alone."""
        names = ["site", "week", "grain", "stratifier", "stratum"]
        found = []
        for site, week, grain, stratifier, stratum in rows[names].itertuples(index=False, name=None):
            inside = (self.week >= week) & (self.week < week + GRAINS[grain])
            inside &= (self.site == site) | (site == EVERYWHERE)
            found.append(inside if stratifier == UNDIVIDED else inside & self.released & (self.stratum == stratum))
        return found

    def sums(self) -> tuple[str, Matrix, Matrix]:
        kept = self.rows[self.rows["state"] == "published"]
        published = self.vectors(kept)
        targets = self.vectors(self.rows[self.rows["state"] != "published"])
        coarse = kept[((kept["grain"] != "week") | (kept["site"] == EVERYWHERE)) & (kept["stratifier"] == self.name)]
        for mask in self.vectors(coarse):
            for values in (self.week, self.site):
                targets += [mask & (values == one) for one in np.unique(values[mask])]
        every = {one.tobytes() for one in published}
        wanted = {one.tobytes(): one for one in targets if one.any() and one.tobytes() not in every}
        size = len(self.week)
        unknown = np.array(list(wanted.values()), dtype=float).reshape(-1, size)
        return self.name, np.array(published, dtype=float).reshape(-1, size), unknown


def _solved(name: str, published: Matrix, hidden: Matrix) -> Iterator[str]:
    """Linear algebra, on the columns that differ."""
    if not len(hidden) or not len(published):
        return
    kinds = np.unique(np.vstack([published, hidden]), axis=1)
    if kinds.shape[1] <= LARGEST and recoverable(kinds[: len(published)], kinds[len(published) :]).any():
        yield f"A group of {name} that is not shown follows from the groups that are."


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
