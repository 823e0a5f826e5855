"""Is this practice's folder ours alone while an ingest runs, and are its faults said in a sentence?"""

from __future__ import annotations

import errno
import fcntl
import os
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from etl.errors import Busy, InputError

LOCK_FILE = "ingest.lock"
_ASK_EVERY_SECONDS = 0.2
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def private_files() -> Iterator[None]:
    """Every file made here is readable by its owner alone (folders 0700, files 0600)."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def locked(folder: Path, wait_seconds: float, say: Callable[[str, float | None], None]) -> Iterator[None]:
    """One ingest at a time: waits for another one, says so, and raises Busy when it takes too long."""
    with (folder / LOCK_FILE).open("a", encoding="ascii") as lock:
        _take(lock.fileno(), folder, wait_seconds, say)
        try:
            yield
        finally:
            fcntl.flock(lock.fileno(), fcntl.LOCK_UN)


def _take(descriptor: int, folder: Path, wait_seconds: float, say: Callable[[str, float | None], None]) -> None:
    until = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Busy(
                    f"Another ingest is working in {folder}. It was waited for {wait_seconds:g} seconds; "
                    "run this again when it is done."
                ) from None
        if not told:
            say("Waiting for another ingest of this practice to end", None)
            told = True
        time.sleep(_ASK_EVERY_SECONDS)


def clear_folder(folder: Path) -> None:
    """Remove what a killed run left in a folder of temporary files."""
    if folder.is_dir():
        for left in folder.iterdir():
            if left.is_file():
                left.unlink()


@contextmanager
def said_plainly(data_dir: Path, memory_limit: str) -> Iterator[None]:
    """Turn a full disk, a folder that cannot be written and a lack of memory into one sentence (InputError)."""
    try:
        yield
    except duckdb.OutOfMemoryException as fault:
        if "temp directory" in str(fault).lower() and "limit" in str(fault).lower():
            raise InputError(_no_room(data_dir)) from None
        raise InputError(
            f"The work needs more memory than memory_limit allows ({memory_limit}). Write a larger memory_limit in the "
            "configuration. Nothing was changed."
        ) from None
    except duckdb.Error as fault:
        sentence = _engine_fault(str(fault).lower(), data_dir)
        if sentence is None:  # the engine's own words may quote a patient's value
            where = traceback.extract_tb(fault.__traceback__)[-1]
            raise RuntimeError(
                f"The engine failed ({type(fault).__name__} in {where.name}, line {where.lineno}). "
                "Nothing was published; this is a fault of Rapport: please report it."
            ) from None
        raise InputError(sentence) from None
    except OSError as fault:
        sentence = _system_fault(fault, data_dir)
        if sentence is None:
            raise
        raise InputError(sentence) from None


def _engine_fault(message: str, data_dir: Path) -> str | None:
    if any(words in message for words in ("no space left", "file too large", "quota", "enospc", "could not write all")):
        return _no_room(data_dir)
    if any(words in message for words in ("permission denied", "read-only", "read only", "cannot open file")):
        return _not_writable(data_dir)
    return None


def _system_fault(fault: OSError, data_dir: Path) -> str | None:
    if fault.errno in _NO_ROOM:
        return _no_room(data_dir)
    if fault.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return _not_writable(data_dir)
    return None


def _no_room(data_dir: Path) -> str:
    return (
        f"There is no room left on the disk of {data_dir}. Free some space (about the size of the exports) and run "
        "this again; the last release stands."
    )


def _not_writable(data_dir: Path) -> str:
    return (
        f"The folder {data_dir} cannot be written. Make it yours (chmod 700), or write another data_dir in the "
        "configuration; the last release stands."
    )
