"""Which rows of a table cannot be right, and for which reason?

The rules come from the table's declaration and run in the engine over the whole table: ranges, vocabularies, required
values, orders in time, references to rows that are nowhere, keys that occur twice. A row has one reason: the first.
Reads `conformed_<table>`; makes `bad_<table>(source_row, reason)`, `dropped_<table>(source_row, reason)` and the view
`good_<table>`. Only the few bad rows are written: the table itself is not copied.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb

from etl.canonical import TABLES, Kind, Order, Table, vault_columns
from etl.conform.carried import TEXTS, scrubbed
from etl.declaration import Column

REPEATED = "repeat_of_identical_row"  # dropped by policy, not quarantined
AMBIGUOUS = "key_twice_different_content"

Known = Callable[[str, str], str]


@dataclass(frozen=True)
class Rule:
    """One rule of a row. `columns` are the conformed columns it reads; `bad` is SQL, true where the row is wrong."""

    reason: str
    columns: tuple[str, ...]
    bad: str


def row_rules(table: Table) -> tuple[Rule, ...]:
    """Which rules does the declaration make for a single row? In the order in which reasons are given."""
    rules = [rule for column in table.columns if column.kept for rule in _column_rules(column)]
    return (*rules, *(_order_rule(table, order) for order in table.orders))


def cross_rules(table: Table, read: frozenset[str]) -> tuple[str, ...]:
    """Which reasons can come from looking across rows, given the tables that were read?"""
    orphans = tuple(_orphan(column) for column in references(table, read))
    return (*orphans, AMBIGUOUS)


def references(table: Table, read: frozenset[str]) -> tuple[Column, ...]:
    """Which columns must point to a row of another table that was read?"""
    return tuple(c for c in table.columns if c.kept and c.refers_to in read and c.refers_to != table.name)


def find(con: duckdb.DuckDBPyConnection, table: Table, read: frozenset[str], known: Known) -> None:
    """Mark the bad rows of one table, and those dropped because an identical row was kept.

    known(table, value): SQL, true where the vault already holds the row `value` points to.
    """
    _find_in_rows(con, table)
    for column in references(table, read):
        _find_orphans(con, table, column, known)
    _find_repeats(con, table)
    con.execute(
        f"CREATE TEMP VIEW good_{table.name} AS SELECT * FROM conformed_{table.name} c "
        f"ANTI JOIN (SELECT source_row FROM bad_{table.name} UNION ALL SELECT source_row FROM dropped_{table.name}) x "
        "ON x.source_row = c.source_row"
    )


def _column_rules(column: Column) -> Iterator[Rule]:
    name = column.name
    if column.required:
        must = column.day if column.kind is Kind.TIMESTAMP else name
        yield Rule(f"{name}_missing", (must,), f"{must} IS NULL")
    if column.allowed:
        words = ", ".join(f"'{word}'" for word in column.allowed)
        yield Rule(f"{name}_unknown_word", (name,), f"{name} NOT IN ({words})")
    if column.low is not None:
        yield Rule(f"{name}_below_{_plain(column.low)}", (name,), f"{name} < {_plain(column.low)}")
    if column.high is not None:
        yield Rule(f"{name}_above_{_plain(column.high)}", (name,), f"{name} > {_plain(column.high)}")
    if column.kind is Kind.NUMBER:
        yield Rule(f"{name}_not_a_number", (name,), f"NOT isfinite({name})")


def _plain(bound: float) -> str:
    return str(int(bound)) if float(bound).is_integer() else str(bound)


def _order_rule(table: Table, order: Order) -> Rule:
    earlier, later = table.column(order.earlier), table.column(order.later)
    days = (_day(earlier), _day(later))
    if earlier.kind is Kind.TIMESTAMP and later.kind is Kind.TIMESTAMP:
        moments = f"{earlier.name} > {later.name}"  # null where either is known by day only
        return Rule(order.reason, days, f"coalesce({moments}, {days[0]} > {days[1]})")
    return Rule(order.reason, days, f"{days[0]} > {days[1]}")


def _day(column: Column) -> str:
    return column.day if column.kind is Kind.TIMESTAMP else column.name


def _find_in_rows(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    cases = " ".join(f"WHEN {rule.bad} THEN '{rule.reason}'" for rule in row_rules(table))
    con.execute(
        f"CREATE TEMP TABLE bad_{table.name} AS SELECT source_row, why AS reason FROM ("
        f"SELECT source_row, CASE WHEN reason IS NOT NULL THEN reason {cases} END AS why FROM conformed_{table.name}"
        ") WHERE why IS NOT NULL"
    )


def _orphan(column: Column) -> str:
    return f"{column.name}_orphan"


def _find_orphans(con: duckdb.DuckDBPyConnection, table: Table, column: Column, known: Known) -> None:
    name, target = column.name, TABLES[column.refers_to]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE orphan AS SELECT DISTINCT c.{name} AS value FROM conformed_{table.name} c "
        f"ANTI JOIN conformed_{target.name} t ON t.{target.key[0]} = c.{name} WHERE c.{name} IS NOT NULL"
    )
    con.execute(f"DELETE FROM orphan WHERE {known(target.name, 'value')}")
    con.execute(
        f"INSERT INTO bad_{table.name} SELECT c.source_row, '{_orphan(column)}' FROM conformed_{table.name} c "
        f"JOIN orphan o ON o.value = c.{name} ANTI JOIN bad_{table.name} b ON b.source_row = c.source_row"
    )
    con.execute("DROP TABLE orphan")


def _find_repeats(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Keys first by a narrow count of their hashes, then, for the few that occur twice, by all they say."""
    key = ", ".join(table.key)
    same_key = " AND ".join(f"t.{name} = c.{name}" for name in table.key)
    texts = [TEXTS] if scrubbed(table) else []
    content = ", ".join([*(name for name, _, _ in vault_columns(table)), *texts, "reason"])
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE twice AS "
        f"WITH many AS (SELECT hash({key}) AS h FROM conformed_{table.name} GROUP BY 1 HAVING count(*) > 1) "
        f"SELECT {key}, min(source_row) AS first_row, min(says) <> max(says) AS differs FROM ("
        f"SELECT {key}, source_row, hash({content}) AS says FROM conformed_{table.name} "
        f"WHERE hash({key}) IN (SELECT h FROM many)) GROUP BY {key} HAVING count(*) > 1"
    )
    not_bad = f"ANTI JOIN bad_{table.name} b ON b.source_row = c.source_row"
    rows = f"FROM conformed_{table.name} c JOIN twice t ON {same_key} {not_bad}"
    con.execute(
        f"CREATE TEMP TABLE dropped_{table.name} AS "
        f"SELECT c.source_row, '{REPEATED}' AS reason {rows} WHERE NOT t.differs AND c.source_row <> t.first_row"
    )
    con.execute(f"INSERT INTO bad_{table.name} SELECT c.source_row, '{AMBIGUOUS}' {rows} WHERE t.differs")
    con.execute("DROP TABLE twice")
