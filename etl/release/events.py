"""Which site, week and strata does something that happened to a patient outside of a visit belong to?

A questionnaire, a signal or a comment has a day and perhaps a site. What is known of visits alone (modality, whether
automation touched it, and site or age where the event says neither) is taken from the patient's last visit kept up to
that day. The engine gives the events alone: who they are of and what came before is looked up among the slots, which
are in memory already.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deid.disclosure import BLOCK, CHUNK
from etl.release.persons import NOT_KNOWN
from etl.release.rows import AT_ONCE, PERSON, Column, Convert, Rows, fetch, plain
from etl.release.strata import OF_PATIENT, Attribute
from etl.release.visits import DAYS, of_events
from etl.release.work import Work

UNTOUCHED = 1  # of the stratifier exposure: where no visit came before, none was touched
NOT_SAID = -2  # of an event's site: that of the last visit is taken


def placed(work: Work, events: ir.Table, *, convert: Convert = plain, at_once: int = AT_ONCE) -> Rows:
    """The events of published weeks: patient, site, week, chunk, block, s_<stratifier> and what else they have.

    events: patient_id, site_id, day and other columns. Left out are events of a site that publishes nothing, and of
    nobody's site: no site given and no visit before. convert: what to make of a batch of the other columns.
    """
    first, last = (ibis.date(work.grid.day(week).isoformat()) for week in (0, work.grid.until))
    rows, codes = events.filter(events.day >= first, events.day < last), work.sites.codes()
    rows = rows.left_join(codes, [rows.site_id == codes.site_code])
    own = [name for name in events.columns if name not in (PERSON, "site_id", "day")]
    told = rows.select(PERSON, *own, site=_at_site(rows), day=rows.day.delta(first, unit="day").cast("int32"))

    def with_places(batch: pa.RecordBatch) -> dict[str, Column]:
        person, site, day = (batch.column(name).to_numpy() for name in (PERSON, "site", "day"))
        places = _places(work, work.persons.numbers(person), site, day)
        counted = places["site"] != NOT_KNOWN
        if not counted.all():
            batch = batch.filter(pa.array(counted))
            places = {name: values[counted] for name, values in places.items()}
        return places | convert(batch.drop_columns([PERSON, "site", "day"]))

    return fetch(told, "site", "week", convert=with_places, at_once=at_once)


def _at_site(rows: ir.Table) -> ir.Value:
    """The published site of each row that is joined with `Sites.codes`: NOT_SAID, or NOT_KNOWN of any other code."""
    return ibis.ifelse(rows.site_id.isnull(), NOT_SAID, rows.site.fill_null(NOT_KNOWN)).cast("int16")


def _places(work: Work, patient: NDArray[np.int32], site: Column, day: Column) -> dict[str, Column]:
    """patient, site, week, chunk, block and categories of each event; the site NOT_KNOWN where it is nobody's."""
    last = work.visits.up_to(patient, day)
    found = np.where(site == NOT_SAID, last["site"], site)
    if len(work.sites.labels) == 1:
        found = np.zeros_like(found)
    week = (day // DAYS).astype(np.int16)
    return {
        "patient": patient,
        "site": found,
        "week": week,
        "chunk": week // CHUNK * CHUNK,
        "block": week // BLOCK * BLOCK,
        **{item.column: _category(work, patient, day, last, item) for item in of_events(work.wanted)},
    }


def _category(
    work: Work, patient: NDArray[np.int32], day: Column, last: dict[str, Column], item: Attribute
) -> NDArray[Any]:
    """Of the patient as they are, of the last visit as it was."""
    unknown = len(item.labels)
    if item.name in OF_PATIENT:
        return work.persons.category(patient, item)
    then = last[item.column]
    if item.name == "age_band":
        year = (np.datetime64(work.grid.start) + day).astype("datetime64[Y]").astype(np.int32) + 1970
        now = work.persons.band(patient, year, item)
        return np.where(now != unknown, now, np.where(then != NOT_KNOWN, then, unknown)).astype(np.int16)
    return np.where(then != NOT_KNOWN, then, UNTOUCHED if item.name == "exposure" else unknown).astype(np.int16)
