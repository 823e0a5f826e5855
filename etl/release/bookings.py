"""When was a missed visit booked again, and by whom?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from etl.release.rows import Column, Rows

BOOKED_BY = ("staff", "self_service", "automation", "not recorded")
NOBODY = len(BOOKED_BY)  # of a missed visit that was not booked again
HOW = (*BOOKED_BY, "")
NOT_AGAIN = 2**30  # in the place of days and by whom


def booked_by(rows: ir.Table) -> ir.Value:
    """By whom an appointment was booked: a number of BOOKED_BY."""
    codes = [(word, at) for at, word in enumerate(BOOKED_BY)]
    return rows.booked_via.cases(*codes, else_=BOOKED_BY.index("not recorded")).cast("int8")


def replacements(appointments: ir.Table) -> ir.Table:
    """Which appointments are recorded as replaced by another? Column missed_id, each once, and link.

    link: days until the first of those bookings of the same patient (0 where it was made before) times len(HOW), and by
    whom it was made; null where its day is not known.
    """
    later = appointments.filter(appointments.rebooked_from.notnull())
    later = later.select("booked_on", missed_id=later.rebooked_from, of=later.patient_id, by=booked_by(later))
    pairs = later.left_join(
        appointments.select("appointment_id", "patient_id", "starts_on"),
        [later.missed_id == appointments.appointment_id],
    )
    days = ibis.greatest(pairs.booked_on.delta(pairs.starts_on, unit="day").cast("int64"), 0)
    told = pairs.booked_on.notnull() & (pairs.of == pairs.patient_id)
    packed = ibis.ifelse(told, days * len(HOW) + pairs.by, ibis.null("int64"))
    return pairs.mutate(packed=packed).group_by("missed_id").aggregate(link=ibis._.packed.min())


class Bookings:
    """Every booking whose day is known, in order of patient, the day it was made and by whom."""

    def __init__(self, patient: Column, booked: Column, by: Column, day: Column) -> None:
        """booked, day: the day it was made, and the day it is for."""
        self.low = min(int(booked.min(initial=0)), 0)
        self.width = max(int(booked.max(initial=0)), int(day.max(initial=0))) - self.low + 1
        key = self._number(patient, booked) * NOBODY + by
        order = np.argsort(key)
        self.key, self.day = key[order], day[order]

    def first_after(self, patient: Column, day: Column) -> NDArray[np.int64]:
        """The first booking of each patient made on that day or later, for a later one: days * len(HOW) + by."""
        place = self._number(patient, day)
        row, open_ = np.searchsorted(self.key, place * NOBODY), np.arange(len(patient))
        found = np.full(len(patient), NOT_AGAIN, dtype=np.int64)
        while len(open_):
            open_ = open_[row[open_] < len(self.key)]
            key = self.key[row[open_]]
            same = key // NOBODY // self.width == patient[open_]
            open_, key = open_[same], key[same]
            again = self.day[row[open_]] > day[open_]
            here, made = open_[again], key[again]
            found[here] = (made // NOBODY - place[here]) * len(HOW) + made % NOBODY
            open_ = open_[~again]
            row[open_] += 1
        return found

    def _number(self, patient: Column, day: Column) -> NDArray[np.int64]:
        return patient.astype(np.int64) * self.width + (day - self.low)


def booked_again(missed: Rows, bookings: Bookings) -> NDArray[np.int32]:
    """The first booking after each missed visit, or the one recorded in its place where that came first.

    missed: patient, day and link (-1: none recorded). Days * len(HOW) + by whom; NOT_AGAIN where there is none.
    """
    first, link = bookings.first_after(missed["patient"], missed["day"]), missed["link"].astype(np.int64)
    return np.minimum(first, np.where(link < 0, NOT_AGAIN, link)).astype(np.int32)
