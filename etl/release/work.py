"""What the steps of one release share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from deid.disclosure import Rule
from etl.release import strata
from etl.release.frames import PreviousRelease
from etl.release.grid import Grid
from etl.release.persons import Persons
from etl.release.rows import Rows
from etl.release.sites import Sites
from etl.release.visits import LastVisits
from etl.settings import IngestSettings


@dataclass
class Work:
    """One release in the making: its sources, its grid and sites, and the rows found so far."""

    backend: Any
    settings: IngestSettings
    previous: PreviousRelease | None  # None where everything is made anew
    grid: Grid
    sites: Sites
    appointments: ir.Table
    patients: ir.Table
    wanted: list[strata.Attribute]
    components: list[str]
    fitted_until: date | None = None  # where one of this very day is made anew: what its models were fitted on
    persons: Persons = field(init=False)  # these four once the slots are in memory
    visits: LastVisits = field(init=False)
    slots: Rows = field(init=False)  # every one of published weeks, as far as what is beside visits looks at them
    later: Rows = field(init=False)  # those after
    chosen: list[strata.Stratifier] = field(default_factory=list)
    frames: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    @property
    def k(self) -> int:
        return self.settings.smallest_group

    @property
    def staff_k(self) -> int:
        return self.settings.release.smallest_staff_group

    @property
    def rule(self) -> Rule:
        return Rule(self.grid.until, self.k)

    def before(self, table: str) -> pd.DataFrame:
        return pd.DataFrame() if self.previous is None else self.previous.rows(table)

    def add(self, table: str, rows: pd.DataFrame) -> None:
        self.frames.setdefault(table, []).append(rows)
