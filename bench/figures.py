"""Which figures are promised, what was measured last, and on what kind of machine?"""

from __future__ import annotations

import importlib.metadata
import json
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil

RESULTS = Path(__file__).with_name("results.json")
LIBRARIES = ("duckdb", "ibis-framework", "pandas", "lifelines", "streamlit", "plotly", "sqlalchemy", "playwright")


@dataclass(frozen=True)
class Promise:
    """One figure and its bound. Past the floor the promise is broken; aim: what we try for (None: the floor)."""

    key: str
    what: str
    unit: Literal["×", "GiB"]
    better: Literal["lower", "higher"]
    floor: float
    aim: float | None = None

    def met(self, value: float) -> str:
        """In one word for the table."""
        if self._reached(value, self.floor if self.aim is None else self.aim):
            return "yes"
        return "floor, not the aim" if self._reached(value, self.floor) else "**no**"

    def _reached(self, value: float, bound: float) -> bool:
        return value <= bound if self.better == "lower" else value >= bound


@dataclass(frozen=True)
class Figure:
    """What was measured for one promise, on which day, and in how many tries; `noise` in words."""

    key: str
    value: float
    measured: str  # both sides of the ratio, in seconds
    noise: str
    day: str = ""


PROMISES = (
    Promise("ingest_10m", "10 M appointments from CSV to a release, against DuckDB's bare load", "×", "lower", 6, 4),
    Promise("ingest_peak", "memory at its peak while ingesting 10 M", "GiB", "lower", 2),
    Promise("ingest_growth", "cost of ingesting 10 M against 1 M", "×", "lower", 11),
    Promise("metrics_1m", "all metrics from cells, times faster than from 1 M rows", "×", "higher", 50),
    Promise("metrics_growth", "all metrics on a release of 10 M against one of 100 k", "×", "lower", 1.2),
    Promise("metrics_every", "metrics of every family from cells, times faster than from rows", "×", "higher", 50),
    Promise("release_part", "release of every family, against the rest of the ingest", "×", "lower", 1),
    Promise("paint_verdict", "first paint of Verdict, against an empty page with one chart", "×", "lower", 1.5),
    Promise("answer_verdict", "choosing a release on Verdict", "×", "lower", 1.5),
    Promise("paint_no_shows", "first paint of No-shows, against an empty page with one chart", "×", "lower", 1.5),
    Promise("paint_retention", "first paint of Retention", "×", "lower", 1.5),
    Promise("paint_data_quality", "first paint of Data quality", "×", "lower", 1.5),
    Promise("answer_no_shows", "choosing a site on No-shows, against a choice on the empty page", "×", "lower", 1.5),
    Promise("answer_retention", "choosing a site on Retention", "×", "lower", 1.5),
    Promise("answer_data_quality", "choosing a release on Data quality", "×", "lower", 1.5),
)


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def machine() -> str:
    """The machine in general terms: nothing that names it."""
    memory = round(psutil.virtual_memory().total / 2**30)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    return (
        f"{psutil.cpu_count()} cores ({_processor()}), {memory} GiB of memory, {platform.system()}; "
        f"Python {platform.python_version()}, {versions}"
    )


def load(path: Path = RESULTS) -> dict[str, Figure]:
    """The figures measured so far, by key; those of promises no longer made are left out."""
    if not path.exists():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    known = {promise.key for promise in PROMISES}
    return {entry["key"]: Figure(**entry) for entry in content["figures"] if entry["key"] in known}


def keep(measured: list[Figure], path: Path = RESULTS) -> None:
    """Renew the figures measured now; the others stay as they were."""
    figures = load(path) | {figure.key: figure for figure in measured}
    order = [promise.key for promise in PROMISES]
    listed = [asdict(figures[key]) for key in sorted(figures, key=order.index)]
    content = {"machine": machine(), "figures": listed}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine_of(path: Path = RESULTS) -> str:
    """The machine the figures were measured on."""
    return str(json.loads(path.read_text(encoding="utf-8"))["machine"]) if path.exists() else ""


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
