"""What went wrong with the warehouse, in a sentence the operator can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError


class StoreError(Exception):
    """The warehouse cannot be opened, read or written: where, why, and what to do. Never a password."""


# Words in a driver's message -> what it means here. The first that fits is said.
_MEANINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("database is locked", "database table is locked", "lock timeout", "lock_timeout"),
     "is held by another process. Wait until the running ingest is over, then try again"),
    (("readonly database", "read-only transaction", "permission denied"),
     "cannot be written. Give this account write permission on the file and its folder, or open another one"),
    (("disk is full", "no space left", "could not extend file"),
     "has no room: the disk is full. Free some space and run the same command again; the last release stands"),
    (("disk i/o error",),
     "cannot be read or written reliably (disk error). Move it to a sound local disk"),
    (("not a database", "malformed", "encrypted"),
     "is not a Rapport warehouse, or is damaged. Move the file away and run `rapport ingest`"),
    (("no such table", "no such column", "undefinedtable", "does not exist"),
     "holds no release yet. Run `rapport ingest`"),
    (("unable to open",),
     "cannot be opened. Check that the folder exists and that this account may use it"),
    (("password authentication", "no password supplied", "authentication failed"),
     "refused the sign-in. Check the user and the password in the warehouse address"),
    (("connection refused", "could not translate host", "could not connect", "connection failed", "timeout expired",
      "name or service not known", "server closed"),
     "does not answer. Check the host and the port in the warehouse address, and that the server runs"),
)  # fmt: skip


@contextmanager
def spoken(where: str) -> Iterator[None]:
    """Turns a driver's error into a StoreError about the warehouse `where` (an address without its password)."""
    try:
        yield
    except DBAPIError as error:
        message = f"{type(error.orig).__name__} {error.orig}".lower()
        raise StoreError(f"The warehouse {where} {_meaning(message)}.") from None
    except SQLAlchemyError as error:
        raise StoreError(f"The warehouse {where} could not be used ({type(error).__name__}).") from None


def _meaning(message: str) -> str:
    for words, meaning in _MEANINGS:
        if any(word in message for word in words):
            return meaning
    return f"answered with an error: {message.splitlines()[0][:200]}"
