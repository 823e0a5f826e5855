"""What is known of a metric before anybody goes live, and how precise will its effect be on a later day?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from metrics.effects.design import Rollout
from metrics.effects.exposure import Exposed, absent_weeks, expose
from metrics.effects.future import Precision, joint, precision
from metrics.effects.glm import NoFit
from metrics.effects.interventions import Intervention
from metrics.effects.its import (
    FEWEST_CELLS,
    FEWEST_WEEKS_AFTER,
    FEWEST_WEEKS_BEFORE,
    TRUSTED_WEEKS_BEFORE,
)
from metrics.effects.panels import Panel
from metrics.effects.pooled import Model, fit_pooled
from metrics.effects.reading import parts_of
from metrics.plan import Plan
from metrics.plan_scope import as_planned, others_of


@dataclass(frozen=True)
class History:
    """A panel as far as it is known, fitted without looking at any effect's size, and the rollout as planned."""

    panel: Panel
    models: tuple[Model, ...]
    rollout: Rollout
    before: int
    slope: float
    reason: str = ""
    absent: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, panel: Panel, plan: Plan, known: Sequence[Intervention]) -> History:
        nobody = Rollout({}, period_weeks=panel.period_weeks)
        if panel.reason or panel.start is None or panel.cells.empty:
            return cls(panel, (), nobody, 0, 1.0, panel.reason or "There are no cells.")
        change = as_planned(plan, tuple(dict.fromkeys(panel.cells["site"])), known)
        exposed = expose(panel, change, others_of(plan, known))
        planned = Rollout(_weeks(panel, exposed, change), period_weeks=panel.period_weeks)
        lives = [week for week in planned.go_live.values() if week is not None]
        if not lives:
            return cls(panel, (), planned, 0, 1.0, "No site of the plan has published figures of this metric.")
        before = min(lives) - int(exposed.panel.cells["week"].min())
        if before < FEWEST_WEEKS_BEFORE:
            reason = f"Only {max(before, 0)} weeks lie before the first go-live; {FEWEST_WEEKS_BEFORE} are needed."
            return cls(panel, (), planned, before, 1.0, reason)
        try:
            models = tuple(_fitted(cells, panel, exposed) for cells in parts_of(exposed.panel))
        except NoFit as fault:
            return cls(panel, (), planned, before, 1.0, str(fault))
        if min(len(model.design.cells) for model in models) < FEWEST_CELLS // 2:
            return cls(panel, (), planned, before, 1.0, "Too few periods are published to look ahead from.")
        return cls(panel, models, planned, before, _slope(panel), "", absent_weeks(panel, change))

    @property
    def proves(self) -> bool:
        """May a PROCEED rest on it? With enough weeks before, or sites that go live at different times."""
        lives = {week for week in self.rollout.go_live.values() if week is not None}
        return self.before >= TRUSTED_WEEKS_BEFORE or len(lives) > 1

    def on(self, day: date, true: float = 0.0) -> Precision | None:
        """What will be known on a day; None where the design refuses to answer then.

        true: by how much the metric will have changed, in its unit; in a gap, all of it on the first side.
        """
        told = (self.rollout, self.panel.priors, self.panel.week_of(day), self.absent)
        moves = (true / self.slope, 0.0)
        found = joint([precision(model, *told, by) for model, by in zip(self.models, moves, strict=False)])
        if found is None or found.assumed or min(map(self._weeks_after, found.models)) < FEWEST_WEEKS_AFTER:
            return None
        return replace(found, wide_error=found.wide_error * abs(self.slope))

    def _weeks_after(self, model: Model) -> int:
        """As an effect counts them (`metrics.effects.its`)."""
        return len(set(model.design.cells["week"][model.design.treated])) * self.panel.period_weeks


def _fitted(cells: pd.DataFrame, panel: Panel, exposed: Exposed) -> Model:
    return fit_pooled(
        cells,
        exposed.rollout,
        panel.family,
        panel.priors,
        repeat_deff=panel.repeat_deff,
        penalised=True,
    )


def _weeks(panel: Panel, exposed: Exposed, change: Intervention) -> dict[str, int | None]:
    return {
        site: None if (day := change.starts.get(site)) is None else panel.week_of(day)
        for site in exposed.rollout.go_live
    }


def _slope(panel: Panel) -> float:
    """How much, and which way, the metric moves per unit of what is fitted, for a small change."""
    if panel.translation is None:
        return 1.0
    small = 1e-4
    return (panel.translation.points(small) - panel.translation.points(-small)) / (2 * small)
