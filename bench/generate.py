"""What would a practice of this size export? Two CSV files as practice software writes them, and their rapport.toml.

Nobody in them exists. The same number of rows gives the same files, byte for byte, on one version of DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

TEMPLATES = Path(__file__).with_name("export")
VISITS_PER_PATIENT = 25
EXTRACTED_ON = "2026-02-02"  # as in export/rapport.toml: after the last week and the days it has to settle
MEMORY_LIMIT = "800MB"  # Rapport's default, for the bare load too


@dataclass(frozen=True)
class Practice:
    """Where the exports of one generated practice lie."""

    folder: Path
    rows: int

    @property
    def toml(self) -> Path:
        return self.folder / "rapport.toml"

    @property
    def exports(self) -> tuple[Path, Path]:
        """Appointments, patients."""
        return self.folder / "appointments.csv", self.folder / "patients.csv"

    @property
    def warehouse_url(self) -> str:
        return f"sqlite:///{self.folder / 'rapport-data' / 'warehouse' / 'warehouse.sqlite'}"


def practice(scratch: Path, rows: int) -> Practice:
    """The exports of a practice with so many appointments, a twenty-fifth as many patients; made where not there."""
    made = Practice(scratch / f"practice-{rows}", rows)
    if not made.toml.exists():
        made.folder.mkdir(parents=True, exist_ok=True)
        _write(made)
        made.toml.write_text(_template("rapport.toml"), encoding="utf-8")  # last: says that the exports are whole
    return made


def _write(made: Practice) -> None:
    con = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(made.folder / "spill")})
    con.execute(_template("people.sql"))
    con.execute(_template("visits.sql").replace("$rows", str(made.rows)))
    people = str(-(-made.rows // VISITS_PER_PATIENT))
    for target in made.exports:
        query = _template(f"{target.stem}.sql").replace("$people", people)
        con.execute(f"COPY ({query}) TO '{target}' (HEADER, DELIMITER ',')")
    con.close()


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
