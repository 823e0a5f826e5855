"""What goes into a release and what comes out: plain frames and the header they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from deid.attack_cells import everybody_alike, small_groups
from deid.attack_kin import ENDED, told_of
from warehouse.families import CONFOUNDER_FIT
from warehouse.schema import CATEGORY, CELL_TABLES, ROLLOUT, SITE


@dataclass(frozen=True)
class PreviousRelease:
    """The release before this one, as stored: what it published stays as it is unless `restate`.

    header: the columns of `release`. frames: warehouse table name -> rows. Restating makes every published period,
    the merging of sites and of categories anew, from rows that had to wait until then.
    """

    header: Mapping[str, Any]
    frames: Mapping[str, pd.DataFrame]
    restate: bool = False

    def rows(self, table: str) -> pd.DataFrame:
        """The rows of one table, without the release's number; an empty frame where there are none."""
        found = self.frames.get(table)
        return pd.DataFrame() if found is None else found.drop(columns="release_id", errors="ignore")

    def under(self, k: int) -> PreviousRelease:
        """This release; to be restated where it shows what today's rules would not: one of an earlier version."""
        broken = any(small_groups(self.frames, k)) or any(everybody_alike(self.frames))
        broken = broken or any(told_of(ENDED, self.frames, self.header["grid_start"]))
        return replace(self, restate=self.restate or broken)


@dataclass(frozen=True)
class ReleaseTables:
    """One release ready to be stored: its header row and its tables, with the columns of `warehouse.schema`."""

    header: dict[str, Any]
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)


def complete(found: dict[str, list[pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Every table of the release, with exactly the columns the warehouse declares."""
    frames: dict[str, pd.DataFrame] = {}
    for table in (SITE, CATEGORY, ROLLOUT, *CELL_TABLES, CONFOUNDER_FIT):
        columns = [column.name for column in table.columns if column.name != "release_id"]
        parts = [part.loc[:, [_tells(part[name]) for name in part]] for part in found.get(table.name, []) if len(part)]
        rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        frames[table.name] = rows.reindex(columns=columns)
    return frames


def _tells(values: pd.Series) -> bool:
    """Does the column hold anything? As a rule its first row says so."""
    return bool(pd.notna(values.iloc[0]) or values.notna().any())
