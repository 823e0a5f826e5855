"""On which days had a patient a slot at a site, when was it known, and is it a sign of care?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etl.release.rows import Column, Rows
from etl.release.slots import KEPT, STATUSES

NEVER = 2**30  # stands for a day that is not known, or did not come
SIGNS = tuple(STATUSES.index(word) for word in ("attended", "no_show", "late_cancel", "unknown"))  # or still booked


@dataclass(frozen=True)
class Days:
    """One row per patient, site and day with a slot, in this order.

    person: patient and site as one number. known: the first day any of its slots was known; sign: the same of those
    that are signs of care, NEVER where none is. slots, place: the slots themselves in this order, and where those of a
    row begin.
    """

    person: NDArray[np.int64]
    day: NDArray[np.int64]
    known: NDArray[np.int32]
    sign: NDArray[np.int32]
    attended: NDArray[np.bool_]
    slots: NDArray[np.int64]
    place: NDArray[np.int64]

    @classmethod
    def of(cls, slots: Rows, sites: int) -> Days:
        """slots: patient, code (of the site, below `sites`), day, known (the day it was booked, or its own) and status.

        Days are not below 0.
        """
        width = 1 + int(slots["day"].max(initial=0))
        key = (slots["patient"].astype(np.int64) * sites + slots["code"]) * width + slots["day"]
        order = np.argsort(key, kind="stable")  # nearly in order: many times quicker than the usual way
        key = key[order]
        place = np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)])
        known, status = slots["known"][order], slots["status"][order]
        if not len(place):
            nothing = np.zeros(0, dtype=np.int32)
            return cls(key, key, nothing, nothing, np.zeros(0, dtype=bool), order, place)
        sign = np.where(np.isin(status, SIGNS), known, np.int32(NEVER))
        return cls(
            key[place] // width,
            key[place] % width,
            np.minimum.reduceat(known, place),
            np.minimum.reduceat(sign, place),
            np.logical_or.reduceat(status == KEPT, place),
            order,
            place,
        )

    def first_booked(self, person: Column, since: Column, before: Column, until: Column) -> NDArray[np.int64]:
        """The first row of each person from one day on, before another, known up to a third; -1 where there is none."""
        width = 1 + int(max(self.day.max(initial=0), since.max(initial=0)))
        row = np.searchsorted(self.person * width + self.day, person * width + np.maximum(since, 0))
        found, open_ = np.full(len(person), -1), np.arange(len(person))
        while len(open_):
            open_ = open_[row[open_] < len(self.person)]
            here = row[open_]
            open_ = open_[(self.person[here] == person[open_]) & (self.day[here] < before[open_])]
            here = row[open_]
            known = self.known[here] <= until[open_]
            found[open_[known]] = here[known]
            open_ = open_[~known]
            row[open_] += 1
        return found

    def slots_of(
        self, rows: NDArray[np.int64], counted: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The slots of each of these days, and where those of a day begin. counted: of which slots alone."""
        ends = np.append(self.place[1:], len(self.slots))[: len(self.place)]
        many = ends[rows] - self.place[rows]
        at = np.repeat(np.arange(len(rows)), many)
        slots = self.slots[
            np.arange(len(at)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(self.place[rows], many)
        ]
        if counted is not None:
            at, slots = at[counted[slots]], slots[counted[slots]]
        begin = np.flatnonzero(np.append(True, at[1:] != at[:-1])[: len(at)])
        return slots, begin
