"""Which releases are there, and what do they hold? The only door to the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import BindParameter, Connection, Engine, Select, bindparam, delete, func, inspect, select, text

from warehouse import frames as cells
from warehouse import totals
from warehouse.connect import WRITES, address, make_engine
from warehouse.errors import StoreError, spoken
from warehouse.families import SAFETY_FACT
from warehouse.frames import Columns
from warehouse.governance import EFFECT_RESULT
from warehouse.migrations import REVISIONS
from warehouse.schema import METADATA, QUOTE, RELEASE, RELEASED_TABLES

READABLE = {table.name: table for table in (*RELEASED_TABLES, *totals.DERIVED_TABLES, EFFECT_RESULT)}
KEPT_RELEASES = 2  # the one people look at and the one before; older ones live on as verdict snapshots

__all__ = ["Release", "Store", "StoreError", "open_store"]


@dataclass(frozen=True)
class Release:
    """When, from what and under which rules were the figures made? One row of the table `release`."""

    id: int
    made_at: datetime
    practice: str
    timezone: str
    synthetic: bool
    extracted_on: date
    data_start: date | None
    data_end: date | None
    grid_start: date | None
    published_until: date | None
    restated_on: date | None
    smallest_group: int
    settle_days: int
    lapse_days: int
    late_cancel_hours: int
    rebook_days: int
    vault_state: str
    settings_hash: str
    content_hash: str
    privacy_profile: str | None = None


class Store:
    """One warehouse. Every method raises StoreError with a sentence; readers see a whole release or none."""

    def __init__(self, engine: Engine, where: str, *, read_only: bool) -> None:
        self.engine = engine
        self.where = where
        self.read_only = read_only

    def migrate(self) -> None:
        """Brings the tables to this version's layout, in one transaction; from an empty database too."""
        from warehouse.migrations import upgrade

        with self._writing() as connection:
            _refuse_newer(connection, self.where)
            upgrade(connection)
            totals.complete(connection)

    def publish(self, header: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> int:
        """Writes one release and keeps the last two: all of it or, whatever happens, nothing. The new release's id.

        header: the columns of `release` but id and content_hash. frames: table name -> rows without release_id
        (a table left out is empty). Ids grow and are never given twice.
        """
        made = _whole(header, frames)
        with self._writing() as connection:
            release_id = _insert(connection, *made)
            _prune(connection)
        return release_id

    def replace(self, releases: Sequence[tuple[Mapping[str, Any], Mapping[str, pd.DataFrame]]]) -> int:
        """Writes these releases, oldest first, and removes every other, in one transaction. The newest one's id.

        For a person who must be counted in no kept release: readers see all the old ones or all the new ones.
        """
        made = [_whole(header, frames) for header, frames in releases]
        if not made:
            raise StoreError("There is no release to put in the place of the others.")
        with self._writing() as connection:
            ids = [_insert(connection, *one) for one in made]
            connection.execute(delete(RELEASE).where(RELEASE.c.id < ids[0]))
            _prune(connection)
        return ids[-1]

    def keep_quotes(self, approved: Mapping[int, str]) -> None:
        """Removes from every release the quotes that are no longer approved, or no longer in this wording."""
        with self._writing() as connection:
            held = connection.execute(select(QUOTE.c.release_id, QUOTE.c.quote_id, QUOTE.c.text)).fetchall()
            for release_id, number, wording in held:
                if approved.get(number) != wording:
                    one = (QUOTE.c.release_id == release_id) & (QUOTE.c.quote_id == number)
                    connection.execute(delete(QUOTE).where(one))

    def keep_facts(self, told: Mapping[str, tuple[bool, str]]) -> None:
        """Says in the latest release what is known by now of safety: fact -> (did it happen, in words).

        In a transaction of its own, so that it reaches readers though no new release does. Nothing where there is none.
        """
        with self._writing() as connection:
            if _revision(connection) != REVISIONS[-1]:
                return
            latest = connection.execute(select(func.max(RELEASE.c.id))).scalar()
            for fact, (happened, says) in told.items() if latest is not None else ():
                one = (SAFETY_FACT.c.release_id == latest) & (SAFETY_FACT.c.fact == fact)
                connection.execute(delete(SAFETY_FACT).where(one))
                row = {"release_id": latest, "fact": fact, "happened": happened, "says": says}
                connection.execute(SAFETY_FACT.insert().values(row))

    def releases(self) -> tuple[Release, ...]:
        """The kept releases, newest first."""
        with self._reading() as connection:
            rows = connection.execute(select(RELEASE).order_by(RELEASE.c.id.desc())).mappings().all()
        names = [field.name for field in fields(Release)]
        return tuple(Release(**{name: row[name] for name in names}) for row in rows)

    def latest(self) -> Release | None:
        """The release to show; None where nothing was ingested yet."""
        found = self.releases()
        return found[0] if found else None

    def read(self, table_name: str, release_id: int, **equals: Any) -> pd.DataFrame:
        """The rows of one table of one release, in key order; `equals` narrows by column, a list means any of them."""
        return self.read_tables(release_id, {table_name: equals})[table_name]

    def read_tables(self, release_id: int, wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, pd.DataFrame]:
        """Several tables of one release, seen at one moment: table name -> column -> value or list of values."""
        return {name: pd.DataFrame(found) for name, found in self.read_columns(release_id, wanted).items()}

    def read_columns(
        self,
        release_id: int,
        wanted: Mapping[str, Mapping[str, Any]],
        only: Mapping[str, tuple[str, ...]] | None = None,
    ) -> dict[str, Columns]:
        """The same as plain arrays, a column each. only: table name -> the columns to read, where not all of them."""
        chosen = only or {}
        asked = [(name, _query(name, _shape(equals), chosen.get(name)), equals) for name, equals in wanted.items()]
        with self._reading() as connection:
            return {
                name: cells.read_columns(
                    READABLE[name], connection.execute(query, {"release_id": release_id, **equals})
                )
                for name, query, equals in asked
            }

    def check(self) -> None:
        """Can this version read the warehouse? Raises StoreError where it is empty, older, newer or something else."""
        with self._reading() as connection:
            _refuse_newer(connection, self.where)
            found = _revision(connection)
            if found is None:
                raise StoreError(f"The warehouse {self.where} holds no release yet. Run `rapport ingest`.")
            if found != REVISIONS[-1]:
                raise StoreError(
                    f"The warehouse {self.where} has an older layout. Run `rapport ingest` once to renew it."
                )

    def close(self) -> None:
        """Lets go of every connection."""
        self.engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with spoken(self.where), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self.read_only:
            raise StoreError(f"The warehouse {self.where} was opened for reading alone.")
        with spoken(self.where), self.engine.connect() as plain:
            connection = plain.execution_options(**WRITES)
            with connection.begin():
                yield connection


def open_store(url: str, *, read_only: bool = False) -> Store:
    """The warehouse at an SQLAlchemy address. Read-only: for pages and printing, refuses what it could not read.

    Raises StoreError where the address is no warehouse's, the file is missing (read-only), or lies on a network drive.
    """
    parsed = address(url)
    where = (
        str(parsed.database) if parsed.get_backend_name() == "sqlite" else parsed.render_as_string(hide_password=True)
    )
    store = Store(make_engine(parsed, read_only=read_only), where, read_only=read_only)
    if read_only:
        store.check()
    return store


def _whole(
    header: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """A release's row and its normal frames. Raises StoreError for a column or table that is not declared."""
    normal = cells.checked(frames)
    row = {**header, "content_hash": cells.content_hash(normal)}
    unknown = sorted(set(row) - set(RELEASE.columns.keys()))
    if unknown or "id" in row:
        raise StoreError(f"A release header has no {(unknown or ['id'])[0]!r}.")
    return row, normal


def _insert(connection: Connection, row: Mapping[str, Any], normal: dict[str, pd.DataFrame]) -> int:
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE release IN EXCLUSIVE MODE"))
    release_id = int(connection.execute(RELEASE.insert().values(row).returning(RELEASE.c.id)).scalar_one())
    for table in RELEASED_TABLES:
        cells.write(connection, table, release_id, normal[table.name])
    totals.add_up(connection, release_id)
    return release_id


def _prune(connection: Connection) -> None:
    last = select(RELEASE.c.id).order_by(RELEASE.c.id.desc()).limit(KEPT_RELEASES).subquery()
    oldest = select(func.min(last.c.id)).scalar_subquery()
    connection.execute(delete(RELEASE).where(RELEASE.c.id < oldest))


def _shape(equals: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
    """By which columns is narrowed, and to one value or to any of several?"""
    return tuple((name, isinstance(value, Iterable) and not isinstance(value, str)) for name, value in equals.items())


@lru_cache(maxsize=100)
def _query(
    table_name: str, narrowed: tuple[tuple[str, bool], ...], only: tuple[str, ...] | None
) -> Select[tuple[Any, ...]]:
    """The rows of one release, in key order; `release_id` and the narrowed columns are parameters."""
    table = READABLE.get(table_name)
    if table is None:
        raise StoreError(f"The warehouse has no table {table_name!r}. It has {', '.join(READABLE)}.")
    for name in (*(name for name, _ in narrowed), *(only or ())):
        if name not in table.c:
            raise StoreError(f"The table {table_name} has no column {name!r}.")
    columns = [column for column in table.columns if column.name != "release_id"]
    chosen = [column for column in columns if only is None or column.name in only]
    query = select(*chosen).where(table.c.release_id == bindparam("release_id"))
    for name, several in narrowed:
        value: BindParameter[Any] = bindparam(name, expanding=several)
        query = query.where(table.c[name].in_(value) if several else table.c[name] == value)
    return query.order_by(*(column for column in columns if column.primary_key))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        if inspect(connection).has_table(METADATA.tables["release"].name):
            raise StoreError("This database has a table named release that Rapport did not make. Name another one.")
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_newer(connection: Connection, where: str) -> None:
    found = _revision(connection)
    if found is not None and found not in REVISIONS:
        raise StoreError(
            f"The warehouse {where} was written by a newer version (layout {found}; this one knows {REVISIONS[-1]}). "
            "Update Rapport, or name another warehouse."
        )
