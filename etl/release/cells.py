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
from etl.release.rows import total
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WITHHELD

NOBODY = pd.DataFrame(columns=["site", "start", "stratum", "grain", "patients"]).astype(
    {"site": "int64", "start": "int64", "stratum": "int64", "grain": "str", "patients": "int64"}
)
ONE = pd.DataFrame(index=[0])


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
    is_shown = atoms["shown"].astype(bool)
    shown, hidden = (spread_strata(atoms[chosen], len(strata)) for chosen in (is_shown, ~is_shown))
    groups = Groups(atoms[is_shown], len(strata))
    parts, counted = list(layout.divided_by), list(layout.counts)
    totals = _totals(sums, groups.of_weeks(sums["site"], sums["week"], sums["stratum"]), layout, len(shown))
    shown["patients"] = groups.people(patients)
    found = _divided(shown, totals, layout)
    hidden = _crossed(hidden, layout.blank)
    keys = {name: _stacked(found[name], hidden[name]) for name in (*COLUMNS, "stratum", *parts)}
    order = np.lexsort([_rank(keys[name]) for name in (*reversed(parts), "stratum", "grain", "start", "site")])
    mask = np.repeat([False, True], [len(found), len(hidden)])[order]
    none = pd.Series(np.zeros(len(hidden), dtype=np.int64))
    numbers = {name: _stacked(found[name], none)[order].astype(np.int64) for name in ("patients", *counted)}
    told = {name: pd.arrays.IntegerArray(values, mask.copy()) for name, values in numbers.items()}
    words = np.array(strata, dtype=object)[keys["stratum"][order]]
    ordered = {name: values[order] for name, values in keys.items()} | told | {"stratum": words}
    return pd.DataFrame(ordered | {"stratifier": np.full(len(order), stratifier, dtype=object)})


def _stacked(shown: pd.Series, hidden: pd.Series) -> NDArray[Any]:
    return np.concatenate([shown.to_numpy(), hidden.to_numpy()]) if len(hidden) else shown.to_numpy()


def _rank(values: NDArray[Any]) -> NDArray[Any]:
    return pd.factorize(values, sort=True)[0] if values.dtype == object else values


class Groups:
    """Which group, an atom and a stratum, does each site, week and stratum belong to? They are numbered from 0.

    Atoms never overlap, so a table of site x week says it at once; the first line is that of all sites together.
    """

    def __init__(self, atoms: pd.DataFrame, strata: int) -> None:
        self.strata = strata
        self.site, self.start = (atoms[name].to_numpy(dtype=np.int64) for name in ("site", "start"))
        self.grain = atoms["grain"].to_numpy()
        lengths = np.array([GRAINS[name] for name in self.grain], dtype=np.int64)
        ends = int((self.start + lengths).max(initial=0))
        self.at = np.full((int(self.site.max(initial=-1)) + 2, ends + 1), -1)
        number = np.repeat(np.arange(len(atoms)), lengths)
        week = np.arange(len(number)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + self.start[number]
        self.at[self.site[number] + 1, week] = number

    def of_weeks(self, site: pd.Series, week: pd.Series, stratum: pd.Series) -> NDArray[np.int64]:
        """The group of each row, -1 where it is in none."""
        place, column = np.minimum(site + 1, len(self.at) - 1), np.minimum(week, self.at.shape[1] - 1)
        own = np.where(site + 1 < len(self.at), self.at[place, column], -1)
        atom = np.maximum(own, self.at[0, column])
        return np.where(atom >= 0, atom * self.strata + stratum, -1)

    def people(self, patients: Sequence[pd.DataFrame]) -> NDArray[np.int64]:
        """The patients of each group; 0 where nobody is in it."""
        found = np.zeros(len(self.site) * self.strata, dtype=np.int64)
        for counts in patients if len(found) else ():
            group = self.of_weeks(counts["site"], counts["start"], counts["stratum"])
            atom = group // self.strata
            mine = (group >= 0) & (self.grain[atom] == counts["grain"]) & (self.site[atom] == counts["site"])
            mine &= self.start[atom] == counts["start"]
            found[group[mine]] = counts["patients"].to_numpy()[mine]
        return found


def _totals(sums: pd.DataFrame, group: NDArray[np.int64], layout: Layout, groups: int) -> pd.DataFrame:
    """The sums of every group, or of every one that has any under each of what divides it, with `group`."""
    parts, counted = list(layout.divided_by), list(layout.counts)
    if parts:
        found = sums[[*parts, *counted]].assign(group=group)[group >= 0]
        return found.groupby(["group", *parts], sort=False)[counted].sum().reset_index()
    inside, place = sums[group >= 0], group[group >= 0]
    return pd.DataFrame({name: total(place, groups, inside[name].to_numpy()) for name in counted}, index=range(groups))


def _divided(shown: pd.DataFrame, totals: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """A row per group and division; the blank ones where nobody is in the group."""
    if not layout.divided_by:
        return shown.assign(**{name: totals[name].to_numpy() for name in layout.counts})
    group = totals["group"].to_numpy()
    some = shown.iloc[group].reset_index(drop=True).join(totals.drop(columns="group"))
    nobody = _crossed(shown[~shown.index.isin(group)], layout.blank)
    nobody = nobody.assign(**dict.fromkeys(layout.counts, 0))
    return pd.concat([some, nobody], ignore_index=True) if len(nobody) else some


def spread_strata(atoms: pd.DataFrame, count: int) -> pd.DataFrame:
    """Each atom once per stratum."""
    return _crossed(atoms[COLUMNS], pd.DataFrame({"stratum": np.arange(count)}))


def _crossed(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Every row with every other: what a merge does as well, many times slower."""
    left = rows.iloc[np.repeat(np.arange(len(rows)), len(others))].reset_index(drop=True)
    right = others.iloc[np.tile(np.arange(len(others)), len(rows))].reset_index(drop=True)
    return pd.concat([left, right], axis="columns")


def labelled(rows: pd.DataFrame, sites: Sequence[str], grid: Grid) -> pd.DataFrame:
    """Numbers of sites and weeks as the warehouse shows them: site, period_start, state."""
    names = {EVERYWHERE: ALL_SITES} | dict(enumerate(sites))
    return rows.assign(
        site=rows["site"].map(names),
        period_start=rows["start"].map({week: grid.day(week) for week in rows["start"].unique()}),
        state=np.where(rows["shown"].astype(bool), PUBLISHED, WITHHELD),
    ).drop(columns=["start", "shown", "everywhere"])
