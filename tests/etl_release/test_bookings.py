"""Is the first booking after a missed visit the one a slow search finds, and one recorded in its place another?"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etl.release import engine
from etl.release.bookings import BOOKED_BY, HOW, NOT_AGAIN, Bookings, booked_again, replacements
from etl.release.rows import Rows
from tests.etl_release import practice

MONDAY = date(2024, 1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_first_booking_is_that_of_a_slow_search(seed: int) -> None:
    chance = random.Random(seed)
    made = []
    for _ in range(200):
        day = chance.randrange(60)
        made.append((chance.randrange(8), day - chance.randrange(-3, 20), chance.randrange(len(BOOKED_BY)), day))
    bookings = Bookings(*(np.array(column) for column in zip(*made, strict=True)))
    asked = [(patient, day) for patient in range(10) for day in range(60)]
    found = bookings.first_after(*(np.array(column) for column in zip(*asked, strict=True)))
    for (patient, day), answer in zip(asked, found, strict=True):
        later = [
            (booked - day) * len(HOW) + by
            for whose, booked, by, until in made
            if whose == patient and booked >= day and until > day
        ]
        assert answer == min(later, default=NOT_AGAIN)


def test_the_booking_recorded_in_its_place_counts_where_it_came_first() -> None:
    bookings = Bookings(*(np.array([value]) for value in (0, 5, 1, 9)))  # made on day 5 for day 9
    missed = Rows({"patient": np.array([0, 0, 1, 1]), "day": np.array([3, 3, 3, 3]), "link": np.array([-1, 2, 7, -1])})
    assert booked_again(missed, bookings).tolist() == [2 * len(HOW) + 1, 2, 7, NOT_AGAIN]


def test_what_is_recorded_as_the_replacement() -> None:
    con = practice.empty_vault()
    practice.fill(con, "appointment", [slot(1), slot(2), slot(3), slot(4)])
    more = [
        slot(10, rebooked_from=1, booked_on=MONDAY + timedelta(days=3), booked_via="automation"),
        slot(11, rebooked_from=1, booked_on=MONDAY + timedelta(days=2), booked_via="self_service"),
        slot(12, rebooked_from=2, booked_on=MONDAY - timedelta(days=2), booked_via="staff"),
        slot(13, rebooked_from=3, booked_on=None),
        slot(14, rebooked_from=4, booked_on=MONDAY, patient_id=8),
    ]
    practice.fill(con, "appointment", more)
    found = replacements(engine.table(engine.backend_of(con), "appointment")).to_pandas()
    told = {row.missed_id: None if pd.isna(row.link) else int(row.link) for row in found.itertuples()}
    assert told == {1: 2 * len(HOW) + BOOKED_BY.index("self_service"), 2: 0, 3: None, 4: None}


def slot(number: int, **more: Any) -> dict[str, Any]:
    return {"appointment_id": number, "patient_id": 7, "starts_on": MONDAY, "status": "no_show", **more}
