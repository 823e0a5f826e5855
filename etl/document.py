"""What may an export hold, column by column? The text of docs/tables.md, from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from etl.canonical import TABLES
from etl.declaration import Column, Privacy, Table

KEPT_AS = {
    Privacy.DIRECT: "never kept",
    Privacy.PSEUDONYM: "a number that is not the practice's",
    Privacy.QUASI: "reduced",
    Privacy.SENSITIVE: "kept",
    Privacy.FREE_TEXT: "never kept",
    Privacy.SAFE: "kept",
}


def tables_document() -> str:
    """The whole document, Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Canonical tables"
    yield ""
    yield "Generated from `etl/tables/` by `make docs`; do not edit. Map an export to these columns in `rapport.toml`"
    yield "([configuration](configuration.md)). What is not mapped is never read. **Bold** columns are required."
    for table in TABLES.values():
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"## {table.name}", "", table.meaning, "")
    yield f"Key: {', '.join(f'`{name}`' for name in table.key)}."
    for order in table.orders:
        yield f"A row whose `{order.earlier}` comes after its `{order.later}` is quarantined (`{order.reason}`)."
    share = f"{table.worst_quarantined_share:.0%}"
    yield f"The table is refused where more than {share} of its rows are quarantined."
    yield from ("", "| column | kind | meaning | allowed | in the vault |", "| --- | --- | --- | --- | --- |")
    for column in table.columns:
        name = f"**`{column.name}`**" if column.required else f"`{column.name}`"
        yield f"| {name} | {column.kind} | {column.meaning} | {_allowed(column)} | {KEPT_AS[column.privacy]} |"


def _allowed(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"`{word}`" for word in column.allowed)
    if column.low is not None and column.high is not None:
        return f"{column.low:,.0f} to {column.high:,.0f} {column.unit}".strip()
    return column.unit
