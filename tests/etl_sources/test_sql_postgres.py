"""A practice's own PostgreSQL database as a source: streamed, with its own types, and never written."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from etl.errors import InputError
from etl.settings import TableSource
from tests.etl_sources.ways import COLUMNS, WORDS, Reader
from tests.postgres import postgres

__all__ = ["postgres"]
pytestmark = pytest.mark.postgres

VISITS = """
CREATE TABLE visits ("Id" bigint PRIMARY KEY, "Client" uuid, "Name" text, "Start" timestamptz, "Status" text, "Fee" numeric(10,2));
INSERT INTO visits SELECT n, md5(mod(n, 97)::text)::uuid, 'Maria Gonzalez', '2024-07-05 10:00+02', 'Kept', 120.50
FROM generate_series(1, 25000) n;
UPDATE visits SET "Start" = 'infinity' WHERE "Id" = 17;
UPDATE visits SET "Start" = NULL WHERE "Id" = 18;
"""  # noqa: E501


def way(url: str, **changes: object) -> TableSource:
    columns = COLUMNS | {"fee": "Fee"}
    return TableSource.model_validate(
        {"url": url, "database_table": "visits", "columns": columns, "values": WORDS, **changes}
    )


def test_visits_of_a_postgresql_database_are_read_and_cannot_be_written(postgres: str, reader: Reader) -> None:
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        for statement in filter(str.strip, VISITS.split(";")):
            connection.exec_driver_sql(statement)
    report = reader.read(way(postgres))
    assert (report.rows_read, report.columns_unused) == (25_000, ("Name",))
    first = reader.rows("starts_at, starts_on, status, fee")[0]
    assert first == (datetime(2024, 7, 5, 8), date(2024, 7, 5), "attended", 12_050)  # noqa: DTZ001  in cents
    bad = "SELECT source_row, reason FROM conformed_appointment WHERE reason IS NOT NULL"
    assert reader.con.execute(bad).fetchall() == [(17, "starts_at_unreadable"), (18, "starts_at_missing")]
    wrong = 'DELETE FROM visits RETURNING "Id", "Client", "Start", "Status", "Fee"'
    with pytest.raises(InputError, match=r"cannot be read|does not fit"):
        reader.read(way(postgres, database_table=None, query=wrong))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM visits").scalar() == 25_000
    engine.dispose()
    with pytest.raises(InputError, match='there is no table "visit"'):
        reader.read(way(postgres, database_table="visit"))
