"""Which rows of a cell table are about one questionnaire, question or kind of message?"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from metrics.tables import Source
from warehouse.frames import Columns
from warehouse.totals import PART

Only = tuple[tuple[str, tuple[str, ...]], ...]  # a key of the table and the values of it that are meant
Ints = np.ndarray[Any, np.dtype[np.int64]]

ABBREVIATED = {"ai": "AI", "sms": "SMS", "api": "API"}


def rows_of(counts: Columns, only: Only) -> Ints:
    """The rows whose keys have one of the values meant."""
    keep = np.ones(len(counts["stratum"]), dtype=bool)
    for key, values in only:
        keep &= _among(counts[key], values)
    return np.flatnonzero(keep)


def spans_of(spans: Columns, source: Source, only: Only) -> Columns:
    """The rows of released_spans (of one table) that are about that part."""
    meant = [(source.part.index(key), values) for key, values in only if key in source.part]
    if not meant:
        return spans
    fits = {
        part
        for part in set(spans["part"].tolist())
        if all(_same(part.split(PART)[place], values) for place, values in meant)
    }
    keep = np.array([part in fits for part in spans["part"]], dtype=bool)
    return {name: column[keep] for name, column in spans.items()}


def _among(column: np.ndarray[Any, Any], values: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    fits = {value for value in set(column.tolist()) if _same(value, values)}
    if len(fits) == 1:
        return np.asarray(column == fits.pop())
    return np.array([value in fits for value in column], dtype=bool)


def _same(value: str, values: tuple[str, ...]) -> bool:
    return plain(value) in {plain(one) for one in values}


@cache
def plain(name: str) -> str:
    """A name however it is written: PHQ-9, phq9 and PHQ_9 are one."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def spoken(component: str) -> str:
    """A component's key as it is said: ai_scheduling is AI scheduling."""
    return " ".join(ABBREVIATED.get(word, word) for word in component.split("_")).replace("no show", "no-show")
