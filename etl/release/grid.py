"""On which weeks is everything counted, and which of them are settled?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from deid.disclosure import BLOCK
from etl.settings import IngestSettings


@dataclass(frozen=True)
class Grid:
    """Weeks counted from one Monday, chosen at the first release.

    until: weeks settled (exclusive number); covered: weeks the exports reach (exclusive; later weeks are not known
    to be empty, so no zero is shown for them); retained: weeks whose endings are known (section "Retention").
    """

    start: date
    until: int
    covered: int
    retained: int
    data_start: date
    data_end: date
    extracted_on: date

    def day(self, week: int) -> date:
        """The Monday of a week."""
        return self.start + timedelta(weeks=int(week))

    def week(self, day: Any) -> int:
        """The week a day falls in."""
        return (as_date(day) - self.start).days // 7


def as_date(value: Any) -> date:
    """A day, whether it comes as a date, a timestamp or text."""
    moment = pd.Timestamp(value)
    return date(moment.year, moment.month, moment.day)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def make_grid(
    settings: IngestSettings, data_start: date, data_end: date, previous: Mapping[str, Any] | None, now: datetime
) -> Grid:
    """Which weeks can be published on this day?

    A week is settled when it is over and settle_days have passed at extracted_on. Nothing is settled beyond the
    twelve-week block of the last day with data. The first Monday never moves, save backwards by whole blocks where
    older data was restated. Endings are known up to data_end - lapse_days, and for every week in care that begins in
    a published week, so six days more must have passed.
    """
    extracted = settings.extracted_on or now.date()
    start = monday(data_start)
    if previous is not None and previous.get("grid_start") is not None:
        start = as_date(previous["grid_start"])
        while start > data_start:
            start -= timedelta(weeks=BLOCK)
    last = (data_end - start).days // 7
    settled = (extracted - timedelta(days=settings.release.settle_days) - start).days // 7
    until = max(0, min(settled, (last // BLOCK + 1) * BLOCK))
    if previous is not None and previous.get("published_until") is not None:
        until = max(until, (as_date(previous["published_until"]) - start).days // 7)
    followed = data_end - timedelta(days=settings.release.lapse_days)
    known = ((followed - start).days - 5) // 7
    return Grid(start, until, min(until, last + 1), max(0, min(until, known)), data_start, data_end, extracted)
