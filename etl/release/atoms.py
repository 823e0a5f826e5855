"""Which groups of this table are shown, at which length of period? The decisions of `deid.disclosure` on engine counts.

A *unit* frame has columns site (number), start (first week), grain, shown, everywhere: one row per atom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deid.disclosure import BLOCK, CHUNK, GRAINS, Atom, Rule, decide_block, decide_strata
from etl.release.grid import Grid
from warehouse.schema import ALL_SITES, PUBLISHED

COLUMNS = ["site", "start", "grain", "shown", "everywhere"]
EVERYWHERE = -1  # the site number of a group over all sites
UNIT_COLUMN = {"week": "week", "4weeks": "chunk", "12weeks": "block"}

Counter = Callable[[bool, str, pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Decided:
    """The atoms of one table and stratifier: those of earlier releases, and the new ones, which are to be counted."""

    before: pd.DataFrame
    new: pd.DataFrame

    @property
    def all(self) -> pd.DataFrame:
        return pd.concat([self.before, self.new], ignore_index=True) if len(self.before) else self.new


@dataclass(frozen=True)
class Undivided:
    """The atoms of the sites of one table, and in which chunks a site still waits."""

    decided: Decided
    waiting: set[int]

    @property
    def population(self) -> pd.DataFrame:
        """Released site-weeks: what strata may be counted over."""
        shown = self.decided.all[self.decided.all["shown"].astype(bool)]
        return weeks_of(shown)[["site", "week"]]


def frame(atoms: Iterable[tuple[int, Atom]]) -> pd.DataFrame:
    rows = [(site, atom.start, atom.grain, atom.shown, atom.everywhere) for site, atom in atoms]
    values = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    kinds = (np.int64, np.int64, object, bool, bool)
    return pd.DataFrame({name: np.array(one, kind) for name, one, kind in zip(COLUMNS, values, kinds, strict=True)})


def published_before(cells: pd.DataFrame, stratifier: str, labels: tuple[str, ...], grid: Grid) -> pd.DataFrame:
    """The atoms an earlier release holds. cells: rows of a cell table with site, grain, period_start, stratifier.

    An atom is shown where any of its rows is: some weeks in care of a shown one may be withheld.
    """
    if cells.empty:
        return frame([])
    rows = cells.loc[cells["stratifier"] == stratifier, ["site", "grain", "period_start", "state"]]
    rows = rows.assign(shown=rows["state"] == PUBLISHED)
    whole = rows.groupby(["site", "grain", "period_start"])["shown"].any().reset_index()
    number = {ALL_SITES: EVERYWHERE} | {label: at for at, label in enumerate(labels)}
    return frame(
        (number[site], Atom(grid.week(day), grain, bool(shown), site == ALL_SITES))
        for site, grain, day, shown in whole.itertuples(index=False)
    )


def weeks_of(atoms: pd.DataFrame) -> pd.DataFrame:
    """One row per site and week of each atom: site, week, grain, shown, start."""
    lengths = atoms["grain"].map(GRAINS).to_numpy(dtype=np.int64)
    rows = {str(name): np.repeat(values.to_numpy(), lengths) for name, values in atoms.items()}
    place = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return pd.DataFrame(rows | {"week": rows["start"] + place})


def region(atoms: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    """Which released site-weeks lie in the shown atoms of a table? Columns site and week."""
    shown = weeks_of(atoms[atoms["shown"].astype(bool)])
    wide = set(shown.loc[shown["site"] == EVERYWHERE, "week"])
    pairs = population[["site", "week"]].drop_duplicates()
    own = pairs.merge(shown.loc[shown["site"] != EVERYWHERE, ["site", "week"]].drop_duplicates(), on=["site", "week"])
    return pd.concat([own, pairs[pairs["week"].isin(wide)]]).drop_duplicates(ignore_index=True)


def decide_sites(
    patients: dict[str, pd.DataFrame], before: pd.DataFrame, rule: Rule, covered: int, sites: Iterable[int]
) -> Decided:
    """Which periods of each site are shown, undivided?

    patients: grain -> site, start, patients. A site's first and last block with anybody bound its weeks; no atom lies
    wholly after `covered`, where the exports do not reach.
    """
    found: list[tuple[int, Atom]] = []
    taken = weeks_of(before) if len(before) else pd.DataFrame(columns=["site", "week"])
    for site in sites:
        counts = {
            (grain, int(start)): int(n)
            for grain, rows in patients.items()
            for start, n in rows.loc[rows["site"] == site, ["start", "patients"]].itertuples(index=False)
        }
        here = {int(week) for week in taken.loc[taken["site"] == site, "week"]}
        starts = [start // BLOCK * BLOCK for _, start in counts] + [week // BLOCK * BLOCK for week in here]
        for first in range(min(starts, default=0), max(starts, default=-1) + 1, BLOCK):
            atoms = decide_block(first, counts, here, rule)
            found += [(site, atom) for atom in atoms if atom.start < covered]
    return Decided(before, frame(found))


def decide_stratifier(
    undivided: pd.DataFrame, waiting: set[int], before: pd.DataFrame, count: Counter, rule: Rule
) -> Decided:
    """In which periods are the strata of one stratifier shown, by site or over all sites?

    undivided: the atoms of all sites of the table, shown and withheld. waiting: first weeks of chunks in which a site
    is not decided yet. count(everywhere, grain, units) -> site, start, stratum, patients over released rows.
    """
    shown = weeks_of(undivided[undivided["shown"]])
    shown["chunk"] = shown["week"] // CHUNK * CHUNK
    grains = shown.groupby("chunk")["grain"].agg(lambda names: max(names, key=lambda name: GRAINS[name]))
    coarsest = {int(chunk): grain for chunk, grain in zip(grains.index, grains, strict=True) if chunk not in waiting}
    coarsest = {chunk: grain for chunk, grain in coarsest.items() if rule.over(chunk, CHUNK)}
    taken = {int(week) // CHUNK * CHUNK for week in weeks_of(before)["week"]} if len(before) else set()
    smallest = _Smallest(count, [chunk for chunk in coarsest if chunk not in taken])
    atoms: list[tuple[int, Atom]] = []
    for first in sorted({chunk // BLOCK * BLOCK for chunk in coarsest}):
        for atom in decide_strata(first, smallest, coarsest, taken, rule):
            atoms += _spread(atom, shown)
    return Decided(before, frame(atoms))


def _spread(atom: Atom, shown: pd.DataFrame) -> list[tuple[int, Atom]]:
    """A decision over a chunk or block as the atoms it stands for: its released weeks, its sites."""
    length = BLOCK if atom.grain == "12weeks" else CHUNK
    week = shown["week"].to_numpy()
    inside = (week >= atom.start) & (week < atom.start + length)
    site = np.full(inside.sum(), EVERYWHERE) if atom.everywhere else shown["site"].to_numpy()[inside]
    if atom.grain != "week":
        return [(int(number), atom) for number in sorted(set(site.tolist()))]
    pairs = dict.fromkeys(zip(site.tolist(), week[inside].tolist(), strict=True))
    return [(int(number), Atom(int(at), "week", atom.shown, atom.everywhere)) for number, at in pairs]


class _Smallest:
    """The smallest non-empty group at each length, asked of the engine once per length and only where needed."""

    def __init__(self, count: Counter, chunks: list[int]) -> None:
        self._count = count
        self._chunks = chunks
        self._known: dict[tuple[bool, str], dict[int, int]] = {}

    def __call__(self, everywhere: bool, grain: str, start: int) -> int:
        key = (everywhere, grain)
        if key not in self._known:
            self._known[key] = self._ask(everywhere=everywhere, grain=grain)
        return self._known[key].get(start, 0)

    def _ask(self, *, everywhere: bool, grain: str) -> dict[int, int]:
        groups = self._count(everywhere, grain, pd.DataFrame({"chunk": self._chunks}))
        length = BLOCK if grain == "12weeks" else CHUNK
        found: dict[int, int] = {}
        for start, n in zip(groups["start"].to_numpy().tolist(), groups["patients"].to_numpy().tolist(), strict=True):
            first = start // length * length
            found[first] = min(n, found.get(first, n))
        return found
