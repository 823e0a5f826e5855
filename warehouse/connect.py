"""How is the warehouse reached? One local SQLite file, or a PostgreSQL server by its address."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from warehouse.errors import StoreError
from warehouse.mounts import network_drive

BUSY_SECONDS = 30
WRITES = {"rapport_writes": True}  # execution option: this transaction takes the write lock at once


def address(url: str) -> URL:
    """The parsed address. Raises StoreError, without echoing it, where it is none or of a kind not supported."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(
            "The warehouse address cannot be read. Write sqlite:////folder/warehouse.sqlite or "
            "postgresql://user:password@host/database."
        ) from None
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise StoreError(f"The warehouse cannot be a {kind} database. Use an sqlite:/// or a postgresql:// address.")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError("The warehouse needs a file. Write sqlite:////folder/warehouse.sqlite.")
    return parsed


def make_engine(url: URL, *, read_only: bool) -> Engine:
    """An engine whose transactions are real ones. Raises StoreError for a missing file, a network drive, no driver."""
    if url.get_backend_name() == "postgresql":
        return _postgres(url, read_only=read_only)
    path = Path(str(url.database)).absolute()
    kind = network_drive(path)
    if kind:
        raise StoreError(
            f"The warehouse {path} lies on a network drive ({kind}), where SQLite's locks cannot be trusted. "
            "Put it on a local disk, or use a postgresql:// address."
        )
    if path.is_dir():
        raise StoreError(f"The warehouse {path} is a folder. Name a file in it.")
    if read_only:
        if not path.exists():
            raise StoreError(f"There is no warehouse at {path} yet. Run `rapport ingest`.")
    else:
        _make_private(path)
    return _sqlite(path, read_only=read_only)


class Writer(sqlite3.Connection):
    """A connection that may write; what it leaves behind can be read by those who may read."""

    path: Path

    def close(self) -> None:
        super().close()
        _leave_readable(self.path)


def _leave_readable(path: Path) -> None:
    """Leave the files of the write-ahead log in place, empty, where a group may read the warehouse.

    SQLite removes them with the last writer, and an account that may not write cannot make them anew: it could then
    read nothing. Empty ones say that everything is in the database itself (sqlite.org/wal.html, read-only databases).
    """
    if not path.exists() or not _mode(path) & stat.S_IRGRP:
        return
    for left in (Path(f"{path}-wal"), Path(f"{path}-shm")):
        descriptor = os.open(left, os.O_CREAT | os.O_RDWR, 0o600)
        os.fchmod(descriptor, _mode(path))
        os.close(descriptor)


def _mode(path: Path) -> int:
    """The owner's alone; the group may read too where somebody made the folder for a group (chmod 2750)."""
    folder = path.parent.stat().st_mode
    return 0o640 if folder & stat.S_ISGID and folder & stat.S_IRGRP else 0o600


def _make_private(path: Path) -> None:
    """An empty file only its owner may read, in a folder only its owner may enter (if ours to make)."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
            path.parent.chmod(0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        if os.access(path, os.W_OK) and (path.stat().st_mode ^ _mode(path)) & 0o077:
            path.chmod(_mode(path))
    except OSError as error:
        raise StoreError(
            f"The warehouse {path} cannot be made: {error.strerror}. Name a folder this account may write in."
        ) from None


def _sqlite(path: Path, *, read_only: bool) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={'ro' if read_only else 'rw'}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # the driver begins nothing by itself: we say BEGIN
            check_same_thread=False,
            factory=sqlite3.Connection if read_only else Writer,
        )
        if isinstance(connection, Writer):
            connection.path = path
        try:
            _prepare(connection, read_only=read_only)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("rapport_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _prepare(connection: sqlite3.Connection, *, read_only: bool) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten: a quote taken back is gone
    connection.execute("PRAGMA synchronous = FULL")  # a release that was announced survives a power cut


def _postgres(url: URL, *, read_only: bool) -> Engine:
    options: dict[str, Any] = {"postgresql_readonly": True} if read_only else {}
    try:
        return create_engine(
            url,
            isolation_level="REPEATABLE READ" if read_only else "READ COMMITTED",
            execution_options=options,
            connect_args={"connect_timeout": 10, "options": f"-c lock_timeout={BUSY_SECONDS}s"},
            pool_pre_ping=True,
        )
    except ModuleNotFoundError:
        raise StoreError("A PostgreSQL warehouse needs its driver: pip install 'rapport[postgres]'.") from None
    except SQLAlchemyError as error:
        raise StoreError(f"The warehouse address cannot be used ({type(error).__name__}).") from None
