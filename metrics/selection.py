"""Of which site, which stratum and which periods is the question asked?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from metrics.cells import PERIODS, Cells
from metrics.errors import unknown
from warehouse.schema import ALL, ALL_SITES


@dataclass(frozen=True)
class Selection:
    """A scope of one release. site "*" = the practice. grain: the length of a series' periods.

    period: the Monday of one period of that length, or None for everything published.
    Raises QueryError for a site, stratum or grain that is not there.
    """

    cells: Cells
    site: str = ALL_SITES
    stratum: str = ALL
    grain: str = "4weeks"
    period: date | None = None

    def __post_init__(self) -> None:
        if self.site not in (ALL_SITES, *self.cells.sites):
            raise unknown("site", self.site, self.cells.sites)
        if self.stratum not in self.cells.strata:
            raise unknown(f"stratum of {self.cells.by}", self.stratum, self.cells.strata)
        if self.grain not in PERIODS:
            raise unknown("period", self.grain, PERIODS)
