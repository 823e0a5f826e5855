"""`rapport follow-up`: which signs of danger did automation close alone? Record numbers, for the operator's eyes."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from deid.keys import KeyFault, home_folder, key_exists, root_key
from etl import safety
from etl.engines.duckdb import private_folder
from etl.errors import Busy, InputError
from etl.session import opened
from etl.vault import vault_exists
from rapport import console
from rapport.commands.audit import log_of
from rapport.config import Configuration, load
from warehouse.audit import account

HEADER = ("crisis_id", "line of the export", "why")


def run(path: Path, *, as_json: bool) -> None:
    """Write the worklist, note how many in the audit log, and say where it is. Raises InputError where it cannot."""
    configuration = load(path)
    settings = configuration.ingest
    seen = safety.look(settings)
    if not seen.told:
        raise InputError(
            "The crisis signals of this practice could not be read: name the export in [tables.crisis_signal], with "
            "the column that says who closed a signal as closed_by. `rapport doctor` says what is wrong."
        )
    place = settings.data_dir / safety.FOLLOW_UP
    earlier = max(_in_vault(configuration) - len(seen.closed), 0)
    _write(place, seen)
    log_of(configuration).append(
        "follow-up.written", account(), {"signals": len(seen.closed), "not_in_export": earlier}
    )
    if as_json:
        console.print_json({"signals": len(seen.closed), "not_in_export": earlier, "file": str(place)})
        return
    console.say(_told(seen, place, earlier))


def _told(seen: safety.Look, place: Path, earlier: int) -> str:
    more = (
        f" {earlier:,} more stand in the vault, from exports that reached further back: their numbers are not kept; "
        "export that time again."
        if earlier
        else ""
    )
    if not seen.closed:
        return f"In this export no sign of danger was closed by automation alone; {place} is empty.{more}"
    return f"{len(seen.closed):,} to follow up, in {place} (only this account can read it).{more}"


def _in_vault(configuration: Configuration) -> int:
    """How many the vault holds; 0 where it cannot be opened, for the worklist must not wait for that."""
    home, location = home_folder(), configuration.key_location
    if not (vault_exists(configuration.ingest) and key_exists(home, location)):
        return 0
    try:
        with opened(configuration.ingest, root_key(home, create=False, location=location), wait_seconds=0) as session:
            return safety.in_vault(session.con, safety.NOT_LOOKED).in_vault
    except (InputError, KeyFault, Busy):
        return 0


def _write(place: Path, seen: safety.Look) -> None:
    """The whole list or the one before: written beside, 0600 from its first byte, and put in place in one step."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(HEADER)
    lines.writerows((each.record or "", each.line, each.why) for each in seen.closed)
    fresh = place.with_name(place.name + ".new")
    try:
        private_folder(place.parent)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(text.getvalue())
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(place)
    except OSError as fault:
        raise InputError(f"{place} cannot be written ({fault.strerror}). Make its folder yours (chmod 700).") from None
