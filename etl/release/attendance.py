"""How many appointments were kept, missed and cancelled, per site, period and stratum?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deid.disclosure import CHUNK
from etl.release.atoms import COLUMNS, EVERYWHERE, weeks_of
from etl.release.grid import Grid
from etl.release.rows import Column, Rows, by_group, total
from etl.release.slots import ABSENT, STATUSES
from warehouse.schema import ALL, ALL_SITES, ATTENDANCE_COUNTS, PUBLISHED, WITHHELD

SUMS = tuple(name for name in ATTENDANCE_COUNTS if name != "patients")

NOBODY = pd.DataFrame(columns=["site", "start", "stratum", "grain", "patients"]).astype(
    {"site": "int64", "start": "int64", "stratum": "int64", "grain": "str", "patients": "int64"}
)


def sums_by_week(rows: Rows, *by: str) -> pd.DataFrame:
    """site, week and the other keys, with every count and sum: small, and it adds to any longer period.

    All integers; money in cents.
    """
    keys = ("site", "week", *by)
    group, shape = rows.groups(keys)
    size = int(np.prod(shape, dtype=np.int64))
    status, refilled, wait, fee = (rows[name] for name in ("status", "refilled", "wait_days", "fee"))
    words = np.bincount(group * len(STATUSES) + status, minlength=size * len(STATUSES)).reshape(size, len(STATUSES))
    is_status = {word: status == STATUSES.index(word) for word in ("attended", "no_show", "late_cancel")}
    held = is_status["attended"] | is_status["no_show"]
    lost = is_status["no_show"] | is_status["late_cancel"]
    waited, paid = held & (wait != ABSENT), fee != ABSENT
    days = wait[waited].astype(np.float64)

    def counted(chosen: Column) -> Column:
        return np.bincount(group[chosen], minlength=size)

    sums = {
        "booked": words.sum(axis=1),
        **{word: words[:, code] for code, word in enumerate(STATUSES)},
        "refilled": counted(lost & (refilled == 1)),
        "refill_known": counted(lost & (refilled >= 0)),
        "rebooked": counted(is_status["no_show"] & rows["rebooked"]),
        "exposed": counted(held & rows["touched"]),
        "waits": counted(waited),
        "wait_days": total(group[waited], size, days),
        "wait_days_squared": total(group[waited], size, days * days),
        "fees": counted(is_status["attended"] & paid),
        "fee_cents": total(group, size, fee, is_status["attended"] & paid),
        "lost_fee_cents": total(group, size, fee, lost & paid & (refilled != 1)),
    }
    return by_group(keys, shape, **sums)


def within(rows: Rows, site_weeks: pd.DataFrame) -> Rows:
    """The slots in these weeks of these sites. site_weeks: site, week."""
    return rows.inside(site_weeks[["site", "week"]])


def cells(
    atoms: pd.DataFrame,
    sums: pd.DataFrame,
    patients: Sequence[pd.DataFrame],
    *,
    stratifier: str = ALL,
    strata: Sequence[str] = (ALL,),
) -> pd.DataFrame:
    """The rows of the new atoms: one per atom and stratum, zeros where nobody was, no numbers where withheld.

    atoms: site, start, grain, shown, everywhere. sums: released slots by site, week, stratum (number). patients: the
    exact counts, one frame per site-or-all and grain, with `grain`.
    """
    keys = ["site", "start", "grain", "stratum"]
    is_shown = atoms["shown"].astype(bool)
    shown, hidden = (spread_strata(atoms[chosen], len(strata)) for chosen in (is_shown, ~is_shown))
    covered = weeks_of(atoms[is_shown])[["site", "week", "start", "grain"]]
    near = covered.merge(sums, on=["site", "week"])
    far = covered[covered["site"] == EVERYWHERE].merge(sums.drop(columns="site"), on="week")
    totals = pd.concat([near, far]).groupby(keys, as_index=False)[list(SUMS)].sum()
    found = shown.merge(totals, on=keys, how="left").merge(
        pd.concat([NOBODY, *patients])[[*keys, "patients"]], on=keys, how="left"
    )
    counts = ["patients", *SUMS]
    found[counts] = found[counts].fillna(0).astype("int64")
    rows = pd.concat([found, hidden], ignore_index=True) if len(hidden) else found
    rows[counts] = rows[counts].astype("Int64")
    return rows.sort_values(keys).assign(
        stratifier=stratifier, stratum=lambda kept: kept["stratum"].map(dict(enumerate(strata)))
    )


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


def chunks_waiting(atoms: pd.DataFrame, present: pd.DataFrame, until: int, covered: int) -> set[int]:
    """First weeks of chunks in which some site has people in a settled week that is in no atom yet.

    present: site, start of chunks with anybody (patients at the grain 4weeks).
    """
    decided = set(zip(*[weeks_of(atoms)[name] for name in ("site", "week")], strict=True)) if len(atoms) else set()
    waiting: set[int] = set()
    for site, start in present[["site", "start"]].itertuples(index=False):
        weeks = range(start, min(start + CHUNK, until, covered))
        if any((site, week) not in decided for week in weeks):
            waiting.add(int(start))
    return waiting
