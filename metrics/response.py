"""What share of signals was answered in time, when some were not answered yet?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from metrics.errors import CellError
from metrics.estimate import Estimate, cannot_say
from metrics.intervals import wilson
from metrics.risk_sets import read
from metrics.survival import Quantile, SurvivalCurve, kaplan_meier

UNIT = "share of signals"
NOBODY_LATE_ENOUGH = "no signal was followed as long as the target"


@dataclass(frozen=True)
class Attainment:
    """How many signals were answered within the target. n = answered + unanswered.

    undetermined: unanswered and younger than the target when last seen; neither met nor missed. inside: the best
    estimate, by Kaplan-Meier, which lets each of them count for as long as it was seen. of_known: of those whose fate
    is known. at_least: as if all undetermined would miss it, the worst case.
    """

    target: float
    n: int
    answered: int
    unanswered: int
    undetermined: int
    within: int
    known: int
    inside: Estimate
    of_known: Estimate
    at_least: Estimate
    median: Quantile
    p90: Quantile
    p95: Quantile


def attainment(cells: pd.DataFrame, target: float) -> Attainment:
    """What share of signals did a human answer within the target (inclusive), and how long did answers take?

    cells: as for `kaplan_meier`: time (minutes), observed (answered), censored (unanswered when last seen); in the unit
    of the target. Limits: log(-log) for the curve, Wilson for shares. No signal is dropped: one that is unanswered and
    younger than the target is undetermined. Raises CellError for a target that is not above 0, and as `kaplan_meier`.
    """
    if not target > 0:
        raise CellError("the target must be above 0")
    sets, curve = read(cells), kaplan_meier(cells)
    answered, waiting = sets.observed[0], cells["censored"].to_numpy(dtype=float)
    n, within = int(answered.sum() + waiting.sum()), int(answered[sets.time <= target].sum())
    undetermined = int(waiting[sets.time < target].sum())
    known = n - undetermined
    return Attainment(
        target,
        n,
        int(answered.sum()),
        int(waiting.sum()),
        undetermined,
        within,
        known,
        _inside(curve, target, n),
        _share(within, known, "the fate of no signal is known yet"),
        _share(within, n, "there was no signal"),
        curve.quantile(0.5),
        curve.quantile(0.9),
        curve.quantile(0.95),
    )


def _inside(curve: SurvivalCurve, target: float, n: int) -> Estimate:
    if curve.time[-1] < target and curve.survival[-1] > 0:
        return cannot_say(NOBODY_LATE_ENOUGH, unit=UNIT, n=n)
    share, low, high = curve.at(target)
    if share == 1.0:  # nobody answered yet: the curve has no limits of its own
        return Estimate(0.0, *wilson(0, float(curve.at_risk[curve.time >= target].max(initial=1.0))), n, UNIT)
    return Estimate(1 - share, 1 - high, 1 - low, n, UNIT)


def _share(x: int, n: int, reason: str) -> Estimate:
    return Estimate(x / n, *wilson(x, n), n, UNIT) if n else cannot_say(reason, unit=UNIT)
