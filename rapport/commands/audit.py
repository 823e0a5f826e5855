"""`rapport audit`: who did what, who looked at what, and are those records as they were written?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rapport import console
from rapport.config import Configuration, load
from warehouse.audit import FOLDER, KEPT_YEARS, VIEWS_FILE, AuditLog, Detail
from warehouse.errors import StoreError

BROKEN = 3
VIEWS_HEAD = "views_head"  # in entries of the audit log: where the log of views stood then
NOTE_IT = (
    "Note this head on paper or on another machine, and give it next time with --head: a shortened log then shows."
)


def log_of(configuration: Configuration) -> AuditLog:
    """This practice's audit log, inside the boundary."""
    return AuditLog(configuration.ingest.data_dir / FOLDER)


def views_of(configuration: Configuration) -> AuditLog:
    """Who looked at which page: a log of its own, because the account of the pages writes it."""
    return AuditLog(configuration.views_folder, VIEWS_FILE)


def noted(configuration: Configuration) -> dict[str, Detail]:
    """Where does the log of views stand now? To be put into an entry of the audit log, which the pages cannot write.

    A log that is not whole is not noted: what it has lost would be forgotten with that.
    """
    try:
        head = None if fault_of_views(configuration) else views_of(configuration).head()
    except StoreError:
        return {}  # said by `rapport check`
    return {VIEWS_HEAD: head} if head else {}


def fault_of_views(configuration: Configuration) -> str | None:
    """Is the log of views whole, and does it still hold where the audit log last saw it? Raises StoreError unread."""
    seen = [entry.details[VIEWS_HEAD] for entry in log_of(configuration).entries() if VIEWS_HEAD in entry.details]
    return views_of(configuration).verify(str(seen[-1]) if seen else None)


def verify(path: Path, head: str | None) -> int:
    """Say whether both logs are whole; 0 where they are, 3 where one is not."""
    configuration = load(path)
    log, views = log_of(configuration), views_of(configuration)
    told = ((log, log.verify(head)), (views, fault_of_views(configuration)))
    for each, fault in told:
        if fault:
            console.fault(f"{each.path}: {fault}")
    if any(fault for _, fault in told):
        return BROKEN
    found = log.head()
    if found is None:
        console.say(f"There is no entry yet in {log.path}.")
        return 0
    console.OUT.print(f"whole: {len(log.entries())} entries, and {len(views.entries())} of views", highlight=False)
    console.OUT.print(f"head:  {found}", highlight=False, soft_wrap=True)
    console.say(NOTE_IT)
    return 0


def show(path: Path, *, as_json: bool, views: bool = False) -> None:
    """Print every entry of the audit log, or of the log of views; nothing is ever removed from either."""
    configuration = load(path)
    log = views_of(configuration) if views else log_of(configuration)
    entries = log.entries()
    if as_json:
        console.print_json([asdict(entry) for entry in entries])
        return
    rows = [
        (str(entry.number), entry.at, entry.event, entry.by, "; ".join(f"{k} {v}" for k, v in entry.details.items()))
        for entry in entries
    ]
    title = "Views of the pages" if views else "Audit log"
    console.table(f"{title} (times are UTC)", ("entry", "at", "event", "by", "details"), rows, right=("entry",))
    console.say(f"Keep this file {KEPT_YEARS} years (45 CFR 164.316(b)(2)(i)): {log.path}")
