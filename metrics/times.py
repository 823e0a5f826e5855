"""How long does it take until a human answers, the right care begins, or a missed visit is booked again?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from metrics.cells import Cells
from metrics.declare import Floats, Measured
from metrics.figures import measured, noted, same, texts
from metrics.groups import Groups
from metrics.many_curves import Curves, many_curves
from metrics.parts import Only

TWICE_Z = 2 * 1.959963984540054
KM = "Kaplan & Meier 1958, log(-log) limits; the first time at which the curve gets there"
ALONE = "the interval takes each of them as a patient of its own"


def question(name: str) -> Only:
    """The part of time_cells that answers it."""
    return (("question", (name,)),)


def quantile(share: float, unit: str) -> Callable[[Cells, Groups, str], Measured]:
    """By when is it over for that share? What is not over yet counts for as long as it was seen."""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        curves = curves_of(cells, groups)
        value, low, high = curves.quantile(share)
        low = np.where(np.isfinite(value) & ~np.isfinite(low), value, low)
        variance = ((high - low) / TWICE_Z) ** 2
        found = measured(value, low, high, variance, curves.n)
        return noted(replace(found, unsure=_why(low, unit)), same(len(value), ALONE))

    return measure


def curves_of(cells: Cells, groups: Groups) -> Curves:
    """The curves of all groups, from the rows of time_cells that are theirs."""
    counts, rows = cells.tables["time_cells"], groups.rows
    time, observed, censored = (
        np.nan_to_num(counts[name][rows].astype(np.float64)) for name in ("time", "observed", "censored")
    )
    return many_curves(groups.places, time, observed, censored, len(groups.index))


def _why(low: Floats, unit: str) -> np.ndarray:
    told = [f", but not before {one:,.0f} {unit}" if np.isfinite(one) else "" for one in low]
    return texts([f"for too many it was not over when last seen to say by when{more}" for more in told])
