"""Small exports for the tests of this room."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from etl.engines.duckdb import connect
from etl.settings import IngestSettings, TableSource
from etl.sources import SourceReport, read_table

COLUMNS = {"appointment_id": "Id", "patient_id": "Client", "starts_at": "Start", "status": "Status"}
WORDS = {"status": {"Kept": "attended", "Missed": "no_show", "Off": "cancelled_patient", "Open": "booked"}}


def source(file: str = "appointments.csv", **changes: Any) -> TableSource:
    """The usual mapping, with changes."""
    return TableSource.model_validate({"file": file, "columns": COLUMNS, "values": WORDS, **changes})


def settings_of(folder: Path, timezone: str = "Europe/Paris", **tables: TableSource) -> IngestSettings:
    return IngestSettings(
        practice="Test",
        timezone=timezone,
        extracted_on=date(2024, 12, 31),
        base_dir=folder,
        data_dir=folder / "data",
        warehouse_url="sqlite://",
        tables=tables,
    )


class Reader:
    """Reads one export and answers questions about what came out."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.folder = folder
        self.con: duckdb.DuckDBPyConnection = connect(folder / "data" / "vault", threads=threads)

    def write(self, content: str | bytes, name: str = "appointments.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def read(
        self, way: TableSource | None = None, table: str = "appointment", timezone: str = "Europe/Paris"
    ) -> SourceReport:
        way = way or source()
        settings = settings_of(self.folder, timezone, **{table: way})
        return read_table(self.con, table, way, settings, lambda *_: None)

    def rows(self, columns: str, table: str = "appointment") -> list[tuple[Any, ...]]:
        return self.con.execute(f"SELECT {columns} FROM conformed_{table} ORDER BY source_row").fetchall()

    def column(self, name: str, table: str = "appointment") -> list[Any]:
        return [value for (value,) in self.rows(name, table)]

    def refused(self, table: str = "appointment") -> list[tuple[int, str]]:
        return self.con.execute(f"SELECT source_row, reason FROM rejected_{table} ORDER BY 1").fetchall()

    def left_out(self, table: str = "appointment") -> list[tuple[int, str]]:
        return self.con.execute(f"SELECT source_row, reason FROM left_out_{table} ORDER BY 1").fetchall()
