"""`rapport ingest`: read, check, de-identify, count, release; then say where every row went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deid.keys import BACK_UP, home_folder, key_exists, root_key
from etl import safety
from etl.errors import GateRefused, InputError, SafetyHalt
from etl.pipeline import ingest
from etl.report import IngestReport
from etl.vault import FORGOTTEN_MARKER, forgotten_lost, vault_exists, vault_folder
from metrics.registry import counting_versions
from rapport import console
from rapport.commands.audit import log_of, noted
from rapport.commands.plan import bring_up_to_date
from rapport.config import Configuration, load
from warehouse.audit import Detail, account
from warehouse.store import open_store


def run(path: Path, *, as_json: bool, rebuild: bool, restate: bool, wait_seconds: float) -> None:
    """Ingest what the configuration names and print the reconciliation."""
    configuration = load(path)
    report = release(configuration, quiet=as_json, rebuild=rebuild, restate=restate, wait_seconds=wait_seconds)
    if as_json:
        console.print_json(report.as_json())
    else:
        show(report)
    if report.safety.happened:
        raise SafetyHalt(report.safety.sentence)


def release(
    configuration: Configuration,
    *,
    quiet: bool,
    rebuild: bool = False,
    restate: bool = False,
    wait_seconds: float = 30.0,
) -> IngestReport:
    """One ingest, with its progress shown. What it must not miss is looked at before the key is even asked for."""
    settings = configuration.ingest
    seen = safety.look(settings)
    with safety.first(seen):
        with _recorded(configuration, seen) as done, console.progress(quiet=quiet) as tell:
            key = _key(configuration, rebuild=rebuild)
            store = open_store(settings.warehouse_url)
            report = ingest(
                settings,
                root_key=key,
                store=store,
                now=datetime.now(UTC),
                progress=tell,
                wait_seconds=wait_seconds,
                rebuild=rebuild,
                restate=restate,
                seen=seen,
                versions=counting_versions(),
            )
            done.append(report)
        with console.progress(quiet=quiet) as tell:
            bring_up_to_date(configuration, store, tell)
    return report


@contextmanager
def _recorded(configuration: Configuration, seen: safety.Look) -> Iterator[list[IngestReport]]:
    """Write down in the audit log what became of the ingest: halted for safety, released, or refused."""
    log, done = log_of(configuration), list[IngestReport]()
    profile: dict[str, Detail] = {"profile": configuration.ingest.privacy.profile}
    if seen.happened:
        log.append("safety.halt", account(), {"signals": len(seen.closed)})
    try:
        yield done
    except (GateRefused, SafetyHalt) as fault:
        if isinstance(fault.__cause__ or fault, GateRefused):
            log.append("release.refused", account(), profile | noted(configuration))
        raise
    report = done[0]
    rows = {"read": sum(table.read for table in report.tables), "kept": sum(table.kept for table in report.tables)}
    if report.safety.happened and not seen.happened:
        log.append("safety.halt", account(), {"signals": report.safety.in_vault})
    event = "release.unchanged" if report.already else "release.published"
    log.append(event, account(), {"release": report.release} | profile | rows | noted(configuration))


def _key(configuration: Configuration, *, rebuild: bool) -> bytes:
    """The root key; made, with the advice to back it up, only where no vault needs an older one."""
    home, location = home_folder(), configuration.key_location
    first, folder = not key_exists(home, location), vault_folder(configuration.ingest)
    if first and rebuild and (folder / FORGOTTEN_MARKER).exists():
        raise InputError(forgotten_lost(folder))  # before a new key stands where the lost one is to be put back
    key = root_key(home, create=rebuild or not vault_exists(configuration.ingest), location=location)
    if first:
        console.say(f"A new key was made ({home if location == 'file' else location}). {BACK_UP}")
    return key


def show(report: IngestReport) -> None:
    """The reconciliation, the quarantine and the gate, as tables."""
    content = report.as_json()
    console.table(
        "Where every row went (read = kept + quarantined + dropped by policy)",
        ("table", "read", "kept", "quarantined", "dropped by policy"),
        [_row(entry) for entry in content["tables"]],
        right=("read", "kept", "quarantined", "dropped by policy"),
    )
    reasons = [
        (entry["table"], reason.replace("_", " "), f"{rows:,}", report.row_numbers(entry["table"], reason))
        for entry in content["tables"]
        for reason, rows in entry["quarantined"].items()
    ]
    if reasons:
        console.table("Quarantine", ("table", "reason", "rows", "row numbers in the export"), reasons, right=("rows",))
    asked = [
        (entry["table"], entry["what"].replace("_", " "), f"{entry['rows']:,}", f"{entry['people']:,}")
        for entry in content.get("people", [])
    ]
    if asked:
        console.table("What people asked for", ("table", "what", "rows", "people"), asked, right=("rows", "people"))
    for note in report.notes:
        console.say(note)
    failed = [check for check in content["quality"] if check["state"] in ("failed", "error")]
    console.say(f"Quality gate: {len(content['quality'])} checks, {len(failed)} failed.")
    console.say(
        f"Release {content['release']} in {content['seconds']:.1f} s. See it with: rapport metrics, rapport serve"
    )


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    quarantined = sum(entry["quarantined"].values())
    numbers = (entry["read"], entry["kept"], quarantined, entry["dropped_by_policy"])
    return (entry["table"], *(f"{number:,}" for number in numbers))
