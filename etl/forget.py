"""How is a patient forgotten? Out of the vault, out of every kept release, and kept out of the next export.

The request is written down first; whatever stops the work, the next ingest or `rapport forget` ends it. What stays is a
tombstone: the keyed digest of the practice's number, which tells only somebody who has that number and the key.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from deid.pseudonyms import lookup_sql
from etl import leaving, vault
from etl.canonical import TABLES
from etl.conform import values
from etl.errors import InputError
from etl.fingerprint import settings_hash
from etl.session import Progress, Session, opened
from etl.settings import IngestSettings
from warehouse.audit import FOLDER, AuditLog
from warehouse.store import Store

if TYPE_CHECKING:
    from etl.publishing import Publisher


@dataclass(frozen=True)
class Forgotten:
    """How many people were forgotten, how many rows went, and which release shows it (None: there is none yet)."""

    people: int
    rows: int
    release: int | None


def forget(
    settings: IngestSettings,
    numbers: Sequence[str],
    *,
    root_key: bytes,
    store: Store,
    now: datetime,
    by: str,
    progress: Progress,
    wait_seconds: float = 30.0,
    versions: Mapping[str, int] | None = None,
) -> Forgotten:
    """Forget these patients everywhere, and whoever an interrupted run was to forget. `by`: for the audit log.

    numbers: as the practice writes them. Raises InputError, with nothing changed, where one is nobody's.
    """
    from etl.publishing import Publisher

    with opened(settings, root_key, progress=progress, wait_seconds=wait_seconds) as session:
        store.migrate()
        audit = AuditLog(settings.data_dir / FOLDER)
        publisher = Publisher(session.con, settings, settings_hash(settings), store, now, progress)
        publisher = replace(publisher, versions=versions or {})
        asked = request(session.con, numbers, by=by, at=now)
        if asked:
            audit.append("forget.requested", by, {"people": asked})
        if not pending(session.con):
            return Forgotten(0, 0, None)
        return complete(session, publisher, audit, by, progress)


def request(con: duckdb.DuckDBPyConnection, numbers: Sequence[str], *, by: str, at: datetime) -> int:
    """Write down that these patients are to be forgotten; how many are new to the work?

    numbers: as the practice writes them. A patient already forgotten is no fault. Raises InputError, with nothing
    written, where a number is nobody's: it says which one by its place, never the number.
    """
    number = values.read(TABLES["patient"].column("patient_id"), "raw", {}, None).outputs["patient_id"]
    con.register("asked", pd.DataFrame({"place": range(1, len(numbers) + 1), "raw": [n.strip() for n in numbers]}))
    found = con.execute(
        f"SELECT place, lookup, lookup IN (SELECT lookup FROM vault.identity WHERE kind = 'patient') AS here, "
        "lookup IN (SELECT lookup FROM vault.tombstone UNION ALL SELECT lookup FROM vault.forget_request) AS gone "
        f"FROM (SELECT place, {lookup_sql('patient', number)} AS lookup FROM asked) ORDER BY place"
    ).fetchall()
    con.unregister("asked")
    unknown = [str(place) for place, _, here, gone in found if not (here or gone)]
    if unknown:
        which = f"Number {', '.join(unknown[:10])} of {len(numbers)}" if len(numbers) > 1 else "This number"
        raise InputError(
            f"{which} is no patient's in the vault. Write it as the exports do (the column of patient_id). A patient "
            "who opted out of analytics is not in the vault; it is the list that keeps them out. Nothing was forgotten."
        )
    fresh = dict.fromkeys(lookup for _, lookup, here, _ in found if here)
    rows = [[lookup, at.astimezone(UTC).replace(tzinfo=None), by] for lookup in fresh]
    if rows:
        con.executemany("INSERT OR IGNORE INTO vault.forget_request VALUES (?, ?, ?)", rows)
    return len(rows)


def pending(con: duckdb.DuckDBPyConnection) -> bool:
    """Was a forgetting asked for that is not done?"""
    (count,) = con.execute("SELECT count(*) FROM vault.forget_request").fetchone() or (0,)
    return bool(count)


def take_out(session: Session) -> int:
    """Set the tombstones and take these patients out of the vault, in one transaction. How many rows went?"""
    con = session.con
    (session.folder / vault.FORGOTTEN_MARKER).touch(mode=0o600)
    with vault.transaction(con):
        con.execute("INSERT OR IGNORE INTO vault.tombstone SELECT lookup FROM vault.forget_request")
        con.execute(
            "CREATE OR REPLACE TEMP TABLE leaving AS SELECT id FROM vault.identity "
            "WHERE kind = 'patient' AND lookup IN (SELECT lookup FROM vault.tombstone)"
        )
        gone = leaving.remove(con)
        con.execute("UPDATE vault.run SET state = ? WHERE id = (SELECT max(id) FROM vault.run)", [vault.new_state()])
    return sum(gone.values())


def complete(session: Session, publisher: Publisher, audit: AuditLog, by: str, progress: Progress) -> Forgotten:
    """End every forgetting that was asked for, from wherever it stopped."""
    con = session.con
    (people,) = con.execute("SELECT count(*) FROM vault.forget_request").fetchone() or (0,)
    progress("Taking the rows out of the vault", 0.1)
    take_out(session)
    progress("Writing the vault anew", 0.2)
    session.rewrite()
    rows = sum((leaving.removed(session.con) or {}).values())
    progress("Counting anew", 0.4)
    run = vault.last_run(session.con)
    release = publisher.anew(run) if run else None
    audit.append("forget.done", by, {"people": int(people), "rows": rows, "release": release})
    session.con.execute("DELETE FROM vault.forget_request")
    progress("Forgotten", 1.0)
    return Forgotten(int(people), rows, release)
