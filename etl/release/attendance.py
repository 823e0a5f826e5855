"""How many appointments were kept, missed and cancelled, per site, period and stratum?"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from deid.disclosure import CHUNK
from etl.release import engine
from etl.release.atoms import COLUMNS, EVERYWHERE, UNIT_COLUMN, Counter, weeks_of
from etl.release.grid import Grid
from etl.release.slots import STATUSES
from warehouse.schema import ALL, ALL_SITES, ATTENDANCE_COUNTS, PUBLISHED, WITHHELD

SUMS = tuple(name for name in ATTENDANCE_COUNTS if name != "patients")


def measures(rows: ir.Table) -> dict[str, ir.Value]:
    """The counts and sums of a set of slots. All integers; money in cents; they add."""
    is_status = {word: rows.status == code for code, word in enumerate(STATUSES)}
    held = is_status["attended"] | is_status["no_show"]
    lost = is_status["no_show"] | is_status["late_cancel"]
    waited = held & rows.wait_days.notnull()
    counted = {word: is_status[word].sum() for word in STATUSES}
    refilled = rows.refilled.fill_null(False)
    sums = {
        "booked": rows.count(),
        **counted,
        "refilled": (lost & refilled).sum(),
        "refill_known": (lost & rows.refilled.notnull()).sum(),
        "rebooked": (is_status["no_show"] & rows.rebooked).sum(),
        "exposed": (held & rows.touched).sum(),
        "waits": waited.sum(),
        "wait_days": rows.wait_days.sum(where=waited),
        "wait_days_squared": (rows.wait_days.cast("int64") * rows.wait_days).sum(where=waited),
        "fees": (is_status["attended"] & rows.fee.notnull()).sum(),
        "fee_cents": rows.fee.sum(where=is_status["attended"]),
        "lost_fee_cents": rows.fee.sum(where=lost & ~refilled),
    }
    return {name: ibis.coalesce(value, 0).cast("int64") for name, value in sums.items()}


def sums_by_week(rows: ir.Table, *by: str) -> pd.DataFrame:
    """site, week and the other keys, with every sum: small, and it adds to any longer period."""
    keys = ["site", "week", *by]
    return rows.group_by(keys).aggregate(**measures(rows)).to_pandas().astype(dict.fromkeys(keys, "int64"))


def patients_of(rows: ir.Table, grain: str, *by: str, everywhere: bool = False) -> pd.DataFrame:
    """Distinct patients of each group: site, start and the other keys."""
    unit = UNIT_COLUMN[grain]
    keys = [unit, *by] if everywhere else ["site", unit, *by]
    found = engine.distinct_patients(rows, *keys).astype("int64").rename(columns={unit: "start"})
    return found.assign(site=EVERYWHERE) if everywhere else found


def within(rows: ir.Table, site_weeks: pd.DataFrame) -> ir.Table:
    """The slots in these weeks of these sites. site_weeks: site, week."""
    pairs = site_weeks[["site", "week"]].drop_duplicates()
    return rows.semi_join(engine.small(pairs.astype("int16")), ["site", "week"])


def counter(rows: ir.Table) -> Counter:
    """Counts the distinct patients of strata over released slots (with `stratum`), in the chunks asked for."""

    def count(everywhere: bool, grain: str, chunks: pd.DataFrame) -> pd.DataFrame:
        wanted = rows.semi_join(engine.small(chunks.astype("int16")), "chunk")
        return patients_of(wanted, grain, "stratum", everywhere=everywhere)

    return count


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
        pd.concat(patients)[[*keys, "patients"]], on=keys, how="left"
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
