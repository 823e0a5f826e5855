"""Which tables does Rapport understand, and what does each column mean?

Tables are data. From the one declaration in `etl/tables/` come the mapping errors, the reading of each column, the
quality rules and `docs/tables.md`. What the vault may keep of it says the policy, line by line: `deid/policy.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from deid import policy
from deid.policy import Privacy, Rules
from etl.declaration import Column, Kind, Order, Table
from etl.tables import ALL

__all__ = ["POSTAL_AREA", "SQL_TYPES", "TABLES", "Column", "Kind", "Order", "Privacy", "Table", "vault_columns"]


def governed(declared: Iterable[Table], rules: Rules) -> dict[str, Table]:
    """The tables under the policy. Raises PolicyError with the line to add where it says nothing of a column."""
    tables = list(declared)
    policy.check(((table.name, column.name) for table in tables for column in table.columns), rules)
    return {table.name: table.governed(rules) for table in tables}


TABLES: dict[str, Table] = governed(ALL, policy.rules())

POSTAL_AREA = "postal_area"  # what the vault keeps of a postal code

SQL_TYPES = {
    Kind.RECORD_KEY: "BIGINT",
    Kind.PERSON_KEY: "BIGINT",
    Kind.WORD: "VARCHAR",
    Kind.LABEL: "VARCHAR",
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "DOUBLE",
    Kind.MONEY: "BIGINT",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.WORDS: "VARCHAR[]",
    Kind.ANSWERS: "VARCHAR[]",
    Kind.FREE_TEXT: "VARCHAR",
}


def vault_columns(table: Table) -> Iterator[tuple[str, str, Column]]:
    """Which columns does the vault hold for this table? Yields (name, SQL type, the declaration it comes from).

    A record or person key becomes a BIGINT that is not the practice's number. A timestamp becomes the moment in UTC
    (null where only the day is known) and the practice's local day. A birth date becomes a year, and yes or no for 90+;
    a postal code three digits or a province. Texts are not here: what is kept of them is not what was read.
    """
    for column in table.columns:
        if not column.kept:
            continue
        if column.name == "birth_date":
            yield "birth_year", "INTEGER", column
            yield "aged_90_plus", "BOOLEAN", column
        elif column.name == "postal_code":
            yield POSTAL_AREA, "VARCHAR", column
        elif column.kind is Kind.TIMESTAMP:
            yield column.name, "TIMESTAMP", column
            yield column.day, "DATE", column
        else:
            yield column.name, SQL_TYPES[column.kind], column
