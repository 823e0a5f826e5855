"""What may be seen? One warehouse, opened for reading, and one of its releases.

There is no sign-in yet: one person, on the machine the server runs on (dashboard/launch.py binds nowhere else).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from warehouse.record import effects_made
from warehouse.store import Release, Store, StoreError, open_store

WAREHOUSE_URL = "RAPPORT_WAREHOUSE_URL"
SINGLE_USER = "RAPPORT_SINGLE_USER"
VIEWS_LOG = "RAPPORT_VIEWS_LOG"  # the folder in which it is written down who looked at what
AUDIT_LOG = "RAPPORT_AUDIT_LOG"  # the folder of the record of who did what, where this account may read it
LATEST = "Latest"
FIRST_RUN = (
    "Run `rapport ingest --config rapport.toml`, or `rapport demo` for a made-up practice. Then load this page again."
)


@dataclass(frozen=True)
class Scope:
    """What one reader sees: the key of everything cached. The content hash tells a rebuilt warehouse; effects: whose
    effects follow their release later, and by which version of the estimators they were made."""

    warehouse_url: str
    release_id: int
    content_hash: str
    effects: str = ""
    viewer: str = "single user"


class NothingToShow(Exception):  # noqa: N818 - not a fault: there is nothing yet
    """There is no release to show: `str()` says so, `advice` says what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


def store() -> Store:
    """Which warehouse? Raises NothingToShow where none is named or made yet, StoreError where it cannot be read."""
    url = os.environ.get(WAREHOUSE_URL, "")
    if not url:
        raise NothingToShow("No warehouse is named.", "Start the pages with `rapport serve --config rapport.toml`.")
    if _file_missing(url):
        raise NothingToShow("There are no results yet.", FIRST_RUN)
    return _opened(url, _identity(url))


def audit_folder() -> Path | None:
    """Where is the record of who did what? None where nobody said."""
    named = os.environ.get(AUDIT_LOG, "")
    return Path(named) if named else None


def single_user() -> bool:
    """Does the account that runs the pages also reach the vault? Said by `rapport serve` (dashboard/launch.py)."""
    return os.environ.get(SINGLE_USER) == "1"


def releases() -> list[Release]:
    """Which releases can be chosen, newest first? Read anew each time, so a new one shows without a restart.

    Raises NothingToShow where there is none, StoreError where reading failed.
    """
    found = list(store().releases())
    if not found:
        raise NothingToShow("There are no results yet.", FIRST_RUN)
    return found


def scope_of(release: Release) -> Scope:
    """The key under which this release's results are cached."""
    made = effects_made(store()).get(release.id, "")
    return Scope(os.environ.get(WAREHOUSE_URL, ""), release.id, release.content_hash, made)


@lru_cache(maxsize=4)
def _opened(url: str, identity: tuple[int, int]) -> Store:
    """Opened and looked through once, not at every choice. identity: another file at the same place is another one.

    A warehouse that cannot be opened is tried again.
    """
    return open_store(url, read_only=True)


def _identity(url: str) -> tuple[int, int]:
    """Which file is it? The same place can hold a new one."""
    path = _file(url)
    if path is None:
        return (0, 0)
    found = path.stat()
    return (found.st_dev, found.st_ino)


def _file_missing(url: str) -> bool:
    path = _file(url)
    return path is not None and not path.exists()


def _file(url: str) -> Path | None:
    prefix, _, path = url.partition(":///")
    return Path(path.partition("?")[0]) if prefix.startswith("sqlite") and path else None


__all__ = ["LATEST", "WAREHOUSE_URL", "NothingToShow", "Scope", "StoreError", "releases", "scope_of", "store"]
