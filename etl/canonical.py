"""Which tables does Rapport understand, and what does each column mean?

Tables are data. From the one declaration in `etl/tables/` come the mapping errors, the reading of each column, the
quality rules, what the vault may keep of it, and `docs/tables.md`.
"""

from __future__ import annotations

from collections.abc import Iterator

from etl.declaration import Column, Kind, Order, Privacy, Table
from etl.tables import ALL

__all__ = ["SQL_TYPES", "TABLES", "Column", "Kind", "Order", "Privacy", "Table", "vault_columns"]

TABLES: dict[str, Table] = {declared.name: declared for declared in ALL}

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
    Kind.FREE_TEXT: "VARCHAR",
}


def vault_columns(table: Table) -> Iterator[tuple[str, str, Column]]:
    """Which columns does the vault hold for this table? Yields (name, SQL type, the declaration it comes from).

    A record or person key becomes a BIGINT that is not the practice's number. A timestamp becomes the moment in UTC
    (null where only the day is known) and the practice's local day. A birth date becomes a year, and yes or no for 90+.
    """
    for column in table.columns:
        if not column.kept:
            continue
        if column.name == "birth_date":
            yield "birth_year", "INTEGER", column
            yield "aged_90_plus", "BOOLEAN", column
        elif column.kind is Kind.TIMESTAMP:
            yield column.name, "TIMESTAMP", column
            yield column.day, "DATE", column
        else:
            yield column.name, SQL_TYPES[column.kind], column
