"""How many patients are in care at each week since their intake, and how many leave in that week?

Calendar periods: a week in care counts in the period its first day falls in (delayed entry), so weekly hazards of one
period chain to "still in care at 12 weeks". A period is published when every ending that can fall in it is known:
data end - lapse_days. Without that, the newest weeks would show nobody leaving.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from deid.disclosure import BLOCK, CHUNK, GRAINS
from etl.release import engine
from etl.release.atoms import EVERYWHERE, Counter
from etl.release.attendance import spread_strata
from etl.release.episodes import PLANNED, UNPLANNED
from etl.release.grid import Grid
from etl.release.rows import Rows, by_group
from etl.release.strata import Attribute
from warehouse.schema import ALL, RETENTION_COUNTS

LAST_WEEK = 52  # of weeks in care shown
ENDINGS = (UNPLANNED, *PLANNED)


def weeks_in_care(episodes: ir.Table, wanted: list[Attribute], grid: Grid, lapse_days: int, since: int) -> ir.Table:
    """One row per episode and week in care that begins in a published period.

    Columns: patient_id, site, chunk, block, week_in_care, ending (of ENDINGS, or none) in that week, first_visit,
    left_after_first, s_<stratifier>. left_after_first: no second kept visit within lapse_days of the first, and no
    planned ending by then.
    """
    rows = episodes.mutate(
        began=episodes.started_on.delta(_day(grid), unit="day"),
        entered=episodes.entry_on.delta(episodes.started_on, unit="day"),
        stayed=episodes.ended_on.delta(episodes.started_on, unit="day"),
        visited=episodes.first_visit_on.delta(episodes.started_on, unit="day"),
        returned=episodes.second_visit_on.delta(episodes.first_visit_on, unit="day"),
        planned=episodes.ended_on.delta(episodes.first_visit_on, unit="day"),
    )
    weeks = engine.small(pd.DataFrame({"week_in_care": np.arange(LAST_WEEK + 1, dtype=np.int16)}))
    rows = rows.cross_join(weeks)
    day = rows.week_in_care * 7
    rows = rows.filter(
        rows.entered <= day,
        rows.stayed.isnull() | (rows.stayed >= day),
        rows.began + day >= since * 7,
        rows.began + day < grid.retained // CHUNK * CHUNK * 7,
    )
    here = rows.week_in_care * 7
    first = ((rows.visited >= here) & (rows.visited < here + 7)).fill_null(False)
    gone = (rows.returned > lapse_days).fill_null(True)
    kept = (rows.end_reason.isin(PLANNED) & (rows.planned <= lapse_days)).fill_null(False)
    codes = [(word, code) for code, word in enumerate(ENDINGS)]
    in_week = (rows.stayed < here + 7).fill_null(False)
    start = rows.began + here
    return rows.select(
        "patient_id",
        "site",
        "week_in_care",
        chunk=(start // (7 * CHUNK) * CHUNK).cast("int16"),
        block=(start // (7 * BLOCK) * BLOCK).cast("int16"),
        ending=ibis.ifelse(in_week, rows.end_reason.cases(*codes, else_=len(ENDINGS)), -1).cast("int8"),
        first_visit=first,
        left_after_first=first & gone & ~kept,
        **{item.column: rows[item.column] for item in wanted},
    )


def sums_by_chunk(rows: Rows, *by: str) -> pd.DataFrame:
    """site, chunk, week_in_care and the other keys, with every count."""
    keys = ("site", "chunk", "week_in_care", *by)
    group, shape = rows.groups(keys)
    size = int(np.prod(shape, dtype=np.int64))
    values = {
        "at_risk": np.bincount(group, minlength=size),
        **{word: np.bincount(group[rows["ending"] == code], minlength=size) for code, word in enumerate(ENDINGS)},
        "starts_followed": np.bincount(group[rows["first_visit"]], minlength=size),
        "left_after_first": np.bincount(group[rows["left_after_first"]], minlength=size),
    }
    frame = by_group(keys, shape, **values).assign(censored=0)
    begun = ["starts_followed", "left_after_first"]
    firsts = frame.loc[frame["starts_followed"] > 0, [*keys, *begun]].assign(week_in_care=0)
    rest = frame.assign(**dict.fromkeys(begun, 0))
    return pd.concat([rest, firsts]).groupby(list(keys), as_index=False)[list(RETENTION_COUNTS)].sum().astype("int64")


def released(rows: Rows, pairs: pd.DataFrame) -> Rows:
    """The weeks in care of released groups. pairs: site, chunk."""
    return rows.inside(pairs[["site", "chunk"]])


def patients_of(rows: Rows, grain: str, *by: str, everywhere: bool = False) -> pd.DataFrame:
    """Distinct patients at risk in each group: site, start and the other keys."""
    unit = "chunk" if grain == "4weeks" else "block"
    keys = [unit, *by] if everywhere else ["site", unit, *by]
    found = rows.people(*keys).rename(columns={unit: "start"})
    return found.assign(site=EVERYWHERE) if everywhere else found


def counter(rows: Rows) -> Counter:
    """Counts the distinct patients of strata over released weeks in care, in the chunks asked for."""

    def count(everywhere: bool, grain: str, chunks: pd.DataFrame) -> pd.DataFrame:
        return patients_of(rows.inside(chunks), grain, "stratum", everywhere=everywhere)

    return count


def cells(
    atoms: pd.DataFrame,
    sums: pd.DataFrame,
    patients: Sequence[pd.DataFrame],
    *,
    stratifier: str = ALL,
    strata: Sequence[str] = (ALL,),
) -> pd.DataFrame:
    """The rows of the new atoms: one per atom, stratum and week in care with anybody; one zero row where nobody was.

    sums: released weeks in care by site, chunk, week_in_care, stratum. patients: as for attendance.
    """
    keys = ["site", "start", "grain", "stratum"]
    groups = spread_strata(atoms, len(strata)).merge(pd.concat(patients)[[*keys, "patients"]], on=keys, how="left")
    parts: list[pd.DataFrame] = []
    for grain, wide in atoms[["grain", "everywhere"]].drop_duplicates().itertuples(index=False):
        added = sums.assign(start=sums["chunk"] // GRAINS[grain] * GRAINS[grain], grain=grain)
        parts.append(added.assign(site=EVERYWHERE) if wide else added)
    counts = list(RETENTION_COUNTS)
    added = pd.concat(parts or [sums.assign(start=0, grain="")])
    totals = added.groupby([*keys, "week_in_care"], as_index=False)[counts].sum()
    is_shown = groups["shown"].astype(bool)
    found = groups[is_shown].merge(totals, on=keys, how="left")
    numbers = ["week_in_care", "patients", *counts]
    found[numbers] = found[numbers].fillna(0).astype("int64")
    rows = pd.concat([found, groups[~is_shown].assign(week_in_care=0)], ignore_index=True)
    hidden = ~rows["shown"].astype(bool)
    rows[["patients", *counts]] = rows[["patients", *counts]].astype("Int64")
    rows.loc[hidden, ["patients", *counts]] = pd.NA
    return rows.sort_values([*keys, "week_in_care"]).assign(
        stratifier=stratifier, stratum=lambda kept: kept["stratum"].map(dict(enumerate(strata)))
    )


def _day(grid: Grid) -> ir.Value:
    return ibis.date(grid.start.isoformat())
