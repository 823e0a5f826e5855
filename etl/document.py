"""What may an export hold, column by column? The text of docs/tables.md, from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from deid import policy
from deid.policy import Action, Rule
from etl.canonical import TABLES
from etl.declaration import Column, Table

DONE = {
    Action.DROP: "never kept",
    Action.PSEUDONYM: "a number that is not the practice's",
    Action.YEAR_ONLY: "the year; none that shows 90 or over",
    Action.TOP_CODE_90: "90 and over as one group",
    Action.ZIP3: "three digits of a ZIP, or 000; a province",
    Action.PROVINCE: "a province",
    Action.BAND: "kept; shown as counts and sums of groups",
    Action.MERGE: "kept; rare words are shown together",
    Action.SCRUB: "kept with identifiers removed",
    Action.ALIAS: "kept; shown under its name or alias",
    Action.KEEP: "kept",
}


def tables_document() -> str:
    """The whole document, Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Canonical tables"
    yield ""
    yield "Generated from `etl/tables/` by `make docs`; do not edit. Map an export to these columns in `rapport.toml`"
    yield "([configuration](configuration.md)). What is not mapped is never read. **Bold** columns are required."
    yield ""
    yield "What a column could give away (its class), what is therefore done with it, and why is one line of"
    yield "[`deid/policy.toml`](../deid/policy.toml): an allow-list without a switch."
    for profile in policy.profiles().values():
        yield f"Profile `{profile.name}`: {profile.title}, groups of {profile.smallest_group} ({profile.law})."
    for table in TABLES.values():
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"## {table.name}", "", table.meaning, "")
    yield f"Key: {', '.join(f'`{name}`' for name in table.key)}."
    for order in table.orders:
        yield f"A row whose `{order.earlier}` comes after its `{order.later}` is quarantined (`{order.reason}`)."
    share = f"{table.worst_quarantined_share:.0%}"
    yield f"The table is refused where more than {share} of its rows are quarantined."
    yield from ("", "| column | kind | meaning | allowed | class | action | in the vault |", "|" + " --- |" * 7)
    for column in table.columns:
        name = f"**`{column.name}`**" if column.required else f"`{column.name}`"
        rule, cells = column.rule, [name, column.kind, column.meaning, _allowed(column)]
        yield f"| {' | '.join([*cells, rule.privacy, _actions(rule)])} | {DONE[rule.action]} |"


def _actions(rule: Rule) -> str:
    """The action, and that of a profile where it is stricter."""
    other = {name: policy.rules(name)[(rule.table, rule.column)].action for name in policy.profiles()}
    stricter = [f"`{action}` under `{name}`" for name, action in other.items() if action is not rule.action]
    return ", ".join([f"`{rule.action}`", *stricter])


def _allowed(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"`{word}`" for word in column.allowed)
    if column.low is not None and column.high is not None:
        return f"{column.low:,.0f} to {column.high:,.0f} {column.unit}".strip()
    return column.unit
