"""How long does it take until a human answers, the right care begins, or a missed visit is booked again?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from metrics.cells import Cells
from metrics.declare import Floats, Measured
from metrics.figures import measured, noted, texts, unknown
from metrics.groups import Groups
from metrics.many_curves import Curves, many_curves
from metrics.parts import Only
from metrics.repeats import Repeats, repeats_of
from warehouse.families import WITHIN

TWICE_Z = 2 * 1.959963984540054
KM = (
    "Kaplan & Meier 1958, log(-log) limits; the first time at which the curve gets there; variance times the design "
    "effect of the patients' own sums (Kish 1965, Survey Sampling) at the time nearest to it of which there are any"
)


def question(name: str) -> Only:
    """The part of time_cells that answers it."""
    return (("question", (name,)),)


def within(name: str) -> tuple[str, ...]:
    """Their outcomes in repeat_cells: over within so long."""
    return tuple(f"{name}.within_{limit}" for limit in WITHIN[name])


def quantile(name: str, share: float, unit: str) -> Callable[[Cells, Groups, str], Measured]:
    """By when is it over for that share? What is not over yet counts for as long as it was seen."""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        curves = curves_of(cells, groups)
        repeats = alike_at(cells, groups, name, period, curves.quantile(share)[0])
        value, low, high = curves.widened(repeats.design_effect).quantile(share)
        low = np.where(np.isfinite(value) & ~np.isfinite(low), value, low)
        variance = ((high - low) / TWICE_Z) ** 2
        found = measured(value, low, high, variance, curves.n)
        return noted(replace(found, unsure=_why(low, unit)), unknown(repeats, len(value)))

    return measure


def alike_at(cells: Cells, groups: Groups, name: str, period: str, at: Floats) -> Repeats:
    """How alike times of one patient are, cut in two at the limit nearest to a time of each group's own.

    Nearest as times are felt: 20 minutes lie between 15 and 30; to a time that never came, the longest. Cut in the
    middle times are more alike than at an end.
    """
    limits = np.log1p(np.array(WITHIN[name], dtype=np.float64))
    nearest = np.abs(np.log1p(np.where(np.isfinite(at), at, WITHIN[name][-1]))[:, None] - limits).argmin(axis=1)
    found = {int(place): repeats_of(cells, groups, within(name)[place], period) for place in np.unique(nearest)}

    def each(column: str) -> Floats:
        told = np.full(len(at), np.nan)
        for place, repeats in found.items():
            told = np.where(nearest == place, getattr(repeats, column), told)
        return told

    return Repeats(*(each(column.name) for column in fields(Repeats)))


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
