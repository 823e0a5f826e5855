"""When is what? Minutes since the practice's first midnight, by its own clock, written as programs write them.

Everything is drawn in whole minutes of the local clock; nothing reads the machine's. A moment that the clock skips in
spring is moved on by an hour; of an hour that comes twice in autumn, the first is meant.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from rapport.demo.scenario import Scenario

DAY = 24 * 60
WEEK = 7 * DAY
LONG_AGO = -100_000
NONE = np.int32(-(2**31))  # no moment
MOMENT = "%m/%d/%Y %I:%M %p"
DATE = "%m/%d/%Y"
Moments = np.ndarray[Any, Any] | pd.Series


def extracted(scenario: Scenario) -> int:
    """The minute at which the exports were made."""
    return (scenario.extracted_on - scenario.first_day).days * DAY


def awake(minutes: np.ndarray) -> np.ndarray:
    """The same moments, save that nobody answers between midnight and seven."""
    return np.where(minutes % DAY < 7 * 60, minutes // DAY * DAY + 7 * 60 + minutes % 60, minutes)


def days(minutes: np.ndarray, scenario: Scenario, form: str = DATE) -> np.ndarray:
    """The local day of each moment as text; "" where there is none."""
    return _by_number(np.asarray(minutes) // DAY, lambda day: f"{scenario.first_day + timedelta(days=day):{form}}")


def moments(minutes: Moments, scenario: Scenario) -> np.ndarray:
    """Each moment as American programs write it: "07/03/2023 09:30 AM"; "" where there is none."""
    minutes = np.asarray(minutes)
    clock = _by_number(minutes % DAY, lambda at: f" {(at // 60 + 11) % 12 + 1:02d}:{at % 60:02d} {'AP'[at >= 720]}M")
    return np.where(minutes == NONE, "", days(minutes, scenario) + clock)


def instants(minutes: Moments, scenario: Scenario) -> np.ndarray:
    """Each local moment in UTC as messaging services write it: "2023-07-03T13:30:00Z"; "" where there is none."""
    minutes = np.asarray(minutes)
    utc = to_utc(np.where(minutes == NONE, 0, minutes), scenario)
    return np.where(minutes == NONE, "", utc_instants(utc, scenario))


def utc_instants(utc: np.ndarray, scenario: Scenario) -> np.ndarray:
    """The same of moments that are in UTC already."""
    day = _by_number(utc // DAY, lambda at: f"{scenario.first_day + timedelta(days=at):%Y-%m-%d}")
    clock = _by_number(utc % DAY, lambda at: f"T{at // 60:02d}:{at % 60:02d}:00Z")
    return np.where(utc == NONE, "", day + clock)


def to_utc(minutes: np.ndarray, scenario: Scenario) -> np.ndarray:
    """Local minutes as minutes of UTC, both counted from the first day's midnight on their own clock."""
    start = np.datetime64(scenario.first_day, "s")
    local = pd.Series(start + np.asarray(minutes).astype("timedelta64[m]").astype("timedelta64[s]"))
    first = np.ones(len(local), dtype=bool)
    aware = local.dt.tz_localize(scenario.timezone, ambiguous=first, nonexistent=pd.Timedelta(hours=1))
    utc = aware.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return ((utc - start) // np.timedelta64(1, "m")).astype("int64")


def to_local(minutes: np.ndarray, scenario: Scenario) -> np.ndarray:
    """Minutes of UTC as minutes of the local clock."""
    start = np.datetime64(scenario.first_day, "s")
    utc = pd.Series(start + np.asarray(minutes).astype("timedelta64[m]").astype("timedelta64[s]"))
    local = utc.dt.tz_localize("UTC").dt.tz_convert(scenario.timezone).dt.tz_localize(None).to_numpy()
    return ((local - start) // np.timedelta64(1, "m")).astype("int64")


def _by_number(numbers: np.ndarray, text: Any) -> np.ndarray:
    """Writes each different number once: a practice has a thousand days, not millions."""
    if not len(numbers):
        return np.zeros(0, dtype=object)
    different, place = np.unique(numbers, return_inverse=True)
    written = [text(int(number)) if number > LONG_AGO else "" for number in different]
    return np.array(written, dtype=object)[place]
