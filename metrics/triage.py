"""Does automation judge the urgency of a request as a clinician does, and how soon does the right care begin?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metrics.agreement import credits, kappa_limits, kappas
from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric
from metrics.figures import WILSON, measured, noted, same, share, texts
from metrics.groups import Groups
from metrics.times import ALONE, KM, quantile, question

LEVELS = 5  # 1 is the most urgent; 0: no level was given
_BOTH = "requests with a level by automation and one by a clinician"
_LIMITS = "A clinician who sees automation's level first leans towards it, which flatters the agreement. "


def tables(cells: Cells, groups: Groups) -> Floats:
    """Per group: requests by automation's level (down) and the clinician's (across), those with both alone."""
    counts, rows = cells.tables["triage_cells"], groups.rows
    given, right = counts["automation_level"][rows], counts["clinician_level"][rows]
    both = (given > 0) & (right > 0)
    place = (groups.places[both] * LEVELS + given[both] - 1) * LEVELS + right[both] - 1
    weights = np.nan_to_num(counts["requests"][rows[both]])
    found = np.bincount(place, weights=weights, minlength=len(groups.index) * LEVELS**2)
    return found.reshape(len(groups.index), LEVELS, LEVELS).astype(np.float64)


def kappa(weighted: bool) -> Callable[[Cells, Groups, str], Measured]:
    """How far does automation agree with the clinician, beyond what chance would give?

    weighted: a miss takes off the square of the distance of the levels.
    """
    credit = credits(LEVELS, "quadratic" if weighted else None)

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = tables(cells, groups)
        n, value, variance = kappas(counts, credit)
        found = measured(value, *kappa_limits(value, variance, counts, credit), variance, n)
        same_level = np.trace(counts, axis1=1, axis2=2)
        told = [f"the same level in {some:.0f} of {all_:.0f}" for some, all_ in zip(same_level, n, strict=True)]
        return noted(found, texts(told), same(len(n), ALONE))

    return measure


def wrong_way(under: bool) -> Callable[[Cells, Groups, str], Measured]:
    """What share of requests did automation take for less (or more) urgent than the clinician later did?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = tables(cells, groups)
        apart = np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS))  # above 0: automation said less urgent
        events = counts[:, apart > 0 if under else apart < 0].sum(axis=1)
        return noted(share(events, counts.sum(axis=(1, 2))), same(len(counts), ALONE))

    return measure


def _metric(key: str, name: str, asks: str, **told: object) -> Metric:
    plain = {
        "version": 1,
        "side": "safety",
        "better": "lower",
        "unit": "share",
        "minimum_n": 11,
        "counted": "requests with both levels",
        "cells": ("triage_cells",),
        "denominator": _BOTH,
        "exclusions": "requests with one level or none",
        "source": WILSON,
    }
    return Metric(key=key, name=name, question=asks, **{**plain, **told})  # type: ignore[arg-type]


_VARIANCE = "with the large-sample variance (Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323)"
_KAPPA = "normal limits " + _VARIANCE
_FISHER = "t limits of Fisher's z, jackknifed (Fleiss & Davies 1982, Am J Epidemiol 115:841)"
TRIAGE = (
    _metric(
        "triage_under",
        "Under-triage",
        "What share of requests did automation take for less urgent than a clinician later did?",
        margin=0.02,
        margin_reason="two requests in a hundred left waiting that should not be",
        numerator="requests for which automation's level is less urgent than the clinician's",
        formula="less urgent / both levels",
        limits=_LIMITS + "It does not say what harm came of it.",
        measure=wrong_way(under=True),
    ),
    _metric(
        "triage_over",
        "Over-triage",
        "What share of requests did automation take for more urgent than a clinician later did?",
        margin=0.05,
        margin_reason="one in twenty: it costs places others need",
        numerator="requests for which automation's level is more urgent than the clinician's",
        formula="more urgent / both levels",
        limits=_LIMITS + "Some over-triage is the price of little under-triage.",
        measure=wrong_way(under=False),
    ),
    _metric(
        "triage_kappa",
        "Agreement on urgency (kappa)",
        "How often do automation and clinician give the same level, beyond chance?",
        unit="kappa",
        better="higher",
        margin=0.10,
        margin_reason="a tenth: half the width of a band of agreement",
        numerator="agreement seen less agreement by chance",
        formula="(seen - chance) / (1 - chance)",
        limits=_LIMITS + "It falls where one level is rare, however good the agreement.",
        source="Cohen 1960, Educ Psychol Meas 20:37; " + _KAPPA,
        measure=kappa(weighted=False),
    ),
    _metric(
        "triage_kappa_weighted",
        "Agreement on urgency, near misses counted (weighted kappa)",
        "How close are automation's levels to the clinician's, beyond chance?",
        unit="kappa",
        better="higher",
        margin=0.10,
        margin_reason="as for kappa",
        numerator="agreement seen less agreement by chance, a miss weighing the square of its distance",
        formula="(seen - chance) / (1 - chance), weights 1 - (distance / 4)^2",
        limits=_LIMITS + "It cannot tell too low from too high: read it beside under-triage.",
        source="Cohen 1968, Psychol Bull 70:213; " + _FISHER,
        measure=kappa(weighted=True),
    ),
    _metric(
        "right_care_median",
        "Median time to the right care",
        "Within how many days does the right kind of care begin for half of those who ask?",
        unit="days",
        margin=2.0,
        margin_reason="two days: as for the wait from booking",
        counted="requests for care",
        cells=("time_cells",),
        numerator="days from the request to the start of the right kind of care, by which half began",
        denominator="requests for care in the period",
        exclusions="requests whose time is unknown. Care that has not begun counts for as long as it was seen",
        formula="first time at which the share still waiting is half or less",
        limits="What the right care is, the practice records. Who gives up and asks elsewhere counts as waiting.",
        source=KM,
        measure=quantile(0.5, "days"),
        only=question("right_care"),
    ),
)
