"""What goes into a release and what comes out: plain frames and the header they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


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


@dataclass(frozen=True)
class ReleaseTables:
    """One release ready to be stored: its header row and its tables, with the columns of `warehouse.schema`."""

    header: dict[str, Any]
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
