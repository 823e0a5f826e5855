"""What is wrong with the synthetic exports? Planted faults, each counted under the reason it must be refused for.

A fault is an extra line, made from a copy of a sound one with a number of its own, so that refusing it leaves exactly
the practice that was drawn. Repeats of sound lines are the exception: one of each stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

Row = dict[str, str]
REPEATED = "repeat_of_identical_row"


@dataclass
class Planted:
    """Extra rows and raw lines to scatter over a file, and how many rows fall to each reason.

    rows: well-formed lines, as fields. raw: lines no reader can take apart, made from the finished text of a line.
    """

    rows: list[Row] = field(default_factory=list)
    raw: list[tuple[Row, Callable[[str], str]]] = field(default_factory=list)
    quarantined: dict[str, int] = field(default_factory=dict)
    dropped_by_policy: dict[str, int] = field(default_factory=dict)


class Planter:
    """Copies sound rows of one table and spoils them. `key` is the column of the record number.

    most: so many rows may be refused in all; what would go beyond is not planted, so that a small practice's files stay
    far from the share at which a table is not believed.
    """

    def __init__(self, sound: pd.DataFrame, key: str, prefix: str, rng: np.random.Generator, *, most: int) -> None:
        self._sound, self._key, self._prefix, self._rng = sound, key, prefix, rng
        self._next, self._left = 0, most
        self.planted = Planted()

    def spoil(self, reason: str, column: str, words: tuple[str, ...], times: int) -> None:
        """`times` new rows whose `column` holds one of `words` in turn."""
        for each in range(self._allowed(reason, times)):
            self.planted.rows.append(self._copy() | {column: words[each % len(words)]})

    def spoil_by(self, reason: str, change: Callable[[Row], Row], times: int) -> None:
        """`times` new rows changed by `change`."""
        for _ in range(self._allowed(reason, times)):
            row = self._copy()
            self.planted.rows.append(row | change(row))

    def contradict(self, column: str, other: Callable[[str], str], keys: int) -> None:
        """`keys` new numbers, each on two rows that differ in `column`: neither can be believed."""
        for _ in range(self._allowed("key_twice_different_content", 2 * keys, step=2) // 2):
            row = self._copy()
            self.planted.rows += [row, row | {column: other(row[column])}]

    def repeat(self, times: int) -> None:
        """`times` sound rows written a second time."""
        chosen = self._rng.choice(len(self._sound), min(times, len(self._sound) // 10), replace=False)
        self.planted.rows += [self._row(position) for position in chosen]
        if len(chosen):
            self.planted.dropped_by_policy[REPEATED] = len(chosen)

    def break_line(self, reason: str, change: Callable[[str], str], times: int) -> None:
        """`times` new rows whose finished line is broken by `change`."""
        for _ in range(self._allowed(reason, times)):
            self.planted.raw.append((self._copy(), change))

    def _row(self, position: int) -> Row:
        return {str(name): str(value) for name, value in self._sound.iloc[int(position)].items()}

    def _copy(self) -> Row:
        row = self._row(int(self._rng.integers(len(self._sound))))
        self._next += 1
        return row | {self._key: f"{self._prefix}{self._next:05d}"}

    def _allowed(self, reason: str, times: int, step: int = 1) -> int:
        times = min(times, self._left) // step * step
        self._left -= times
        if times:
            self.planted.quarantined[reason] = self.planted.quarantined.get(reason, 0) + times
        return times


def unreadable_dates() -> tuple[str, ...]:
    """Days that do not exist, another country's order, a word, another program's way."""
    return ("02/31/2025 09:00 AM", "31/12/2025 10:00 AM", "next Tuesday", "2025-13-01")
