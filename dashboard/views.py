"""Who looked at what, and who took a file? Each goes to a log of its own, chained by hashes (warehouse/audit.py).

One entry a view: another page, release, site or split is another view, a choice that shows the same counts otherwise is
none. Written after the page is sent, so that nobody waits for it. An entry says which page, release, site and split,
and who; never a figure. Where it cannot be written, the page is shown and says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException

from dashboard.access import VIEWS_LOG
from warehouse.audit import VIEWS_FILE, AuditLog, Detail, account
from warehouse.errors import StoreError

VIEWED, DOWNLOADED = "page.viewed", "file.downloaded"
NO_LOG = "no place was named for it: start the pages with `rapport serve`"
NOT_WRITTEN = "Views of these pages are not being written down, as they should be ({why})."
_OURS = "views"  # of a reader's session


@dataclass
class Looking:
    """What a reader looks at, what of it was written down last, and why it could not be."""

    now: dict[str, Detail] = field(default_factory=dict)
    written: dict[str, Detail] | None = None
    fault: str | None = None


@contextmanager
def written_down(page: str) -> Iterator[None]:
    """A page is run inside: what was looked at by its end is written down, also where it ended early."""
    ours = _ours()  # a page that was told to stop may ask Streamlit for nothing more
    ours.now = {"page": page}
    try:
        yield
    except RerunException:
        raise  # nothing stayed on the screen: the run that follows is written down
    except BaseException:
        _view(ours)
        raise
    known = ours.fault
    _view(ours)
    if ours.fault and known is None:
        st.warning(ours.fault)  # from the next run on it stands on top


def looking(**at: Detail) -> None:
    """What the page shows now: its release, site, split and rollout."""
    _ours().now.update(at)


def downloaded(name: str) -> None:
    """A file was taken: written down each time, and on the disk before the browser goes on."""
    ours = _ours()
    _append(ours, DOWNLOADED, {**ours.now, "file": name}, durable=True)


def fault() -> str | None:
    """Why are views not being written down? A sentence; None where they are."""
    return _ours().fault


def _ours() -> Looking:
    found: Looking = st.session_state.setdefault(_OURS, Looking())
    return found


def _view(ours: Looking) -> None:
    now = dict(ours.now)
    if ours.written != now and _append(ours, VIEWED, now, durable=False):
        ours.written = now


def _append(ours: Looking, event: str, details: dict[str, Detail], *, durable: bool) -> bool:
    folder = os.environ.get(VIEWS_LOG, "")
    try:
        if not folder:
            raise StoreError(NO_LOG)
        _log(folder).append(event, account(), details, durable=durable)
    except StoreError as error:
        ours.fault = NOT_WRITTEN.format(why=str(error).rstrip("."))
        return False
    ours.fault = None
    return True


@lru_cache(maxsize=4)
def _log(folder: str) -> AuditLog:
    return AuditLog(Path(folder), VIEWS_FILE)
