"""Does automation judge the urgency of a request as a clinician does, and how soon does the right care begin?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metrics.agreement import credits, kappa_limits, kappas
from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric
from metrics.figures import DEFF, WILSON, measured, noted, share, texts, unknown
from metrics.groups import Groups
from metrics.repeats import repeats_of
from metrics.times import KM, quantile, question, within

LEVELS = 5  # 1 is the most urgent; 0: no level was given
_APART = np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS))  # above 0: automation said less urgent
_AWAY = np.add.outer((np.arange(LEVELS) - LEVELS // 2) ** 2, (np.arange(LEVELS) - LEVELS // 2) ** 2)  # of the middle
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
        repeats = repeats_of(cells, groups, "triage.apart" if weighted else "triage.same", period)
        effect = _of_distance(cells, groups, period, counts, value) if weighted else repeats.design_effect
        limits = kappa_limits(value, variance, counts, credit, effect=effect)
        found = measured(value, *limits, variance * effect, n)
        same_level = np.trace(counts, axis1=1, axis2=2)
        told = [f"the same level in {some:.0f} of {all_:.0f}" for some, all_ in zip(same_level, n, strict=True)]
        return noted(found, texts(told), unknown(repeats, len(n)))

    return measure


def _of_distance(cells: Cells, groups: Groups, period: str, counts: Floats, kappa: Floats) -> Floats:
    """The design effect of a weighted kappa, no less than 1.

    What one request adds to it is its squared distance, less (1 - kappa) times how far both levels lie from the middle:
    by so much chance would set them apart. Both are alike in a patient, and go together.
    """
    apart, away, sum_ = (
        repeats_of(cells, groups, f"triage.{one}", period).per_visit for one in ("apart", "away", "apart_and_away")
    )
    by_chance = 1 - kappa
    together = (sum_ - apart - away) / 2
    adds = _APART**2 - by_chance[:, None, None] * _AWAY
    with np.errstate(divide="ignore", invalid="ignore"):
        p = counts / counts.sum(axis=(1, 2), keepdims=True)
        plain_spread = (p * adds**2).sum(axis=(1, 2)) - (p * adds).sum(axis=(1, 2)) ** 2
        effect = (apart + by_chance**2 * away - 2 * by_chance * together) / plain_spread
    return np.where(np.isfinite(effect), np.maximum(effect, 1.0), 1.0)


def wrong_way(under: bool) -> Callable[[Cells, Groups, str], Measured]:
    """What share of requests did automation take for less (or more) urgent than the clinician later did?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = tables(cells, groups)
        events = counts[:, _APART > 0 if under else _APART < 0].sum(axis=1)
        repeats = repeats_of(cells, groups, f"triage.{'under' if under else 'over'}", period)
        return share(events, counts.sum(axis=(1, 2)), repeats)

    return measure


def _metric(key: str, name: str, asks: str, **told: object) -> Metric:
    plain = {
        "version": 1,
        "side": "safety",
        "better": "lower",
        "unit": "share",
        "minimum_n": 11,
        "counted": "requests with both levels",
        "cells": ("triage_cells", "repeat_cells"),
        "denominator": _BOTH,
        "exclusions": "requests with one level or none",
        "source": WILSON + DEFF,
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
        repeats=("triage.under",),
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
        repeats=("triage.over",),
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
        repeats=("triage.same",),
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
        repeats=("triage.apart", "triage.away", "triage.apart_and_away"),
    ),
    _metric(
        "right_care_median",
        "Median time to the right care",
        "Within how many days does the right kind of care begin for half of those who ask?",
        unit="days",
        margin=2.0,
        margin_reason="two days: as for the wait from booking",
        counted="requests for care",
        cells=("time_cells", "repeat_cells"),
        numerator="days from the request to the start of the right kind of care, by which half began",
        denominator="requests for care in the period",
        exclusions="requests whose time is unknown. Care that has not begun counts for as long as it was seen",
        formula="first time at which the share still waiting is half or less",
        limits="What the right care is, the practice records. Who gives up and asks elsewhere counts as waiting.",
        source=KM,
        measure=quantile("right_care", 0.5, "days"),
        repeats=within("right_care"),
        only=question("right_care"),
    ),
)
