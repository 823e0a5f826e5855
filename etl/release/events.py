"""Which site, week and strata does something that happened to a patient outside of a visit belong to?

A questionnaire, a signal or a comment has a day and perhaps a site. What is known of visits alone (modality, whether
automation touched it, and site or age where the event says neither) is taken from the patient's last visit kept up to
that day.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from deid.disclosure import BLOCK, CHUNK
from etl.release.strata import OF_PATIENT, Attribute, age_code, coded, word_code
from etl.release.work import Work

OF_VISIT = ("modality", "exposure")
UNTOUCHED = 1  # of the stratifier exposure: where no visit came before, none was touched
NOT_KNOWN = -1
EPOCH = date(1970, 1, 1)
SITES, CODES = 10_000, 1_000  # at most so many published sites, and categories of one stratifier


def placed(work: Work, events: ir.Table, *own: str) -> ir.Table:
    """The events of published weeks: patient_id, site, week, chunk, block, s_<stratifier> and the columns named.

    events: event (a number of its own), patient_id, site_id, day and the columns named. Left out are events of a site
    that publishes nothing, and of nobody's site: no site given and no visit before.
    """
    grid, wanted = work.grid, _wanted(work)
    first, last = (ibis.date(grid.day(week).isoformat()) for week in (0, grid.until))
    rows = events.filter(events.day >= first, events.day < last)
    rows = _at_site(work, rows.left_join(_last_visits(work, rows, wanted), "event").drop("event_right"))
    rows = _of_person(work, rows, wanted)
    days = rows.day.delta(first, unit="day")
    return rows.select(
        "patient_id",
        "site",
        week=(days // 7).cast("int16"),
        chunk=(days // (7 * CHUNK) * CHUNK).cast("int16"),
        block=(days // (7 * BLOCK) * BLOCK).cast("int16"),
        **{item.column: rows[item.column].cast("int16") for item in wanted},
        **{name: rows[name] for name in own},
    )


def _wanted(work: Work) -> list[Attribute]:
    return [item for item in work.wanted if item.name in (*OF_PATIENT, *OF_VISIT, "age_band")]


def _last_visits(work: Work, events: ir.Table, wanted: list[Attribute]) -> ir.Table:
    """event, visit_site and v_<stratifier> of the last visit kept up to the event's day; NOT_KNOWN where none was.

    One number holds day, site and categories of a visit, so that the largest up to a day is that of the last.
    """
    kept = work.appointments.filter(work.appointments.status == "attended")
    of_visit = [item for item in wanted if item.name in (*OF_VISIT, "age_band")]
    kept = kept.semi_join(events, "patient_id")  # as a rule few of all patients
    visits = work.sites.numbered(coded(kept, work.patients, of_visit))
    packed = visits.starts_on.delta(ibis.date(EPOCH.isoformat()), unit="day").cast("int64") * SITES + visits.site
    for item in of_visit:
        packed = packed * CODES + visits[item.column]
    none = ibis.literal(NOT_KNOWN).cast("int64")
    both = ibis.union(
        visits.select("patient_id", day=visits.starts_on, event=ibis.null("int64"), packed=packed),
        events.select("patient_id", "day", event=events.event.cast("int64"), packed=none),
    )
    until = ibis.window(group_by="patient_id", order_by="day", range=(None, 0))
    found = both.mutate(packed=both.packed.max().over(until)).filter(ibis._.event.notnull())
    known = {"event": found.event}
    left = found.packed
    for item in reversed(of_visit):
        known[f"v_{item.name}"] = ibis.ifelse(found.packed == NOT_KNOWN, NOT_KNOWN, left % CODES)
        left = left // CODES
    known["visit_site"] = ibis.ifelse(found.packed == NOT_KNOWN, NOT_KNOWN, left % SITES)
    return found.select(**known)


def _at_site(work: Work, rows: ir.Table) -> ir.Table:
    """With `site`: the published site of the event's code, else that of the last visit."""
    codes = work.sites.codes()
    named = rows.left_join(codes, [rows.site_id == codes.site_code])
    site = ibis.ifelse(named.site_id.isnull(), named.visit_site, named.site.cast("int64"))
    if len(work.sites.labels) == 1:
        site = ibis.coalesce(site, 0)
        site = ibis.ifelse(site == NOT_KNOWN, 0, site)
    named = named.mutate(site=site.cast("int16"))
    return named.filter(named.site.notnull(), named.site != NOT_KNOWN)


def _of_person(work: Work, rows: ir.Table, wanted: list[Attribute]) -> ir.Table:
    """With s_<stratifier>: of the patient as they are, of the last visit as it was."""
    patients = work.patients
    of_patient = [item for item in wanted if item.name in OF_PATIENT]
    person = patients.select(
        "patient_id",
        "birth_year",
        "aged_90_plus",
        **{item.column: word_code(patients[item.name], item) for item in of_patient},
    )
    rows = rows.left_join(person, "patient_id")
    columns: dict[str, ir.Value] = {}
    for item in wanted:
        unknown = len(item.labels)
        if item.name == "age_band":
            then = rows.v_age_band.nullif(NOT_KNOWN).nullif(unknown)
            now = age_code(rows.day, rows.birth_year, rows.aged_90_plus, item)
            columns[item.column] = ibis.coalesce(now.nullif(unknown), then, unknown)
        elif item.name in OF_VISIT:
            otherwise = UNTOUCHED if item.name == "exposure" else unknown
            columns[item.column] = rows[f"v_{item.name}"].nullif(NOT_KNOWN).fill_null(otherwise)
        else:
            columns[item.column] = rows[item.column].fill_null(unknown)
    return rows.mutate(**columns)
