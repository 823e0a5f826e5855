"""What does automation do to the visits it touches, compared with visits like them that it did not?

Within each stratum of the confounder (days between booking and visit) the touched visits are compared with the others,
and the differences pooled by Mantel-Haenszel. The variance is multiplied by a design effect from sums over patients,
because visits of one patient are alike and a patient may have visits of both kinds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.cells import ContrastCells
from metrics.declare import Metric
from metrics.errors import CellError
from metrics.estimate import Estimate, State, cannot_say
from metrics.intervals import newcombe_difference
from metrics.why import Stratum, explain
from warehouse.schema import PUBLISHED

Floats = np.ndarray[Any, np.dtype[np.float64]]

DESIGN = "stratified_contrast"
FEWEST_PATIENTS = 30  # per arm: below it no clustered interval covered what it should in simulation
LEVEL = 0.95
_UNIT = "difference of shares"
_RATIO_UNIT = "ratio of shares"
_BEFORE_AND_AFTER = (
    "It went live for whole sites on set days, so visits with it are later ones than visits without it: season and "
    "trend would pass for its effect. Comparing like with like needs visits of the same time with and without it."
)


@dataclass(frozen=True)
class EffectReport:
    """A component's effect on a metric, naive and adjusted, with the strata it rests on and, in words, why they differ.

    naive, adjusted: differences (touched - others) as fractions: 0.01 is one percentage point. ratio: 1 = none.
    """

    component: str
    metric: str
    release: int
    naive: Estimate
    adjusted: Estimate
    ratio: Estimate
    design: str
    confounder: str
    strata: tuple[Stratum, ...]
    design_effect: float | None
    why: str

    def as_json(self) -> dict[str, Any]:
        """As printed by `rapport effect --json`."""
        return {
            "component": self.component,
            "metric": self.metric,
            "release": self.release,
            "naive": _numbers(self.naive),
            "adjusted": _numbers(self.adjusted),
            "ratio": _numbers(self.ratio),
            "design": self.design,
            "confounder": self.confounder,
            "strata": [stratum.as_json() for stratum in self.strata],
            "design_effect": self.design_effect,
            "why": self.why,
        }


@dataclass(frozen=True)
class Pooled:
    """Mantel-Haenszel results: a value and its variance (of the logarithm for the ratio)."""

    difference: float
    difference_variance: float
    ratio: float | None
    log_ratio_variance: float | None


def mantel_haenszel(strata: pd.DataFrame) -> Pooled:
    """By how much do the touched visits differ from the others within strata?

    strata: one row per stratum: n1, y1 (touched: visits, events), n0, y0 (the others); integers. A stratum without both
    arms tells nothing and is left out. Variances assume independent visits: difference by Sato [1], ratio by Greenland
    & Robins [2]. ratio is None where one arm has no event. Raises CellError where no stratum has both arms.
    [1] Sato, Greenland & Robins 1989, Biometrics 45:1323. [2] Greenland & Robins 1985, Biometrics 41:55.
    """
    both = strata[(strata["n1"] > 0) & (strata["n0"] > 0)]
    n1, y1, n0, y0 = (both[name].to_numpy(dtype=float) for name in ("n1", "y1", "n0", "y0"))
    if not len(both):
        raise CellError("no stratum holds both touched and other visits")
    if np.any(y1 > n1) or np.any(y0 > n0):
        raise CellError("more events than visits in a stratum")
    total = n1 + n0
    weight = float((n1 * n0 / total).sum())
    difference = float(((y1 * n0 - y0 * n1) / total).sum()) / weight
    p = (n1**2 * y0 - n0**2 * y1 + n1 * n0 * (n0 - n1) / 2) / total**2
    q = (y1 * (n0 - y0) + y0 * (n1 - y1)) / (2 * total)
    variance = float(difference * p.sum() + q.sum()) / weight**2
    above, below = float((y1 * n0 / total).sum()), float((y0 * n1 / total).sum())
    if above <= 0 or below <= 0:
        return Pooled(difference, max(variance, 0.0), None, None)
    log_variance = float(((n1 * n0 * (y1 + y0) - y1 * y0 * total) / total**2).sum()) / (above * below)
    return Pooled(difference, max(variance, 0.0), above / below, max(log_variance, 0.0))


def design_effect(sums: pd.Series) -> float:
    """How many times wider is the variance because visits of one patient are alike? At least 1.

    sums: a row of contrast_repeats. V = sum over patients of ((y1 - p1 m1)/n1 - (y0 - p0 m0)/n0)^2 x P/(P-1), over
    p1 q1/n1 + p0 q0/n0. A patient with visits of both kinds enters both terms, so the cross sums matter.
    Raises CellError with fewer than two patients, an empty arm or nothing to vary.
    """
    n1, y1, n0, y0 = (float(sums[name]) for name in ("n1", "y1", "n0", "y0"))
    people = float(sums["patients"])
    if n1 <= 0 or n0 <= 0 or people < 2:
        raise CellError("sums over patients need two arms and two patients")
    p1, p0 = y1 / n1, y0 / n0
    plain = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    if plain <= 0:
        raise CellError("nothing, or everything, happened in both arms")
    own1 = float(sums["yy1"]) - 2 * p1 * float(sums["my1"]) + p1 * p1 * float(sums["mm1"])
    own0 = float(sums["yy0"]) - 2 * p0 * float(sums["my0"]) + p0 * p0 * float(sums["mm0"])
    cross = float(sums["y1y0"]) - p0 * float(sums["y1m0"]) - p1 * float(sums["m1y0"]) + p1 * p0 * float(sums["m1m0"])
    variance = (own1 / n1**2 + own0 / n0**2 - 2 * cross / (n1 * n0)) * people / (people - 1)
    return max(variance / plain, 1.0)


def report(metric: Metric, cells: ContrastCells) -> EffectReport:
    """The whole answer: naive and adjusted difference, ratio, overlap table and the sentence that explains them."""
    strata = _strata(cells.arms, same_time=not cells.went_live)
    confounder = str(cells.arms["confounder"].iloc[0]) if len(cells.arms) else ""
    refusal = _refusal(metric, cells, strata)
    empty = cannot_say(refusal or "not asked", unit=_UNIT, state=_state(metric, cells))
    plain = EffectReport(
        component=cells.component,
        metric=metric.key,
        release=cells.release.id,
        naive=_naive(cells, strata) if strata else empty,
        adjusted=empty,
        ratio=replace(empty, unit=_RATIO_UNIT),
        design=DESIGN,
        confounder=confounder,
        strata=strata,
        design_effect=None,
        why=refusal,
    )
    if refusal:
        return plain
    sums = _sums(cells, "comparable")
    effect = design_effect(sums)
    n = sum(one.exposed_n + one.other_n for one in strata if one.comparable)
    pooled = mantel_haenszel(_frame(strata))
    adjusted, ratio = _intervals(pooled, effect, n)
    full = replace(plain, adjusted=adjusted, ratio=ratio, design_effect=effect)
    return replace(full, why=explain(metric.event, confounder, cells.component, strata, full.naive, adjusted))


def _intervals(pooled: Pooled, effect: float, n: int) -> tuple[Estimate, Estimate]:
    z = float(stats.norm.ppf(0.5 + LEVEL / 2))
    half = z * math.sqrt(pooled.difference_variance * effect)
    low, high = max(pooled.difference - half, -1.0), min(pooled.difference + half, 1.0)
    adjusted = Estimate(pooled.difference, low, high, n, _UNIT)
    if pooled.ratio is None or pooled.log_ratio_variance is None:
        return adjusted, cannot_say("one side has no event, so there is no ratio", unit=_RATIO_UNIT, n=n)
    spread = math.exp(z * math.sqrt(pooled.log_ratio_variance * effect))
    return adjusted, Estimate(pooled.ratio, pooled.ratio / spread, pooled.ratio * spread, n, _RATIO_UNIT)


def _naive(cells: ContrastCells, strata: tuple[Stratum, ...]) -> Estimate:
    n1, y1 = sum(one.exposed_n for one in strata), sum(one.exposed_events for one in strata)
    n0, y0 = sum(one.other_n for one in strata), sum(one.other_events for one in strata)
    if not n1 or not n0:
        return cannot_say("there are no visits to compare", unit=_UNIT, n=n1 + n0)
    try:
        effect = design_effect(_sums(cells, "all"))
    except CellError:
        effect = 1.0
    return Estimate(*newcombe_difference(y1, n1, y0, n0, LEVEL, design_effect=effect), n1 + n0, _UNIT)


def _strata(arms: pd.DataFrame, *, same_time: bool) -> tuple[Stratum, ...]:
    """The overlap table, in the order of the strata; withheld strata are not in it.

    same_time: were visits with and without the component booked over the same time? Else no stratum compares.
    """
    found = []
    shown = arms[arms["state"] == PUBLISHED]
    for name, part in shown.groupby("stratum", sort=False):
        numbers = {}
        for exposed in (True, False):
            side = part[part["exposed"] == exposed]
            numbers[exposed] = (int(side["n"].sum()), int(side["events"].sum()))
        comparable = same_time and numbers[True][0] > 0 and numbers[False][0] > 0
        found.append(Stratum(str(name), *numbers[True], *numbers[False], comparable))
    return tuple(found)


def _refusal(metric: Metric, cells: ContrastCells, strata: tuple[Stratum, ...]) -> str:
    """Why nothing can be said; "" where something can."""
    if not metric.outcome or not len(cells.arms):
        return f"No stratified contrast is made for {metric.name.lower()}."
    if not strata:
        return f"Withheld: a group has fewer than {cells.release.smallest_group} patients."
    if cells.went_live:
        return _BEFORE_AND_AFTER
    comparable = [one for one in strata if one.comparable]
    if not comparable:
        return "No stratum holds both visits the automation touched and visits it did not: nothing can be compared."
    return _too_little(metric, cells, comparable)


def _too_little(metric: Metric, cells: ContrastCells, comparable: list[Stratum]) -> str:
    """Are there patients and events enough in the strata that compare? "" where there are."""
    sums = _sums(cells, "comparable")
    for arm, words in (("1", "it touched"), ("0", "it did not touch")):
        people = int(sums[f"patients{arm}"] or 0) if sums is not None else 0
        if people < FEWEST_PATIENTS:
            return f"Only {people} patients had comparable visits {words}; at least {FEWEST_PATIENTS} are needed."
    events = sum(one.exposed_events + one.other_events for one in comparable)
    if events in (0, sum(one.exposed_n + one.other_n for one in comparable)):
        return (
            f"Of the comparable visits {'all' if events else 'none'} were {metric.event}: there is nothing to compare."
        )
    return ""


def _state(metric: Metric, cells: ContrastCells) -> State:
    if not metric.outcome or not len(cells.arms):
        return State.NOT_APPLICABLE
    return State.WITHHELD if (cells.arms["state"] != PUBLISHED).all() else State.CANNOT_SAY


def _sums(cells: ContrastCells, scope: str) -> Any:
    rows = cells.repeats[cells.repeats["scope"] == scope]
    if not len(rows) or rows.iloc[0].isna().any():
        if scope == "all":
            raise CellError("no sums over patients")
        return None
    return rows.iloc[0]


def _frame(strata: tuple[Stratum, ...]) -> pd.DataFrame:
    rows = [(one.exposed_n, one.exposed_events, one.other_n, one.other_events) for one in strata]
    return pd.DataFrame(rows, columns=["n1", "y1", "n0", "y0"])


def _numbers(estimate: Estimate) -> dict[str, Any]:
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return numbers | {"n": estimate.n, "unit": estimate.unit, "state": estimate.state.value, "reason": estimate.reason}
