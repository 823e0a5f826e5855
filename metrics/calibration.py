"""Where are a predictor's risks too high or too low, and what does acting on them at a threshold cost?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.audit import checked
from metrics.errors import CellError
from metrics.estimate import Estimate, cannot_say
from metrics.intervals import wilson, wilson_limits

NOBODY = "nobody to count on this side of the threshold"


@dataclass(frozen=True)
class CalibrationCurve:
    """Scores in bins of one width against what happened, and how far the two lie apart (in shares, 0 to 1).

    bins: low (inclusive), high (exclusive; the last bin holds 1), n, events, mean_score, observed, observed_low,
    observed_high; bins nobody is in are left out. average_gap: mean distance, weighted by n. largest_gap: the largest.
    """

    bins: pd.DataFrame
    average_gap: float
    largest_gap: float


def calibration_curve(cells: pd.DataFrame, *, bins: int = 10) -> CalibrationCurve:
    """Of those told the same risk, how many had the event?

    cells as for `metrics.audit.audit`. Wilson limits. The gaps are the expected and the largest calibration error of
    [1]. Raises CellError as `audit`, and for fewer than two bins. [1] Naeini et al. 2015, AAAI 29:2901.
    """
    if bins < 2:
        raise CellError("a curve needs two bins or more")
    score, events, n = checked(cells)
    place = np.minimum((score * bins + 1e-9).astype(int), bins - 1)  # .3 * 10 is 2.9999999999999996
    people, had, told = (np.bincount(place, counts, bins).astype(float) for counts in (n, events, score * n))
    some = people > 0
    people, had, told, low = people[some], had[some], told[some], np.flatnonzero(some) / bins
    observed, mean = had / people, told / people
    observed_low, observed_high = wilson_limits(observed, people)
    gap = np.abs(observed - mean)
    table = {
        "low": low,
        "high": low + 1 / bins,
        "n": people.astype(int),
        "events": had.astype(int),
        "mean_score": mean,
        "observed": observed,
        "observed_low": observed_low,
        "observed_high": observed_high,
    }
    return CalibrationCurve(pd.DataFrame(table), float((gap * people).sum() / people.sum()), float(gap.max()))


@dataclass(frozen=True)
class Flagging:
    """What acting on a threshold means, in shares of 1 with Wilson limits.

    flagged: of all scored. sensitivity: of those with the event, flagged. false_alarms: of those without, flagged.
    ppv: of those flagged, with the event.
    """

    threshold: float
    flagged: Estimate
    sensitivity: Estimate
    false_alarms: Estimate
    ppv: Estimate


def at_threshold(cells: pd.DataFrame, threshold: float) -> Flagging:
    """If everyone at or above this score is acted on, who is found, and who is bothered for nothing?

    cells as for `metrics.audit.audit`; scores in bins must have an edge at the threshold.
    """
    score, events, n = checked(cells)
    high = score >= threshold - 1e-12
    flagged, hits = float(n[high].sum()), float(events[high].sum())
    had, total = float(events.sum()), float(n.sum())
    return Flagging(
        threshold,
        _share(flagged, total),
        _share(hits, had),
        _share(flagged - hits, total - had),
        _share(hits, flagged),
    )


def _share(x: float, n: float) -> Estimate:
    if not n > 0:
        return cannot_say(NOBODY, unit="share")
    return Estimate(x / n, *wilson(x, n), int(n), "share")
