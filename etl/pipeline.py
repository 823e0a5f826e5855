"""How does an export become a release? The whole way, in order, all or nothing.

Read each table, mark the bad rows, account for every row, let the gate judge, write the vault in one transaction, make
the release from the vault, publish it. A fault before the vault's transaction changes nothing; a stop after it is made
good by the next run, which sees that the last release was made from another state of the vault.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb

from etl import declared_frames, forget, leaving, mapping, opt_outs, policy_frames, quotes, safety, vault
from etl import report as reports
from etl.engines.duckdb import private_folder
from etl.fingerprint import files_hash, restatement_due, settings_hash
from etl.intake import Intake, take_in
from etl.publishing import Publisher
from etl.report import IngestReport, TableReport
from etl.safekeeping import locked, private_files, said_plainly
from etl.safety import Look
from etl.session import Session
from etl.settings import IngestSettings
from etl.texts import version as scrubber_version
from etl.vault import Run
from warehouse.audit import FOLDER, AuditLog, account
from warehouse.store import Release, Store

Progress = Callable[[str, float | None], None]


def ingest(
    settings: IngestSettings,
    *,
    root_key: bytes,
    store: Store,
    now: datetime,
    progress: Progress,
    wait_seconds: float = 30,
    rebuild: bool = False,
    restate: bool = False,
    seen: Look | None = None,
    versions: Mapping[str, int] | None = None,
) -> IngestReport:
    """Bring the practice's exports into the vault and publish a release of counts; where did every row go?

    rebuild: make the vault anew from the exports, with new random numbers; the last run is not compared with.
    restate: make published periods anew now, with the rows that waited for it.
    seen: what `safety.look` saw, where the caller has looked already. versions: of each metric's definition.
    Raises InputError, GateRefused or Busy; then nothing was changed and the last release stands. Where automation
    closed a sign of danger alone, SafetyHalt with one of those as its cause; the report says so where nothing failed.
    """
    started = time.monotonic()
    seen = safety.look(settings) if seen is None else seen
    with safety.first(seen), private_files(), said_plainly(settings.data_dir, settings.memory_limit):
        private_folder(settings.data_dir)
        with locked(settings.data_dir, wait_seconds, progress):
            progress("Looking at the last release", 0.0)
            store.migrate()
            safety.tell_at_once(store, seen)
            plan = _plan(settings, store, now, progress, rebuild=rebuild, restate=restate)
            plan = replace(plan, versions=versions or {})
            with Session(settings, root_key, rebuild=rebuild) as session:
                release, run, already, seen = _bring(session, plan, store, seen)
            safety.tell(store, seen)
    tables, quality = reports.from_text(run.report)
    progress("Already released" if already else "Released", 1.0)
    notes = reports.notes_from_text(run.report)
    return IngestReport(release, tables, quality, time.monotonic() - started, already, notes, seen)


@dataclass(frozen=True)
class _Plan:
    """What is asked of this run, and what stands before it."""

    settings: IngestSettings
    now: datetime
    today: date
    settings_hash: str
    fingerprint: str | None
    latest: Release | None
    rebuild: bool
    restates: bool
    progress: Progress
    versions: Mapping[str, int] = field(default_factory=dict)


def _plan(
    settings: IngestSettings, store: Store, now: datetime, progress: Progress, *, rebuild: bool, restate: bool
) -> _Plan:
    mapping.check(settings)
    latest = store.latest()
    today = settings.extracted_on or now.astimezone(ZoneInfo(settings.timezone)).date()
    progress("Comparing the exports with those of the last run", None)
    last_restated, last_hash = (latest.restated_on, latest.settings_hash) if latest else (None, None)
    due = restatement_due(last_restated, last_hash, settings, now.date())
    return _Plan(
        settings.model_copy(update={"extracted_on": today}),
        now,
        today,
        settings_hash(settings),
        _fingerprint(settings, today),
        latest,
        rebuild,
        rebuild or restate or due,
        progress,
    )


def _fingerprint(settings: IngestSettings, today: date) -> str | None:
    """Would this run read exactly what an earlier one read, in the same way? None where a table is no file."""
    files = files_hash(settings)
    if files is None:
        return None
    version = importlib.metadata.version("rapport")
    what = [files, settings_hash(settings), today.isoformat(), settings.practice, version, scrubber_version()]
    what += opt_outs.fingerprint(settings)
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _bring(session: Session, plan: _Plan, store: Store, seen: Look) -> tuple[int, Run, bool, Look]:
    """Read what is new, release what is not yet released.

    Returns the release's number, its run, whether it was there already, and what is seen with the vault's signals.
    """
    con = session.con
    opt_outs.read(con, plan.settings)
    plan = _forgotten_first(session, plan, store)
    removes = leaving.to_remove(con)
    last = vault.last_run(con)
    unfinished = last is not None and last.restates and not _released_state(plan, last)
    restates = plan.restates or removes or unfinished
    if last and plan.fingerprint and last.fingerprint == plan.fingerprint and last.restates >= restates and not removes:
        run = last
    else:
        run = take_in(con, _intake(plan, last, restates=restates, removes=removes))
        if plan.rebuild:
            session.take_its_place()
    seen = safety.in_vault(con, seen)
    if plan.latest and not restates and _nothing_new(con, plan, store, last, run):
        return plan.latest.id, run, True, seen
    publisher = replace(_publisher(con, plan, store), seen=seen)
    return publisher.next(run, plan.latest, restates=restates), run, False, seen


def _forgotten_first(session: Session, plan: _Plan, store: Store) -> _Plan:
    """End a forgetting that was interrupted, before anything is read."""
    if not forget.pending(session.con):
        return plan
    if plan.rebuild:  # the new vault is empty: the tombstones are set, and nothing is to be counted yet
        forget.take_out(session)
        session.con.execute("DELETE FROM vault.forget_request")
        return plan
    audit = AuditLog(plan.settings.data_dir / FOLDER)
    forget.complete(session, _publisher(session.con, plan, store), audit, account(), plan.progress)
    return replace(plan, latest=store.latest())


def _publisher(con: duckdb.DuckDBPyConnection, plan: _Plan, store: Store) -> Publisher:
    made = Publisher(con, plan.settings, plan.settings_hash, store, plan.now, plan.progress)
    return replace(made, versions=plan.versions)


def _nothing_new(con: duckdb.DuckDBPyConnection, plan: _Plan, store: Store, last: Run | None, run: Run) -> bool:
    """Does the latest release already show what the vault holds, quotes approved and what was attested included?"""
    if plan.latest is None or leaving.removed(con) is not None or not _released(plan, run):
        return False
    names = ("quote", "attestation", "declared_value", "declared_instrument")
    shown = store.read_tables(plan.latest.id, {name: {} for name in names})
    as_shown = quotes.same(shown["quote"], quotes.frame(con))
    as_shown &= declared_frames.same(shown, _publisher(con, plan, store).declared())
    as_shown &= policy_frames.same_attestations(shown["attestation"], plan.settings)
    return as_shown and (run is last or _same_rows(last, run))


def _intake(plan: _Plan, last: Run | None, *, restates: bool, removes: bool) -> Intake:
    return Intake(
        settings=plan.settings,
        now=plan.now,
        today=plan.today,
        settings_hash=plan.settings_hash,
        fingerprint=plan.fingerprint,
        restates=restates,
        removes=removes,
        sealed_before=plan.latest.published_until if plan.latest else None,
        compare_with=last,
        progress=plan.progress,
    )


def _released_state(plan: _Plan, run: Run) -> bool:
    return plan.latest is not None and plan.latest.vault_state == run.state


def _released(plan: _Plan, run: Run) -> bool:
    """Was the latest release made from what the vault holds after this run, under these settings, for this day?"""
    latest = plan.latest
    return latest is not None and (
        (latest.vault_state, latest.settings_hash, latest.extracted_on, latest.practice)
        == (run.state, plan.settings_hash, run.extracted_on, plan.settings.practice)
    )


def _same_rows(last: Run | None, run: Run) -> bool:
    """Do two runs account for the same rows? (Then there is nothing new to show.)"""
    return last is not None and _counts(last) == _counts(run)


def _counts(run: Run) -> tuple[TableReport, ...]:
    tables, _ = reports.from_text(run.report)
    return tuple(replace(table, changed=0, waiting=0) for table in tables)
