"""Do patients stay in care, or quietly leave?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from metrics.cells import LONGEST_HORIZON, Cells
from metrics.declare import Floats, Measured, Metric
from metrics.errors import QueryError
from metrics.estimate import State
from metrics.groups import Groups, group
from metrics.intervals import wilson_limits
from metrics.selection import Selection
from metrics.survival import SurvivalCurve, area_under, kaplan_meier, log_log_limits, product_limit
from warehouse.schema import ALL

LEVEL = 0.95
HORIZON_WEEKS = 12
MEAN_WEEKS = LONGEST_HORIZON
LONGEST_WEEK = 52
_NONE = "the exports hold no visits or episodes followed for long enough to count time in care"


def in_care_12_weeks(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of patients is still in care twelve weeks after starting?"""
    at_risk, left = by_week_in_care(cells, groups, HORIZON_WEEKS)
    survival, variance = product_limit(left, at_risk)
    low, high = log_log_limits(survival, variance, LEVEL)
    value, fewest = survival[:, -1], at_risk.min(axis=1)
    edge = (value <= 0) | (value >= 1)  # nobody, or everybody, left: Greenwood says nothing, the binomial does
    wilson_low, wilson_high = wilson_limits(value, np.where(fewest > 0, fewest, np.nan), LEVEL)
    low = np.where(edge, wilson_low, low[:, -1])
    high = np.where(edge, wilson_high, high[:, -1])
    return _measured(cells, value, low, high, variance[:, -1], at_risk)


def mean_weeks_in_care(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many of the first 26 weeks does a patient spend in care, on average?"""
    at_risk, left = by_week_in_care(cells, groups, MEAN_WEEKS)
    survival, _ = product_limit(left, at_risk)
    time = np.arange(1, MEAN_WEEKS + 1, dtype=float)
    area, error = area_under(time, left, at_risk, survival, MEAN_WEEKS)
    low, high = limits_of_mean(area, error, left.sum(axis=1))
    return _measured(cells, area, low, high, error**2, at_risk)


def limits_of_mean(area: Floats, error: Floats, ended: Floats) -> tuple[Floats, Floats]:
    """Limits on the log odds of the share of the weeks, so that they stay inside them and lean as the mean does.

    The variance is multiplied by endings / (endings - 1), as Kaplan & Meier advise (1958, JASA 53:457).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = error * np.sqrt(np.where(ended > 1, ended / (ended - 1), 1.0))
        half = special.ndtri(0.5 + LEVEL / 2) * whole * MEAN_WEEKS / (area * (MEAN_WEEKS - area))
        odds = special.logit(area / MEAN_WEEKS)
        limits = (MEAN_WEEKS * special.expit(odds - half), MEAN_WEEKS * special.expit(odds + half))
    edge = (area <= 0) | (area >= MEAN_WEEKS)
    return np.where(edge, area, limits[0]), np.where(edge, area, limits[1])


def left_after_first_visit(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of new patients is never seen again after the first visit?"""
    counts = cells.retention
    n, left = (groups.total(np.nan_to_num(counts[name])) for name in ("starts_followed", "left_after_first"))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, left / n, np.nan)
        variance = share * (1 - share) / n
    low, high = wilson_limits(share, n, LEVEL)
    return Measured(share, low, high, variance, n, n, n <= 0, _text(len(n), _absent(cells)), _text(len(n), ""))


def curve(selection: Selection) -> SurvivalCurve:
    """The share still in care after 1, 2, ... weeks in one scope; week 0 of the cells ends after one week.

    Raises QueryError, with the reason, where nothing of this scope is published.
    """
    cells = selection.cells
    if cells.whole:
        raise QueryError("A curve needs every week in care: ask it of cells by period (load_cells).")
    period = selection.grain if selection.period else ALL
    groups = group(cells, "retention_cells", period)
    places = groups.find(selection.site, selection.stratum)
    chosen = [place for place in places if groups.index[place].period == selection.period]
    if not chosen:
        raise QueryError(f"No {selection.grain} period begins on {selection.period}. Ask for one of the series.")
    place = chosen[0]
    if groups.index[place].state is not State.PUBLISHED:
        raise QueryError(f"Time in care cannot be shown here: {groups.index[place].note}.")
    at_risk, left = (table[place] for table in by_week_in_care(cells, groups, LONGEST_WEEK + 1))
    followed = int(np.argmax(at_risk <= 0)) if (at_risk <= 0).any() else len(at_risk)
    if not followed:
        raise QueryError("Time in care cannot be shown here: nobody was followed from the start of care.")
    weeks = pd.DataFrame(
        {"time": np.arange(1, followed + 1), "observed": left[:followed], "at_risk": at_risk[:followed]}
    )
    return kaplan_meier(weeks.assign(censored=0), level=LEVEL)


def by_week_in_care(
    cells: Cells, groups: Groups, weeks: int, names: tuple[str, ...] = ("at_risk", "unplanned")
) -> tuple[Floats, ...]:
    """At risk, ended unplanned (or other counts of retention): a row per group, a column per week in care from 0."""
    counts, shape = cells.retention, (len(groups.index), weeks)
    if cells.whole:
        return tuple(_added(counts[name], groups, shape) for name in names)
    in_care = counts["week_in_care"][groups.rows]
    keep = in_care < weeks
    place = groups.places[keep] * weeks + in_care[keep]
    size = shape[0] * shape[1]
    values = (np.nan_to_num(counts[name][groups.rows[keep]]) for name in names)
    return tuple(np.bincount(place, weights=each, minlength=size).reshape(shape).astype(np.float64) for each in values)


def _added(lines: Floats, groups: Groups, shape: tuple[int, int]) -> Floats:
    """The lines of weeks in care added over each group."""
    table = np.zeros(shape)
    np.add.at(table, groups.places, lines[groups.rows, : shape[1]])
    return table


def _measured(cells: Cells, value: Floats, low: Floats, high: Floats, variance: Floats, at_risk: Floats) -> Measured:
    fewest = at_risk.min(axis=1)
    known = fewest > 0
    value, low, high, variance = (np.where(known, one, math.nan) for one in (value, low, high, variance))
    texts = (_text(len(value), _absent(cells)), _text(len(value), ""))
    return Measured(value, low, high, variance, at_risk[:, 0], fewest, at_risk.sum(axis=1) <= 0, *texts)


def _absent(cells: Cells) -> str:
    return _NONE if cells.by == ALL and not len(cells.retention["at_risk"]) else ""


def _text(length: int, text: str) -> np.ndarray[Any, np.dtype[np.object_]]:
    return np.full(length, text, dtype=object)


_LEFT_OUT = "episodes before the data start, and those for which no slot was ever booked"
_ENDINGS = (
    "Completed, transferred and administrative endings, and patients still in care, are followed up to that week and "
    "no further; they are never counted as having left. Follow-up ends for everybody `lapse_days` before the data end."
)
_PERIOD = (
    "A calendar period chains the weekly risks of everybody in care in it, new or not (a period life table), so it "
    "answers for the care of that period, not for the patients who started in it."
)

IN_CARE_12_WEEKS = Metric(
    key="in_care_12_weeks",
    version=1,
    question="What share of patients is still in care, or ended it as planned, twelve weeks after starting?",
    name="Still in care at 12 weeks",
    unit="share",
    better="higher",
    side="trust",
    margin=0.08,
    margin_reason="one more patient in twelve lost early is a loss no gain in filled slots makes good; a smaller one "
    "can rarely be told from chance within a year",
    minimum_n=11,
    counted="episodes followed from the first week",
    smallest="episodes in care in the week with the fewest",
    cells=("retention_cells",),
    numerator="episodes ended unplanned in each week in care (recorded, or no visit and no booking for `lapse_days`)",
    denominator="episodes in care at the start of that week",
    exclusions=_LEFT_OUT + "; weeks in care that began outside the period. " + _ENDINGS,
    formula="product over weeks 0 to 11 of (1 - unplanned / at risk)",
    limits=_PERIOD + " A patient who found care elsewhere without saying so counts as having left.",
    source="Kaplan & Meier 1958; Greenwood variance, log(-log) limits (Kalbfleisch & Prentice 2002, 1.4)",
    measure=in_care_12_weeks,
)

MEAN_WEEKS_IN_CARE = Metric(
    key="mean_weeks_in_care",
    version=1,
    question="How many of the first 26 weeks does a patient spend in care, on average, unless care ended as planned?",
    name="Mean weeks in care, of the first 26",
    unit="weeks",
    better="higher",
    side="trust",
    margin=1.0,
    margin_reason="a week less per patient, all along, is about the loss of one visit each",
    minimum_n=11,
    counted="episodes followed from the first week",
    smallest="episodes in care in the week with the fewest",
    cells=("retention_cells",),
    numerator="area under the curve of those still in care, weeks 0 to 26",
    denominator="(a mean per patient)",
    exclusions=_LEFT_OUT + "; weeks in care that began outside the period. " + _ENDINGS,
    formula="1 + sum over weeks 1 to 25 of the share still in care after that many weeks",
    limits=_PERIOD + " Who leaves within a week counts as in care to its end. It says nothing of later than 26 weeks.",
    source="Irwin 1949; Royston & Parmar 2013, BMC Med Res Methodol 13:152; standard error as R's se(rmean), "
    "the variance times endings / (endings - 1) (Kaplan & Meier 1958, JASA 53:457); limits on the log odds of the "
    "share of the 26 weeks",
    measure=mean_weeks_in_care,
)

LEFT_AFTER_FIRST_VISIT = Metric(
    key="left_after_first_visit",
    version=1,
    question="What share of new patients is never seen again after the first visit?",
    name="Left after the first visit",
    unit="share",
    better="lower",
    side="trust",
    margin=0.05,
    margin_reason="one new patient in twenty put off at the door is a loss of trust",
    minimum_n=11,
    counted="first visits followed for `lapse_days`",
    cells=("retention_cells",),
    numerator="first visits after which the patient did not come or book again, unplanned",
    denominator="first visits in the period that could be followed for `lapse_days`",
    exclusions="first visits too recent to follow; planned one-visit care that is recorded as completed or transferred",
    formula="left_after_first / starts_followed",
    limits="A single consultation that was all a patient wanted counts as having left unless its ending is recorded.",
    source="Wilson 1927, JASA 22:209",
    measure=left_after_first_visit,
)

RETENTION = (IN_CARE_12_WEEKS, MEAN_WEEKS_IN_CARE, LEFT_AFTER_FIRST_VISIT)
