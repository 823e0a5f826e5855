"""How do sums by week become the rows of a table: one per group, zeros where nobody was, no numbers where withheld?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deid.disclosure import GRAINS
from etl.release.atoms import COLUMNS, EVERYWHERE
from etl.release.grid import Grid
from etl.release.rows import Column, total
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WITHHELD

NOBODY = pd.DataFrame(columns=["site", "start", "stratum", "grain", "patients"]).astype(
    {"site": "int64", "start": "int64", "stratum": "int64", "grain": "str", "patients": "int64"}
)
ONE = pd.DataFrame(index=[0])

Arrays = dict[str, NDArray[Any]]  # columns of equal length: a frame costs more than most of what is done with these


@dataclass(frozen=True)
class Layout:
    """What a row of a table holds: the counts, and the keys that divide a group (a scale, a number of minutes).

    blank: the divisions that stand for a group with nobody in it, or one that is withheld; one row per division.
    """

    counts: Sequence[str]
    divided_by: Sequence[str] = ()
    blank: pd.DataFrame = field(default_factory=lambda: ONE)


def rows_of(
    atoms: pd.DataFrame,
    sums: pd.DataFrame,
    patients: Sequence[pd.DataFrame],
    layout: Layout,
    *,
    stratifier: str = ALL,
    strata: Sequence[str] = (ALL,),
) -> pd.DataFrame:
    """The rows of the new atoms.

    atoms: site, start, grain, shown, everywhere. sums: released rows by site, week, stratum (number) and what divides
    a group. patients: the exact counts, one frame per site-or-all and grain, with `grain`.
    """
    is_shown = atoms["shown"].to_numpy(dtype=bool)
    shown, hidden = (_spread(atoms[chosen], len(strata)) for chosen in (is_shown, ~is_shown))
    groups = Groups(atoms[is_shown], len(strata))
    parts, counted = list(layout.divided_by), list(layout.counts)
    totals = _totals(
        sums, groups.of_weeks(*(sums[name].to_numpy() for name in ("site", "week", "stratum"))), layout, groups.count
    )
    shown["patients"] = groups.people(patients)
    found = _divided(shown, totals, layout)
    hidden = _crossed(hidden, layout.blank)
    keys = {name: _stacked(found[name], hidden[name]) for name in (*COLUMNS, "stratum", *parts)}
    order = np.lexsort([_rank(keys[name]) for name in (*reversed(parts), "stratum", "grain", "start", "site")])
    mask = np.repeat([False, True], [len(found["site"]), len(hidden["site"])])[order]
    none = np.zeros(len(hidden["site"]), dtype=np.int64)
    numbers = {name: _stacked(found[name], none)[order].astype(np.int64) for name in ("patients", *counted)}
    told = {name: pd.arrays.IntegerArray(values, mask.copy()) for name, values in numbers.items()}
    words = np.array(strata, dtype=object)[keys["stratum"][order]]
    ordered = {name: values[order] for name, values in keys.items()} | told | {"stratum": words}
    return pd.DataFrame(ordered | {"stratifier": np.full(len(order), stratifier, dtype=object)})


def _stacked(shown: NDArray[Any], hidden: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([shown, hidden]) if len(hidden) else shown


def _rank(values: NDArray[Any]) -> NDArray[Any]:
    return pd.factorize(values, sort=True)[0] if values.dtype == object else values


class Groups:
    """Which group, an atom and a stratum, does each site, week and stratum belong to? They are numbered from 0.

    Atoms never overlap, so a table of site x week says it at once; the first line is that of all sites together.
    """

    def __init__(self, atoms: pd.DataFrame, strata: int) -> None:
        self.strata = strata
        self.count = len(atoms) * strata
        self.site, self.start = (atoms[name].to_numpy(dtype=np.int64) for name in ("site", "start"))
        self.lengths = lengths = np.array([GRAINS[name] for name in atoms["grain"]], dtype=np.int64)
        ends = int((self.start + lengths).max(initial=0))
        self.at = np.full((int(self.site.max(initial=-1)) + 2, ends + 1), -1)
        number = np.repeat(np.arange(len(atoms)), lengths)
        week = np.arange(len(number)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + self.start[number]
        self.at[self.site[number] + 1, week] = number

    def of_weeks(self, site: Column, week: Column, stratum: Column) -> NDArray[np.int64]:
        """The group of each row, -1 where it is in none."""
        place, column = np.minimum(site + 1, len(self.at) - 1), np.minimum(week, self.at.shape[1] - 1)
        own = np.where(site + 1 < len(self.at), self.at[place, column], -1)
        atom = np.maximum(own, self.at[0, column])
        return np.where(atom >= 0, atom * self.strata + stratum, -1)

    def people(self, patients: Sequence[pd.DataFrame]) -> NDArray[np.int64]:
        """The patients of each group; 0 where nobody is in it."""
        found = np.zeros(self.count, dtype=np.int64)
        for counts in patients if len(found) else ():
            site, start = (counts[name].to_numpy() for name in ("site", "start"))
            group = self.of_weeks(site, start, counts["stratum"].to_numpy())
            atom = group // self.strata
            mine = (group >= 0) & (self.lengths[atom] == counts["grain"].map(GRAINS).to_numpy())
            mine &= (self.site[atom] == site) & (self.start[atom] == start)
            found[group[mine]] = counts["patients"].to_numpy()[mine]
        return found


def _totals(sums: pd.DataFrame, group: NDArray[np.int64], layout: Layout, groups: int) -> Arrays:
    """The sums of every group, or of every one that has any under each of what divides it, with `group`."""
    parts, counted, inside = list(layout.divided_by), list(layout.counts), group >= 0
    if not parts:
        return {name: total(group[inside], groups, sums[name].to_numpy()[inside]) for name in counted}
    keys = {name: sums[name].to_numpy()[inside] for name in parts}
    group = group[inside]
    number = group
    for values in keys.values():
        codes, words = pd.factorize(values)
        number = number * max(len(words), 1) + codes
    place = pd.factorize(number)[0]  # numbered as they come: a new one is larger than all before
    first = np.flatnonzero(np.diff(np.maximum.accumulate(place), prepend=-1))
    told = {name: total(place, len(first), sums[name].to_numpy()[inside]) for name in counted}
    return {"group": group[first], **{name: values[first] for name, values in keys.items()}, **told}


def _divided(shown: Arrays, totals: Arrays, layout: Layout) -> Arrays:
    """A row per group and division; the blank ones where nobody is in the group."""
    if not layout.divided_by:
        return shown | totals
    group = totals.pop("group")
    some = {name: values[group] for name, values in shown.items()} | totals
    empty = np.ones(len(shown["site"]), dtype=bool)
    empty[group] = False
    nobody = _crossed({name: values[empty] for name, values in shown.items()}, layout.blank)
    zeros = np.zeros(len(nobody["site"]), dtype=np.int64)
    return {name: _stacked(values, nobody.get(name, zeros)) for name, values in some.items()}


def spread_strata(atoms: pd.DataFrame, count: int) -> pd.DataFrame:
    """Each atom once per stratum."""
    return pd.DataFrame(_spread(atoms, count))


def _spread(atoms: pd.DataFrame, count: int) -> Arrays:
    return _crossed({name: atoms[name].to_numpy() for name in COLUMNS}, pd.DataFrame({"stratum": np.arange(count)}))


def _crossed(rows: Arrays, others: pd.DataFrame) -> Arrays:
    """Every row with every other: what a merge does as well, many times slower."""
    size = len(next(iter(rows.values())))
    left = {name: np.repeat(values, len(others)) for name, values in rows.items()}
    return left | {str(name): np.tile(values.to_numpy(), size) for name, values in others.items()}


def labelled(rows: pd.DataFrame, sites: Sequence[str], grid: Grid) -> pd.DataFrame:
    """Numbers of sites and weeks as the warehouse shows them: site, period_start, state."""
    names = np.array([ALL_SITES, *sites], dtype=object)  # EVERYWHERE comes before the first site
    start = rows["start"].to_numpy(dtype=np.int64)
    weeks, place = np.unique(start, return_inverse=True)
    days = np.array([grid.day(week) for week in weeks], dtype=object)
    return rows.assign(
        site=names[rows["site"].to_numpy(dtype=np.int64) - EVERYWHERE],
        period_start=days[place],
        state=np.where(rows["shown"].to_numpy(dtype=bool), PUBLISHED, WITHHELD),
    ).drop(columns=["start", "shown", "everywhere"])
