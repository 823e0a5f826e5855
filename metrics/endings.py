"""How many leave care unplanned, when others complete it first, and does it differ where automation was at work?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import special

from metrics.cells import Cells
from metrics.competing import aalen_johansen, incidence_limits
from metrics.declare import Floats, Measured, Metric
from metrics.figures import LEVEL, missing, normal, noted, texts
from metrics.figures import measured as as_measured
from metrics.groups import Groups, group
from metrics.intervals import wilson_limits
from metrics.retention import HORIZON_WEEKS, by_week_in_care
from metrics.survival import product_limit

CAUSES = ("unplanned", "completed", "transferred", "administrative")
TOUCHED, OTHERS = "automation", "none"
_NOT_SPLIT = "the exports do not say which visits automation touched, or all or none were"


def unplanned_12_weeks(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share has left unplanned within twelve weeks, others having completed care or moved on before they could?"""
    at_risk, *causes = by_week_in_care(cells, groups, HORIZON_WEEKS, ("at_risk", *CAUSES))
    incidence, variance = aalen_johansen(causes[0], np.minimum(sum(causes), at_risk), at_risk)
    low, high = incidence_limits(incidence, variance, LEVEL)
    value, fewest = incidence[:, -1], at_risk.min(axis=1)
    edge = (value <= 0) | (value >= 1)
    plain = wilson_limits(value, np.where(fewest > 0, fewest, np.nan), LEVEL)
    low, high = (np.where(edge, one, two[:, -1]) for one, two in zip(plain, (low, high), strict=True))
    value = np.where(fewest > 0, value, np.nan)
    found = as_measured(value, low, high, variance[:, -1], at_risk[:, 0], enough=fewest)
    return replace(found, nobody=at_risk.sum(axis=1) <= 0)


def gap_by_exposure(cells: Cells, groups: Groups, period: str) -> Measured:
    """By how much does the share still in care differ between visits automation touched and others?"""
    count = len(groups.index)
    none = np.full(count, np.nan)
    if cells.exposure is None or not {TOUCHED, OTHERS} <= set(cells.exposure.strata):
        return missing(normal(none, none, np.zeros(count)), _NOT_SPLIT)
    (at1, left1), (at0, left0) = (_stratum(cells.exposure, groups, name, period) for name in (TOUCHED, OTHERS))
    one, zero = product_limit(left1, at1), product_limit(left0, at0)
    fewest = np.minimum(at1, at0).min(axis=1)
    known = fewest > 0
    value = np.where(known, one[0][:, -1] - zero[0][:, -1], np.nan)
    found = normal(value, one[1][:, -1] + zero[1][:, -1], at1[:, 0] + at0[:, 0], enough=fewest)
    found = replace(
        found, low=np.maximum(found.low, -1), high=np.minimum(found.high, 1), nobody=np.zeros(count, dtype=bool)
    )
    chi2, p = logranks(at1, left1, at0, left0)
    chance = ["p < 0.001" if one < 0.001 else f"p = {one:.3f}" for one in p]
    over = f"log-rank over {HORIZON_WEEKS} weeks"
    told = [f"{over}: chi-squared {a:.2f}, {b}" for a, b in zip(chi2, chance, strict=True)]
    return noted(found, texts([text if np.isfinite(a) else "" for text, a in zip(told, chi2, strict=True)]))


def logranks(at1: Floats, left1: Floats, at0: Floats, left0: Floats) -> tuple[Floats, Floats]:
    """(chi-squared with one degree of freedom, p) of many pairs of groups at once, as `metrics.survival.logrank`.

    Rows are pairs, columns weeks. nan where nobody leaves while both are followed.
    """
    together, gone = at1 + at0, left1 + left0
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(together > 0, at1 / together, 0.0)
        spread = gone * share * (1 - share) * np.where(together > 1, (together - gone) / (together - 1), 0.0)
        excess, variance = (left1 - share * gone).sum(axis=1), np.nansum(spread, axis=1)
        chi2 = np.where(variance > 0, excess**2 / variance, np.nan)
    return chi2, special.chdtrc(1, chi2)


def _stratum(cells: Cells, groups: Groups, name: str, period: str) -> tuple[Floats, ...]:
    """At risk and ended unplanned in one stratum of exposure, in the order of the undivided groups."""
    split = group(cells, "retention_cells", period)
    places = {(one.site, one.period): place for place, one in enumerate(split.index) if one.stratum == name}
    chosen = np.array([places.get((one.site, one.period), -1) for one in groups.index], dtype=np.int64)
    tables = by_week_in_care(cells, split, HORIZON_WEEKS)
    if not len(split.index):
        return tuple(np.zeros((len(chosen), HORIZON_WEEKS)) for _ in tables)
    return tuple(np.where((chosen >= 0)[:, None], table[chosen], 0.0) for table in tables)


UNPLANNED_12_WEEKS = Metric(
    key="unplanned_12_weeks",
    version=1,
    question="What share of patients leaves care unplanned within twelve weeks of starting?",
    name="Left unplanned within 12 weeks",
    unit="share",
    better="lower",
    side="trust",
    margin=0.08,
    margin_reason="as for those still in care: one more patient in twelve",
    minimum_n=11,
    counted="episodes followed from the first week",
    smallest="episodes in care in the week with the fewest",
    cells=("retention_cells",),
    numerator="episodes ended unplanned in each week in care, times the share still in care before it",
    denominator="episodes in care at the start of that week",
    exclusions="episodes before the data start, and those for which no slot was ever booked. Completed, "
    "transferred and administrative endings are counted as endings of their own: who completes care can no "
    "longer leave it",
    formula="sum over weeks 0 to 11 of (still in care before) x (unplanned / at risk)",
    limits="It is lower than one less the share still in care, which lets nobody complete. A patient who found care "
    "elsewhere without saying so counts as having left.",
    source="Aalen & Johansen 1978; variance and limits: Marubini & Valsecchi 1995, Analysing Survival Data, 10.2",
    measure=unplanned_12_weeks,
)
GAP_BY_EXPOSURE = Metric(
    key="in_care_gap_exposed",
    version=1,
    question="Do patients whose first slot automation touched stay in care as often as the others?",
    name="Still in care at 12 weeks, touched by automation less others",
    unit="difference of shares",
    better="higher",
    side="trust",
    margin=0.08,
    margin_reason="as for those still in care",
    minimum_n=11,
    counted="episodes followed from the first week",
    smallest="episodes in care on the smaller side in the week with the fewest",
    cells=("retention_cells",),
    numerator="share still in care at 12 weeks where automation touched the first slot booked, whatever became of it",
    denominator="the same where it did not",
    exclusions="as for those still in care",
    formula="still in care (touched) - still in care (others)",
    limits="The two kinds of patients differ in much else: this is a comparison, not an effect. It is the first slot "
    "that counts, for whoever stays longer has more that can be touched. The effect of a rollout is told beside the "
    "verdict.",
    source="Kaplan & Meier 1958, Greenwood variance; log-rank test: Mantel 1966, Cancer Chemother Rep 50:163",
    measure=gap_by_exposure,
    exposure=True,
    undivided="it is itself a comparison of two strata",
)
ENDINGS = (UNPLANNED_12_WEEKS, GAP_BY_EXPOSURE)
