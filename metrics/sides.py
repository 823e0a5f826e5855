"""Which of a site's published periods lie before automation first went live there, and which after?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from metrics.cells import Cells
from metrics.declare import Floats
from metrics.grid import lengths, weeks_since
from metrics.groups import Group, Groups
from warehouse.frames import Columns
from warehouse.schema import ALL_SITES, PUBLISHED

Flags = np.ndarray[Any, np.dtype[np.bool_]]
NO_GO_LIVE = "no day is known on which automation went live"
LABEL = "against the time before, not adjusted for season and trend"


@dataclass(frozen=True)
class Periods:
    """The published periods of one table. before, after: of the first go-live at the row's site; neither while it fell
    into the period, or where there was none. start, end: weeks since the grid's Monday."""

    counts: Columns
    start: Floats
    end: Floats
    before: Flags
    after: Flags

    def total(self, name: str, chosen: Flags) -> float:
        return float(np.nansum(self.counts[name][chosen]))

    def at(self, site: str, stratum: str) -> Flags:
        return np.asarray((self.counts["site"] == site) & (self.counts["stratum"] == stratum))


def periods_of(cells: Cells, counts: Columns) -> Periods:
    """The published rows of a table by period, and on which side of the go-live each lies."""
    shown = np.flatnonzero(counts["state"] == PUBLISHED)
    kept = {name: column[shown] for name, column in counts.items()}
    start_day = cells.release.grid_start
    if start_day is None:
        none = np.zeros(0)
        return Periods({name: column[:0] for name, column in kept.items()}, none, none, none > 0, none > 0)
    start = weeks_since(start_day, kept["period_start"]).astype(np.float64)
    end = start + lengths(kept["grain"])
    live = first_live(cells)
    week = np.array([live.get(site, np.nan) for site in kept["site"]], dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return Periods(kept, start, end, end <= week, start >= week)


def first_live(cells: Cells) -> dict[str, float]:
    """The week, since the grid's Monday, in which something first went live at each site."""
    rollout, start = cells.aside["rollout"], cells.release.grid_start
    if start is None or not len(rollout["site"]):
        return {}
    days = (rollout["went_live_on"].astype("datetime64[D]") - np.datetime64(start, "D")).astype(np.int64)
    found: dict[str, float] = {}
    for site, day in zip(rollout["site"], days.tolist(), strict=True):
        found[site] = min(found.get(site, np.inf), day / 7)
    return found


def sites_of(one: Group, cells: Cells) -> tuple[str, ...]:
    """The sites a group is made of."""
    return cells.sites if one.site == ALL_SITES else (one.site,)


def inside(one: Group, start: Floats, cells: Cells, groups: Groups, length: int) -> Flags:
    """Which of these weeks begin in the group's period?"""
    if one.period is None or cells.release.grid_start is None:
        return np.ones(len(start), dtype=bool)
    first = (one.period - cells.release.grid_start) // timedelta(weeks=1)
    return np.asarray((start >= first) & (start < first + length))
