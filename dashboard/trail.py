"""Who did what, and is that record whole? The audit log, where the account of the pages may read it."""

from __future__ import annotations

import os
from functools import lru_cache

from dashboard import access, parts, words
from dashboard.parts import Piece
from dashboard.tables import Table
from warehouse.audit import FILE, AuditLog, Entry
from warehouse.errors import StoreError

SHOWN = 50  # entries, the newest first
TITLE = "Who did what?"
NOT_HERE = (
    "The record of who did what lies inside the practice, and the account of these pages cannot read it, as it should "
    "be with two accounts. The operator runs `rapport audit verify` and `rapport audit show`."
)
NONE_YET = "Nothing has been written down yet."
ENDS = (
    "A record whose end was cut off is whole in itself: note the last hash on paper or on another machine, and "
    "`rapport audit verify --head` tells whether it is still there."
)
Stamp = tuple[int, int] | None


def log() -> AuditLog | None:
    """The record; None where nobody said where it is, or this account may not read it."""
    folder = access.audit_folder()
    found = None if folder is None else AuditLog(folder, FILE)
    return found if found is not None and os.access(found.path, os.R_OK) else None


def stamp() -> Stamp:
    """What tells that something was added; None where it cannot be read from here."""
    found = log()
    if found is None:
        return None
    told = found.path.stat()
    return (told.st_mtime_ns, told.st_size)


def pieces() -> tuple[Piece, ...]:
    """The last entries, and whether the chain holds."""
    found = log()
    if found is None:
        return (parts.words_only(parts.heading(TITLE), parts.text(NOT_HERE)),)
    return _pieces(str(found.folder), stamp())


@lru_cache(maxsize=4)
def _pieces(folder: str, at: Stamp) -> tuple[Piece, ...]:
    found = access.audit_folder()
    if found is None or str(found) != folder:
        raise StoreError("The place of the record of who did what has changed; load the page again.")
    read = AuditLog(found, FILE)
    entries, fault = read.entries(), read.verify()
    if not entries and fault is None:
        return (parts.words_only(parts.heading(TITLE), parts.text(NONE_YET)),)
    last = entries[-SHOWN:][::-1]
    more = f" The newest {SHOWN} are shown." if len(entries) > SHOWN else ""
    told = f"{_state(entries, fault)}{more} {ENDS}"
    return (parts.table(TITLE, told, _table(last), "Entries of the record, newest first", key="record"),)


def _state(entries: tuple[Entry, ...], fault: str | None) -> str:
    if fault:
        return f"✕ The record is broken: {fault}"
    many, head = words.count(len(entries), "entry", "entries"), entries[-1].hash[:16]
    return f"✓ The record is whole: {many}, each holding the hash of the one before; the last hash begins {head}."


def _table(entries: tuple[Entry, ...]) -> Table:
    lines = tuple(
        (
            f"{entry.number}",
            f"{words.day(entry.at)}, {entry.at[11:16]} UTC",
            words.name_of(entry.event.replace(".", ": ")),
            entry.by,
            "; ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in entry.details.items()),
        )
        for entry in entries
    )
    return Table(("Entry", "When", "What", "By", "Details"), lines)


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return f"{text[:12]}…" if len(text) == 64 else text
