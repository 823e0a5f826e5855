"""How are the answers of one sheet written down? A list, numbered items or parts, made into one row of numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from instruments.declaration import TOTAL, Instrument
from instruments.errors import InstrumentError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Answers = Sequence[float | None] | Mapping[Any, Any] | float | int | None


def apart(answers: Answers) -> tuple[Answers, float | None]:
    """(the items, the stated total) of what was given: one number is a total, a mapping may hold both."""
    if isinstance(answers, int | float):
        return None, float(answers)
    if not isinstance(answers, Mapping):
        return answers, None
    items = {word: value for word, value in answers.items() if word != TOTAL}
    stated = answers.get(TOTAL)
    return items.get("items", items), None if stated is None else _answer("the total", stated)


def in_order(instrument: Instrument, answers: Answers) -> Floats:
    """The answers of one sheet in the order of the items, nan where none; see `scoring.score` for what may be given."""
    given = np.full(instrument.items, np.nan)
    if answers is None:
        return given
    if isinstance(answers, Mapping):
        return _placed(instrument, answers, given)
    listed = list(answers) if isinstance(answers, Sequence | np.ndarray) and not isinstance(answers, str) else [answers]
    if not listed:
        return given
    if len(listed) != instrument.items:
        raise InstrumentError(
            f"{instrument.name} has {instrument.items} items and {len(listed)} answers came: give one for each item, "
            "in order, None where it was not answered"
        )
    return np.array([_answer(f"{instrument.name}, item {place}", value) for place, value in enumerate(listed, 1)])


def _placed(instrument: Instrument, answers: Mapping[Any, Any], given: Floats) -> Floats:
    for word, value in answers.items():
        if word in instrument.scales and word != TOTAL:
            part = [value] if isinstance(value, int | float | None) else list(value)
            items: Sequence[int] = instrument.scales[word].items
            if len(part) != len(items):
                raise InstrumentError(f"{instrument.name}, {word}: {len(items)} answers are needed, in order")
            given[[item - 1 for item in items]] = [
                _answer(f"{instrument.name}, item {i}", each) for i, each in zip(items, part, strict=True)
            ]
            continue
        numbered = re.search(r"\d+$", str(word))  # 3, "3", "item_3", "phq3"
        item = int(numbered.group()) if numbered else 0
        if not 1 <= item <= instrument.items:
            raise InstrumentError(f"{instrument.name}: its items are numbered from 1 to {instrument.items}")
        given[item - 1] = _answer(f"{instrument.name}, item {item}", value)
    return given


def _answer(where: str, value: Any) -> float:
    if value is None or value == "":
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InstrumentError(f"{where}: the answer must be a number") from None
