"""Is the last visit before an event the one a slow search finds, and does everybody keep one number?"""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from etl.release.persons import NOT_KNOWN, Persons
from etl.release.rows import Rows
from etl.release.slots import KEPT, STATUSES
from etl.release.strata import Attribute
from etl.release.visits import LastVisits

WEEKS, SITES = 5, 3
MODALITY = Attribute("modality", ("phone", "video"))
AGE = Attribute("age_band", ("0-17", "18-64", "65+"), (0, 18, 65))


def slots(seed: int, count: int = 300) -> Rows:
    chance = random.Random(seed)
    rows = [
        {
            "patient": chance.randrange(20),
            "site": chance.randrange(SITES),
            "week": chance.randrange(WEEKS),
            "weekday": chance.randrange(7),
            "status": chance.choice([KEPT, STATUSES.index("no_show")]),
            "s_modality": chance.randrange(3),
        }
        for _ in range(count)
    ]
    return Rows({name: np.array([row[name] for row in rows], dtype=np.int16) for name in rows[0]})


@pytest.mark.parametrize("seed", range(5))
def test_last_visit_is_that_of_a_slow_search(seed: int) -> None:
    rows = slots(seed)
    asked = [(patient, day) for patient in range(25) for day in range(WEEKS * 7)]
    random.Random(seed).shuffle(asked)
    patient, day = (np.array(column, dtype=np.int32) for column in zip(*asked, strict=True))
    found = LastVisits.of(rows, SITES, WEEKS, [MODALITY]).up_to(patient, day)
    told = list(zip(found["site"], found["s_modality"], strict=True))
    places = range(len(rows))
    kept = [tuple(int(rows[name][at]) for name in rows.columns) for at in places if rows["status"][at] == KEPT]
    for (who, until), answer in zip(asked, told, strict=True):
        before = [
            (7 * week + weekday, site, code)
            for one, site, week, weekday, _, code in kept
            if one == who and 7 * week + weekday <= until
        ]
        assert answer == (max(before)[1:] if before else (NOT_KNOWN, NOT_KNOWN))


def test_where_no_visit_was_kept_none_came_before() -> None:
    none = slots(1).where(np.zeros(300, dtype=bool))
    found = LastVisits.of(none, SITES, WEEKS, [MODALITY]).up_to(np.array([0, 3]), np.array([1, 30]))
    assert found["site"].tolist() == [NOT_KNOWN, NOT_KNOWN]


def test_more_than_can_be_numbered_is_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        LastVisits.of(slots(1), 10**17, WEEKS, [MODALITY])


def persons() -> Persons:
    return Persons(
        pd.Index([7, 30, 12]),
        np.array([1950, NOT_KNOWN, 2010, NOT_KNOWN], dtype=np.int32),
        np.array([False, True, False, False]),
        {"sex": np.array([1, 0, 2, 2], dtype=np.int16)},
    )


def test_everybody_keeps_one_number() -> None:
    some = persons()
    assert some.numbers(np.array([12, 7, 7])).tolist() == [2, 0, 0]
    assert some.numbers(np.array([99, 30, 98, 99])).tolist() == [3, 1, 4, 3]
    assert some.numbers(np.array([98, 12])).tolist() == [4, 2]


def test_nothing_is_known_of_whoever_is_not_in_the_table_of_patients() -> None:
    some, sex = persons(), Attribute("sex", ("f", "m"))
    who = some.numbers(np.array([7, 30, 12, 99]))
    assert some.category(who, sex).tolist() == [1, 0, 2, 2]
    year = np.full(4, 2024)
    assert some.band(who, year, AGE).tolist() == [2, 2, 0, 3]  # 74; 90 or older; 14; not known
