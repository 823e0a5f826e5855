"""The words a canonical table is declared in: its columns, their kinds, what each could give away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a column is read from an export."""

    RECORD_KEY = "record key"  # the number of this record in the practice's system
    PERSON_KEY = "person key"  # the number of a person in the practice's system
    WORD = "word"  # one of a small set of words
    LABEL = "label"  # a short name: a site, a payer
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"  # read in currency units, kept in integer cents
    BOOLEAN = "yes or no"
    DATE = "date"
    TIMESTAMP = "timestamp"  # a date alone is understood as such
    WORDS = "words"  # several words separated by ';'
    FREE_TEXT = "free text"


class Privacy(StrEnum):
    """What a column could give away, and so what may pass into the vault."""

    DIRECT = "direct"  # names a person: never kept
    PSEUDONYM = "pseudonym"  # kept as a random or keyed number, never as written
    QUASI = "quasi"  # kept reduced: a birth date as a year, an age top-coded
    SENSITIVE = "sensitive"  # kept: clinical or financial, says nothing of who
    FREE_TEXT = "free text"  # dropped until it can be scrubbed
    SAFE = "safe"  # kept


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit, what is allowed, and whom it could identify.

    low and high are inclusive, in `unit`. `refers_to` names the table whose key this value must be found in
    (an orphan is quarantined where that table is read at all). `identifies` names the person it points to.
    """

    name: str
    kind: Kind
    meaning: str
    privacy: Privacy = Privacy.SAFE
    unit: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    refers_to: str = ""
    identifies: str = ""

    @property
    def kept(self) -> bool:
        """May a value of this column, reduced where it must be, pass into the vault?"""
        return self.privacy not in (Privacy.DIRECT, Privacy.FREE_TEXT)

    @property
    def day(self) -> str:
        """The name of the local calendar day that goes with a timestamp: `starts_at` has `starts_on`."""
        return f"{self.name.removesuffix('_at')}_on"


@dataclass(frozen=True)
class Order:
    """A rule across two columns of a row: `earlier` must not come after `later`; by day where either is a day."""

    earlier: str
    later: str
    reason: str


@dataclass(frozen=True)
class Table:
    """One canonical table. `key` is unique; a row is about one thing, said in `meaning`."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    orders: tuple[Order, ...] = ()
    worst_quarantined_share: float = 0.05  # above this share of rows in quarantine the table is not believed
    largest_drop: float = 0.5  # fewer than this share of the last run's rows is not believed

    def column(self, name: str) -> Column:
        """The declaration of one column. Raises KeyError where the table has no such column."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)
