"""How does one declared export become one canonical table in the engine?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from etl import mapping
from etl.canonical import TABLES, Kind, Table
from etl.conform import finish
from etl.conform.plan import Plan, make_plan
from etl.errors import InputError
from etl.mapping import Bound
from etl.settings import IngestSettings, TableSource
from etl.sources import csv, sql, text
from etl.sources.text import TextFile

Progress = Callable[[str, float | None], None]
_DAY_OR_MONTH_FIRST = re.compile(r"\s*\d{1,2}([/.-])\d{1,2}\1\d{2,4}\b")


@dataclass(frozen=True)
class SourceReport:
    """What was read. files: (name without folder, SHA-256); columns as the export calls them; no value of any row."""

    table: str
    files: tuple[tuple[str, str], ...]
    rows_read: int
    columns_unused: tuple[str, ...] = ()
    columns_mapped: tuple[tuple[str, str], ...] = ()  # (canonical, as in the export)


def read_table(
    con: duckdb.DuckDBPyConnection, name: str, source: TableSource, settings: IngestSettings, progress: Progress
) -> SourceReport:
    """Read one export into conformed_<name>, rejected_<name> and left_out_<name>, all temporary.

    conformed_<name>: source_row (1 = first row under the header), the columns of `vault_columns` with natural keys,
    and `reason`, NULL where the row was understood. rows_read = the rows of the three together.
    Raises InputError, with nothing written, where the export cannot be the table.
    """
    whole, optional = mapping.merged(source, name)
    table = TABLES[name]
    today = settings.extracted_on or datetime.now(ZoneInfo(settings.timezone)).date()
    folder = settings.data_dir / "vault" / "tmp"
    read = _read_file if whole.file is not None else _read_database
    report = read(con, table, whole, optional, _Way(settings, today, folder, progress))
    if "site_id" in table.names and name != "site" and "site" not in settings.tables:
        finish.add_sites(con, name)
    return report


@dataclass(frozen=True)
class _Way:
    settings: IngestSettings
    today: date
    folder: Path
    progress: Progress


def look(name: str, source: TableSource, settings: IngestSettings) -> None:
    """Is this export there, with every column its mapping names? Raises InputError as an ingest would."""
    whole, optional = mapping.merged(source, name)
    if whole.file is not None:
        _look_at_file(TABLES[name], whole, optional, settings)
        return
    with sql.opened(whole, settings.base_dir, _needed(TABLES[name], whole, optional)):
        pass


def _look_at_file(
    table: Table, source: TableSource, optional: frozenset[str], settings: IngestSettings
) -> tuple[TextFile, Bound]:
    path = settings.base_dir / str(source.file)
    file = text.look_at(path, encoding=source.encoding, delimiter=source.delimiter)
    bound = mapping.bind(table, source, optional, file.header, file.where)
    _refuse_ambiguous_dates(table, source, bound, file.sample, file.header, file.where)
    return file, bound


def _read_file(
    con: duckdb.DuckDBPyConnection, table: Table, source: TableSource, optional: frozenset[str], way: _Way
) -> SourceReport:
    path = way.settings.base_dir / str(source.file)
    way.progress(f"Looking at {path.name}", None)
    file, bound = _look_at_file(table, source, optional, way.settings)
    plan = _plan(table, source, bound, way)
    way.progress(f"Reading {path.name}", None)
    number = csv.scan(con, file, plan, way.folder)
    rows = _finish(con, plan, number, file.where, way)
    return SourceReport(table.name, ((path.name, file.sha256),), rows, bound.unused, _named(bound, file.header))


def _needed(table: Table, source: TableSource, optional: frozenset[str]) -> Callable[[list[str]], set[int]]:
    """Which columns of a database's header are read? Raises InputError where one is not there."""
    return lambda header: mapping.bind(table, source, optional, header, str(source.database_table)).needed


def _read_database(
    con: duckdb.DuckDBPyConnection, table: Table, source: TableSource, optional: frozenset[str], way: _Way
) -> SourceReport:
    with sql.opened(source, way.settings.base_dir, _needed(table, source, optional)) as rows:
        bound = mapping.bind(table, source, optional, rows.header, rows.where)
        plan = _plan(table, source, bound, way)
        way.progress(f"Reading {rows.where}", None)
        number = sql.scan(con, rows, plan, sorted(bound.needed), way.folder)
        if rows.count == 0:
            raise InputError(f"{rows.where} has no row: check the query")
        read = _finish(con, plan, number, rows.where, way)
        files = ((rows.where, rows.digest.hexdigest()),)
        return SourceReport(table.name, files, read, (*bound.unused, *rows.unread), _named(bound, rows.header))


def _plan(table: Table, source: TableSource, bound: Bound, way: _Way) -> Plan:
    zone = mapping.zone_of(source, way.settings)
    settings = way.settings
    return make_plan(table, source, bound, zone, settings.timezone, way.today, settings.privacy.profile)


def _finish(con: duckdb.DuckDBPyConnection, plan: Plan, number: str, where: str, way: _Way) -> int:
    hours = way.settings.release.late_cancel_hours
    return finish.finish(con, plan, number, where=where, today=way.today, late_cancel_hours=hours)


def _named(bound: Bound, header: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, mapping.JOIN.join(header[at] for at in places)) for name, places in bound.columns.items())


def _refuse_ambiguous_dates(
    table: Table, source: TableSource, bound: Bound, sample: list[list[str]], header: list[str], where: str
) -> None:
    """03/04/2024 may be March or April: nobody but the operator can say. Looks at the first rows only."""
    for name, places in bound.columns.items():
        if table.column(name).kind not in (Kind.DATE, Kind.TIMESTAMP) or name in source.formats:
            continue
        shaped = [
            (place, row[places[0]])
            for place, row in enumerate(sample, start=1)
            if len(row) > places[0] and row[places[0]].strip()
        ]
        ambiguous = [(place, found[0]) for place, value in shaped if (found := _DAY_OR_MONTH_FIRST.match(value))]
        if 2 * len(ambiguous) > len(shaped):
            place, value = ambiguous[0]
            shape = re.sub("[0-9]", "9", value.strip())
            raise InputError(
                f'{where}: the column "{header[places[0]]}" has dates such as {shape} '
                f"(first in row {place}), which may begin with the day or the month. Under formats write "
                f'{name} = "%d/%m/%Y" or {name} = "%m/%d/%Y", followed by " %H:%M" where there is a time.'
            )
