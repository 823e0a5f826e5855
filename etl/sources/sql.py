"""How do the rows of a database reach the engine? Streamed, read-only, as text, with their place in the result."""

# ruff: noqa: S608  every name in the SQL comes from the declarations

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, CursorResult, make_url

from etl.conform.plan import Plan
from etl.engines.duckdb import private_folder
from etl.errors import InputError
from etl.settings import TableSource
from etl.sources.csv import SCANNED, engine_fault
from etl.sources.text import LONGEST_LINE

BATCH = 10_000
Wanted = Callable[[list[str]], set[int]]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_READ_ONLY = {
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}


@dataclass
class Rows:
    """An open result. `where` names the database with its password hidden."""

    where: str
    header: list[str]
    result: CursorResult[Any]
    too_long: list[int]
    digest: Any
    unread: tuple[str, ...] = ()
    count: int = 0

    def batches(self, needed: list[int]) -> Iterator[pa.RecordBatch]:
        """Text batches of the needed columns c0, c1, ... with source_row."""
        schema = _schema(needed)
        for rows in self.result.partitions(BATCH):
            first = self.count + 1
            texts = [[_text(row[at]) for at in needed] for row in rows]
            self.count += len(rows)
            kept = [(first + place, row) for place, row in enumerate(texts) if not _too_long(row)]
            if len(kept) < len(rows):
                self.too_long += [first + place for place, row in enumerate(texts) if _too_long(row)]
            self.digest.update(repr(texts).encode())
            columns = [pa.array([number for number, _ in kept], pa.int64())]
            columns += [pa.array([row[at] for _, row in kept], pa.string()) for at in range(len(needed))]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def address(source: TableSource, base_dir: Path) -> URL:
    """The database's address, ${NAME} read from the environment. Raises InputError where it is none."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise InputError(f"url: the environment has no variable {found[1]}: set it before the ingest")
        return os.environ[found[1]]

    try:
        url = make_url(_VARIABLE.sub(value, source.url or ""))
        url.get_dialect()
    except sa.exc.NoSuchModuleError:
        raise InputError(f'url: no driver for "{(source.url or "").split(":")[0]}" is installed') from None
    except (sa.exc.ArgumentError, ValueError):
        raise InputError('url is no database address: write for example "sqlite:///practice.db"') from None
    except ImportError as fault:
        raise InputError(f"url: the driver {fault.name} is not installed: `pip install rapport[postgres]`") from None
    if url.get_backend_name() == "sqlite":
        return _read_only_sqlite(url, base_dir)
    return url


def _read_only_sqlite(url: URL, base_dir: Path) -> URL:
    if not url.database or url.database == ":memory:":
        raise InputError('url: write the file of the database, for example "sqlite:///practice.db"')
    path = base_dir / url.database
    if not path.is_file():
        raise InputError(f"url: there is no database file {path}")
    return url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


@contextmanager
def opened(source: TableSource, base_dir: Path, wanted: Wanted) -> Iterator[Rows]:
    """The rows of a query or a table, streamed. Raises InputError, the password hidden, where the database refuses."""
    url = address(source, base_dir)
    where = _where(url, source)
    options = (
        {"options": "-c default_transaction_read_only=on -c timezone=UTC"}
        if url.get_backend_name() == "postgresql"
        else {}
    )
    try:
        engine = sa.create_engine(url, connect_args=options, poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            statement = _READ_ONLY.get(url.get_backend_name())
            if statement:
                connection.exec_driver_sql(statement)
            query, unread = _statement(source, connection, wanted)
            result = connection.execution_options(stream_results=True, yield_per=BATCH).execute(query)
            yield Rows(where, list(result.keys()), result, [], hashlib.sha256(), unread)
            connection.rollback()
    except sa.exc.NoSuchTableError:
        raise InputError(f'{where}: there is no table "{source.database_table}"') from None
    except sa.exc.SQLAlchemyError as fault:
        raise InputError(_fault(fault, where)) from None
    except ImportError as fault:
        raise InputError(f"url: the driver {fault.name} is not installed: `pip install rapport[postgres]`") from None


def _where(url: URL, source: TableSource) -> str:
    if url.get_backend_name() == "sqlite":
        shown = f"sqlite:///{Path(str(url.database).removeprefix('file:')).name}"
    else:
        shown = url.set(query={}).render_as_string(hide_password=True)
    return f"{shown} ({source.database_table or 'query'})"


def _statement(source: TableSource, connection: Connection, wanted: Wanted) -> tuple[sa.Executable, tuple[str, ...]]:
    """A declared query as it is; of a table only the columns that are wanted: names are not even fetched."""
    if source.query is not None:
        return sa.text(source.query.replace(":", "\\:")), ()
    schema, _, name = (source.database_table or "").rpartition(".")
    table = sa.Table(name, sa.MetaData(), schema=schema or None, autoload_with=connection)
    needed = wanted([column.name for column in table.columns])
    chosen = [column for at, column in enumerate(table.columns) if at in needed]
    unread = tuple(column.name for at, column in enumerate(table.columns) if at not in needed)
    texts = [_as_told(column, connection.dialect.name).label(column.name) for column in chosen]
    return sa.select(*texts).order_by(*table.primary_key.columns), unread


def _as_told(column: sa.Column[Any], dialect: str) -> sa.ColumnElement[Any]:
    """As the driver tells it: a calendar type of ours would fail on the first date that is none.

    PostgreSQL's driver itself fails on "infinity" and on days before Christ: there the database writes dates out.
    """
    if dialect == "postgresql" and isinstance(column.type, sa.Date | sa.DateTime):
        return sa.cast(column, sa.Text)
    return sa.type_coerce(column, sa.types.NullType())


def _fault(fault: sa.exc.SQLAlchemyError, where: str) -> str:
    text = str(getattr(fault, "orig", fault)).lower()
    if "password" in text or "authentication" in text or "access denied" in text:
        return f"{where}: the database refuses this user or password: check the url, or the variable it names"
    if "does not exist" in text or "no such" in text or "syntax" in text:
        return f"{where}: the query does not fit this database: check the names of its tables and columns"
    if isinstance(fault, sa.exc.DataError):
        return f"{where}: a value has no text (an infinite date, say): cast that column to text in the query"
    return f"{where} cannot be read ({type(fault).__name__}): check that the database runs and the url is right"


def scan(con: duckdb.DuckDBPyConnection, rows: Rows, plan: Plan, needed: list[int], folder: Path) -> str:
    """Stream and conform the result into scanned_<table>. Returns the SQL of each row's number."""
    name = plan.table.name
    private_folder(folder)
    con.execute(f"DROP TABLE IF EXISTS temp.{SCANNED.format(name)}; DROP TABLE IF EXISTS temp.rejected_{name}")
    faults: list[Exception] = []

    def guarded() -> Iterator[pa.RecordBatch]:
        try:
            yield from rows.batches(needed)
        except sa.exc.SQLAlchemyError as fault:  # the engine would wrap it, with the row in its words
            faults.append(fault)
            raise

    con.register("streamed", pa.RecordBatchReader.from_batches(_schema(needed), guarded()))
    try:
        query = plan.query("streamed", numbered=True, nul_bytes=True)
        con.execute(f"CREATE TEMP TABLE {SCANNED.format(name)} AS {query}")
    except duckdb.Error as fault:
        if faults and isinstance(faults[0], sa.exc.SQLAlchemyError):
            raise InputError(_fault(faults[0], rows.where)) from None
        raise InputError(engine_fault(fault, rows.where)) from None
    finally:
        con.unregister("streamed")
    con.execute(f"CREATE TEMP TABLE rejected_{name} (source_row BIGINT, reason VARCHAR)")
    if rows.too_long:
        refused = [(number, "field_too_long") for number in rows.too_long]
        con.executemany(f"INSERT INTO rejected_{name} VALUES ($1, $2)", refused)
    return "source_row"


def _schema(needed: list[int]) -> pa.Schema:
    return pa.schema([("source_row", pa.int64()), *((f"c{at}", pa.string()) for at in needed)])


def _too_long(row: list[str | None]) -> bool:
    return sum(len(text) for text in row if text) > LONGEST_LINE


def _text(value: object) -> str | None:
    """A database value as the text an export would hold."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)
