"""`rapport ingest`: read, check, de-identify, count, release; then say where every row went."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deid.keys import home_folder, root_key
from etl.pipeline import ingest
from etl.report import IngestReport
from etl.settings import IngestSettings
from rapport import console
from rapport.config import load
from warehouse.store import open_store


def run(path: Path, *, as_json: bool, rebuild: bool, restate: bool, wait_seconds: float) -> None:
    """Ingest what the configuration names and print the reconciliation."""
    settings = load(path).ingest
    report = release(settings, quiet=as_json, rebuild=rebuild, restate=restate, wait_seconds=wait_seconds)
    if as_json:
        console.print_json(report.as_json())
    else:
        show(report)


def release(
    settings: IngestSettings, *, quiet: bool, rebuild: bool = False, restate: bool = False, wait_seconds: float = 30.0
) -> IngestReport:
    """One ingest, with its progress shown."""
    with console.progress(quiet=quiet) as tell:
        tell("Checking the configuration", 0.0)
        return ingest(
            settings,
            root_key=root_key(home_folder(), create=True, say=console.say),
            store=open_store(settings.warehouse_url),
            now=datetime.now(UTC),
            progress=tell,
            wait_seconds=wait_seconds,
            rebuild=rebuild,
            restate=restate,
        )


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
    failed = [check for check in content["quality"] if check["state"] in ("failed", "error")]
    console.say(f"Quality gate: {len(content['quality'])} checks, {len(failed)} failed.")
    console.say(
        f"Release {content['release']} in {content['seconds']:.1f} s. See it with: rapport metrics, rapport serve"
    )


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    quarantined = sum(entry["quarantined"].values())
    numbers = (entry["read"], entry["kept"], quarantined, entry["dropped_by_policy"])
    return (entry["table"], *(f"{number:,}" for number in numbers))
