"""`rapport audit`: who did what, and is that record as it was written?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rapport import console
from rapport.config import Configuration, load
from warehouse.audit import FOLDER, KEPT_YEARS, AuditLog

BROKEN = 3
NOTE_IT = (
    "Note this head on paper or on another machine, and give it next time with --head: a shortened log then shows."
)


def log_of(configuration: Configuration) -> AuditLog:
    """This practice's audit log, inside the boundary."""
    return AuditLog(configuration.ingest.data_dir / FOLDER)


def verify(path: Path, head: str | None) -> int:
    """Say whether the log is whole; 0 where it is, 3 where it is not."""
    log = log_of(load(path))
    fault = log.verify(head)
    if fault:
        console.fault(f"{log.path}: {fault}")
        return BROKEN
    found = log.head()
    if found is None:
        console.say(f"There is no entry yet in {log.path}.")
        return 0
    console.OUT.print(f"whole: {len(log.entries())} entries", highlight=False)
    console.OUT.print(f"head:  {found}", highlight=False, soft_wrap=True)
    console.say(NOTE_IT)
    return 0


def show(path: Path, *, as_json: bool) -> None:
    """Print every entry; nothing is ever removed from the log."""
    log = log_of(load(path))
    entries = log.entries()
    if as_json:
        console.print_json([asdict(entry) for entry in entries])
        return
    rows = [
        (str(entry.number), entry.at, entry.event, entry.by, "; ".join(f"{k} {v}" for k, v in entry.details.items()))
        for entry in entries
    ]
    console.table("Audit log (times are UTC)", ("entry", "at", "event", "by", "details"), rows, right=("entry",))
    console.say(f"Keep this file {KEPT_YEARS} years (45 CFR 164.316(b)(2)(i)): {log.path}")
