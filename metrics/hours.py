"""Where do the hours of staff go, and does automation give some back?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric
from metrics.figures import by_t, missing, same
from metrics.groups import Groups
from metrics.sides import NO_GO_LIVE, first_live, inside, periods_of, sites_of
from warehouse.schema import ALL, WEEKS

HUNDREDTHS = 100.0
BURDENS = ("admin_hours", "after_hours", "repair_hours")
_SPREAD = (
    "t interval; variance, and its degrees of freedom, from how far neighbouring periods of a site differ "
    "(von Neumann 1941, Ann Math Stat 12:367; several sites: Satterthwaite 1946, Biometrics Bull 2:110)"
)
_EQUAL = "Hours are those written down: what is done in between and at home often is not."


def per_person_week(name: str) -> Callable[[Cells, Groups, str], Measured]:
    """How many such hours does a person have in a week?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = cells.tables["staff_time_cells"]
        people, hours = (groups.total(np.nan_to_num(counts[column])) for column in ("people_weeks", name))
        told = spread_of_rows(cells, (name,))
        own = told.variance * np.nan_to_num(counts["people_weeks"])
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = groups.total(own) / people**2
            found = by_t(hours / people / HUNDREDTHS, variance, told.together(groups, own), people)
        found = replace(found, low=np.maximum(found.low, 0.0))
        unsaid = f"the exports hold no {name.replace('_', ' ')} of staff"
        return missing(found, unsaid, when=bool(hours.sum() <= 0 < people.sum()))

    return measure


@dataclass(frozen=True)
class Spread:
    """Per row of staff_time_cells: the variance of one person's week there, in hours squared; nan where not known.

    degrees: of freedom of that variance. series: which site and role the row is of.
    """

    variance: Floats
    degrees: Floats
    series: np.ndarray[Any, np.dtype[np.int64]]

    def together(self, groups: Groups, own: Floats) -> Floats:
        """Degrees of freedom of each group's sum of `own`, a variance for each row (Satterthwaite)."""
        many = int(self.series.max(initial=0)) + 1
        rows, place = groups.rows, groups.places * many + self.series[groups.rows]
        size = len(groups.index) * many
        parts = np.bincount(place, weights=own[rows], minlength=size).astype(np.float64).reshape(-1, many)
        degrees = np.ones(size)
        degrees[place] = self.degrees[rows]
        return combined(parts, degrees.reshape(-1, many))


def combined(variances: Floats, degrees: Floats) -> Floats:
    """Degrees of freedom of the sum of variances that are each known with some, along the last axis; at least 1.

    Satterthwaite 1946, Biometrics Bull 2:110.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = variances.sum(axis=-1) ** 2 / (variances**2 / degrees).sum(axis=-1)
    return np.maximum(np.nan_to_num(found, nan=1.0), 1.0)


def spread_of_rows(cells: Cells, names: tuple[str, ...]) -> Spread:
    """How far do a person's weeks differ, from successive periods of a site and role?

    A trend, or the step of a go-live, does not count as spread. k differences have 2 k^2 / (3 k - 1) degrees of freedom
    (von Neumann 1941): neighbours share a period. A site without any takes the mean of the others.
    """
    periods = periods_of(cells, cells.tables["staff_time_cells"])
    counts = periods.counts
    people = counts["people_weeks"].astype(np.float64)
    hours = sum((np.nan_to_num(counts[name]) for name in names), np.zeros(len(people))) / HUNDREDTHS
    table = cells.tables["staff_time_cells"]
    keys = list(zip(counts["site"], counts["stratum"], strict=True))
    known: dict[tuple[str, str], tuple[float, float]] = {}
    for key in dict.fromkeys(keys):
        rows = np.flatnonzero(np.array([one == key for one in keys]) & (people > 0))
        rows = rows[np.argsort(periods.start[rows], kind="stable")]
        rate, weight = hours[rows] / people[rows], 1 / people[rows]
        alike = periods.after[rows][1:] == periods.after[rows][:-1]
        steps = (np.diff(rate) ** 2 / (weight[1:] + weight[:-1]))[alike]
        if many := len(steps):
            known[key] = (float(steps.mean()), 2 * many**2 / (3 * many - 1))
    usual = (np.nan, 1.0)
    if known:
        usual = (float(np.mean([one for one, _ in known.values()])), sum(degrees for _, degrees in known.values()))
    names_of = list(zip(table["site"], table["stratum"], strict=True))
    numbers = {key: place for place, key in enumerate(dict.fromkeys(names_of))}
    variance, degrees = np.array([known.get(key, usual) for key in names_of], dtype=float).reshape(-1, 2).T
    return Spread(variance, degrees, np.array([numbers[key] for key in names_of], dtype=np.int64))


def hours_given_back(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many hours a person and week are saved since automation went live, less what it added?"""
    periods = periods_of(cells, cells.tables["staff_time_cells"])
    shown = cells.tables["staff_time_cells"]["state"] == "published"
    told = spread_of_rows(cells, BURDENS)
    spread, degrees = told.variance[shown], told.degrees[shown]
    count = len(groups.index)
    value, variance, n, freedom = np.full(count, np.nan), np.full(count, np.nan), np.zeros(count), np.ones(count)
    length = 0 if period == ALL else WEEKS[period]
    for place, one in enumerate(groups.index):
        saved, weight, errors = 0.0, 0.0, []
        for site in sites_of(one, cells):
            here = periods.at(site, one.stratum)
            after = here & periods.after & inside(one, periods.start, cells, groups, length)
            before = here & periods.before
            then, now = periods.total("people_weeks", before), periods.total("people_weeks", after)
            if not then or not now:
                continue
            hours = [
                sum(periods.total(name, side) for name in BURDENS) / HUNDREDTHS / people
                for side, people in ((before, then), (after, now))
            ]
            saved, weight = saved + now * (hours[0] - hours[1]), weight + now
            errors.append((now**2 * float(np.mean(spread[here])) * (1 / then + 1 / now), float(degrees[here][0])))
        if weight:
            error, free = np.array(errors).T
            value[place], variance[place], n[place] = saved / weight, error.sum() / weight**2, weight
            freedom[place] = combined(error, free)
    people = groups.total(np.nan_to_num(cells.tables["staff_time_cells"]["people_weeks"]))
    found = by_t(value, variance, freedom, n, enough=people)
    never = "nothing went live here, or no hours are published from before and after"
    found = replace(found, nobody=people <= 0, unsure=same(count, never))
    return missing(found, NO_GO_LIVE, when=not first_live(cells))


def _hours(key: str, column: str, name: str, asks: str, margin: float, words: str) -> Metric:
    return Metric(
        key=key,
        version=1,
        question=asks,
        name=name,
        unit="hours a person and week",
        better="lower",
        side="staff",
        margin=margin,
        margin_reason="a quarter of an hour a day" if margin > 1 else "half an hour a week",
        minimum_n=20,
        counted="person-weeks",
        cells=("staff_time_cells",),
        numerator=words,
        denominator="staff counted, summed over the weeks",
        exclusions="weeks of which it is not known how many staff were counted",
        formula=f"{column.replace('_', ' ')} / person-weeks",
        limits=f"{_EQUAL} A mean over all: a few may carry most of it.",
        source=_SPREAD,
        measure=per_person_week(column),
    )


HOURS = (
    _hours(
        "admin_hours",
        "admin_hours",
        "Administration",
        "How many hours a week go to administration?",
        1.25,
        "hours of administration, summed",
    ),
    _hours(
        "after_hours",
        "after_hours",
        "Work after hours",
        "How many hours a week are worked outside working time?",
        0.5,
        "hours outside working time, summed",
    ),
    _hours(
        "repair_hours",
        "repair_hours",
        "Mending what automation got wrong",
        "How many hours a week go to mending what automation got wrong?",
        0.5,
        "hours spent mending what automation got wrong, summed",
    ),
    Metric(
        key="hours_given_back",
        version=1,
        question="Does automation give staff time back, once the mending is counted?",
        name="Hours given back to staff",
        unit="hours a person and week",
        better="higher",
        side="staff",
        margin=0.5,
        margin_reason="half an hour a week more work for everybody",
        minimum_n=20,
        counted="person-weeks since go-live",
        smallest="person-weeks",
        cells=("staff_time_cells", "rollout"),
        numerator="hours of administration, after hours and mending per person-week before the first go-live of a site",
        denominator="less the same since then",
        exclusions="periods into which a go-live fell, and sites without one or without both sides",
        formula="(admin + after hours + repair before) - (the same since), weighted by person-weeks",
        limits=f"{_EQUAL} It compares a site with itself before, so season and trend are in it: it is not the "
        "adjusted effect.",
        source=_SPREAD,
        measure=hours_given_back,
    ),
)
