"""A small practice with two exports of it, the second a little later and a little corrected."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from etl.pipeline import ingest
from etl.report import IngestReport
from etl.settings import IngestSettings, TableSource
from warehouse.store import Store, open_store

KEY = bytes(range(32))
FIRST, EXTRACTED = date(2024, 1, 1), date(2024, 12, 31)
NOW = datetime(2025, 1, 1, 12, tzinfo=UTC)
NAMES = ("Wilhelmina Canary", "Oluwaseun Heron", "Zoë Kestrel")
COLUMNS = ("id", "patient", "name", "phone", "email", "site", "booked", "starts", "status", "modality", "notes")


def visits(count: int = 3600, people: int = 400) -> list[list[str]]:
    """Rows of an export as the practice's software writes them, identified; every third visit is missed."""
    rows = []
    for number in range(count):
        person, day = number * 7 % people, FIRST + timedelta(days=number % 360)
        rows.append(
            [
                f"APT-{number:06d}",
                f"MRN-{person:05d}",
                f"{NAMES[person % 3]} {person}",
                f"+1 555 01{person:05d}",
                f"person{person}@canary.example",
                ("north", "south")[person % 2],
                (day - timedelta(days=number % 9)).isoformat(),
                day.isoformat(),
                ("attended", "attended", "no_show")[number % 3],
                ("in_person", "video")[number % 2],
                f"called {NAMES[person % 3]}",
            ]
        )
    return rows


def write(path: Path, rows: list[list[str]]) -> None:
    """An export file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def settings(folder: Path, **changes: Any) -> IngestSettings:
    """The configuration of this practice, its state and its warehouse in `folder`."""
    source = {
        "file": "visits.csv",
        "columns": {
            "appointment_id": "id",
            "patient_id": "patient",
            "site_id": "site",
            "booked_at": "booked",
            "starts_at": "starts",
            "status": "status",
            "modality": "modality",
        },
        "formats": {"booked_at": "%Y-%m-%d", "starts_at": "%Y-%m-%d"},
    } | changes.pop("source", {})
    return IngestSettings(
        **{
            "practice": "Test practice",
            "timezone": "America/New_York",
            "extracted_on": EXTRACTED,
            "base_dir": folder,
            "data_dir": folder / "rapport-data",
            "warehouse_url": f"sqlite:///{folder}/warehouse.sqlite",
            "tables": {"appointment": TableSource.model_validate(source)},
        }
        | changes
    )


def take(chosen: IngestSettings, **how: Any) -> IngestReport:
    """One ingest of this practice."""
    how = {"root_key": KEY, "now": NOW, "progress": lambda text, share: None, "wait_seconds": 0.1} | how
    return ingest(chosen, store=how.pop("store", None) or opened(chosen), **how)


def opened(chosen: IngestSettings) -> Store:
    """The warehouse of this practice."""
    return open_store(chosen.warehouse_url)
