"""A small practice in plain DuckDB, shaped like the vault: several sites, repeated patients, clock-change days."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from etl.canonical import TABLES
from etl.settings import IngestSettings
from etl.vault_rows import stored_columns

START = date(2024, 1, 3)  # a Wednesday; 2024-03-31 and 2024-10-27 are days on which clocks change in Europe
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def empty_vault(path: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A connection with every vault table, empty."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute(f"ATTACH '{path}' AS vault")
    for table in TABLES.values():
        columns = ", ".join(f"{name} {kind}" for name, kind in stored_columns(table))
        con.execute(f"CREATE TABLE vault.{table.name} ({columns})")
    return con


def fill(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Adds rows given as dictionaries; columns left out are null."""
    if not rows:
        return
    kinds = dict(stored_columns(TABLES[table]))
    frame = pd.DataFrame(rows, dtype=object)
    chosen = ", ".join(f"CAST({name} AS {kinds[name]}) AS {name}" for name in frame.columns)
    con.register("given", frame)
    con.execute(f"INSERT INTO vault.{table} BY NAME SELECT {chosen} FROM given")
    con.unregister("given")


def settings(**changes: Any) -> IngestSettings:
    """Settings of a practice whose exports were made on the day of `NOW` unless said otherwise."""
    given: dict[str, Any] = {
        "practice": "Test practice",
        "timezone": "Europe/Berlin",
        "base_dir": Path("/nowhere"),
        "data_dir": Path("/nowhere"),
        "warehouse_url": "sqlite://",
        "tables": {},
        "extracted_on": date(2024, 12, 30),
    }
    return IngestSettings(**(given | changes))


def people(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Patients with a birth year, sex, language and payer; some not recorded."""
    chance = random.Random(seed)
    return [
        {
            "patient_id": 1000 + number,
            "birth_year": chance.choice([None, *range(1940, 2008)]),
            "aged_90_plus": chance.random() < 0.01,
            "sex": chance.choices(["f", "m", "x", None], [55, 40, 3, 2])[0],
            "language": chance.choices(["de", "en", "tr", "uk", "ar"], [80, 10, 5, 3, 2])[0],
            "payer": chance.choice(["public", "private"]),
        }
        for number in range(count)
    ]


def appointments(
    weeks: int = 26, sites: dict[str, int] | None = None, patients: int = 300, seed: int = 2
) -> list[dict[str, Any]]:
    """Appointments of `weeks` weeks; sites: code -> appointments a week. Some have no booking day, fee or modality."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for week in range(weeks):
        for site, volume in (sites or {"north": 60, "south": 30, "east": 9}).items():
            homes = [n for n in range(patients) if n % 3 == sorted(sites or ["north", "south", "east"]).index(site) % 3]
            for _ in range(chance.randint(volume * 3 // 4, volume * 5 // 4)):
                day = START + timedelta(weeks=week, days=chance.randint(0, 4))
                lead = chance.choice([None, 0, 1, 2, 4, 8, 20, 40])
                touched = lead is not None and lead > 2 and chance.random() < 0.6
                status = chance.choices(
                    ["attended", "no_show", "late_cancel", "cancelled_patient", "unknown", "rescheduled"],
                    [70, 15, 6, 5, 2, 2],
                )[0]
                rows.append(
                    {
                        "appointment_id": len(rows) + 1,
                        "patient_id": 1000 + chance.choice(homes),
                        "clinician_id": 1 + len(rows) % 4,
                        "site_id": site,
                        "booked_on": None if lead is None else day - timedelta(days=lead),
                        "starts_on": day,
                        "starts_at": datetime(day.year, day.month, day.day, 10, tzinfo=UTC).replace(tzinfo=None),
                        "status": status,
                        "modality": chance.choices(["in_person", "video", "phone", None], [60, 30, 8, 2])[0],
                        "fee": chance.choice([None, 9000, 12050]),
                        "refilled": chance.choice([None, True, False]),
                        "rebooked_from": None,
                        "exposed": ["sms_reminder"] if touched else [],
                    }
                )
    return rows


def practice(**shape: Any) -> duckdb.DuckDBPyConnection:
    """A vault with patients and appointments."""
    con = empty_vault()
    fill(con, "patient", people(shape.get("patients", 300)))
    fill(con, "appointment", appointments(**shape))
    return con
