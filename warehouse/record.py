"""What has been concluded so far? Reading and adding to the governance tables; what outlives releases only grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from warehouse.audit import AuditLog
from warehouse.errors import StoreError
from warehouse.families import SAFETY_FACT
from warehouse.governance import (
    EFFECT_RESULT,
    EFFECTS_MADE,
    KEPT_TABLES,
    LOCKED_PLAN,
    PLAN_DEVIATION,
    VERDICT_ACT,
    VERDICT_SNAPSHOT,
)
from warehouse.schema import RELEASE
from warehouse.store import Store

Row = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """Everything governance holds, at one moment; lists oldest first. made: release -> method its effects have."""

    made: Mapping[int, str]
    effects: tuple[Row, ...]
    effects_of: int | None
    plans: tuple[Row, ...]
    deviations: tuple[Row, ...]
    snapshots: tuple[Row, ...]
    acts: tuple[Row, ...]


def read_record(store: Store) -> Record:
    """The whole record in one reading; effects are those of the newest release that has them all."""
    with store._reading() as connection:
        made = {row.release_id: row.method for row in connection.execute(select(EFFECTS_MADE))}
        newest = max(made, default=None)
        return Record(
            made=made,
            effects=_rows(connection, EFFECT_RESULT, EFFECT_RESULT.c.release_id == newest) if made else (),
            effects_of=newest,
            plans=_rows(connection, LOCKED_PLAN),
            deviations=_rows(connection, PLAN_DEVIATION),
            snapshots=_rows(connection, VERDICT_SNAPSHOT),
            acts=_rows(connection, VERDICT_ACT),
        )


def effects_made(store: Store) -> dict[int, str]:
    """Which releases have all their effects, and by which version of the estimators?"""
    with store._reading() as connection:
        return {row.release_id: row.method for row in connection.execute(select(EFFECTS_MADE))}


def keep_effects(store: Store, release_id: int, method: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Write all effects of a release, or none, in one transaction; False where the release is no longer kept."""
    with store._writing() as connection:
        if connection.execute(select(RELEASE.c.id).where(RELEASE.c.id == release_id)).first() is None:
            return False
        for table in (EFFECT_RESULT, EFFECTS_MADE):
            connection.execute(delete(table).where(table.c.release_id == release_id))
        if rows:
            connection.execute(EFFECT_RESULT.insert(), [{**row, "release_id": release_id} for row in rows])
        told = {"release_id": release_id, "made_at": now(), "method": method, "effects": len(rows)}
        connection.execute(EFFECTS_MADE.insert().values(told))
    return True


def add_effects(store: Store, release_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put effects beside those a release has, in one transaction; nothing where it is no longer kept."""
    table = EFFECT_RESULT
    with store._writing() as connection:
        if connection.execute(select(RELEASE.c.id).where(RELEASE.c.id == release_id)).first() is None:
            return
        for name in {(row["component"], row["intervention"]) for row in rows}:
            same = (table.c.component == name[0]) & (table.c.intervention == name[1])
            connection.execute(delete(table).where((table.c.release_id == release_id) & same))
        if rows:
            connection.execute(table.insert(), [{**row, "release_id": release_id} for row in rows])


def add_plan(store: Store, row: Mapping[str, Any]) -> None:
    """Keep a locked plan. Raises StoreError where the same plan is locked already."""
    with store._writing() as connection:
        if connection.execute(select(LOCKED_PLAN.c.id).where(LOCKED_PLAN.c.hash == row["hash"])).first():
            raise StoreError("This very plan is locked already; nothing was changed.")
        connection.execute(LOCKED_PLAN.insert().values({"locked_at": now(), **row}))


def add_deviations(store: Store, plan_hash: str, sentences: Sequence[str]) -> None:
    """Keep what is not as planned; a sentence that stands there already is not added again."""
    if not sentences:
        return
    with store._writing() as connection:
        known = select(PLAN_DEVIATION.c.says).where(PLAN_DEVIATION.c.plan_hash == plan_hash)
        there = set(connection.execute(known).scalars())
        fresh = [says for says in dict.fromkeys(sentences) if says not in there]
        rows = [{"plan_hash": plan_hash, "seen_at": now(), "says": says} for says in fresh]
        if rows:
            connection.execute(PLAN_DEVIATION.insert(), rows)


def add_snapshots(store: Store, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep verdicts; a look that stands there already is left as it was said then."""
    if not rows:
        return
    table = VERDICT_SNAPSHOT
    with store._writing() as connection:
        for row in rows:
            same = (table.c.plan_hash == row["plan_hash"]) & (table.c.look == row["look"])
            said = row["look"] is not None and connection.execute(select(table.c.id).where(same)).first()
            if not said:
                connection.execute(table.insert().values({"made_at": now(), **row}))


def add_act(store: Store, row: Mapping[str, Any]) -> None:
    """Keep a signature, or that somebody overruled."""
    with store._writing() as connection:
        connection.execute(VERDICT_ACT.insert().values({"at": now(), **row}))


def last_snapshot_id(store: Store, plan_hash: str) -> int | None:
    """The number of the last verdict under a plan; None where nothing was said yet."""
    table = VERDICT_SNAPSHOT
    with store._reading() as connection:
        query = select(func.max(table.c.id)).where(table.c.plan_hash == plan_hash)
        return connection.execute(query).scalar()


def stamp(store: Store) -> tuple[object, ...]:
    """What tells that something was concluded since? Another one after each plan, look, act, effect and safety fact."""
    grown = [select(func.count(), func.max(table.c.id)) for table in KEPT_TABLES]
    grown.append(select(func.count(), func.max(EFFECT_RESULT.c.release_id)).select_from(EFFECT_RESULT))
    grown += [select(func.max(EFFECTS_MADE.c.made_at)), select(func.max(RELEASE.c.id))]
    with store._reading() as connection:
        counted = [tuple(connection.execute(query).one()) for query in grown]
        facts = _rows(connection, SAFETY_FACT)
    return (*counted, *(tuple(fact.values()) for fact in facts))


def lock_faults(plans: Sequence[Row], log: AuditLog) -> tuple[str, ...]:
    """Is each locked plan in the audit log as it was locked, and is that log whole? Raises StoreError unread."""
    if not plans:
        return ()
    fault = log.verify()
    held = {entry.number: entry for entry in log.entries()}
    found = [f"The audit log is broken: {fault}"] if fault else []
    for row in plans:
        entry = held.get(row["audit_entry"])
        if entry is None or entry.hash != row["audit_hash"] or entry.details.get("hash") != row["hash"]:
            found.append(f"The audit log does not hold the lock of the plan for {row['component']}.")
    return tuple(found)


def now() -> datetime:
    """UTC, without a zone, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _rows(connection: Connection, table: Table, condition: Any = None) -> tuple[Row, ...]:
    keys = [column for column in table.columns if column.primary_key]
    query = select(table).order_by(*keys)
    found = connection.execute(query if condition is None else query.where(condition))
    return tuple(dict(row) for row in found.mappings())
