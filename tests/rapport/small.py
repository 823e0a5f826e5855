"""A small practice on disk: exports as text, a configuration, and the command line in this process."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rapport import cli

HEADER = "Id,Client,Name,Site,Booked,Start,Status,Fee"
SECRET = "Wilhelmina-Quarantine"  # stands in every row; may stand nowhere else

CONFIG = """
[practice]
name = "Harbour Street"
timezone = "America/Toronto"
extracted_on = 2026-01-31

[tables.appointment]
file = "appointments.csv"
[tables.appointment.columns]
appointment_id = "Id"
patient_id = "Client"
site_id = "Site"
booked_at = "Booked"
starts_at = "Start"
status = "Status"
fee = "Fee"
[tables.appointment.values.status]
"Show" = "attended"
"No show" = "no_show"
"""


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def rapport(*arguments: str) -> Outcome:
    """Run the command line as `rapport arguments...`; standard output and error are caught."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(list(arguments))
    return Outcome(code, out.getvalue(), err.getvalue())


def rows(number: int = 1200) -> list[str]:
    """Plausible appointments of 60 patients at two sites over a year, the first on 6 January 2025."""
    lines = []
    for at in range(number):
        day = date(2025, 1, 6) + timedelta(days=at * 330 // number)
        status = "No show" if at % 7 == 0 else "Show"
        site = "North" if at % 60 < 30 else "South"
        booked = day - timedelta(days=at % 20)
        lines.append(f"A{at},P{at % 60},{SECRET},{site},{booked},{day} {9 + at % 8:02}:00,{status},120.00")
    return lines


def write(folder: Path, lines: list[str] | None = None, *, header: str = HEADER, config: str = CONFIG) -> Path:
    """Write the export and its configuration; the path of the configuration."""
    text = "\n".join([header, *(rows() if lines is None else lines)]) + "\n"
    (folder / "appointments.csv").write_text(text, encoding="utf-8")
    path = folder / "rapport.toml"
    path.write_text(config, encoding="utf-8")
    return path
