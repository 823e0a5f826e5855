"""How does a command of the operator open the vault, alone, and leave nothing behind?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from deid.keys import subkey
from etl import vault
from etl.engines.duckdb import attach_vault, connect, private_folder
from etl.errors import InputError
from etl.safekeeping import clear_folder, locked, private_files, said_plainly
from etl.settings import IngestSettings

THREADS = 2  # more threads hold more of the export in memory at once

Progress = Callable[[str, float | None], None]


class Session:
    """The engine of one command with the vault attached; a rebuilt vault takes the old one's place when it is whole."""

    def __init__(self, settings: IngestSettings, root_key: bytes, *, rebuild: bool = False) -> None:
        self.settings = settings
        self.folder = private_folder(vault.vault_folder(settings))
        self.key = subkey(root_key, "vault")
        self.root_key = root_key
        self.place = self.folder / vault.VAULT_FILE
        clear_folder(self.folder / "tmp")
        _remove_database(self.folder / vault.REBUILD_FILE)
        self.con: duckdb.DuckDBPyConnection = connect(self.folder, memory_limit=settings.memory_limit, threads=THREADS)
        self.file = self.folder / vault.REBUILD_FILE if rebuild else self.place

    def __enter__(self) -> Session:
        try:
            self.attach()
            if self.file != self.place and self.place.exists():
                self._keep_what_people_asked()
            self._refuse_to_lose_tombstones()
        except BaseException:
            self.con.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()
        _remove_database(self.folder / vault.REBUILD_FILE)
        clear_folder(self.folder / "tmp")

    def attach(self) -> None:
        """Open the vault and make its own tables where they are missing."""
        attach_vault(self.con, self.file, self.key)
        vault.prepare(self.con, self.root_key)

    def take_its_place(self) -> None:
        """Put the rebuilt vault where the old one was: one rename. What the old one had not yet merged goes first."""
        self.con.execute("DETACH vault")
        Path(f"{self.place}.wal").unlink(missing_ok=True)
        self.file.replace(self.place)
        self.file = self.place
        self.attach()

    def rewrite(self) -> None:
        """Copy the vault into a new file: the old one's free blocks may still hold rows that were deleted."""
        fresh = self.folder / vault.REBUILD_FILE
        _remove_database(fresh)
        attach_vault(self.con, fresh, self.key, name="fresh")
        self.con.execute("COPY FROM DATABASE vault TO fresh")
        self.con.execute("CHECKPOINT fresh")
        self.con.execute("DETACH fresh")
        self.file = fresh
        self.take_its_place()

    def _keep_what_people_asked(self) -> None:
        """Carry over who was forgotten and what was decided on quotes. Raises InputError where that would be lost."""
        try:
            attach_vault(self.con, self.place, self.key, name="old")
        except InputError:
            return  # another key's vault: whether that loses anything is asked below
        held = {
            name
            for (name,) in self.con.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old'"
            ).fetchall()
        }
        for table in vault.SURVIVE_REBUILD:
            if table in held:
                self.con.execute(f"INSERT INTO vault.{table} BY NAME SELECT * FROM old.{table}")  # noqa: S608
        self.con.execute("DETACH old")

    def _refuse_to_lose_tombstones(self) -> None:
        marker = self.folder / vault.FORGOTTEN_MARKER
        held = "SELECT lookup FROM vault.tombstone UNION ALL SELECT lookup FROM vault.forget_request LIMIT 1"
        if marker.exists() and self.con.execute(held).fetchone() is None:
            raise InputError(vault.forgotten_lost(self.folder))


@contextmanager
def opened(
    settings: IngestSettings,
    root_key: bytes,
    *,
    progress: Progress = lambda text, share: None,
    wait_seconds: float = 30.0,
) -> Iterator[Session]:
    """The vault for a command that reads no export. Raises InputError where there is none, Busy where it is held."""
    if not vault.vault_exists(settings):
        raise InputError(f"There is no vault in {settings.data_dir} yet: run `rapport ingest` first.")
    with contextlib.ExitStack() as stack:
        stack.enter_context(private_files())
        stack.enter_context(said_plainly(settings.data_dir, settings.memory_limit))
        stack.enter_context(locked(settings.data_dir, wait_seconds, progress))
        yield stack.enter_context(Session(settings, root_key))


def _remove_database(file: Path) -> None:
    for left in (file, Path(f"{file}.wal")):
        left.unlink(missing_ok=True)
