"""Which number has a patient through the whole release, and what is recorded of them, as they are?"""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from etl.release.rows import PERSON, Column, plain
from etl.release.strata import OF_PATIENT, Attribute, word_code

TOP_AGE = 90  # whoever is told to be older than 89 counts as this old
NOT_KNOWN = -1


@dataclass
class Persons:
    """The numbers of patients, dense from 0, and the categories of those in the table of patients.

    Whoever only events or visits name gets the next number when first asked for.
    """

    index: pd.Index
    birth_year: NDArray[np.int32]  # NOT_KNOWN where not recorded; the last is for those of whom nothing is
    aged: NDArray[np.bool_]  # told to be TOP_AGE or older
    categories: dict[str, Column] = field(default_factory=dict)  # attribute -> number of the category, the same

    @classmethod
    def of(cls, patients: ir.Table, wanted: list[Attribute]) -> Persons:
        """From the vault's table of patients, for the attributes of patients among those wanted."""
        own = [item for item in wanted if item.name in OF_PATIENT]
        rows = patients.select(
            PERSON,
            year=patients.birth_year.fill_null(NOT_KNOWN).cast("int32"),
            aged=patients.aged_90_plus.fill_null(False),
            **{item.column: word_code(patients[item.name], item) for item in own},
        ).to_pandas()
        found = {
            item.name: np.append(rows[item.column], len(item.labels)).astype(np.min_scalar_type(-1 - len(item.labels)))
            for item in own
        }
        year, aged = np.append(rows["year"].to_numpy(), np.int32(NOT_KNOWN)), np.append(rows["aged"].to_numpy(), False)
        return cls(pd.Index(rows[PERSON].to_numpy()), year.astype(np.int32), aged.astype(bool), found)

    def numbers(self, ids: Column) -> NDArray[np.int32]:
        """The number of each of these patients."""
        found = self.index.get_indexer(pd.Index(ids))
        if (found < 0).any():
            self.index = self.index.append(pd.Index(pd.unique(ids[found < 0])))
            found = self.index.get_indexer(pd.Index(ids))
        return found.astype(np.int32)

    def numbered(self, batch: pa.RecordBatch) -> dict[str, Column]:
        """The columns of a batch, with numbers of patients."""
        columns = plain(batch)
        return columns | {"patient": self.numbers(columns.pop(PERSON))}

    def categories_of(self, patient: NDArray[np.int32], wanted: list[Attribute]) -> dict[str, Column]:
        """The columns of those attributes among the wanted that are the patient's."""
        return {item.column: self.category(patient, item) for item in wanted if item.name in OF_PATIENT}

    def category(self, patient: NDArray[np.int32], item: Attribute) -> Column:
        """The number of each patient's category; that of "not recorded" where nothing is known."""
        told = self.categories[item.name]
        return told[np.minimum(patient, len(told) - 1)]

    def band(self, patient: NDArray[np.int32], year: Column, item: Attribute) -> Column:
        """The band of each patient's age in these years."""
        place = np.minimum(patient, len(self.aged) - 1)
        born, aged = self.birth_year[place], self.aged[place]
        age = np.where(aged, TOP_AGE, year - born)
        band = np.searchsorted(item.lower_ends[1:], age, side="right")
        return np.where(aged | (born != NOT_KNOWN), band, len(item.labels)).astype(np.int16)
