"""Where do the hours of staff go, and does automation give some back?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric
from metrics.figures import missing, normal, same
from metrics.groups import Groups
from metrics.sides import NO_GO_LIVE, first_live, inside, periods_of, sites_of
from warehouse.schema import ALL, WEEKS

HUNDREDTHS = 100.0
BURDENS = ("admin_hours", "after_hours", "repair_hours")
_SPREAD = (
    "normal limits; variance from how far neighbouring periods of a site differ "
    "(von Neumann 1941, Ann Math Stat 12:367)"
)
_EQUAL = "Hours are those written down: what is done in between and at home often is not."


def per_person_week(name: str) -> Callable[[Cells, Groups, str], Measured]:
    """How many such hours does a person have in a week?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = cells.tables["staff_time_cells"]
        people, hours = (groups.total(np.nan_to_num(counts[column])) for column in ("people_weeks", name))
        spread = groups.total(spread_of_rows(cells, (name,)) * np.nan_to_num(counts["people_weeks"]))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = normal(hours / people / HUNDREDTHS, spread / people**2, people)
        found = replace(found, low=np.maximum(found.low, 0.0))
        unsaid = f"the exports hold no {name.replace('_', ' ')} of staff"
        return missing(found, unsaid, when=bool(hours.sum() <= 0 < people.sum()))

    return measure


def spread_of_rows(cells: Cells, names: tuple[str, ...]) -> Floats:
    """Per row of staff_time_cells: the variance of one person's week there, in hours squared; nan where not known.

    From successive periods of a site and role, so that a trend or a step does not count as spread.
    """
    periods = periods_of(cells, cells.tables["staff_time_cells"])
    counts = periods.counts
    people = counts["people_weeks"].astype(np.float64)
    hours = sum((np.nan_to_num(counts[name]) for name in names), np.zeros(len(people))) / HUNDREDTHS
    table = cells.tables["staff_time_cells"]
    keys = list(zip(counts["site"], counts["stratum"], strict=True))
    found: dict[tuple[str, str], float] = {}
    for key in dict.fromkeys(keys):
        rows = np.flatnonzero(np.array([one == key for one in keys]) & (people > 0))
        rows = rows[np.argsort(periods.start[rows], kind="stable")]
        if len(rows) > 1:
            rate, weight = hours[rows] / people[rows], 1 / people[rows]
            found[key] = float((np.diff(rate) ** 2 / (weight[1:] + weight[:-1])).mean())
    usual = float(np.mean(list(found.values()))) if found else float("nan")
    return np.array([found.get(key, usual) for key in zip(table["site"], table["stratum"], strict=True)], dtype=float)


def hours_given_back(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many hours a person and week are saved since automation went live, less what it added?"""
    periods = periods_of(cells, cells.tables["staff_time_cells"])
    shown = cells.tables["staff_time_cells"]["state"] == "published"
    spread = spread_of_rows(cells, BURDENS)[shown]
    count = len(groups.index)
    value, variance, n = np.full(count, np.nan), np.full(count, np.nan), np.zeros(count)
    length = 0 if period == ALL else WEEKS[period]
    for place, one in enumerate(groups.index):
        saved, weight, error = 0.0, 0.0, 0.0
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
            error += now**2 * float(np.mean(spread[here])) * (1 / then + 1 / now)
        if weight:
            value[place], variance[place], n[place] = saved / weight, error / weight**2, weight
    people = groups.total(np.nan_to_num(cells.tables["staff_time_cells"]["people_weeks"]))
    found = normal(value, variance, n, enough=people)
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
