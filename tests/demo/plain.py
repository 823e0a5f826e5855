"""The synthetic exports read by nothing but Python's own reader: an answer that owes nothing to the code it checks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from statistics import fmean

Row = dict[str, str]


@cache
def rows(practice: Path, file: str, *, delimiter: str = ",", encoding: str = "utf-8-sig") -> list[Row]:
    """Every whole line of an export, in its order, planted ones too."""
    text = (practice / file).read_text(encoding=encoding)
    header, *lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header)]


def sound(practice: Path, file: str, prefix: str, **how: str) -> list[Row]:
    """One of each line that was drawn; planted ones have numbers of their own, repeats are left out."""
    key = next(iter(rows(practice, file, **how)[0]))
    return list({row[key]: row for row in rows(practice, file, **how) if row[key].startswith(prefix)}.values())


def day(text: str) -> date:
    """The local day of a moment or a day of an export, written month first."""
    return date(int(text[6:10]), int(text[:2]), int(text[3:5]))


def minutes_between(earlier: str, later: str) -> float:
    """Minutes between two moments in UTC."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds() / 60


def mean(found: Iterable[Row], value: Callable[[Row], float]) -> float:
    return fmean(value(row) for row in found)
