"""Which appointments are counted, and what is each of them counted as?"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from deid.disclosure import BLOCK, CHUNK
from etl.release.grid import Grid
from etl.release.sites import Sites
from etl.release.strata import Attribute, coded

STATUSES = (
    "attended",
    "no_show",
    "late_cancel",
    "cancelled_patient",
    "cancelled_practice",
    "rescheduled",
    "unknown",
)
UNKNOWN = STATUSES.index("unknown")
REMOTE = ("video", "phone")
NEW_KNOWN_FROM_DAYS = 91  # of the exports: who was seen before they begin comes back within a quarter, as a rule
FEW = 2**7  # categories: their numbers, with that of "not recorded", fit into one byte
ABSENT = -(2**31)  # stands for a number that is not known; no wait and no fee is that small


def rebooked(appointments: ir.Table, rebook_days: int) -> ir.Table:
    """Which missed appointments were followed by a new booking? Column `missed_id`, each once.

    A new booking: made for the same patient on the missed day or up to rebook_days after it (inclusive) for a later
    day, or recorded as the replacement.
    """
    missed = appointments.filter(appointments.status == "no_show")
    missed = missed.select("patient_id", missed_id=missed.appointment_id, missed_on=missed.starts_on)
    again = appointments.filter(appointments.booked_on.notnull())
    again = again.select("patient_id", "booked_on", next_on=again.starts_on)
    pairs = missed.inner_join(again, "patient_id")
    soon = pairs.filter(
        pairs.booked_on >= pairs.missed_on,
        pairs.booked_on <= pairs.missed_on + ibis.interval(days=rebook_days),
        pairs.next_on > pairs.missed_on,
    )
    linked = appointments.filter(appointments.rebooked_from.notnull())
    return ibis.union(soon.select("missed_id"), linked.select(missed_id=linked.rebooked_from)).distinct()


def first_visits(appointments: ir.Table) -> ir.Table:
    """The day of each patient's first visit: patient_id and first_on."""
    kept = appointments.filter(appointments.status == "attended")
    return kept.group_by("patient_id").aggregate(first_on=kept.starts_on.min())


def released_slots(
    appointments: ir.Table,
    patients: ir.Table,
    sites: Sites,
    wanted: list[Attribute],
    components: list[str],
    grid: Grid,
    *,
    since: int,
    rebook_days: int,
) -> ir.Table:
    """One narrow row per appointment of the weeks since ... grid.until: what it is counted as, and its categories.

    Columns: patient_id, site, week, weekday (0: Monday), chunk, block, status (a number of STATUSES), refilled (1, 0,
    or -1: not known), rebooked, touched, wait_days and fee (ABSENT where not known), connected (1 yes, 0 no, -1 not
    known or not remote), reminders (-1: not known), new (1: no visit kept before that day; 0; or -1: so early in the
    exports that nobody can say), s_<stratifier>, and c_<n> for each automation component.
    """
    first, last = _literal(grid.day(since)), _literal(grid.day(grid.until))
    rows = coded(appointments, patients, wanted)
    rows = rows.filter(rows.starts_on >= first, rows.starts_on < last)
    rows = sites.numbered(rows).left_join(rebooked(appointments, rebook_days), [("appointment_id", "missed_id")])
    rows = rows.left_join(first_visits(appointments), "patient_id", rname="of_{name}")
    known_from = _literal(grid.data_start + timedelta(days=NEW_KNOWN_FROM_DAYS))
    earlier = (rows.first_on < rows.starts_on).fill_null(False)
    remote = rows.modality.isin(REMOTE) & rows.connection_failed.notnull()
    day = rows.starts_on.delta(_literal(grid.start), unit="day")
    codes = [(word, code) for code, word in enumerate(STATUSES)]
    return rows.select(
        "patient_id",
        "site",
        week=(day // 7).cast("int16"),
        weekday=(day % 7).cast("int8"),
        chunk=(day // (7 * CHUNK) * CHUNK).cast("int16"),
        block=(day // (7 * BLOCK) * BLOCK).cast("int16"),
        status=rows.status.cases(*codes, else_=UNKNOWN).cast("int8"),
        refilled=rows.refilled.cast("int8").fill_null(-1).cast("int8"),
        rebooked=rows.missed_id.notnull(),
        touched=rows.touched,
        wait_days=rows.lead_days.cast("int32").fill_null(ABSENT).cast("int32"),
        fee=rows.fee.fill_null(ABSENT).cast("int64"),
        connected=ibis.ifelse(remote, ibis.ifelse(rows.connection_failed, 0, 1), -1).fill_null(-1).cast("int8"),
        reminders=rows.reminders.fill_null(-1).cast("int16"),
        new=ibis.ifelse(earlier, 0, ibis.ifelse(rows.starts_on >= known_from, 1, -1)).cast("int8"),
        **{item.column: rows[item.column].cast("int8" if len(item.labels) < FEW else "int16") for item in wanted},
        **{f"c_{n}": rows.exposed.contains(word).fill_null(False) for n, word in enumerate(components)},
    )


def components_found(appointments: ir.Table) -> list[str]:
    """Which automation components touched any appointment? In alphabetical order."""
    words = appointments.select(word=appointments.exposed.unnest()).distinct().to_pandas()["word"]
    return sorted(str(word) for word in words.dropna())


def _literal(day: date) -> ir.Value:
    return ibis.date(day.isoformat())


def window_before(week: int) -> int:
    """The first week of the longest closed window that may end after `week`: two blocks on the grid."""
    return week // (2 * BLOCK) * (2 * BLOCK)
