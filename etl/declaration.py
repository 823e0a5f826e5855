"""The words a canonical table is declared in: its columns and their kinds.

What each may give away is said elsewhere, once: `deid/policy.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from deid.policy import Action, PolicyError, Privacy, Rule, Rules


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
    ANSWERS = "answers"  # in the order of the items, separated by ';'; an empty place is an item not answered
    FREE_TEXT = "free text"


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit, what is allowed, and whom it identifies.

    low and high are inclusive, in `unit`. `refers_to` names the table whose key this value must be found in
    (an orphan is quarantined where that table is read at all). `identifies` names the person it points to.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    refers_to: str = ""
    identifies: str = ""
    governed_by: Rule | None = field(default=None, repr=False)  # its line of the policy, given by `Table.governed`

    @property
    def rule(self) -> Rule:
        """What the policy says of this column. Raises PolicyError where nothing was said yet."""
        if self.governed_by is None:
            raise PolicyError(f"{self.name} stands under no policy: take the table from etl.canonical.TABLES")
        return self.governed_by

    @property
    def privacy(self) -> Privacy:
        """What could a value of this column give away?"""
        return self.rule.privacy

    @property
    def kept(self) -> bool:
        """May a value of this column, reduced where it must be, pass into the vault?"""
        return self.rule.kept

    @property
    def scrubbed(self) -> bool:
        """Is this a text that passes only with its identifiers removed?"""
        return self.rule.action is Action.SCRUB

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

    def governed(self, rules: Rules) -> Table:
        """The same table with each column under its line of the policy, where there is one."""
        columns = (replace(column, governed_by=rules.get((self.name, column.name))) for column in self.columns)
        return replace(self, columns=tuple(columns))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)
