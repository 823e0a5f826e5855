"""Which different texts does a warehouse hold? For the sweep: everything a reader could be shown, column by column."""

from __future__ import annotations

from sqlalchemy import String, inspect, select

from warehouse.errors import spoken
from warehouse.schema import METADATA
from warehouse.store import Store


def texts(store: Store) -> dict[tuple[str, str], list[str]]:
    """(table, column) -> its different texts, over every kept release. Raises StoreError."""
    found: dict[tuple[str, str], list[str]] = {}
    with spoken(store.where), store.engine.connect() as connection, connection.begin():
        there = set(inspect(connection).get_table_names())
        for table in METADATA.sorted_tables:
            for column in table.columns if table.name in there else ():
                if isinstance(column.type, String):
                    rows = connection.execute(select(column).where(column.is_not(None)).distinct())
                    found[(table.name, column.name)] = [value for (value,) in rows]
    return found
