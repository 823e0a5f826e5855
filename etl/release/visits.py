"""What was known of a patient at the last visit before something else happened?"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from etl.release.persons import NOT_KNOWN
from etl.release.rows import Column, Rows
from etl.release.slots import KEPT, known
from etl.release.strata import OF_PATIENT, Attribute

OF_VISIT = ("modality", "exposure")
DAYS = 7  # a week


@dataclass(frozen=True)
class LastVisits:
    """Every visit kept, each as one number of patient, day, site and categories: the largest up to a day is the last.

    Of several on one day it is that of the last site and category in order.
    """

    numbers: NDArray[np.int64]  # ascending
    sizes: dict[str, int]  # days, site and the column of each category, in this order -> how many numbers it takes

    @classmethod
    def of(cls, slots: Rows, sites: int, weeks: int, items: list[Attribute]) -> LastVisits:
        """slots: all of those weeks, with site, week, weekday, status and the categories of these attributes."""
        kept = slots.where(slots["status"] == KEPT)
        sizes = {"day": DAYS * weeks, "site": sites} | {item.column: len(item.labels) + 1 for item in items}
        if (int(kept["patient"].max(initial=0)) + 2) * prod(sizes.values()) > np.iinfo(np.int64).max:
            raise ValueError("there are too many patients, days, sites and categories to number every visit")
        numbers = kept["patient"].astype(np.int64) * sizes["day"] + kept["week"].astype(np.int64) * DAYS
        numbers += kept["weekday"]
        for name in list(sizes)[1:]:
            numbers *= sizes[name]
            numbers += kept[name]
        numbers.sort()
        return cls(numbers, sizes)

    def up_to(self, patient: Column, day: Column) -> dict[str, Column]:
        """site and categories of each patient's last visit up to that day, NOT_KNOWN where there was none."""
        days, *others = self.sizes.values()
        rest = prod(others)
        until = (patient.astype(np.int64) * days + day + 1) * rest
        order = np.argsort(until)
        place = np.empty(len(until), dtype=np.int64)
        place[order] = np.searchsorted(self.numbers, until[order]) - 1  # in order: the places are near each other
        left = self.numbers[place] if len(self.numbers) else place
        known = (place >= 0) & (left // (days * rest) == patient)
        found: dict[str, Column] = {}
        for name in reversed(list(self.sizes)[1:]):
            found[name] = np.where(known, left % self.sizes[name], NOT_KNOWN).astype(np.int16)
            left = left // self.sizes[name]
        return found


def of_visits(wanted: list[Attribute]) -> list[Attribute]:
    """Which attributes does an event take from the last visit?"""
    return [item for item in wanted if item.name in (*OF_VISIT, "age_band")]


def of_events(wanted: list[Attribute]) -> list[Attribute]:
    """Which attributes does an event have?"""
    return [item for item in wanted if item.name in (*OF_PATIENT, *OF_VISIT, "age_band")]


def narrow(slots: Rows, wanted: list[Attribute]) -> Rows:
    """What courses of care, and contacts beside feedback, look at.

    patient, code, site, week, chunk, block, day (of the grid), known (the day it was booked, its own where that is not
    known or later), status, again, attended, and the categories.
    """
    own = ("patient", "code", "site", "week", "chunk", "block", "day", "status", "again")
    names = (*own, *(item.column for item in wanted))
    attended = (slots["status"] == KEPT).astype(np.int8)
    return Rows(
        {name: slots[name] for name in names} | {"known": known(slots["day"], slots["wait_days"]), "attended": attended}
    )
