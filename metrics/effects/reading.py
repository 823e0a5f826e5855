"""What does one fit say of an intervention, in the metric's own unit, and how much information does it rest on?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from scipy import stats

from metrics.effects import companions
from metrics.effects.exposure import Exposed
from metrics.effects.its import EffectPlan, MainLine, main_line
from metrics.effects.panels import Panel, Translation
from metrics.effects.pooled import Model
from metrics.estimate import Estimate

POOLED, PERIODS = "pooled_its", "period_model"
DESIGNS = (POOLED, PERIODS)
LEVEL_Z = 1.959963984540054  # of a two-sided 95 %


@dataclass(frozen=True)
class Reading:
    """An effect in the metric's unit with its standard error; value and error are None where `reason` says why.

    proves: may a PROCEED rest on it? models: the fitted models (two for a gap), for what else is asked of them.
    """

    value: float | None
    error: float | None
    freedom: float | None
    proves: bool = False
    weeks_before: int = 0
    weeks_after: int = 0
    reason: str = ""
    models: tuple[Model, ...] = ()

    @property
    def wide_error(self) -> float | None:
        """The error a normal interval would need to be as wide as this one's t interval at 95 %."""
        if self.error is None or self.freedom is None:
            return None
        return self.error * float(stats.t.ppf(0.975, self.freedom)) / LEVEL_Z

    @property
    def information(self) -> float | None:
        """1 / squared error, as the looks count it."""
        wide = self.wide_error
        return None if not wide else wide**-2


def plan_of(panel: Panel, exposed: Exposed) -> EffectPlan:
    """The estimator's settings for a panel."""
    return EffectPlan(exposed.rollout, panel.family, panel.priors, panel.repeat_deff, panel.unit)


def parts_of(panel: Panel) -> tuple[pd.DataFrame, ...]:
    """The panel's cells, and those of the rest where it is a gap."""
    return (panel.cells,) if panel.against is None else (panel.cells, panel.against)


def read(exposed: Exposed, design: str = POOLED) -> Reading:
    """The effect by one fit (two for a gap between a group and the rest), or why there is none."""
    if exposed.reason:
        return Reading(None, None, None, reason=exposed.reason)
    plan = plan_of(exposed.panel, exposed)
    lines = [main_line(cells, plan) for cells in parts_of(exposed.panel)]
    before, after = min(line.before for line in lines), min(line.after for line in lines)
    failed = next((line for line in lines if line.change is None), None)
    if failed is not None:
        reason = _inseparable(exposed, plan) or failed.reason
        return Reading(None, None, None, False, before, after, reason)
    if exposed.together:
        return Reading(None, None, None, False, before, after, together_says(exposed.together))
    if design == PERIODS:
        return _by_periods(exposed, plan, lines, before, after)
    changes = [(line.change.value, line.change.error, line.change.freedom) for line in lines if line.change]
    found = difference(changes)
    value, error = translated(exposed.panel.translation, *found)
    models = tuple(line.model for line in lines if line.model)
    return Reading(value, error, found[2], all(line.proves for line in lines), before, after, "", models)


def together_says(names: Sequence[str]) -> str:
    """The sentence for components that cannot be told apart."""
    listed = " and ".join(names)
    return f"It went live at the same sites within weeks of {listed}: what each of them did cannot be told apart."


def _inseparable(exposed: Exposed, plan: EffectPlan) -> str:
    """Would there be an answer if the other components were not there? Then they are what stands in its way."""
    if not exposed.beside:
        return ""
    plain = exposed.without_beside()
    if any(main_line(cells, plan).change is None for cells in parts_of(plain)):
        return ""
    return together_says(exposed.beside)


def _by_periods(exposed: Exposed, plan: EffectPlan, lines: Sequence[MainLine], before: int, after: int) -> Reading:
    found = []
    for cells in parts_of(exposed.panel):
        told, freedom = companions.period_change(cells, plan)
        if told.value is None or told.high is None or freedom is None:
            return Reading(None, None, None, False, before, after, told.reason)
        found.append((told.value, (told.high - told.value) / float(stats.t.ppf(0.975, freedom)), freedom))
    joint = difference(found)
    value, error = translated(exposed.panel.translation, *joint)
    models = tuple(line.model for line in lines if line.model)
    return Reading(value, error, joint[2], all(line.proves for line in lines), before, after, "", models)


def difference(changes: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """One change, or the first less the second: (value, error, freedom). The two sides hold different patients, so
    their errors are taken as independent; what sites share then widens the answer, and never narrows it."""
    if len(changes) == 1:
        return changes[0]
    (value, error, freedom), (other, beside, theirs) = changes
    return value - other, math.hypot(error, beside), min(freedom, theirs)


def translated(how: Translation | None, value: float, error: float, freedom: float) -> tuple[float, float]:
    """Value and error in the metric's unit; a curve is followed from one 95 % limit to the other."""
    if how is None:
        return value, error
    reach = float(stats.t.ppf(0.975, freedom))
    low, high = how.points(value - reach * error), how.points(value + reach * error)
    return how.points(value), abs(high - low) / (2 * reach)


def translate(how: Translation | None, found: Estimate, unit: str) -> Estimate:
    """An estimate on the fitted scale, in the metric's unit."""
    if how is None or found.value is None or found.low is None or found.high is None:
        return replace(found, unit=unit)
    low, high = sorted((how.points(found.low), how.points(found.high)))
    return replace(found, value=how.points(found.value), low=low, high=high, unit=unit)


def interval(value: float, error: float, freedom: float, level: float = 0.95) -> tuple[float, float]:
    reach = float(stats.t.ppf(0.5 + level / 2, freedom)) * error
    return value - reach, value + reach
