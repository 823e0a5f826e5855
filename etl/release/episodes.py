"""When did each course of care begin, and when and how did it end?

A slot kept or missed, or a booking still ahead, is a sign of care. Where on the day `lapse_days` after the last sign
there is neither a later one nor a booking for one (known by that day), care has lapsed: an unplanned ending dated at
that last sign. The judgement uses nothing that is learnt later, so that recent weeks and old ones are judged alike;
later visits begin a new course (where there is no episode table).

A course has the categories (modality, exposure, ...) of the slot it began with. A recorded course for which no slot was
ever booked has none, and is not counted: there was nothing to stay in or to leave, as where there is no episode table.
Days are numbers from the grid's first Monday; NEVER stands for one that is not known, or did not come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etl.release.days import NEVER, Days
from etl.release.rows import Column

UNPLANNED = "unplanned"
PLANNED = ("completed", "transferred", "administrative")
ENDINGS = (UNPLANNED, *PLANNED)
OPEN = -1  # in the place of an ending, of a course that goes on
APART = 2 * NEVER  # days of two courses never meet where each is moved by so much

Courses = dict[str, Column]  # person, started, entry, ended, ending, first_visit, second_visit, and `begun` (of Days)


@dataclass(frozen=True)
class Span:
    """From which day to which do the exports reach, and after how many days without a sign has care lapsed?"""

    first: int
    last: int
    lapse: int


def derived_courses(days: Days, span: Span) -> Courses:
    """Courses of care from visits alone: from the first visit kept, whose categories they have, to a lapse.

    A first visit within `lapse` days of the first day with data may be a later one of care already going on: its course
    is left out, for its beginning cannot be known.
    """
    signs = np.flatnonzero(days.sign != NEVER)
    person, day, known, attended = days.person[signs], days.day[signs], days.sign[signs], days.attended[signs]
    new = np.append(True, person[1:] != person[:-1])[: len(person)]
    next_known, next_visit = _following(np.cumsum(new), known), _following(np.cumsum(new), _if(attended, day))
    lapsed = next_known > day + span.lapse
    begins = new | np.append(True, lapsed[:-1])[: len(person)]
    course = np.cumsum(begins) - 1
    last_sign = day[np.append(begins[1:], True)[: len(day)]]
    first = _first(course, attended, len(last_sign))
    told = np.flatnonzero(first >= 0)
    told = told[day[first[told]] >= span.first + span.lapse]
    row, over = first[told], last_sign[told] <= span.last - span.lapse
    return {
        "person": person[row],
        "started": day[row],
        "entry": day[row],
        "ended": np.where(over, last_sign[told], NEVER),
        "ending": np.where(over, ENDINGS.index(UNPLANNED), OPEN),
        "first_visit": day[row],
        "second_visit": next_visit[row],
        "begun": signs[row],
    }


def recorded_courses(episodes: Mapping[str, Column], days: Days, span: Span) -> Courses:
    """Courses of care as recorded, cut short by a lapse.

    episodes: person, started, ended and ending (a number of ENDINGS, or one more). One that began before the first day
    with data enters at its first sign of care from that day on. A sign belongs to the last one begun up to its day; of
    several that began on one day the last is the one that ends last, in whatever order they come.
    """
    order = np.lexsort([episodes[name] for name in ("ending", "ended", "started", "person")])
    person, started, ended, ending = (episodes[name][order] for name in ("person", "started", "ended", "ending"))
    another = np.append(person[1:] != person[:-1], True)[: len(person)]
    next_on = np.where(another, NEVER, np.append(started[1:], NEVER)[: len(person)])
    course, day, known, attended = _signs_of(person, started, ended, days, span)
    next_known, next_visit = _following(course, known), _following(course, _if(attended, day))
    lapsed = (next_known > day + span.lapse) & (ended[course] > day + span.lapse)
    lapsed &= (day <= span.last - span.lapse) & (day >= span.first)
    lapse_on = _days(day, _first(course, lapsed, len(person)))
    inside = day <= lapse_on[course]
    first = _first(course, inside & attended, len(person))
    entry = _days(day, _first(course, inside & (day >= span.first), len(person)))
    until = np.where(lapse_on != NEVER, lapse_on + span.lapse, ended)
    begun = days.first_booked(person, started, next_on, until)
    found = {
        "person": person,
        "started": started,
        "entry": entry,
        "ended": np.where(lapse_on != NEVER, lapse_on, ended),
        "ending": np.where(lapse_on != NEVER, ENDINGS.index(UNPLANNED), np.where(ended != NEVER, ending, OPEN)),
        "first_visit": np.where(started >= span.first, _days(day, first), NEVER),
        "second_visit": _days(next_visit, first),
        "begun": begun,
    }
    told = (entry != NEVER) & (begun >= 0)
    return {name: values[told] for name, values in found.items()}


def _signs_of(
    person: Column, started: Column, ended: Column, days: Days, span: Span
) -> tuple[NDArray[np.int64], Column, Column, NDArray[np.bool_]]:
    """course (its number), day, known and attended of every beginning and sign of care, in the order of course and day.

    Left out are signs before the first course, after a course's end, and before the first day with data.
    """
    signs = np.flatnonzero(days.sign != NEVER)
    none = np.zeros(len(person), dtype=bool)
    whose = np.concatenate([person, days.person[signs]])
    day = np.concatenate([started, days.day[signs]])
    lowest = int(day.min(initial=0))
    width = int(day.max(initial=0)) - lowest + 1
    key = (whose * width + (day - lowest)) * 2 + (np.arange(len(day)) >= len(person))  # a beginning before that day's
    order = np.argsort(key, kind="stable")
    del key
    begins = order < len(person)
    course = np.cumsum(begins) - 1
    inside = course >= 0
    inside &= person[course] == whose[order] if len(person) else False
    inside[inside] &= day[order[inside]] <= ended[course[inside]]
    inside &= begins | (day[order] >= span.first)
    order, course = order[inside], course[inside]
    known = np.concatenate([started, days.sign[signs]])[order]
    return course, day[order], known, np.concatenate([none, days.attended[signs]])[order]


def _following(course: NDArray[np.int64], values: Column) -> NDArray[np.int64]:
    """The least value of all later rows of the same course, which lie together; NEVER where there is none."""
    least = np.minimum.accumulate((values + course * APART)[::-1])[::-1]
    later = np.append(course[1:] == course[:-1], False)[: len(course)]
    return np.where(later, np.append(least[1:], 0)[: len(course)] - course * APART, NEVER)


def _if(chosen: NDArray[np.bool_], day: Column) -> Column:
    return np.where(chosen, day, NEVER)


def _first(course: NDArray[np.int64], chosen: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """The first chosen row of each course; -1 where there is none."""
    rows = np.flatnonzero(chosen)[::-1]
    found = np.full(count, -1)
    found[course[rows]] = rows  # of several for one course the last that is set stays: the first
    return found


def _days(day: Column, rows: NDArray[np.int64]) -> Column:
    """The days of these rows; NEVER where there is none."""
    return np.where(rows >= 0, day[rows], NEVER) if len(day) else np.full(len(rows), NEVER)
