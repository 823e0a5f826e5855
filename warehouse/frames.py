"""How do data frames become rows of the warehouse, and what is their fingerprint?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, Boolean, Connection, Date, DateTime, Float, Integer, Result, Table
from sqlalchemy.types import TypeEngine

from warehouse.errors import StoreError
from warehouse.schema import RELEASED_TABLES

ROWS_AT_ONCE = 50_000

Columns = dict[str, np.ndarray[Any, Any]]


def checked(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """One normal frame per released table, rows in key order. Raises StoreError for one not declared."""
    known = {table.name: table for table in RELEASED_TABLES}
    unknown = sorted(set(frames) - set(known))
    if unknown:
        raise StoreError(f"A release has no table {unknown[0]!r}. Its tables are {', '.join(known)}.")
    return {name: _normal(table, frames.get(name)) for name, table in known.items()}


def content_hash(frames: Mapping[str, pd.DataFrame]) -> str:
    """The same for the same figures, whatever the order of rows and tables. Takes frames as `checked` gives."""
    digest = hashlib.sha256()
    for name in sorted(frames):
        digest.update(f"{name}:{len(frames[name])};".encode())
        for column in sorted(frames[name].columns):
            digest.update(f"{column};".encode())
            digest.update(_bytes(frames[name][column]))
    return digest.hexdigest()


def write(connection: Connection, table: Table, release_id: int, frame: pd.DataFrame) -> None:
    """All rows of one table by executemany, inside the caller's transaction."""
    if frame.empty:
        return
    names = ["release_id", *frame.columns]
    statement = table.insert().values(dict.fromkeys(names)).compile(dialect=connection.dialect)
    text = str(statement)
    order = list(statement.positiontup or names)
    for start in range(0, len(frame), ROWS_AT_ONCE):
        part = frame.iloc[start : start + ROWS_AT_ONCE]
        columns = {name: _bound(connection, table, name, part[name]) for name in frame.columns}
        columns["release_id"] = [release_id] * len(part)
        rows = list(zip(*(columns[name] for name in order), strict=True))
        if statement.positional:
            connection.exec_driver_sql(text, rows)
        else:
            connection.exec_driver_sql(text, [dict(zip(order, row, strict=True)) for row in rows])


def read_columns(table: Table, result: Result[Any]) -> Columns:
    """The rows of a query on a table, by column: days are datetime64, counts int64 (float64, nan where withheld)."""
    names, rows = list(result.keys()), result.all()
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(names)
    return {name: _array(table.c[name].type, values) for name, values in zip(names, columns, strict=True)}


def _array(kind: TypeEngine[Any], values: Sequence[Any]) -> np.ndarray[Any, Any]:
    if isinstance(kind, Date | DateTime):
        return np.array(values, dtype="datetime64[us]").astype("datetime64[ns]")
    if isinstance(kind, Boolean):
        return np.array(values, dtype=bool)
    if isinstance(kind, Integer | BigInteger) and None not in values:
        return np.array(values, dtype=np.int64)
    if isinstance(kind, Integer | BigInteger | Float):
        return np.array(values, dtype=np.float64)
    return np.array(values, dtype=object)


def _normal(table: Table, frame: pd.DataFrame | None) -> pd.DataFrame:
    columns = [column for column in table.columns if column.name != "release_id"]
    names = [column.name for column in columns]
    if frame is None or frame.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    extra = sorted(set(frame.columns) - set(names) - {"release_id"})
    if extra:
        raise StoreError(f"The table {table.name} has no column {extra[0]!r}.")
    normal = pd.DataFrame({name: _typed(table, name, frame.get(name), len(frame)) for name in names})
    for column in columns:
        if not column.nullable and normal[column.name].isna().any():
            raise StoreError(
                f"The column {column.name} of {table.name} is empty in {normal[column.name].isna().sum()} rows."
            )
    keys = [column.name for column in columns if column.primary_key]
    codes = [pd.factorize(normal[name], sort=True)[0] for name in keys]
    order = np.lexsort(codes[::-1])
    if np.all([one[order][1:] == one[order][:-1] for one in codes], axis=0).any():
        raise StoreError(f"The table {table.name} has two rows for one {' × '.join(keys)}.")
    return normal.take(order).reset_index(drop=True)


def _typed(table: Table, name: str, values: pd.Series | None, length: int) -> pd.Series:
    kind = table.c[name].type
    if values is None:
        values = pd.Series([None] * length, dtype=object)
    values = values.reset_index(drop=True)
    if isinstance(kind, Date):
        return pd.to_datetime(values).dt.normalize()
    if isinstance(kind, Boolean):
        return values.astype("boolean")
    if isinstance(kind, Integer | BigInteger):
        return pd.to_numeric(values).astype("Int64")
    if isinstance(kind, Float):
        return pd.to_numeric(values).astype("Float64")
    return values.astype(object).where(values.notna(), None)


def _bytes(values: pd.Series) -> bytes:
    empty = values.isna().to_numpy()
    if values.dtype == object:
        words = values.to_numpy(copy=True)
        words[empty] = "\x00"  # numpy.where would take a text of that alone for none
        return "\x1f".join(map(str, words)).encode()
    if values.dtype.kind == "M":
        numbers = values.to_numpy(dtype="datetime64[s]").astype(np.int64)
    elif str(values.dtype) == "Float64":
        numbers = values.to_numpy(dtype=np.float64, na_value=0.0)
    else:
        numbers = values.to_numpy(dtype=np.int64, na_value=0)
    return empty.tobytes() + np.where(empty, 0, numbers).tobytes()


def _bound(connection: Connection, table: Table, name: str, values: pd.Series) -> list[Any]:
    """The values as the driver wants them: None for nothing, days and yes/no by the type's own processor."""
    processor = table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if values.dtype.kind == "M":  # of few different days
        place, days = pd.factorize(values)
        told = [*(day.date() for day in days), None]
        return np.array([processor(day) for day in told] if processor else told, dtype=object)[place].tolist()
    words = values.astype(object).to_numpy(copy=True)
    words[values.isna().to_numpy()] = None
    plain: list[Any] = words.tolist()
    return [processor(value) for value in plain] if processor else plain
