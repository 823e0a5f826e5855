"""Who did what, and has anybody changed that record since? An append-only log whose lines are chained by SHA-256.

One JSON line an entry, in a file of its own (0600, its folder 0700; 0640 where somebody made the folder for a group to
read, 2750). Each entry holds the hash of the one before, so a
line that is changed, removed or moved breaks the chain there. Cutting lines off the end breaks nothing that is left:
against that, keep the head (the last entry's hash) somewhere else and verify against it. The same goes for a log
written anew from the start. A write that a crash cut short stays as it is; the next entry says how long it was and
what it hashed to, and only such a line may be unreadable. Entries hold counts and settings, never a patient's value.
Nothing here deletes: what the log documents is kept six years (KEPT_YEARS).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.errors import StoreError

KEPT_YEARS = 6  # 45 CFR 164.316(b)(2)(i): six years from its making, or from when it was last in effect
FOLDER, FILE = "audit", "audit.jsonl"
VIEWS_FILE = "views.jsonl"  # who looked at which page: written by the account of the pages
FIRST = "0" * 64  # what the first entry gives as the hash of the one before
TORN = "log.torn_line"
LONGEST_LINE = 32_768  # bytes; what is read back from the end to find the last entry is twice that
SHORTEST_HEAD = 16  # characters of a head that was noted in part

Detail = str | int | float | bool | None


@dataclass(frozen=True)
class Entry:
    """One thing that was done: `by` is an account of the machine, or a person who was named."""

    number: int
    at: str  # UTC, ISO 8601
    event: str
    by: str
    details: Mapping[str, Detail]
    previous: str
    hash: str


def account() -> str:
    """As which account of the machine does this program run? From the system, not from the environment."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"account number {os.geteuid()}"


class AuditLog:
    """The log in `folder`, made at the first entry. Raises StoreError where it cannot be read or written."""

    def __init__(self, folder: Path, file: str = FILE) -> None:
        self.folder = folder
        self.path = folder / file

    def append(
        self, event: str, by: str, details: Mapping[str, Detail], *, at: datetime | None = None, durable: bool = True
    ) -> Entry:
        """Add one entry and wait until it is on the disk. Two writers wait for each other; none can be lost.

        durable: without it the system writes it within seconds by itself: a power cut may lose it, a crash does not.
        """
        _checked(event, by, details)
        moment = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")
        with self._locked() as descriptor:
            last, torn = _tail(descriptor, self.path)
            if torn:
                told: dict[str, Detail] = {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
                last = _write(descriptor, last, moment, TORN, by, told)
            entry = _write(descriptor, last, moment, event, by, details)
            if durable:
                os.fsync(descriptor)
            return entry

    def entries(self) -> tuple[Entry, ...]:
        """Every entry that can be read, oldest first, whether or not the chain holds (ask `verify`)."""
        found = (_parsed(line) for line in self._lines())
        return tuple(entry for entry in found if entry is not None)

    def head(self) -> str | None:
        """The last entry's hash: to be noted somewhere else, so that a shortened log is noticed. None: no entry."""
        found = self.entries()
        return found[-1].hash if found else None

    def verify(self, head: str | None = None) -> str | None:
        """Is the log whole? None, or a sentence that names the first broken link.

        head: the hash of an entry that was noted elsewhere (at least 16 of its characters). A log that no longer holds
        it was shortened or written anew.
        """
        previous, number, unread = FIRST, 0, b""
        hashes: list[str] = []
        lines = self._lines()
        for at, line in enumerate(lines, start=1):
            entry = _parsed(line)
            fault = _fault(at, entry, previous, number, unread)
            if fault:
                return fault
            if entry is None:
                unread = line
                continue
            previous, number, unread = entry.hash, entry.number, b""
            hashes.append(entry.hash)
        if unread:
            return (
                f"Line {len(lines)}, the last, was not written to its end ({len(unread)} bytes): the machine stopped "
                "while writing, or the line was cut. What stands before it is whole; the next entry marks it."
            )
        return _without_head(head, hashes)

    def _lines(self) -> list[bytes]:
        with _said(self.path):
            if not self.path.exists():
                return []
            return self.path.read_bytes().removesuffix(b"\n").split(b"\n") if self.path.stat().st_size else []

    @contextmanager
    def _locked(self) -> Iterator[int]:
        with _said(self.path):
            mode = _private(self.folder)
            new = not self.path.exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.fchmod(descriptor, mode)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield descriptor
            finally:
                os.close(descriptor)  # gives the lock back as well
            if new:
                _flush_folder(self.folder)


def _private(folder: Path) -> int:
    """Makes the folder its owner's alone and gives the mode of the file; a group reads where it was made for one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat().st_mode
    if found & stat.S_ISGID and found & stat.S_IRGRP and not found & (stat.S_IWGRP | stat.S_IRWXO):
        return 0o640
    folder.chmod(0o700)
    return 0o600


def _checked(event: str, by: str, details: Mapping[str, Detail]) -> None:
    if not event or not by:
        raise ValueError("an entry names what was done and who did it")
    for name, value in details.items():
        if not isinstance(name, str) or not isinstance(value, str | int | float | bool | None):
            raise ValueError(f"the detail {name} of {event} is neither text, number, yes or no, nor nothing")


def _write(descriptor: int, last: Entry | None, at: str, event: str, by: str, details: Mapping[str, Detail]) -> Entry:
    content: dict[str, Any] = {
        "number": last.number + 1 if last else 1,
        "at": at,
        "event": event,
        "by": by,
        "details": dict(details),
        "previous": last.hash if last else FIRST,
    }
    content["hash"] = _hash(content)
    line = _canonical(content) + b"\n"
    if len(line) > LONGEST_LINE:
        raise ValueError(f"the entry {event} is longer than {LONGEST_LINE} bytes")
    if not _ends_a_line(descriptor):
        line = b"\n" + line
    while line:
        line = line[os.write(descriptor, line) :]
    return Entry(**content)


def _ends_a_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return not size or os.pread(descriptor, 1, size - 1) == b"\n"


def _tail(descriptor: int, path: Path) -> tuple[Entry | None, bytes]:
    """The last entry, and what a crash left after it (empty: nothing)."""
    size = os.fstat(descriptor).st_size
    if not size:
        return None, b""
    start = max(0, size - 2 * LONGEST_LINE)
    lines = os.pread(descriptor, size - start, start).removesuffix(b"\n").split(b"\n")
    torn = b""
    for line in reversed(lines if not start else lines[1:]):
        entry = _parsed(line)
        if entry is not None:
            return entry, torn
        if torn:
            break
        torn = line
    if not start and len(lines) == 1:
        return None, torn
    raise StoreError(
        f"The audit log {path} ends in more than one line that cannot be read. Nothing was added to it. "
        "Run `rapport audit verify`, keep the file as it is for whoever looks into it, and move it away to begin anew."
    )


def _parsed(line: bytes) -> Entry | None:
    try:
        content = json.loads(line, parse_constant=_no_number)
        return Entry(**content) if isinstance(content.get("number"), int) else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _no_number(written: str) -> None:
    raise ValueError(f"{written} is no number")


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical({name: content[name] for name in content if name != "hash"})).hexdigest()


def _canonical(content: Mapping[str, Any]) -> bytes:
    """One spelling of one content: sorted names, no spaces, ASCII, no infinity."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _fault(at: int, entry: Entry | None, previous: str, number: int, unread: bytes) -> str | None:
    """What is wrong with line `at`, after entry `number` with the hash `previous` (and a line that was unreadable)?"""
    if unread and not _tells_of(entry, unread):
        return f"Line {at - 1} cannot be read: it was changed after it was written, or is no entry."
    if entry is None:
        return None  # judged with the line after it
    if _hash(vars(entry)) != entry.hash:
        return f"Line {at} (entry {entry.number}) was changed after it was written."
    if entry.previous != previous:
        return (
            f"Line {at} holds entry {entry.number}, which does not follow entry {number}: "
            "a line before it was removed, moved or put in."
        )
    if entry.number != number + 1:
        return f"Line {at} holds entry {entry.number} where entry {number + 1} is due."
    return None


def _tells_of(entry: Entry | None, unread: bytes) -> bool:
    """Is this the entry that says of an unreadable line how it came about?"""
    told = entry.details.get("sha256") if entry and entry.event == TORN else None
    return told == hashlib.sha256(unread).hexdigest()


def _without_head(head: str | None, hashes: list[str]) -> str | None:
    if head is None:
        return None
    noted = head.strip().lower()
    if len(noted) < SHORTEST_HEAD:
        return f"The head given has {len(noted)} characters; give at least {SHORTEST_HEAD} of the 64."
    if any(found.startswith(noted) for found in hashes):
        return None
    return (
        f"The log is whole in itself ({len(hashes)} entries) but does not hold the head that was noted: entries were "
        "cut off its end, or it was written anew. Compare it with a copy."
    )


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise StoreError(
            f"The audit log {path} cannot be read or written ({fault.strerror}). Make its folder yours (chmod 700) "
            "and free some space."
        ) from None
