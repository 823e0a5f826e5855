"""How do the bytes of a zip, or of another encoding, reach the engine without a plain copy on a disk?

Through a named pipe inside the vault's 0700 folder: a thread writes, the engine reads, and the pipe holds no byte
once both are done. It is removed in every case.
"""

from __future__ import annotations

import errno
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.errors import InputError
from etl.sources.text import TextFile, opened, transcoded

_WAIT_SECONDS = 0.01


@contextmanager
def piped(file: TextFile, folder: Path) -> Iterator[Path]:
    """The path of a pipe from which the export comes as UTF-8, once. The writer ends when the reader does."""
    pipe = folder / f"{secrets.token_hex(8)}.pipe"
    os.mkfifo(pipe, mode=0o600)
    stop = threading.Event()
    faults: list[BaseException] = []
    writer = threading.Thread(target=_write, args=(file, pipe, stop, faults), daemon=True)
    writer.start()
    try:
        yield pipe
    finally:
        stop.set()
        writer.join(timeout=30)
        pipe.unlink(missing_ok=True)
    if faults:
        if isinstance(faults[0], InputError):
            raise faults[0]
        raise InputError(f"{file.where} cannot be read to its end (damaged?): export it again")


def _write(file: TextFile, pipe: Path, stop: threading.Event, faults: list[BaseException]) -> None:
    handle = _open_when_read(pipe, stop)
    if handle is None:
        return
    try:
        with open(handle, "wb", buffering=0) as end, opened(file.path) as stream:
            transcoded(stream, file.encoding, lambda block: _write_all(end.fileno(), block))
    except BrokenPipeError:
        return  # the reader gave up; it says why
    except BaseException as fault:  # noqa: BLE001  carried to the thread that can raise it
        faults.append(fault)


def _open_when_read(pipe: Path, stop: threading.Event) -> int | None:
    """Opening a pipe nobody reads would wait for ever."""
    while not stop.is_set():
        try:
            handle = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as fault:
            if fault.errno != errno.ENXIO:
                return None
            time.sleep(_WAIT_SECONDS)
        else:
            os.set_blocking(handle, True)
            return handle
    return None


def _write_all(handle: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(handle, view) :]
