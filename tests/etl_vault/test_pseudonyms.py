"""Numbers inside the vault say nothing of the practice's own."""

from __future__ import annotations

import hashlib
import hmac
import os

import duckdb
import numpy as np
import pytest

from deid.pseudonyms import lookup_sql, random_ids, record_sql, variables


@pytest.fixture
def session() -> tuple[duckdb.DuckDBPyConnection, bytes]:
    con, key = duckdb.connect(), os.urandom(32)
    for purpose in ("identity", "record"):
        for name, value in variables(purpose, key).items():
            con.execute(f"SET VARIABLE {name} = ?", [value])
    return con, key


def _asked(con: duckdb.DuckDBPyConnection, sql: str, value: str | None) -> object:
    row = con.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS v)", [value]).fetchone()
    return row[0] if row else None


def test_random_numbers_are_distinct_positive_and_new() -> None:
    ids = random_ids(10_000)
    assert len(np.unique(ids)) == 10_000
    assert ids.min() > 0
    assert not np.isin(random_ids(10_000, ids), ids).any()


def test_random_numbers_come_in_no_order() -> None:
    ids = random_ids(1000)
    assert not (np.diff(ids) > 0).all()


@pytest.mark.parametrize("value", ["4711", "Zoë", "", "x" * 500])
def test_lookup_is_hmac_sha256(session: tuple[duckdb.DuckDBPyConnection, bytes], value: str) -> None:
    con, key = session
    outside = hmac.new(key, b"patient\x1f" + value.encode(), hashlib.sha256).hexdigest()
    assert _asked(con, lookup_sql("patient", "v"), value) == outside


def test_record_number_is_the_first_63_bits(session: tuple[duckdb.DuckDBPyConnection, bytes]) -> None:
    con, key = session
    digest = hashlib.sha256(key + b"appointment\x1f4711").digest()
    assert _asked(con, record_sql("appointment", "v"), "4711") == int.from_bytes(digest[:8], "big") >> 1
    assert _asked(con, record_sql("appointment", "v"), None) is None


def test_same_number_in_two_tables_differs(session: tuple[duckdb.DuckDBPyConnection, bytes]) -> None:
    con, _ = session
    assert _asked(con, record_sql("appointment", "v"), "1") != _asked(con, record_sql("episode", "v"), "1")


def test_a_name_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="not the name"):
        record_sql("a'b", "v")
