"""Did a patient change by more than the questionnaire's own error, and did they recover?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from instruments.errors import InstrumentError
from instruments.talking_therapies import NhsOutcomes, Threshold, nhs_outcomes

__all__ = [
    "NhsOutcomes",
    "Norm",
    "ReliableChange",
    "Threshold",
    "jacobson_truax",
    "nhs_outcomes",
    "smallest_reliable",
]


TWO_SIDED_5_PERCENT = 1.96  # Jacobson & Truax 1991


class Norm(NamedTuple):
    """People who are well: their mean and standard deviation, in points."""

    mean: float
    sd: float


@dataclass(frozen=True)
class ReliableChange:
    """What became of each pair of scores, in points, and how many of each.

    rci: (post - pre) in units of its error, so below 0 where the score fell. A pair with a missing score is left out
    and counted in `incomplete`. cutoff_a is two SD from those in care, cutoff_b two SD from those who are
    well, cutoff_c between the two; b and c are None without a norm. The five counts exclude each other.
    """

    pairs: int
    incomplete: int
    measurement_error: float
    difference_error: float
    smallest_reliable: float
    rci: Any  # one number for one pair, else an array
    reliable: Any
    crossed: Any
    cutoff: float
    cutoff_a: float
    cutoff_b: float | None
    cutoff_c: float | None
    better: Literal["higher", "lower"]
    recovered: int
    improved: int
    unchanged: int
    deteriorated: int
    harmed: int


def smallest_reliable(sd: float, reliability: float) -> float:
    """The smallest change, in points, that is beyond the questionnaire's own error in 95 of 100 (Jacobson-Truax)."""
    return float(TWO_SIDED_5_PERCENT * np.sqrt(2) * sd * np.sqrt(1 - reliability))


def jacobson_truax(
    pre: Any,
    post: Any,
    *,
    reliability: float,
    sd_pre: float,
    norm: Norm | tuple[float, float] | None = None,
    mean_pre: float | None = None,
    better: Literal["higher", "lower"] | None = None,
) -> ReliableChange:
    """Who changed reliably, and who of them crossed into the range of people who are well?

    pre, post: scores of the same patients in the same order, or one number each. sd_pre and mean_pre: of the scores
    before care (mean_pre: of the pairs given, where it is not told). norm: (mean, sd) of people who are well; with it
    the cut-off is c, without it a. better: which way the scale runs; told by the norm, else lower is better.
    Reliable is |change| > 1.96 sqrt(2) sd_pre sqrt(1 - reliability). Recovered = reliably better and on the well side
    of the cut-off now, not before; harmed = reliably worse and on the other side now, not before [1].
    Raises InstrumentError for an impossible reliability or sd, or where no pair is complete.
    [1] Jacobson & Truax 1991, J Consult Clin Psychol 59:12.
    """
    if not 0 <= reliability < 1 or not sd_pre > 0:
        raise InstrumentError("reliability lies from 0 to below 1, and sd_pre is above 0")
    first, last = np.asarray(pre, dtype=float), np.asarray(post, dtype=float)
    if first.shape != last.shape:
        raise InstrumentError("pre and post must be of the same patients: they are not equally many")
    whole = ~(np.isnan(first) | np.isnan(last))
    if not whole.any():
        raise InstrumentError("no patient has both scores")
    mean = float(first[whole].mean()) if mean_pre is None else mean_pre
    sign = _direction(better, norm, mean)
    cutoffs = _cutoffs(mean, sd_pre, norm, sign)
    cutoff = cutoffs.a if cutoffs.c is None else cutoffs.c
    error = float(sd_pre * np.sqrt(1 - reliability))
    of_difference = float(np.sqrt(2)) * error
    rci = (last - first) / of_difference
    up, down = sign * rci > TWO_SIDED_5_PERCENT, sign * rci < -TWO_SIDED_5_PERCENT
    well_before, well_now = sign * first >= sign * cutoff, sign * last >= sign * cutoff
    recovered, harmed = up & well_now & ~well_before, down & ~well_now & well_before
    return ReliableChange(
        pairs=int(whole.sum()),
        incomplete=int((~whole).sum()),
        measurement_error=error,
        difference_error=of_difference,
        smallest_reliable=TWO_SIDED_5_PERCENT * of_difference,
        rci=rci,
        reliable=up | down,
        crossed=whole & (well_now != well_before),
        cutoff=cutoff,
        cutoff_a=cutoffs.a,
        cutoff_b=cutoffs.b,
        cutoff_c=cutoffs.c,
        better="higher" if sign > 0 else "lower",
        recovered=int(recovered.sum()),
        improved=int((up & ~recovered).sum()),
        unchanged=int((whole & ~up & ~down).sum()),
        deteriorated=int((down & ~harmed).sum()),
        harmed=int(harmed.sum()),
    )


def _direction(better: str | None, norm: tuple[float, float] | None, mean: float) -> int:
    if better not in ("higher", "lower", None):
        raise InstrumentError('better must be "higher" or "lower"')
    if better is None:
        return 1 if norm is not None and norm[0] > mean else -1
    return 1 if better == "higher" else -1


class _CutOffs(NamedTuple):
    a: float
    b: float | None
    c: float | None


def _cutoffs(mean: float, sd: float, norm: tuple[float, float] | None, sign: int) -> _CutOffs:
    a = float(mean + sign * 2 * sd)
    if norm is None:
        return _CutOffs(a, None, None)
    well, spread = norm
    if not spread > 0:
        raise InstrumentError("the norm's sd must be above 0")
    return _CutOffs(a, float(well - sign * 2 * spread), float((spread * mean + sd * well) / (spread + sd)))
