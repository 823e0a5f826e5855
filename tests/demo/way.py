"""One whole way through the product, from a toml to a store that holds a release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from etl.pipeline import ingest
from etl.report import IngestReport
from rapport.config import load
from warehouse.store import Store, open_store

KEY = b"\x07" * 32
NOW = datetime(2026, 7, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Way:
    """What came out: the report, the store, the folder of state, and every word of progress."""

    report: IngestReport
    store: Store
    data_dir: Path
    told: tuple[str, ...]

    def refused(self, table: str) -> dict[str, int]:
        return next(entry.quarantined for entry in self.report.tables if entry.table == table)

    def rows(self, table: str, reason: str) -> list[int]:
        return list(next(entry.first_rows for entry in self.report.tables if entry.table == table)[reason])


def go(toml: Path) -> Way:
    """Ingest what the configuration names."""
    settings = load(toml).ingest
    store = open_store(settings.warehouse_url)
    told: list[str] = []
    report = ingest(settings, root_key=KEY, store=store, now=NOW, progress=lambda what, share: told.append(what))
    return Way(report, store, settings.data_dir, tuple(told))
