"""How do sums by week become the rows of a table: one per group, zeros where nobody was, no numbers where withheld?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from etl.release.atoms import COLUMNS, EVERYWHERE, weeks_of
from etl.release.grid import Grid
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
    keys = ["site", "start", "grain", "stratum"]
    is_shown = atoms["shown"].astype(bool)
    shown, hidden = (spread_strata(atoms[chosen], len(strata)) for chosen in (is_shown, ~is_shown))
    covered = weeks_of(atoms[is_shown])[["site", "week", "start", "grain"]]
    near = covered.merge(sums, on=["site", "week"])
    far = covered[covered["site"] == EVERYWHERE].merge(sums.drop(columns="site"), on="week")
    parts, counted = list(layout.divided_by), list(layout.counts)
    totals = pd.concat([near, far]).groupby([*keys, *parts], as_index=False)[counted].sum()
    found = shown.merge(
        pd.concat([NOBODY, *patients])[[*keys, "patients"]].astype({"stratum": "int64"}), on=keys, how="left"
    )
    found = _divided(found, totals, keys, layout)
    counts = ["patients", *counted]
    found[counts] = found[counts].fillna(0).astype("int64")
    hidden = hidden.merge(layout.blank, how="cross")
    rows = pd.concat([found, hidden], ignore_index=True) if len(hidden) else found
    rows[counts] = rows[counts].astype("Int64")
    return rows.sort_values([*keys, *parts]).assign(
        stratifier=stratifier, stratum=lambda kept: kept["stratum"].map(dict(enumerate(strata)))
    )


def _divided(shown: pd.DataFrame, totals: pd.DataFrame, keys: list[str], layout: Layout) -> pd.DataFrame:
    if not layout.divided_by:
        return shown.merge(totals, on=keys, how="left")
    some = shown.merge(totals, on=keys)
    there = shown[keys].merge(totals[keys].drop_duplicates(), on=keys, how="left", indicator=True)["_merge"] == "both"
    nobody = shown[~there.to_numpy()].merge(layout.blank, how="cross")
    return pd.concat([some, nobody], ignore_index=True) if len(nobody) else some


def spread_strata(atoms: pd.DataFrame, count: int) -> pd.DataFrame:
    """Each atom once per stratum."""
    return atoms[COLUMNS].merge(pd.DataFrame({"stratum": np.arange(count)}), how="cross")


def labelled(rows: pd.DataFrame, sites: Sequence[str], grid: Grid) -> pd.DataFrame:
    """Numbers of sites and weeks as the warehouse shows them: site, period_start, state."""
    names = {EVERYWHERE: ALL_SITES} | dict(enumerate(sites))
    return rows.assign(
        site=rows["site"].map(names),
        period_start=rows["start"].map({week: grid.day(week) for week in rows["start"].unique()}),
        state=np.where(rows["shown"].astype(bool), PUBLISHED, WITHHELD),
    ).drop(columns=["start", "shown", "everywhere"])
