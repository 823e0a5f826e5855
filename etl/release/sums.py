"""What of narrow rows is summed into which rows of a table?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import String, Table

from etl.release.cells import Layout
from etl.release.rows import Column, Rows, total
from etl.release.strata import Stratifier

Word = str | int
GROUP = ("release_id", "site", "grain", "period_start", "stratifier", "stratum")
PLACE = ("site", "chunk", "stratum")
SPARSE = 8  # groups per row: up to here all possible ones are looked at, beyond it is quicker to sort those there are
NONE: Mapping[str, tuple[str, ...] | None] = MappingProxyType({})


@dataclass(frozen=True)
class Part:
    """The rows of one table that share some of its own keys, and what is summed into them.

    named: those keys. sums: a count of the table -> the columns whose product is summed; none counts the rows. by: the
    keys that divide a group further -> the words its numbers stand for, None where the number itself is the key.
    """

    table: Table
    sums: Mapping[str, tuple[str, ...]]
    named: Mapping[str, Word] = field(default_factory=dict)
    by: Mapping[str, tuple[str, ...] | None] = field(default_factory=lambda: NONE)


@dataclass(frozen=True)
class Beside:
    """Counts of other rows over the same groups: contacts beside feedback. Who they are of must be nobody or k as well.

    divided: told by stratum as well, for which its rows need the columns of the stratifiers. guarded: they are about
    patients. table: whose counts they are.
    """

    table: Table
    rows: Rows
    sums: Mapping[str, tuple[str, ...]]
    divided: bool = True
    guarded: bool = True

    def under(self, item: Stratifier | None, population: pd.DataFrame | None) -> Beside:
        """With the `stratum` of its rows, inside released site-weeks."""
        if item is None or population is None:
            return replace(self, rows=self.rows.having(stratum=np.zeros(len(self.rows), dtype=np.int16)))
        return replace(self, rows=item.merged(self.rows).inside(population))

    def where(self, chosen: pd.DataFrame) -> Beside:
        return replace(self, rows=self.rows.inside(chosen))

    def since(self, week: int) -> Beside:
        return replace(self, rows=self.rows.where(self.rows["chunk"] >= week))


def own_keys(table: Table) -> tuple[str, ...]:
    """The keys of a table besides site, period and stratum."""
    return tuple(column.name for column in table.primary_key if column.name not in GROUP)


def layout(table: Table, parts: Sequence[Part], sums: pd.DataFrame) -> Layout:
    """How rows of the table look; a group with nobody in it has a row per part, with "" or 0 for what divides it."""
    keys = own_keys(table)
    counts = [column.name for column in table.columns if column.name in sums.columns and not column.primary_key]
    empty = {name: "" if isinstance(table.c[name].type, String) else 0 for name in keys}
    blank = pd.DataFrame([{**empty, **part.named} for part in parts], index=range(len(parts)), columns=list(keys))
    return Layout(tuple(counts), keys, blank.drop_duplicates(ignore_index=True) if keys else blank.head(1))


def of_table(table: Table, rows: Rows, parts: Sequence[Part], beside: Sequence[Beside]) -> pd.DataFrame:
    """site, week (of a chunk), stratum and the keys of the table, with every count that is known."""
    alike: dict[tuple[str, ...], Grouped] = {}  # many parts are divided in the same way
    for part in parts:
        if tuple(part.by) not in alike:
            alike[tuple(part.by)] = Grouped.of(rows, (*PLACE, *part.by))
    found = [summed(alike[tuple(part.by)], part) for part in parts]
    found += [Grouped.of(each.rows, PLACE).counted(each.sums) for each in beside if each.table is table]
    counts = [name for part in parts for name in part.sums]
    counts += [name for each in beside if each.table is table for name in each.sums]
    sums = pd.concat(found, ignore_index=True)
    return sums.assign(**{name: sums[name].fillna(0).astype("int64") for name in counts})


def summed(rows: Grouped, part: Part) -> pd.DataFrame:
    """The same of one part."""
    found = rows.counted(part.sums)
    words = {name: found[name].map(dict(enumerate(told))) for name, told in part.by.items() if told is not None}
    return found.assign(**words, **part.named)


@dataclass(frozen=True)
class Grouped:
    """Rows, and which of the groups with anybody each is in; groups: the numbers of each of their keys, in order."""

    rows: Rows
    group: NDArray[np.int64]
    groups: Mapping[str, NDArray[np.int64]]

    @classmethod
    def of(cls, rows: Rows, keys: Sequence[str]) -> Grouped:
        number, shape = rows.groups(keys)
        size = int(np.prod(shape, dtype=np.int64))
        if size <= SPARSE * len(rows):
            filled = np.flatnonzero(np.bincount(number, minlength=size))
            place = np.zeros(size, dtype=np.int64)
            place[filled] = np.arange(len(filled))
            group = place[number]
        else:
            filled, group = np.unique(number, return_inverse=True)
        numbers = np.unravel_index(filled, shape)
        return cls(rows, group, {name: values.astype(np.int64) for name, values in zip(keys, numbers, strict=True)})

    def counted(self, sums: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
        """site, week (of the chunk), stratum and the other keys, with each of these sums of products of columns."""
        counts = {name: self._sum(columns) for name, columns in sums.items()}
        return pd.DataFrame({**self.groups, **counts}).rename(columns={"chunk": "week"})

    def _sum(self, columns: tuple[str, ...]) -> NDArray[np.int64]:
        size = len(self.groups["site"])
        if not columns:
            return np.bincount(self.group, minlength=size)
        values: Column = self.rows[columns[0]]
        for name in columns[1:]:
            values = values.astype(np.int64) * self.rows[name]
        return total(self.group, size, values)
