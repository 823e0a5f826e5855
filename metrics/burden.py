"""Who carries what automation asks: do some groups wait longer, and are they overbooked or reminded more?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metrics.cells import Cells
from metrics.declare import ANY, Floats, Measured, Metric
from metrics.figures import DEFF, WILSON, by_t, difference, noted, share, unknown
from metrics.groups import Groups
from metrics.predictor_counts import model_in_use
from metrics.repeats import repeats_of

_ALL_ALIKE = "a gap lies between groups: split by one (sex, age, language ...)"


def wait_gap(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many days longer does this group wait than all others?"""
    n, total, squares = (
        groups.total(np.nan_to_num(cells.attendance[name])) for name in ("waits", "wait_days", "wait_days_squared")
    )
    repeats = repeats_of(cells, groups, "wait", period)
    mean, plain = _mean(n, total, squares)
    spread = np.nan_to_num(n * np.fmax(plain, repeats.per_visit))  # of the sum of days, as patients make it
    rest, of_others, spread_of_others = (_others(column, groups) for column in (n, total, spread))
    with np.errstate(divide="ignore", invalid="ignore"):
        gap, one, other = mean - of_others / rest, spread / n**2, spread_of_others / rest**2
        people, others = (np.maximum(each / np.fmax(repeats.own_visits, 1.0), 2) for each in (n, rest))
        freedom = (one + other) ** 2 / (one**2 / (people - 1) + other**2 / (others - 1))
    found = by_t(gap, one + other, np.fmax(freedom, 1.0), n, enough=np.minimum(n, rest))
    return noted(found, unknown(repeats, len(n)))


def share_gap(above: str) -> Callable[[Cells, Groups, str], Measured]:
    """By how much does the share in this group exceed that in all others?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = cells.tables["prediction_cells"]
        events, n = (groups.total(np.nan_to_num(counts[name])) for name in (above, "scored"))
        rest_events, rest = _others(events, groups), _others(n, groups)
        repeats = repeats_of(cells, groups, f"forecast.{model_in_use(cells)}.{above}", period)
        one, others = share(events, n, repeats), share(rest_events, rest, repeats)
        return noted(difference(one, others, n, np.minimum(n, rest)), unknown(repeats, len(n)))

    return measure


def _others(values: Floats, groups: Groups) -> Floats:
    """The same count of all other strata of the site and period."""
    table = values.reshape(groups.shape)
    return np.asarray(table.sum(axis=1, keepdims=True) - table).ravel()


def _mean(n: Floats, total: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """(mean, variance of one visit's)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        return mean, np.maximum(squares - n * mean**2, 0) / (n - 1)


def _metric(key: str, name: str, asks: str, **told: object) -> Metric:
    plain = {
        "version": 1,
        "side": "fairness",
        "better": "lower",
        "unit": "difference of shares",
        "minimum_n": 30,
        "counted": "forecasts",
        "smallest": "forecasts in this group or in the others",
        "cells": ("prediction_cells", "repeat_cells"),
        "repeats": (ANY,),
        "denominator": "the same in all other groups of this split",
        "exclusions": "visits that were cancelled or moved",
        "source": "Newcombe 1998, Stat Med 17:873, method 10; " + WILSON + DEFF,
        "divided": _ALL_ALIKE,
        "limits": "Groups differ in how far ahead they book and what they come for: a gap is a reason to look, not yet "
        "an injustice.",
    }
    return Metric(key=key, name=name, question=asks, **{**plain, **told})  # type: ignore[arg-type]


BURDEN = (
    _metric(
        "wait_gap",
        "Wait, longer than others",
        "How many days longer does this group wait for a visit than all others?",
        unit="days",
        margin=2.0,
        margin_reason="two days: as for the wait itself",
        counted="visits with a known booking day",
        smallest="visits in this group or in the others",
        cells=("attendance_cells", "repeat_cells"),
        numerator="mean days from booking to visit in this group",
        formula="wait (group) - wait (others)",
        exclusions="visits that were cancelled or moved, and those without a booking day",
        source="difference of two means, t limits (Welch 1947, Biometrika 34:28, of patients); the variance is that of "
        "patients' own sums where it is more (Kish 1965, Survey Sampling)",
        measure=wait_gap,
        repeats=("wait",),
    ),
    _metric(
        "overbooked_gap",
        "Overbooked, more than others",
        "How much more often is this group's slot given to two than that of others?",
        margin=0.02,
        margin_reason="two visits in a hundred",
        numerator="share of this group's visits in slots that were overbooked on a forecast",
        formula="overbooked (group) - overbooked (others)",
        measure=share_gap("overbooked"),
    ),
    _metric(
        "reminded_gap",
        "Reminded, more than others",
        "How much more often is this group reminded than others?",
        margin=0.05,
        margin_reason="one visit in twenty",
        numerator="share of this group's visits with a reminder",
        formula="reminded (group) - reminded (others)",
        measure=share_gap("reminded"),
    ),
)
