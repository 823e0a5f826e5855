"""How are many narrow rows counted quickly? Whole columns of small numbers, one person a dense number.

Rows come from the engine once, without any identifier of the vault, and are only ever counted: they stay in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

AT_ONCE = 1_000_000  # rows taken from the engine in one go
PERSON = "patient_id"
EXACT_FLOAT = 2.0**53  # whole numbers below it are exact in a float
HALF = 2**20  # sums of numbers below it stay exact for 2**33 rows
BLOCK_ROWS = 2**18  # counted in one go: what is made of them on the way stays in the processor's cache

Column = NDArray[Any]
Convert = Callable[[pa.RecordBatch], dict[str, Column]]


class Columns(Mapping[str, Column]):
    """Columns of their own beside those of others, of which only the chosen rows are taken, once they are asked for.

    Most of what is counted looks at a few columns of fifty: the others are never copied.
    """

    def __init__(self, own: dict[str, Column], others: Mapping[str, Column], chosen: Column | slice | None) -> None:
        self._own, self._others, self._chosen = own, others, chosen

    def __getitem__(self, name: str) -> Column:
        if name not in self._own and self._chosen is None:
            return self._others[name]
        if name not in self._own:
            self._own[name] = self._others[name][self._chosen]
        return self._own[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._others

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._others, *self._own]))

    def __len__(self) -> int:
        return len(dict.fromkeys([*self._others, *self._own]))


@dataclass(frozen=True)
class Rows:
    """Columns of equal length; `patient` numbers the people from 0. `known` holds what was already counted on them."""

    columns: Mapping[str, Column]
    known: dict[tuple[Any, ...], pd.DataFrame] = field(default_factory=dict, compare=False)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["patient"])

    def having(self, **columns: Column) -> Rows:
        """The same rows with more columns; what is known of them stays known, unless a column is another one now."""
        known = {} if columns.keys() & self.columns.keys() else dict(self.known)
        return type(self)(Columns(columns, self.columns, None), known)

    def where(self, chosen: Column) -> Rows:
        """The chosen rows; these very rows where all are chosen, so that what is known of them stays known."""
        if chosen.all():
            return self
        few = 4 * np.count_nonzero(chosen) < len(chosen)
        return type(self)(Columns({}, self.columns, np.flatnonzero(chosen) if few else chosen))

    def blocks(self) -> Iterator[Rows]:
        """The rows in pieces of about BLOCK_ROWS, no copies; where they are in order of persons, none is cut in two."""
        patient, size, start = self["patient"], len(self), 0
        in_order = self.in_order
        while start < size or start == 0:
            end = min(start + BLOCK_ROWS, size)
            if in_order and end < size:
                end = int(np.searchsorted(patient, patient[end - 1], side="right"))
            yield self if end - start == size else type(self)(Columns({}, self.columns, slice(start, end)))
            start = max(end, 1)

    @property
    def in_order(self) -> bool:
        """Are the rows of each person together, in the order of their numbers?"""
        patient = self["patient"]
        return not np.any(patient[1:] < patient[:-1])

    def by_person(self) -> Iterator[Rows]:
        """Pieces in which everybody's rows are whole: all rows in one where they are in no order."""
        return self.blocks() if self.in_order else iter((self,))

    def inside(self, pairs: pd.DataFrame) -> Rows:
        """The rows whose numbers (of the columns of `pairs`) are among the pairs."""
        return self.where(self.among(pairs))

    def among(self, pairs: pd.DataFrame) -> NDArray[np.bool_]:
        """Are the numbers of each row (of the columns of `pairs`) among the pairs?"""
        names = list(pairs.columns)
        allowed = np.zeros([1 + max(_top(self[name]), _top(pairs[name].to_numpy())) for name in names], dtype=bool)
        allowed[tuple(pairs[name].to_numpy(dtype=np.int64) for name in names)] = True
        found = [allowed[tuple(some[name] for name in names)] for some in self.blocks()]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def groups(self, by: Sequence[str]) -> tuple[NDArray[np.int64], tuple[int, ...]]:
        """One number per row for its group, and the shape to take the number apart again."""
        shape = self.shape(by)
        return self.number(by, shape), shape

    def shape(self, by: Sequence[str]) -> tuple[int, ...]:
        """How many numbers does each of these columns take?"""
        return tuple(1 + _top(self[name]) for name in by)

    def number(self, by: Sequence[str], shape: Sequence[int]) -> NDArray[np.int64]:
        """One number per row for its group."""
        first, *others = by
        number = self[first].astype(np.int64)
        for name, size in zip(others, shape[1:], strict=True):
            number *= size
            number += self[name]
        return number

    def people(self, *by: str) -> pd.DataFrame:
        """How many different patients does each group hold? Groups without any are absent."""
        if by not in self.known:
            shape = self.shape(by)
            count = int(np.prod(shape, dtype=np.int64))
            bits = count.bit_length()
            patients = np.zeros(count, dtype=np.int64)
            for some in self.by_person():
                group = some["patient"].astype(np.int64) << bits
                group += some.number(by, shape)
                if np.any(group[1:] < group[:-1]):
                    group.sort(kind="stable")  # nearly in order: many times quicker than the usual way
                first = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
                patients += np.bincount(group[first] & ((1 << bits) - 1), minlength=count)
            self.known[by] = by_group(by, shape, patients=patients)
        return self.known[by]


def by_group(by: Sequence[str], shape: tuple[int, ...], **counts: Column) -> pd.DataFrame:
    """A frame of the groups in which the first of the counts is not 0."""
    filled = np.flatnonzero(next(iter(counts.values())))
    keys = dict(zip(by, np.unravel_index(filled, shape), strict=True))
    return pd.DataFrame(
        {name: np.asarray(values, dtype=np.int64) for name, values in keys.items()}
        | {name: values[filled].astype(np.int64) for name, values in counts.items()}
    )


def total(group: NDArray[np.int64], size: int, values: Column) -> NDArray[np.int64]:
    """The sum of values per group: exact for whole numbers, also where floats alone would no longer hold the sum."""
    largest = max(float(values.max()), -float(values.min())) if len(values) else 0.0
    if largest * len(values) < EXACT_FLOAT:
        return np.bincount(group, weights=values, minlength=size).astype(np.int64)
    high, low = np.divmod(values.astype(np.int64), HALF)
    return total(group, size, high) * HALF + total(group, size, low)


def plain(batch: pa.RecordBatch) -> dict[str, Column]:
    """The columns of a batch as they are."""
    return {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}


def fetch(expression: ir.Table, *order: str, convert: Convert = plain, at_once: int = AT_ONCE) -> Rows:
    """The rows of an expression with `patient_id`, whose people are numbered anew. No column may hold nulls.

    They are put in order of patient and `order`: groups of those columns, or of what a patient always has, are then
    found without sorting. convert: what to make of each batch of at most `at_once` rows, where not all of it is kept;
    it may number the people itself (`patient`).
    """
    parts: dict[str, list[Column]] = {}
    for batch in expression.to_pyarrow_batches(chunk_size=at_once):
        for name, values in convert(batch).items():
            parts.setdefault(name, []).append(values)
        del batch  # else the last one stays while the rows are put in order
    if not parts:
        parts = {name: [values] for name, values in convert(_nothing(expression)).items()}
    found = {name: np.concatenate(parts.pop(name)) for name in list(parts)}
    if "patient" not in found:
        found["patient"] = pd.factorize(found.pop(PERSON))[0].astype(np.int32)
    return ordered(found, *order)


def ordered(columns: dict[str, Column], *order: str) -> Rows:
    """The rows in order of patient and `order`. Empties the columns on the way: two copies of one at most are held."""
    places = np.argsort(Rows(columns).groups(["patient", *order])[0])
    return Rows({name: columns.pop(name)[places] for name in list(columns)})


def _nothing(expression: ir.Table) -> pa.RecordBatch:
    kinds = expression.schema().to_pyarrow()
    return pa.RecordBatch.from_arrays([pa.array([], type=kind.type) for kind in kinds], schema=kinds)


def _top(values: Column) -> int:
    return int(values.max(initial=0))
