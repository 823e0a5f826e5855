"""Which window tells how visits of one patient vary, for each group a metric is asked of?

Weekly counts need none (1.0): hardly anybody comes twice in a week. See docs/metrics.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from metrics.cells import PERIODS, Cells
from metrics.groups import Groups
from metrics.windows import Floats
from warehouse.schema import WINDOWS

NOT_KNOWN = "the interval does not know that patients come back"


@dataclass(frozen=True)
class Repeats:
    """Per group: variance of a visit as patients make it (nan: not known), and the binomial design effect (>= 1).

    own_visits: how many visits the patient of a visit has in that window (nan: not known). dispersion: the variance of
    a number of events over that number (>= 1).
    """

    per_visit: Floats
    design_effect: Floats
    own_visits: Floats
    dispersion: Floats

    @property
    def known(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.isfinite(self.per_visit)


def repeats_of(cells: Cells, groups: Groups, outcome: str, period: str) -> Repeats:
    """For each group: from its own window, else a longer one, else that of all strata, else the practice."""
    per_visit, effect, own_visits, dispersion = (np.full(groups.shape, np.nan) for _ in range(4))
    if period == "week":
        return Repeats(np.zeros(len(groups.index)), *(np.ones(len(groups.index)) for _ in range(3)))
    own, all_strata = slice(len(cells.strata)), slice(len(cells.strata), None)
    every_site, practice = slice(None), slice(1)
    found = [cells.repeats.at(outcome, window, groups.weeks) for window in _longer(period)]
    for sites, strata in ((every_site, own), (every_site, all_strata), (practice, own), (practice, all_strata)):
        for spread in filter(None, found):
            own_visits = np.where(np.isnan(per_visit), spread.own_visits[sites, strata], own_visits)
            per_visit = np.where(np.isnan(per_visit), spread.per_visit[sites, strata], per_visit)
            effect = np.where(np.isnan(effect), spread.effect[sites, strata], effect)
            dispersion = np.where(np.isnan(dispersion), spread.dispersion[sites, strata], dispersion)
    effect, dispersion = (np.where(np.isnan(one), 1.0, np.maximum(one, 1.0)) for one in (effect, dispersion))
    return Repeats(per_visit.ravel(), effect.ravel(), own_visits.ravel(), dispersion.ravel())


def _longer(period: str) -> tuple[str, ...]:
    """This window and every longer one, shortest first."""
    return tuple(window for window in WINDOWS if PERIODS.index(window) >= PERIODS.index(period))
