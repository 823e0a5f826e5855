"""Did automation close a sign of danger without any human in contact? Looked at before anything can refuse.

The table of crisis signals is read by itself, three columns of it, row by row as far as a row can be read: no other
table, column or row, no gate and no fault of the mapping hides what stands there. In doubt a signal counts: where the
time of contact cannot be read, or the word for who closed it is one automation goes by and the mapping does not know.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

import duckdb
import pandas as pd
import pyarrow as pa

from etl import mapping
from etl.canonical import TABLES
from etl.conform.plan import Plan, make_plan
from etl.errors import InputError, SafetyHalt
from etl.settings import IngestSettings, TableSource
from etl.sources import lenient
from warehouse.families import SAFETY_FACT
from warehouse.store import Store

TABLE = "crisis_signal"
NEEDED = ("crisis_id", "closed_by", "human_contact_at")
FACT = "closed_by_automation"
FOLLOW_UP = "follow-up.csv"  # in data_dir, 0600: the record numbers of the practice's own system
HAPPENED = "Automation closed a sign of danger without any human in contact with the patient."
DID_NOT = "No sign of danger was closed by automation without a human in contact."
AUTOMATION_WORDS = (
    "automation",
    "automated",
    "automatic",
    "auto",
    "bot",
    "chatbot",
    "robot",
    "assistant",
    "ai",
    "system",
)
UNREADABLE, UNKNOWN_WORD, NO_CONTACT = "contact time cannot be read", "closed by a word not mapped", "no human contact"
BATCH = 20_000
_IN_VAULT = (
    "SELECT count(*) FROM vault.crisis_signal WHERE closed_by = 'automation' AND human_contact_at IS NULL "
    "AND human_contact_on IS NULL"
)


@dataclass(frozen=True)
class Closed:
    """One signal closed by automation alone: its number in the practice's system, its line in the export, and why."""

    record: str | None
    line: int
    why: str


@dataclass(frozen=True)
class Look:
    """What was seen. told: is the table declared and could it be read? in_vault: signals of earlier exports."""

    told: bool
    closed: tuple[Closed, ...] = ()
    in_vault: int = 0

    @property
    def happened(self) -> bool:
        return bool(self.closed) or self.in_vault > 0

    @property
    def sentence(self) -> str:
        """What the operator is told: how many, and what to do."""
        count = max(len(self.closed), self.in_vault)
        which = "1 sign of danger" if count == 1 else f"{count:,} signs of danger"
        return (
            f"Safety halt: automation closed {which} without any human in contact. Run `rapport follow-up` to write "
            "down which, and reach these patients."
        )


NOT_LOOKED = Look(told=False)


def look(settings: IngestSettings) -> Look:
    """Which signals of the export did automation close alone? Never refuses: what cannot be read is not told."""
    if TABLE not in settings.tables:
        return NOT_LOOKED
    try:
        source, _ = mapping.merged(settings.tables[TABLE], TABLE)
        if not {"closed_by"} & {*source.columns, *source.constants}:
            return NOT_LOOKED
        return Look(told=True, closed=tuple(_closed(source, settings)))
    except InputError:  # the ordinary reading says why
        return NOT_LOOKED


def in_vault(con: duckdb.DuckDBPyConnection, seen: Look) -> Look:
    """With the signals the vault still holds, of exports that reached further back."""
    there = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = 'vault' AND table_name = 'crisis_signal'"
    ).fetchone()
    if there is None:
        return seen
    (count,) = con.execute(_IN_VAULT).fetchone() or (0,)
    (rows,) = con.execute("SELECT count(*) FROM vault.crisis_signal").fetchone() or (0,)
    return replace(seen, in_vault=count, told=seen.told or rows > 0)


def tell_at_once(store: Store, seen: Look) -> None:
    """Say yes in the latest release before anything can refuse. A no waits until the vault has been asked as well."""
    if seen.happened:
        store.keep_facts({FACT: (True, HAPPENED)})


def tell(store: Store, seen: Look) -> None:
    """Say what is known now that the whole way was gone."""
    if seen.told:
        store.keep_facts({FACT: (seen.happened, HAPPENED if seen.happened else DID_NOT)})


@contextmanager
def first(seen: Look) -> Iterator[None]:
    """Whatever fails inside, a safety halt goes before it; the fault stands behind it as its cause."""
    try:
        yield
    except SafetyHalt:
        raise
    except Exception as fault:
        if seen.happened:
            raise SafetyHalt(seen.sentence) from fault
        raise


def frame(seen: Look) -> pd.DataFrame:
    """The rows of `safety_fact`: yes or no for the practice, no number; none where no crisis signals are exported."""
    rows = [(FACT, seen.happened, HAPPENED if seen.happened else DID_NOT)] if seen.told else []
    return pd.DataFrame(rows, columns=[column.name for column in SAFETY_FACT.columns if column.name != "release_id"])


def _closed(source: TableSource, settings: IngestSettings) -> Iterator[Closed]:
    def wanted(header: list[str]) -> set[int]:
        return _bound(source, header).needed

    seen: set[str] = set()
    for header, rows in lenient.rows(source, settings.base_dir, wanted):
        bound = _bound(source, header)
        if "closed_by" not in {*bound.columns, *source.constants}:
            raise InputError("the export does not say who closed a signal")
        for each in _judged(_plan(source, bound, settings), sorted(bound.needed), rows):
            if each.record is None or each.record not in seen:
                seen |= {each.record} if each.record else set()
                yield each


def _bound(source: TableSource, header: list[str]) -> mapping.Bound:
    """The places of the needed columns that are there; others are not asked for."""
    columns, rules = {}, {}
    for name in NEEDED:
        if name in source.columns and (places := mapping.places_of(source.columns[name], header, TABLE)):
            columns[name] = places
    for rule in source.leave_out.values():
        if places := mapping.places_of(rule.column, header, TABLE):
            rules[rule.column] = places[0]
    return mapping.Bound(columns, rules, ())


def _plan(source: TableSource, bound: mapping.Bound, settings: IngestSettings) -> Plan:
    """The reading of the three columns, as the ordinary one would read them."""
    leave_out = {name: rule for name, rule in source.leave_out.items() if rule.column in bound.rules}
    narrow = source.model_copy(
        update={
            "leave_out": leave_out,
            "constants": {name: value for name, value in source.constants.items() if name in NEEDED},
        }
    )
    try:
        zone = mapping.zone_of(source, settings)
    except InputError:
        zone = "UTC"
    today = settings.extracted_on or datetime.now(UTC).date()
    return make_plan(TABLES[TABLE], narrow, bound, zone, settings.timezone, today)


def _judged(plan: Plan, needed: list[int], rows: Iterator[lenient.Row]) -> Iterator[Closed]:
    schema = pa.schema([("source_row", pa.int64()), *((f"c{at}", pa.string()) for at in needed)])
    with duckdb.connect(config={"temp_directory": "", "autoinstall_known_extensions": "false"}) as con:
        con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        query = _query(plan)
        while batch := list(islice(rows, BATCH)):
            columns = [[number for number, _ in batch], *([fields[at] for _, fields in batch] for at in needed)]
            con.register("lines", pa.table(columns, schema=schema))
            yield from (Closed(*found) for found in con.execute(query).fetchall())
            con.unregister("lines")


def _query(plan: Plan) -> str:
    words = ", ".join(f"'{word}'" for word in AUTOMATION_WORDS)
    plan.hidden |= {"_written": "r_human_contact_at IS NOT NULL" if "r_human_contact_at" in plan.clean else "false"}
    word = "lower(_word_closed_by)" if "_word_closed_by" in plan.hidden else "NULL"
    return (
        f"SELECT crisis_id, source_row, CASE WHEN closed_by IS NULL THEN '{UNKNOWN_WORD}' WHEN _written THEN "
        f"'{UNREADABLE}' ELSE '{NO_CONTACT}' END FROM ({plan.query('lines', numbered=True, nul_bytes=False)}) "
        f"WHERE _left_out IS NULL AND (closed_by = 'automation' OR closed_by IS NULL AND {word} IN ({words})) "
        "AND human_contact_at IS NULL AND human_contact_on IS NULL ORDER BY source_row"
    )
