"""Rows of a database become the same table as those of a file."""

import sqlite3
from datetime import date, datetime

import pytest

from etl.errors import InputError
from etl.settings import TableSource
from etl.sources import sql
from tests.etl_sources.ways import COLUMNS, WORDS, Reader


@pytest.fixture
def database(reader: Reader) -> Reader:
    with sqlite3.connect(reader.folder / "practice.db") as con:
        con.execute(
            'CREATE TABLE visits (Id INTEGER PRIMARY KEY, Client TEXT, Name TEXT, "Start" DATETIME, Status TEXT)'
        )
        rows = [(n, f"p{n % 97}", "Maria", "2024-03-05 10:00:00", "Kept") for n in range(1, 25_001)]
        con.executemany("INSERT INTO visits VALUES (?, ?, ?, ?, ?)", rows)
        con.execute("UPDATE visits SET \"Start\" = '31/02/2024' WHERE Id = 20001")
    return reader


def way(**changes: object) -> TableSource:
    base = {"url": "sqlite:///practice.db", "database_table": "visits", "columns": COLUMNS, "values": WORDS}
    return TableSource.model_validate(base | changes)


def test_a_database_table_is_streamed_with_row_numbers(database: Reader) -> None:
    report = database.read(way())
    assert report.rows_read == 25_000
    assert report.columns_unused == ("Name",)
    assert report.files[0][0] == "sqlite:///practice.db (visits)"
    wrong = "SELECT count(*) FROM conformed_appointment WHERE appointment_id::BIGINT <> source_row"
    assert database.con.execute(wrong).fetchone() == (0,)
    assert database.rows("starts_at, starts_on, status")[0] == (datetime(2024, 3, 5, 9), date(2024, 3, 5), "attended")  # noqa: DTZ001
    bad = "SELECT source_row, reason FROM conformed_appointment WHERE reason IS NOT NULL"
    assert database.con.execute(bad).fetchall() == [(20_001, "starts_at_unreadable")]


def test_a_query_is_read_and_the_same_rows_give_the_same_fingerprint(database: Reader) -> None:
    query = "SELECT Id, Client, \"Start\", Status FROM visits WHERE Status <> ':none' ORDER BY Id LIMIT 10"
    first = database.read(way(database_table=None, query=query))
    again = database.read(way(database_table=None, query=query))
    assert first.rows_read == 10
    assert first.files == again.files


def test_the_database_cannot_be_written(database: Reader) -> None:
    with pytest.raises(InputError, match=r"cannot be read|does not fit"):
        database.read(way(database_table=None, query="DELETE FROM visits RETURNING Id, Client, Start, Status"))
    assert database.read(way()).rows_read == 25_000


def test_a_missing_table_or_database_is_named(database: Reader) -> None:
    with pytest.raises(InputError, match='there is no table "visit"'):
        database.read(way(database_table="visit"))
    with pytest.raises(InputError, match=r"no database file .*other\.db"):
        database.read(way(url="sqlite:///other.db"))


def test_a_password_is_read_from_the_environment_and_never_shown(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("PRACTICE_PASSWORD", "hunter2")
    unreachable = way(url="postgresql+psycopg://ana:${PRACTICE_PASSWORD}@127.0.0.1:9/practice?connect_timeout=2")
    with pytest.raises(InputError, match=r"ana:\*\*\*@127\.0\.0\.1:9/practice") as fault:
        reader.read(unreachable)
    assert "hunter2" not in str(fault.value)
    assert sql.address(unreachable, reader.folder).password == "hunter2"


def test_an_unset_variable_is_named(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    with pytest.raises(InputError, match="no variable NO_SUCH_PASSWORD"):
        reader.read(way(url="postgresql://ana:${NO_SUCH_PASSWORD}@127.0.0.1/practice"))


def test_an_address_that_is_none_is_refused_without_being_shown(reader: Reader) -> None:
    with pytest.raises(InputError, match=r"no database address|no driver") as fault:
        reader.read(way(url="hunter2@nowhere"))
    assert "hunter2@" not in str(fault.value)
