"""What happens to the exports of one run, from the files to the vault's one transaction?

Tables are read and conformed, their bad rows marked, every row accounted for, the gate asked; only then is the vault
written, all tables or none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import duckdb

from etl import (
    codings,
    differing,
    known,
    leaving,
    opt_outs,
    quality,
    quotes,
    report,
    rules,
    texts,
    uncounted,
    vault,
    vault_rows,
)
from etl import profile as profiles
from etl.canonical import TABLES, Table
from etl.policy_sweep import reduce_further
from etl.quality_checks import Check, checks_of
from etl.report import CheckResult, TableReport
from etl.settings import IngestSettings, TableSource
from etl.vault import Run, transaction
from etl.vault_people import give_ids

Progress = Callable[[str, float | None], None]
READING_ENDS, JUDGING_ENDS, WRITING_ENDS = 0.6, 0.7, 0.85  # where the progress bar stands


@dataclass(frozen=True)
class Intake:
    """What one run goes by. `today` is the day of the export; rows of days before `sealed_before` wait.

    removes: somebody in the vault asked to be left out since.
    """

    settings: IngestSettings
    now: datetime
    today: date
    settings_hash: str
    fingerprint: str | None
    restates: bool
    removes: bool
    sealed_before: date | None
    compare_with: Run | None
    progress: Progress


@dataclass(frozen=True)
class Read:
    """One table as it was read."""

    table: Table
    source: TableSource
    rows: int
    files: tuple[tuple[str, str], ...]


def take_in(con: duckdb.DuckDBPyConnection, intake: Intake) -> Run:
    """Bring the exports into the vault and remember the run. Raises InputError or GateRefused with nothing changed."""
    quality.warm_up()
    tables = _read_all(con, intake)
    names = frozenset(read.table.name for read in tables)
    present = vault.tables_in(con)
    for read in tables:
        intake.progress(f"Checking {read.table.name}", READING_ENDS)
        rules.find(con, read.table, names, lambda table, value: vault.known(present, table, value))
    if leaving.find(con, [read.table for read in tables]):
        leaving.drop(con, [read.table for read in tables])
    reports = [_account(con, read, intake.today, set(names)) for read in tables]
    found = [profiles.take(con, read.table, entry) for read, entry in zip(tables, reports, strict=True)]
    results = _judge(intake, tables, reports, found)
    results += differing.results(con, names, intake.settings.own_instruments)
    beat = _beat(intake, "Taking what identifies out of comments")
    for read in tables:
        texts.scrub(con, read.table, intake.settings.privacy.profile, beat)
    intake.progress("Writing the vault", JUDGING_ENDS)
    with transaction(con):
        run = _write(con, intake, tables, reports, results, found)
        intake.progress("Closing the vault's transaction", WRITING_ENDS)
    known.gather(con)
    _forget_rows(con)
    return run


def _account(con: duckdb.DuckDBPyConnection, read: Read, today: date, names: set[str]) -> TableReport:
    """Where the rows of one table went, for how many people's sake, and whom automation touched all the same."""
    entry = profiles.reconcile(con, read.table, read.rows, today)
    touched = opt_outs.touched(con, read.table.name)
    people = leaving.people(con, read.table, names)
    return replace(entry, dropped_people=people, touched=touched.rows, touched_people=touched.people)


def _beat(intake: Intake, step: str) -> Callable[[], None]:
    return lambda: intake.progress(step, None)


def _read_all(con: duckdb.DuckDBPyConnection, intake: Intake) -> list[Read]:
    from etl.sources import read_table

    settings = intake.settings
    names = [name for name in TABLES if name in settings.tables]
    tables = []
    for place, name in enumerate(names):
        intake.progress(f"Reading {name}", READING_ENDS * place / len(names))
        told = read_table(con, name, settings.tables[name], settings, intake.progress)
        tables.append(Read(TABLES[name], settings.tables[name], told.rows_read, told.files))
    return [*tables, *_derived(con, {read.table.name for read in tables})]


def _derived(con: duckdb.DuckDBPyConnection, read: set[str]) -> Iterator[Read]:
    """Tables that no export gives but that the reading of another made (the sites its rows name)."""
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE temporary AND table_name LIKE 'conformed\\_%' ESCAPE '\\'"
    )
    for (conformed,) in found.fetchall():
        name = conformed.removeprefix("conformed_")
        if name in TABLES and name not in read:
            for kind in ("rejected", "left_out"):
                con.execute(f"CREATE TEMP TABLE IF NOT EXISTS {kind}_{name} (source_row BIGINT, reason VARCHAR)")
            (rows,) = con.execute(f"SELECT count(*) FROM {conformed}").fetchone() or (0,)  # noqa: S608
            yield Read(TABLES[name], TableSource(), rows, ())


def _judge(
    intake: Intake, tables: list[Read], reports: list[TableReport], found: list[profiles.Profile]
) -> tuple[CheckResult, ...]:
    intake.progress("Judging the tables", None)
    last = profiles.from_text(intake.compare_with.profile) if intake.compare_with else {}
    names = frozenset(read.table.name for read in tables)
    checks: list[Check] = []
    for read, entry, profile in zip(tables, reports, found, strict=True):
        checks += checks_of(read.table, read.source, entry, profile, last.get(read.table.name), names)
    folder = intake.settings.data_dir / "quality"
    results = quality.judge(folder, checks)
    quality.refuse_failed(results, folder)
    return results


def _write(
    con: duckdb.DuckDBPyConnection,
    intake: Intake,
    tables: list[Read],
    reports: list[TableReport],
    results: tuple[CheckResult, ...],
    found: list[profiles.Profile],
) -> Run:
    last = vault.last_run(con)
    number = last.id + 1 if last else 1
    if last and last.layout != vault.layout():
        vault_rows.renew_hashes(con, vault.tables_in(con))
    for table in TABLES.values():  # also those no export gives: a release finds them empty
        vault_rows.make_tables(con, table)
    if intake.removes:
        leaving.to_remove(con)
        leaving.remove(con)
    merged = vault_rows.merge_waiting(con) if intake.restates else 0
    withheld = reduce_further(con, intake.settings.privacy.profile, intake.today)
    vault_rows.renew_hashes(con, frozenset({"patient"} if withheld else ()))
    give_ids(con, [read.table for read in tables])
    written = [_write_table(con, intake, number, read, entry) for read, entry in zip(tables, reports, strict=True)]
    changed = merged + sum(entry.changed for entry in written) + _renew_texts(con, intake, number, last, tables)
    changed += int(intake.removes) + withheld + quotes.drop_void(con)
    codings.drop_void(con)
    names, own = frozenset(read.table.name for read in tables), intake.settings.own_instruments
    results += uncounted.results(con, names, own)
    notes = (*opt_outs.notes(con, set(names)), *uncounted.notes(con, names, own, intake.settings.smallest_group))
    run = Run(
        id=number,
        started_at=intake.now.astimezone(UTC).replace(tzinfo=None),
        fingerprint=intake.fingerprint,
        files_sha256=json.dumps({read.table.name: dict(read.files) for read in tables}),
        settings_hash=intake.settings_hash,
        extracted_on=intake.today,
        state=vault.new_state() if last is None or changed else last.state,
        restates=intake.restates,
        layout=vault.layout(),
        report=report.to_text(written, results, notes),
        profile=profiles.to_text(found),
    )
    vault.record(con, run)
    return run


def _write_table(
    con: duckdb.DuckDBPyConnection, intake: Intake, run: int, read: Read, entry: TableReport
) -> TableReport:
    intake.progress(f"Writing {read.table.name} into the vault", None)
    sealed = None if intake.restates else intake.sealed_before
    changed = vault_rows.write(con, read.table, run, sealed)
    vault.keep_quarantine(con, run, read.table.name, read.files[0][0] if read.files else "")
    return replace(entry, changed=changed, waiting=vault_rows.waiting_rows(con, read.table))


def _renew_texts(con: duckdb.DuckDBPyConnection, intake: Intake, run: int, last: Run | None, tables: list[Read]) -> int:
    """Scrub stored texts again that this export does not bring again; how many changed?"""
    changed, read = 0, {each.table.name for each in tables}
    anew = not vault.same_scrubber(last)
    for table in TABLES.values():
        if texts.text_columns(table):
            vault_rows.find_arrived(con, table, read=table.name in read)
            beat = _beat(intake, "Taking what is known by now out of earlier comments")
            changed += texts.scrub_again(con, table, intake.settings.privacy.profile, run, anew=anew, beat=beat)
            vault_rows.renew_hashes_of(con, table, run)
    return changed


def _forget_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Free what the reading left in memory and in the spill files, before the release needs them."""
    found = con.execute(
        "SELECT view_name, 'VIEW' FROM duckdb_views() WHERE temporary AND NOT internal "
        "UNION ALL SELECT table_name, 'TABLE' FROM duckdb_tables() WHERE temporary"
    ).fetchall()
    for name, what in found:
        if name == known.KNOWN:
            continue  # the sweep at the end of the run needs it
        con.execute(f'DROP {what} IF EXISTS "{name}"')
