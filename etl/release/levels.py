"""Which levels has a confounder, and which are too thin to be told apart? What a model is fitted on is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deid.disclosure import MIXED_EARLY
from etl.release.logistic import Floats
from etl.release.rows import BLOCK_ROWS, Column, Rows

UNKNOWN = -1
KNOWN_FOR = 0.5  # of the visits: else a confounder is left out
MANY_CASES = 4_000_000  # possible lines of a design: up to here each has a place of its own, beyond they are sorted

Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Factor:
    """One confounder: a code per row (UNKNOWN where it is not known), the levels in order, and how many in a run are
    neighbours (0: they have no order). apart: the two it crosses, for where they are not known together."""

    name: str
    codes: Codes
    levels: tuple[str, ...]
    run: int = 0
    apart: tuple[Factor, ...] = ()

    def take(self, chosen: Column | slice) -> Factor:
        apart = tuple(each.take(chosen) for each in self.apart)
        return Factor(self.name, self.codes[chosen], self.levels, self.run, apart)

    @property
    def known(self) -> float:
        return float((self.codes >= 0).mean()) if len(self.codes) else 0.0

    def usable(self) -> tuple[Factor, ...]:
        """Itself, or what it crosses, where it is known for too few."""
        return self.apart if self.apart and self.known < KNOWN_FOR else (self,)


@dataclass(frozen=True)
class Merged:
    """A factor with thin levels joined: level -> number of its group; group 0 is what the others are held against."""

    factor: Factor
    groups: dict[int, int]

    def table(self) -> NDArray[np.int64]:
        """Level -> group."""
        table = np.zeros(len(self.factor.levels), dtype=np.int64)
        for level, group in self.groups.items():
            table[level] = group
        return table


class _Levels:
    """How many rows, events and different patients does a group of levels hold? Rows are counted once, by level."""

    def __init__(self, factor: Factor, rows: Rows, happened: Column | None) -> None:
        self.factor, self.rows, self.happened = factor, rows, happened
        self.size = np.bincount(factor.codes, minlength=len(factor.levels))
        self.events = np.bincount(factor.codes, weights=happened, minlength=len(factor.levels))
        self.known: dict[tuple[int, ...], int] = {}

    def rows_of(self, group: Sequence[int]) -> int:
        return int(self.size[group].sum())

    def few(self, group: Sequence[int]) -> bool:
        """Had hardly any, or all, of them the outcome?"""
        events = int(self.events[group].sum())
        return self.happened is not None and min(events, self.rows_of(group) - events) < MIXED_EARLY

    def patients(self, group: Sequence[int]) -> int:
        if tuple(group) not in self.known:
            members = np.zeros(len(self.factor.levels), dtype=bool)
            members[list(group)] = True
            there = np.zeros(1 + int(self.rows["patient"].max(initial=0)), dtype=bool)
            there[self.rows["patient"][members[self.factor.codes]]] = True
            self.known[tuple(group)] = int(there.sum())
        return self.known[tuple(group)]


def merged(factor: Factor, rows: Rows, happened: Column | None, k: int) -> Merged:
    """Levels with fewer than k patients, or in which hardly any or all had the outcome, join others."""
    count = _Levels(factor, rows, happened)
    groups = [[level] for level in range(len(factor.levels)) if factor.run or count.size[level]]

    def thin(group: list[int]) -> bool:
        return count.few(group) or count.patients(group) < k

    while len(groups) > 1 and (at := next((at for at, group in enumerate(groups) if thin(group)), None)) is not None:
        into = _partner(at, groups, factor, count)
        groups[min(at, into)] += groups[max(at, into)]
        del groups[max(at, into)]
    largest = max(range(len(groups)), key=lambda at: count.rows_of(groups[at]), default=0)
    order = [largest, *(at for at in range(len(groups)) if at != largest)]
    return Merged(factor, {level: number for number, at in enumerate(order) for level in groups[at]})


def _partner(at: int, groups: list[list[int]], factor: Factor, count: _Levels) -> int:
    """The neighbour of the same run, else the smallest other group."""
    others = [other for other in range(len(groups)) if other != at]
    if factor.run:
        beside = [other for other in (at + 1, at - 1) if other in others]
        alike = [other for other in beside if groups[other][0] // factor.run == groups[at][0] // factor.run]
        others = alike or beside
        return others[0]
    return min(others, key=lambda other: count.rows_of(groups[other]))


def design_of(factors: list[Merged], values: Column) -> tuple[Floats, Floats, Floats]:
    """A line per distinct row: the design, how many rows, and the sum of their values."""
    tables = [one.table() for one in factors]
    shape = [1 + int(table.max()) for table in tables]
    line = np.zeros(len(values), dtype=np.int64)
    for start in range(0, len(values), BLOCK_ROWS):
        some = slice(start, start + BLOCK_ROWS)
        for one, table, size in zip(factors, tables, shape, strict=True):
            line[some] = line[some] * size + table[one.factor.codes[some]]
    count, cases = int(np.prod(shape, dtype=np.int64)), None
    if count > MANY_CASES:
        cases, line = np.unique(line, return_inverse=True)
    n, sums = np.bincount(line).astype(np.float64), np.bincount(line, weights=values).astype(np.float64)
    filled = np.flatnonzero(n)
    cases = filled if cases is None else cases
    columns = [np.ones(len(cases))]
    for each, size in zip(np.unravel_index(cases, shape) if shape else (), shape, strict=True):
        columns += [(each == level).astype(np.float64) for level in range(1, size)]
    return np.column_stack(columns), n[filled], sums[filled]
