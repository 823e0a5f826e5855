"""How many appointments were kept, missed and cancelled, per site, period and stratum?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deid.disclosure import CHUNK
from etl.release.atoms import weeks_of
from etl.release.cells import Layout, rows_of
from etl.release.rows import Column, Rows, by_group, total
from etl.release.slots import ABSENT, STATUSES
from warehouse.schema import ALL, ATTENDANCE_COUNTS

SUMS = tuple(name for name in ATTENDANCE_COUNTS if name != "patients")


def sums_by_week(rows: Rows, *by: str) -> pd.DataFrame:
    """site, week and the other keys, with every count and sum: small, and it adds to any longer period.

    All integers; money in cents.
    """
    keys = ("site", "week", *by)
    shape = rows.shape(keys)
    sums: dict[str, Column] = {}
    for some in rows.blocks() if len(rows) else (rows,):
        for name, values in _sums(some, some.number(keys, shape), int(np.prod(shape, dtype=np.int64))).items():
            sums[name] = sums[name] + values if name in sums else values
    return by_group(keys, shape, **sums)


def _sums(rows: Rows, group: Column, size: int) -> dict[str, Column]:
    """Every count and sum of each group of these rows."""
    status, refilled, wait, fee = (rows[name] for name in ("status", "refilled", "wait_days", "fee"))
    words = np.bincount(group * len(STATUSES) + status, minlength=size * len(STATUSES)).reshape(size, len(STATUSES))
    is_status = {word: status == STATUSES.index(word) for word in ("attended", "no_show", "late_cancel")}
    held = is_status["attended"] | is_status["no_show"]
    lost = is_status["no_show"] | is_status["late_cancel"]
    waited, paid = held & (wait != ABSENT), fee != ABSENT
    days = np.where(waited, wait, 0).astype(np.float64)
    connected, reminders = rows["connected"], rows["reminders"]

    def counted(chosen: Column) -> Column:  # far quicker than to pick the chosen rows
        return np.bincount(group, weights=chosen, minlength=size).astype(np.int64)

    def added(values: Column, chosen: Column) -> Column:
        return total(group, size, np.where(chosen, values, 0))

    sums = {
        "booked": words.sum(axis=1),
        **{word: words[:, code] for code, word in enumerate(STATUSES)},
        "refilled": counted(lost & (refilled == 1)),
        "refill_known": counted(lost & (refilled >= 0)),
        "rebooked": counted(is_status["no_show"] & rows["rebooked"]),
        "exposed": counted(held & rows["touched"]),
        "waits": counted(waited),
        "wait_days": total(group, size, days),
        "wait_days_squared": total(group, size, days * days),
        "fees": counted(is_status["attended"] & paid),
        "fee_cents": added(fee, is_status["attended"] & paid),
        "lost_fee_cents": added(fee, lost & paid & (refilled != 1)),
        "remote": counted(held & (connected >= 0)),
        "connection_failed": counted(held & (connected == 0)),
        "reminders_known": counted(held & (reminders >= 0)),
        "reminders": added(reminders, held & (reminders >= 0)),
    }
    for outcome, base in (("no_show", held), ("lost", held | lost)):
        if (risk := rows.columns.get(f"risk_{outcome}")) is not None:
            modelled = base & (risk >= 0)
            sums[f"{outcome}_modelled"] = counted(modelled)
            sums[f"{outcome}_expected"] = added(risk, modelled)
    return sums


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
    """The rows of the new atoms. sums: released slots by site, week, stratum (number); patients: as for `rows_of`."""
    known = tuple(name for name in SUMS if name in sums)
    return rows_of(atoms, sums, patients, Layout(known), stratifier=stratifier, strata=strata)


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
