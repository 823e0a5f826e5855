"""Can the numbers of a release be trusted: is every row accounted for, did every check pass, what is not shown?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from warehouse.schema import ALL, WEEKS, WITHHELD

PASSED, FAILED, ERROR, NOT_APPLICABLE = "passed", "failed", "error", "not applicable"


@dataclass(frozen=True)
class Account:
    """What became of the rows of one table: read = kept + set aside + dropped, or `balanced` is False."""

    table: str
    read: int
    kept: int
    set_aside: int
    dropped: int
    changed: int
    waiting: int
    latest_on: date | None

    @property
    def balanced(self) -> bool:
        return self.read == self.kept + self.set_aside + self.dropped


@dataclass(frozen=True)
class Hidden:
    """How many groups of one split are shown and withheld: counted as published, at whatever length of period."""

    stratifier: str
    shown: int
    withheld: int


def accounts(reconciliation: pd.DataFrame, quarantine: pd.DataFrame) -> tuple[Account, ...]:
    """Where did every row go? reconciliation and quarantine: the tables of those names, one release.

    A count that is not recorded reads as 0, so that the account does not balance rather than look complete.
    """
    aside = quarantine.groupby("table_name")["rows"].sum() if len(quarantine) else pd.Series(dtype=int)
    return tuple(
        Account(
            table=row["table_name"],
            read=_whole(row["rows_read"]),
            kept=_whole(row["kept"]),
            set_aside=int(aside.get(row["table_name"], 0)),
            dropped=_whole(row["dropped_by_policy"]),
            changed=_whole(row["changed"]),
            waiting=_whole(row["waiting"]),
            latest_on=None if pd.isna(row["latest_on"]) else pd.Timestamp(row["latest_on"]).date(),
        )
        for row in reconciliation.to_dict("records")
    )


def hidden(cells: pd.DataFrame) -> tuple[Hidden, ...]:
    """How much is withheld because too few people are in a group? cells: attendance_cells."""
    if cells.empty:
        return ()
    counts = (cells["state"] == WITHHELD).groupby(cells["stratifier"]).agg(["sum", "size"])
    found = [Hidden(str(by), int(size - hid), int(hid)) for by, hid, size in counts.itertuples()]
    return tuple(sorted(found, key=lambda entry: (entry.stratifier != ALL, entry.stratifier)))


def last_day_shown(cells: pd.DataFrame) -> date | None:
    """Up to which day (inclusive) do any published periods reach? cells: attendance_cells."""
    shown = cells[cells["state"] != WITHHELD]
    if shown.empty:
        return None
    ends = pd.to_datetime(shown["period_start"]) + pd.to_timedelta(shown["grain"].map(WEEKS) * 7, unit="D")
    return (ends.max() - timedelta(days=1)).date()


def _whole(value: object) -> int:
    return 0 if pd.isna(value) else int(value)  # type: ignore[call-overload]
