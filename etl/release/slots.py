"""Which appointments are counted, and what is each of them counted as?"""

from __future__ import annotations

from datetime import date
from functools import partial

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from deid.disclosure import BLOCK, CHUNK
from etl.release.bookings import HOW, NOT_AGAIN, Bookings, booked_again, booked_by, replacements
from etl.release.grid import Grid
from etl.release.persons import Persons
from etl.release.rows import Column, Rows, fetch
from etl.release.sites import Sites
from etl.release.strata import OF_PATIENT, Attribute, coded

STATUSES = (
    "attended",
    "no_show",
    "late_cancel",
    "cancelled_patient",
    "cancelled_practice",
    "rescheduled",
    "unknown",
)
KEPT, MISSED = STATUSES.index("attended"), STATUSES.index("no_show")
UNKNOWN = STATUSES.index("unknown")
REMOTE = ("video", "phone")
NEW_KNOWN_FROM_DAYS = 91  # of the exports: who was seen before they begin comes back within a quarter, as a rule
FEW = 2**7  # categories: their numbers, with that of "not recorded", fit into one byte
ABSENT = -(2**31)  # stands for a number that is not known; no wait and no fee is that small


def released_slots(
    appointments: ir.Table,
    patients: ir.Table,
    sites: Sites,
    wanted: list[Attribute],
    components: list[str],
    grid: Grid,
) -> ir.Table:
    """One narrow row per appointment of published weeks: what it is counted as, and its categories but the patient's.

    Columns: patient_id, code (of the site), site, week, weekday (0: Monday), chunk, block, status (a number of
    STATUSES), refilled (1, 0, or -1: not known), replaced and link (see `bookings.replacements`; -1: none), booked_by,
    touched, wait_days and fee (ABSENT where not known), connected (1 yes, 0 no, -1 not known or not remote), reminders
    (-1: not known), s_<stratifier>, and c_<n> for each automation component.
    """
    first, last = _literal(grid.start), _literal(grid.day(grid.until))
    wanted = [item for item in wanted if item.name not in OF_PATIENT]
    rows = coded(appointments, patients, wanted)
    rows = rows.filter(rows.starts_on >= first, rows.starts_on < last)
    rows = rows.mutate(site_code=rows.site_id.fill_null("")).inner_join(sites.codes(), "site_code")
    rows = rows.left_join(replacements(appointments), [("appointment_id", "missed_id")])
    remote = rows.modality.isin(REMOTE) & rows.connection_failed.notnull()
    day = rows.starts_on.delta(first, unit="day")
    return rows.select(
        "patient_id",
        "code",
        "site",
        week=(day // 7).cast("int16"),
        weekday=(day % 7).cast("int8"),
        chunk=(day // (7 * CHUNK) * CHUNK).cast("int16"),
        block=(day // (7 * BLOCK) * BLOCK).cast("int16"),
        status=_status(rows),
        refilled=rows.refilled.cast("int8").fill_null(-1).cast("int8"),
        replaced=rows.missed_id.notnull(),
        link=rows.link.fill_null(-1).cast("int32"),
        booked_by=booked_by(rows),
        touched=rows.touched,
        wait_days=_wait_days(rows),
        fee=rows.fee.fill_null(ABSENT).cast("int64"),
        connected=ibis.ifelse(remote, ibis.ifelse(rows.connection_failed, 0, 1), -1).fill_null(-1).cast("int8"),
        reminders=rows.reminders.fill_null(-1).cast("int16"),
        **_categories(rows, wanted),
        **{f"c_{n}": rows.exposed.contains(word).fill_null(False) for n, word in enumerate(components)},
    )


def later_slots(
    appointments: ir.Table, patients: ir.Table, sites: Sites, wanted: list[Attribute], grid: Grid
) -> ir.Table:
    """The appointments after the published weeks, as far as courses of care look at them.

    Columns: patient_id, code (of the site; -1: nothing is published of it), day, status, wait_days, booked_by,
    s_<stratifier>.
    """
    wanted = [item for item in wanted if item.name not in OF_PATIENT]
    rows = coded(appointments, patients, wanted)
    rows = rows.filter(rows.starts_on >= _literal(grid.day(grid.until)))
    rows = rows.mutate(site_code=rows.site_id.fill_null("")).left_join(sites.codes(), "site_code")
    return rows.select(
        "patient_id",
        code=rows.code.fill_null(-1).cast("int16"),
        day=rows.starts_on.delta(_literal(grid.start), unit="day").cast("int32"),
        status=_status(rows),
        wait_days=_wait_days(rows),
        booked_by=booked_by(rows),
        **_categories(rows, wanted),
    )


def _status(rows: ir.Table) -> ir.Value:
    codes = [(word, code) for code, word in enumerate(STATUSES)]
    return rows.status.cases(*codes, else_=UNKNOWN).cast("int8")


def _wait_days(rows: ir.Table) -> ir.Value:
    return rows.lead_days.cast("int32").fill_null(ABSENT).cast("int32")


def _categories(rows: ir.Table, wanted: list[Attribute]) -> dict[str, ir.Value]:
    return {item.column: rows[item.column].cast("int8" if len(item.labels) < FEW else "int16") for item in wanted}


def fetch_slots(slots: ir.Table, persons: Persons, wanted: list[Attribute], grid: Grid) -> Rows:
    """`released_slots` in memory, with day, the categories of each patient and `new`.

    new: 1 where no visit was kept before that day, else 0; -1 so early in the exports that nobody can say.
    """
    rows = fetch(slots, "site", "week", convert=partial(_narrow, persons))
    patient, day = rows["patient"], rows["week"].astype(np.int32) * 7 + rows["weekday"]
    kept = rows["status"] == KEPT
    first = np.full(1 + int(patient.max(initial=0)), np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(first, patient[kept], day[kept])
    known_from = (grid.data_start - grid.start).days + NEW_KNOWN_FROM_DAYS
    new = np.where(first[patient] < day, 0, np.where(day >= known_from, 1, -1)).astype(np.int8)
    return rows.having(day=day, new=new, **persons.categories_of(patient, wanted))


def with_rebooked(slots: Rows, later: Rows, rebook_days: int) -> Rows:
    """The slots with `again` (see `bookings.booked_again`) and `rebooked`: of those that were missed.

    rebooked: another is recorded as the replacement, or a new booking was made for the same patient on the missed day
    or up to rebook_days after it (inclusive) for a later day.
    """
    known = [rows.where(rows["wait_days"] != ABSENT) for rows in (slots, later)]
    columns = (np.concatenate([rows[name] for rows in known]) for name in ("patient", "booked_by", "day", "wait_days"))
    patient, by, day, wait = columns
    bookings = Bookings(patient, day - wait, by, day)
    missed = np.flatnonzero(slots["status"] == MISSED)
    again = np.full(len(slots), NOT_AGAIN, dtype=np.int32)
    again[missed] = booked_again(Rows({name: slots[name][missed] for name in ("patient", "day", "link")}), bookings)
    return slots.having(again=again, rebooked=slots["replaced"] | (again // len(HOW) <= rebook_days))


def fetch_later(slots: ir.Table, persons: Persons, wanted: list[Attribute], unknown: int) -> Rows:
    """`later_slots` in memory, with known and the categories of each patient. unknown: the code in the place of -1."""
    rows = fetch(slots, "day", convert=persons.numbered)
    code = np.where(rows["code"] < 0, unknown, rows["code"]).astype(np.int16)
    told = persons.categories_of(rows["patient"], wanted)
    return rows.having(code=code, known=known(rows["day"], rows["wait_days"]), **told)


def known(day: Column, wait_days: Column) -> Column:
    """The day each slot was booked; its own where that is not known, or came later."""
    return day - np.maximum(wait_days, 0)


def _narrow(persons: Persons, batch: pa.RecordBatch) -> dict[str, Column]:
    """The columns with numbers of patients, and with sums of money in half the room where they fit, as they do."""
    columns = persons.numbered(batch)
    fee, limits = columns["fee"], np.iinfo(np.int32)
    fits = fee.min(initial=0) >= limits.min and fee.max(initial=0) <= limits.max
    return columns | ({"fee": fee.astype(np.int32)} if fits else {})


def components_found(appointments: ir.Table) -> list[str]:
    """Which automation components touched any appointment? In alphabetical order."""
    words = appointments.select(word=appointments.exposed.unnest()).distinct().to_pandas()["word"]
    return sorted(str(word) for word in words.dropna())


def _literal(day: date) -> ir.Value:
    return ibis.date(day.isoformat())


def window_before(week: int) -> int:
    """The first week of the longest closed window that may end after `week`: two blocks on the grid."""
    return week // (2 * BLOCK) * (2 * BLOCK)
