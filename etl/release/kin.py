"""Which tables count the same rows, and which new groups are withheld because one table less another would tell more?

A course of care that ended counts under every questionnaire; a request for care, under its levels and under how long it
took. Who is told of differs, and so may the groups that are shown. New groups that do not agree with those of the other
table (`deid.agreement`) are withheld; so are those that hold other rows than it showed: what came late in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sqlalchemy import Table

from deid.agreement import meeting
from etl.release.atoms import EVERYWHERE, Decided, published_before, weeks_of
from etl.release.grid import Grid
from etl.release.work import Work
from warehouse.schema import ALL, ALL_SITES, PUBLISHED

GROUP = ["site", "grain", "start"]
NEEDED = ["site", "grain", "period_start", "stratifier", "stratum", "state"]


@dataclass(frozen=True)
class Kin:
    """Another table that counts the same rows: words, among its keys; and which counts of it add to which of ours."""

    table: Table
    words: Mapping[str, str] = field(default_factory=dict)
    theirs: tuple[str, ...] = ()  # none: the rows are the same, and no two counts are
    ours: tuple[str, ...] = ()

    def rows(self, work: Work) -> pd.DataFrame:
        """What this release holds of it so far."""
        cells = _together(work.frames.get(self.table.name, []), [*self.words, *self.theirs])
        for name, word in self.words.items():
            cells = cells[cells[name] == word]
        return cells


@dataclass(frozen=True)
class Own:
    """The groups of the table itself under one stratifier: its atoms, and what it holds and would hold.

    population: released site-weeks, over which strata are counted; None where there are none. published: the rows of
    the release before. counted: the rows of atoms.
    """

    name: str
    labels: Sequence[str]
    decided: Decided
    population: pd.DataFrame | None
    published: pd.DataFrame
    counted: Callable[[pd.DataFrame], pd.DataFrame]


def agreed(work: Work, own: Own, kin: Sequence[Kin]) -> Decided:
    """The decisions, those of new groups that do not agree with the other tables changed to withheld."""
    new = own.decided.new
    tables = [(each, rows) for each in kin if (rows := each.rows(work))["stratifier"].eq(own.name).any()]
    if not tables or not new["shown"].any():
        return own.decided
    ours = sorted({name for each, _ in tables for name in each.ours})
    rows = _together([own.published, own.counted(_shown(new))], ours)
    atoms = own.decided.all.reset_index(drop=True)
    mine = _places(atoms, own.population)
    wrong: set[int] = set()
    for each, cells in tables:
        theirs = published_before(cells, own.name, tuple(own.labels), work.grid)
        released = weeks_of(_shown(published_before(cells, ALL, tuple(own.labels), work.grid)))
        pairs = meeting(mine, _places(theirs, None if own.name == ALL else released[["site", "week"]]))
        if each.ours:
            counts = _counts(rows, each.ours, own, work.grid), _counts(cells, each.theirs, own, work.grid)
            pairs["agrees"] &= ~pairs["family"].isin(_unequal(pairs, atoms, theirs, *counts))
        wrong.update(pairs.loc[~pairs["agrees"], "group"])
    agree = ~np.isin(np.arange(len(own.decided.before), len(atoms)), list(wrong))
    return Decided(own.decided.before, new.assign(shown=new["shown"].astype(bool) & agree))


def _together(parts: Sequence[pd.DataFrame], more: Sequence[str]) -> pd.DataFrame:
    """What is needed of the rows of one table, days and numbers of one kind."""
    columns = [*NEEDED, *more]
    found = [rows[columns].assign(period_start=pd.to_datetime(rows["period_start"])) for rows in parts if len(rows)]
    told = [rows.astype(dict.fromkeys(set(more) & set(rows.select_dtypes("number")), "Int64")) for rows in found]
    return pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=columns)


def _shown(atoms: pd.DataFrame) -> pd.DataFrame:
    return atoms[atoms["shown"].astype(bool)]


def _places(atoms: pd.DataFrame, population: pd.DataFrame | None) -> pd.DataFrame:
    """group (the atom's place in the frame), site and week of all that is shown, inside the released site-weeks."""
    found = weeks_of(_shown(atoms.reset_index(names="group")))[["group", "site", "week"]]
    if population is None:
        return found
    wide = found["site"] == EVERYWHERE
    everywhere = found[wide].drop(columns="site").merge(population, on="week")
    return pd.concat([found[~wide].merge(population, on=["site", "week"]), everywhere], ignore_index=True)


def _counts(rows: pd.DataFrame, names: Sequence[str], own: Own, grid: Grid) -> pd.DataFrame:
    """How many rows each group and stratum holds: site, grain, start, stratum, n."""
    rows = rows[(rows["stratifier"] == own.name) & (rows["state"] == PUBLISHED)]
    number = {ALL_SITES: EVERYWHERE} | {label: at for at, label in enumerate(own.labels)}
    told = rows[["grain", "stratum"]].assign(
        site=rows["site"].map(number).astype("int64"),
        start=[grid.week(day) for day in rows["period_start"]],
        n=rows[list(names)].astype("int64").sum(axis=1),
    )
    return told.groupby([*GROUP, "stratum"], as_index=False).sum()


def _unequal(
    pairs: pd.DataFrame, mine: pd.DataFrame, theirs: pd.DataFrame, ours: pd.DataFrame, others: pd.DataFrame
) -> set[int]:
    """The families in which a stratum holds other rows in one table than in the other."""
    sums = []
    for by, atoms, counts in (("group", mine, ours), ("theirs", theirs, others)):
        known = pairs[[by, "family"]].drop_duplicates().merge(atoms[GROUP], left_on=by, right_index=True)
        sums.append(known.merge(counts, on=GROUP).groupby(["family", "stratum"])["n"].sum())
    one, other = sums[0].align(sums[1], fill_value=0)
    return set(one.index[one != other].get_level_values("family"))
