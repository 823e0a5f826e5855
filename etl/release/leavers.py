"""How many different patients left, and how many stayed? Sums over patients of the weeks in care that are shown.

Rows of repeat_cells like those of visits, so that a lower bound on people follows from them (metrics/people.py): per
site, over everything published undivided, of weeks in care 0 to 11 (`in_care_12_weeks`: events are unplanned endings)
and of first visits (`left_after_first_visit`). A patient without an event counts once as one of the others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deid.disclosure import may_show
from etl.release.episodes import ENDINGS, UNPLANNED
from etl.release.followed import HEAD_WEEKS
from etl.release.grid import Grid
from etl.release.repeats import COUNTS
from etl.release.rows import Column, Rows, by_group, total
from warehouse.schema import ALL, PUBLISHED, WITHHELD

LEFT, LEFT_AFTER_FIRST = "in_care_12_weeks", "left_after_first_visit"


def cells(weeks: Rows, starts: Rows, sites: Sequence[str], grid: Grid, k: int) -> pd.DataFrame:
    """Rows of `repeat_cells`. weeks, starts: weeks in care, and first visits, in groups that are shown undivided."""
    head = weeks.where(weeks["week_in_care"] < HEAD_WEEKS)
    found = [
        _sums(head, head["ending"] == ENDINGS.index(UNPLANNED)).assign(outcome=LEFT),
        _sums(starts, starts["left_after_first"]).assign(outcome=LEFT_AFTER_FIRST),
    ]
    rows = pd.concat(found, ignore_index=True)
    shown = np.array([may_show(int(n), k) for n in rows["patients"]], dtype=bool)
    numbers = {name: rows[name].astype("Int64").where(shown) for name in COUNTS}
    return rows.assign(
        **numbers,
        state=np.where(shown, PUBLISHED, WITHHELD),
        site=rows["site"].map(dict(enumerate(sites))),
        window=ALL,
        window_start=grid.day(0),
        stratifier=ALL,
        stratum=ALL,
    )


def _sums(rows: Rows, event: Column) -> pd.DataFrame:
    """Per site: n, events, patients and the sums of squares and products over patients."""
    person, shape = rows.groups(["patient", "site"])
    there = np.bincount(person, minlength=int(np.prod(shape, dtype=np.int64)))
    y = np.bincount(person[event], minlength=len(there)).astype(np.float64)
    m = np.where(there > 0, np.maximum(y, 1), 0)
    site = np.arange(len(there)) % shape[1]
    values = (m, y, there > 0, m * m, m * y, y * y)
    sums = {name: total(site, shape[1], value) for name, value in zip(COUNTS, values, strict=True)}
    return by_group(["site"], (shape[1],), **sums)
