"""When did each course of care begin, and when and how did it end?

A slot kept or missed, or a booking still ahead, is a sign of care. Where on the day `lapse_days` after the last sign
there is neither a later one nor a booking for one (known by that day), care has lapsed: an unplanned ending dated at
that last sign. The judgement uses nothing that is learnt later, so that recent weeks and old ones are judged alike;
later visits begin a new course (where there is no episode table).

A course has the categories (modality, exposure, ...) of the slot it began with. A recorded course for which no slot was
ever booked has none, and is not counted: there was nothing to stay in or to leave, as where there is no episode table.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from etl.release.grid import Grid
from etl.release.strata import Attribute

SIGNS = ("attended", "no_show", "late_cancel", "unknown", "booked")
LARGEST_NUMBER = 2**62
UNPLANNED = "unplanned"
PLANNED = ("completed", "transferred", "administrative")


def signs_of_care(rows: ir.Table, wanted: list[Attribute]) -> ir.Table:
    """One row per patient, site and day with a sign of care: day, known_on, attended, and the categories of that visit.

    rows: coded appointments with `site_code`. known_on: the day it was booked, the day itself where that is unknown.
    """
    return booked_slots(rows.filter(rows.status.isin(SIGNS)), wanted)


def booked_slots(rows: ir.Table, wanted: list[Attribute]) -> ir.Table:
    """The same of every slot ever booked, whatever became of it."""
    slots = rows.filter(rows.starts_on.notnull())
    booked = ibis.coalesce(slots.booked_on, slots.starts_on)
    slots = slots.mutate(
        known_on=ibis.least(booked, slots.starts_on), attended=(slots.status == "attended").fill_null(False)
    )
    return slots.group_by("patient_id", "site_code", day=slots.starts_on).aggregate(
        known_on=ibis._.known_on.min(),
        attended=ibis._.attended.any(),
        **{item.column: slots[item.column].min() for item in wanted},
    )


def derived_episodes(signs: ir.Table, wanted: list[Attribute], grid: Grid, lapse_days: int) -> ir.Table:
    """Courses of care from visits alone: from the first visit kept, whose categories they have, to a lapse.

    A first visit within lapse_days of the first day with data may be a later one of care already going on: its course
    is left out, for its beginning cannot be known.
    """
    lapse = ibis.interval(days=lapse_days)
    bundles = _bundles(wanted)
    packed = {f"categories_{at}": _packed(signs, bundle) for at, bundle in enumerate(bundles)}
    signs = signs.select("patient_id", "site_code", "day", "known_on", "attended", **packed)
    marked = _with_lapses(signs, ["patient_id", "site_code"], lapse)
    order = ibis.window(group_by=["patient_id", "site_code"], order_by="day", rows=(None, 0))
    begins = marked.lapsed.lag().over(order).fill_null(True).cast("int64")
    marked = marked.mutate(begins=begins)
    marked = marked.mutate(course=marked.begins.sum().over(order))
    of_first = {name: marked[name].argmin(marked.day, where=marked.attended) for name in packed}
    courses = _courses(marked, ["patient_id", "site_code", "course"], of_first)
    known_from = grid.data_start + timedelta(days=lapse_days)
    courses = courses.filter(courses.first_visit_on >= _day(known_from))
    lapsed = courses.last_sign_on <= _day(grid.data_end - timedelta(days=lapse_days))
    return courses.select(
        "patient_id",
        "site_code",
        started_on=courses.first_visit_on,
        entry_on=courses.first_visit_on,
        ended_on=ibis.ifelse(lapsed, courses.last_sign_on, ibis.null("date")),
        end_reason=ibis.ifelse(lapsed, UNPLANNED, ibis.null("string")),
        first_visit_on=courses.first_visit_on,
        second_visit_on=courses.second_visit_on,
        **{name: value for at, each in enumerate(bundles) for name, value in _unpacked(courses, at, each).items()},
    )


def _bundles(wanted: list[Attribute]) -> list[list[Attribute]]:
    """Attributes whose categories fit into one number together: that is one column to sort and carry, not eight."""
    bundles: list[list[Attribute]] = []
    for item in wanted:
        last = bundles[-1] if bundles else []
        if last and math.prod(len(each.labels) + 1 for each in (*last, item)) < LARGEST_NUMBER:
            last.append(item)
        else:
            bundles.append([item])
    return bundles


def _packed(rows: ir.Table, bundle: list[Attribute]) -> ir.Value:
    number = ibis.literal(0).cast("int64")
    for item in bundle:
        number = number * (len(item.labels) + 1) + rows[item.column]
    return number


def _unpacked(rows: ir.Table, at: int, bundle: list[Attribute]) -> dict[str, ir.Value]:
    left, found = rows[f"categories_{at}"], dict[str, ir.Value]()
    for item in reversed(bundle):
        size = len(item.labels) + 1
        found[item.column], left = (left % size).cast("int16"), left // size
    return found


def recorded_episodes(
    episodes: ir.Table, slots: ir.Table, signs: ir.Table, wanted: list[Attribute], grid: Grid, lapse_days: int
) -> ir.Table:
    """Courses of care as recorded, cut short by a lapse. An ending without a reason counts as administrative.

    slots: `booked_slots`, whose categories courses have (see `_begun_with`). signs: `signs_of_care`. An episode that
    began before the first day with data enters at its first sign of care from that day on.
    """
    lapse = ibis.interval(days=lapse_days)
    by = ["patient_id", "site_code"]
    site = episodes.site_id.fill_null("")
    after = ibis.window(group_by=[episodes.patient_id, site], order_by=episodes.started_on)
    starts = episodes.select(
        "patient_id",
        site_code=site,
        day=episodes.started_on,
        known_on=episodes.started_on,
        attended=ibis.literal(False),
        begins=ibis.literal(1).cast("int64"),
        ended_on=episodes.ended_on,
        end_reason=ibis.coalesce(episodes.end_reason, ibis.literal("administrative")),
        next_on=episodes.started_on.lead().over(after),
    )
    none = ibis.null("date")
    visits = signs.mutate(
        begins=ibis.literal(0).cast("int64"), ended_on=none, end_reason=ibis.null("string"), next_on=none
    ).select(*starts.columns)
    rows = ibis.union(starts, visits)
    order = ibis.window(group_by=by, order_by=[rows.day, ibis.desc(rows.begins)], rows=(None, 0))
    rows = rows.mutate(course=rows.begins.sum().over(order))
    whole = ibis.window(group_by=[*by, "course"])
    rows = rows.filter(rows.course > 0)
    rows = rows.mutate(started_on=rows.day.min().over(whole), ended_on=rows.ended_on.max().over(whole))
    rows = rows.filter(rows.ended_on.isnull() | (rows.day <= rows.ended_on))
    first = _day(grid.data_start)
    rows = rows.filter((rows.day >= first) | (rows.begins == 1))
    marked = _with_lapses(rows, [*by, "course"], lapse)
    late = ~(marked.ended_on <= marked.day + lapse).fill_null(False)
    known = marked.day <= _day(grid.data_end - timedelta(days=lapse_days))
    marked = marked.mutate(
        lapse_on=ibis.ifelse(marked.lapsed & late & known & (marked.day >= first), marked.day, ibis.null("date"))
    )
    marked = marked.mutate(lapse_on=marked.lapse_on.min().over(ibis.window(group_by=[*by, "course"])))
    inside = marked.filter(marked.lapse_on.isnull() | (marked.day <= marked.lapse_on))
    courses = _courses(
        inside,
        [*by, "course"],
        {
            "started_on": inside.started_on.min(),
            "next_on": inside.next_on.max(),
            "recorded_end": inside.ended_on.max(),
            "recorded_reason": inside.end_reason.max(),
            "lapse_on": inside.lapse_on.min(),
            "entry_on": inside.day.min(where=inside.day >= first),
        },
    )
    courses = courses.filter(courses.entry_on.notnull())
    courses = _begun_with(courses, slots, [*by, "course"], wanted, lapse)
    return courses.select(
        "patient_id",
        "site_code",
        "started_on",
        "entry_on",
        ended_on=ibis.coalesce(courses.lapse_on, courses.recorded_end),
        end_reason=ibis.ifelse(
            courses.lapse_on.notnull(),
            UNPLANNED,
            ibis.ifelse(courses.recorded_end.notnull(), courses.recorded_reason, ibis.null("string")),
        ),
        first_visit_on=ibis.ifelse(courses.started_on >= first, courses.first_visit_on, ibis.null("date")),
        second_visit_on=courses.second_visit_on,
        **{item.column: courses[item.column] for item in wanted},
    )


def _begun_with(courses: ir.Table, slots: ir.Table, key: list[str], wanted: list[Attribute], lapse: Any) -> ir.Table:
    """The courses with the categories of their first slot, kept or not. Those for which none was booked are left out.

    Were it the first slot kept, whoever never kept one would have no category, and every category only those who
    stayed long enough to keep one. A slot counts if it was booked by the course's end, or by the day a lapse is judged.
    """
    inside = courses.join(slots, ["patient_id", "site_code"], rname="slot_{name}")
    until = ibis.coalesce(inside.lapse_on + lapse, inside.recorded_end)
    inside = inside.filter(
        inside.day >= inside.started_on,
        (inside.day < inside.next_on).fill_null(True),
        (inside.known_on <= until).fill_null(True),
    )
    first = inside.group_by(key).aggregate(**{item.column: inside[item.column].argmin(inside.day) for item in wanted})
    return courses.join(first, key)


def _with_lapses(rows: ir.Table, by: list[str], lapse: Any) -> ir.Table:
    """Adds `lapsed` (nothing later was known `lapse` after this day) and `next_visit_on`."""
    after = ibis.window(group_by=by, order_by="day", rows=(1, None))
    rows = rows.mutate(
        next_known=rows.known_on.min().over(after),
        next_visit_on=ibis.ifelse(rows.attended, rows.day, ibis.null("date")).min().over(after),
    )
    return rows.mutate(lapsed=(rows.next_known > rows.day + lapse).fill_null(True))


def _courses(rows: ir.Table, by: list[str], also: dict[str, ir.Value]) -> ir.Table:
    """One row per course: its first and second kept visit, its last sign, and what else is asked for."""
    return rows.group_by(by).aggregate(
        first_visit_on=rows.day.min(where=rows.attended),
        second_visit_on=rows.next_visit_on.argmin(rows.day, where=rows.attended),
        last_sign_on=rows.day.max(),
        **also,
    )


def _day(day: Any) -> ir.Value:
    return ibis.date(day.isoformat())
