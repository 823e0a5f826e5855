"""How are many narrow rows counted quickly? Whole columns of small numbers, one person a dense number.

Rows come from the engine once, without any identifier of the vault, and are only ever counted: they stay in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

Column = NDArray[Any]
Convert = Callable[[pa.RecordBatch], dict[str, Column]]


@dataclass(frozen=True)
class Rows:
    """Columns of equal length; `patient` numbers the people from 0. `known` holds what was already counted on them."""

    columns: dict[str, Column]
    known: dict[tuple[Any, ...], pd.DataFrame] = field(default_factory=dict, compare=False)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["patient"])

    def having(self, **columns: Column) -> Rows:
        """The same rows with more columns; what is known of them stays known, unless a column is another one now."""
        known = {} if columns.keys() & self.columns.keys() else dict(self.known)
        return type(self)(self.columns | columns, known)

    def where(self, chosen: Column) -> Rows:
        """The chosen rows; these very rows where all are chosen, so that what is known of them stays known."""
        if chosen.all():
            return self
        return type(self)({name: values[chosen] for name, values in self.columns.items()})

    def inside(self, pairs: pd.DataFrame) -> Rows:
        """The rows whose numbers (of the columns of `pairs`) are among the pairs."""
        names = list(pairs.columns)
        allowed = np.zeros([1 + max(_top(self[name]), _top(pairs[name].to_numpy())) for name in names], dtype=bool)
        allowed[tuple(pairs[name].to_numpy(dtype=np.int64) for name in names)] = True
        return self.where(allowed[tuple(self[name] for name in names)])

    def groups(self, by: Sequence[str]) -> tuple[NDArray[np.int64], tuple[int, ...]]:
        """One number per row for its group, and the shape to take the number apart again."""
        shape = tuple(1 + _top(self[name]) for name in by)
        number = np.zeros(len(self), dtype=np.int64)
        for name, size in zip(by, shape, strict=True):
            number *= size
            number += self[name]
        return number, shape

    def people(self, *by: str) -> pd.DataFrame:
        """How many different patients does each group hold? Groups without any are absent."""
        if by not in self.known:
            group, shape = self.groups(by)
            count = int(np.prod(shape, dtype=np.int64))
            group += self["patient"].astype(np.int64) * count
            if np.any(group[1:] < group[:-1]):
                group.sort()
            first = np.append(True, group[1:] != group[:-1]) if len(group) else np.zeros(0, dtype=bool)
            self.known[by] = by_group(by, shape, patients=np.bincount(group[first] % count, minlength=count))
        return self.known[by]


def by_group(by: Sequence[str], shape: tuple[int, ...], **counts: Column) -> pd.DataFrame:
    """A frame of the groups in which the first of the counts is not 0."""
    filled = np.flatnonzero(next(iter(counts.values())))
    keys = dict(zip(by, np.unravel_index(filled, shape), strict=True))
    return pd.DataFrame(
        {name: np.asarray(values, dtype=np.int64) for name, values in keys.items()}
        | {name: values[filled].astype(np.int64) for name, values in counts.items()}
    )


def total(group: NDArray[np.int64], size: int, values: Column, chosen: Column | None = None) -> NDArray[np.int64]:
    """The sum of values per group: exact for whole numbers, also where floats alone would no longer hold the sum."""
    if chosen is not None:
        group, values = group[chosen], values[chosen]
    if len(values) == 0 or float(np.abs(values).max()) * len(values) < EXACT_FLOAT:
        return np.bincount(group, weights=values, minlength=size).astype(np.int64)
    high, low = np.divmod(values.astype(np.int64), HALF)
    return total(group, size, high) * HALF + total(group, size, low)


def plain(batch: pa.RecordBatch) -> dict[str, Column]:
    """The columns of a batch as they are."""
    return {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}


def fetch(expression: ir.Table, *order: str, convert: Convert = plain, at_once: int = AT_ONCE) -> Rows:
    """The rows of an expression with `patient_id`, whose people are numbered anew. No column may hold nulls.

    They are put in order of patient and `order`: groups of those columns, or of what a patient always has, are then
    found without sorting. convert: what to make of each batch of at most `at_once` rows, where not all of it is kept.
    """
    parts: dict[str, list[Column]] = {}
    for batch in expression.to_pyarrow_batches(chunk_size=at_once):
        for name, values in convert(batch).items():
            parts.setdefault(name, []).append(values)
    if not parts:
        parts = {name: [values] for name, values in convert(_nothing(expression)).items()}
    found = {name: np.concatenate(parts.pop(name)) for name in list(parts)}
    patient = pd.factorize(found.pop(PERSON))[0].astype(np.int32)
    places = np.argsort(Rows({"patient": patient} | found).groups(["patient", *order])[0])
    columns = {"patient": patient[places]}
    for name in list(found):
        columns[name] = found.pop(name)[places]
    return Rows(columns)


def _nothing(expression: ir.Table) -> pa.RecordBatch:
    kinds = expression.schema().to_pyarrow()
    return pa.RecordBatch.from_arrays([pa.array([], type=kind.type) for kind in kinds], schema=kinds)


def _top(values: Column) -> int:
    return int(values.max(initial=0))
