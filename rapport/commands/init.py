"""`rapport init`: a commented configuration to start from, with the columns of an export where one is named."""

from __future__ import annotations

import csv
import difflib
import re
from importlib import resources
from pathlib import Path

from etl.canonical import TABLES
from etl.errors import InputError
from rapport import console

PRESETS = resources.files("etl") / "presets"
OTHER_NAMES = {
    "appointment_id": ("id", "appointmentid", "apptid", "bookingid", "pceid"),
    "patient_id": ("clientid", "client", "patient", "pid", "mrn"),
    "clinician_id": ("practitionerid", "providerid", "clinician", "therapist", "practitioner"),
    "site_id": ("location", "locationid", "clinic", "facility", "site", "business"),
    "booked_at": ("createdat", "datecreated", "scheduledday", "bookedon", "created"),
    "starts_at": ("start", "startdate", "appointmentday", "dateofservice", "date", "appointmentdate"),
    "status": ("appointmentstatus", "state", "noshow", "attendance"),
    "fee": ("totalfee", "price", "charge"),
    "modality": ("type", "locationtype", "mode"),
}


def run(path: Path, export: Path | None) -> None:
    """Write the configuration. Raises InputError where a file stands there already or the export cannot be read."""
    if path.exists():
        raise InputError(f"{path} exists already; name another file, or move it away first.")
    text = _template()
    header = _header(export) if export else []
    text = text.replace("@FILE@", _relative(export, path) if export else "appointments.csv")
    text = text.replace("@COLUMNS@", "\n".join(_column_lines(header)))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}; name a folder you may write to.") from None
    console.say(f"Wrote {path}. Edit it, then run: rapport doctor --config {path}")


def _template() -> str:
    text = (resources.files("rapport.commands") / "init.toml").read_text(encoding="utf-8")
    presets = sorted(entry.name.removesuffix(".toml") for entry in PRESETS.iterdir() if entry.name.endswith(".toml"))
    text = text.replace("@PRESETS@", ", ".join(presets))
    return text.replace("@STATUSES@", ", ".join(TABLES["appointment"].column("status").allowed))


def _relative(export: Path, path: Path) -> str:
    """The export as named from the configuration's folder."""
    target, base = export.resolve(), path.resolve().parent
    return target.relative_to(base).as_posix() if target.is_relative_to(base) else target.as_posix()


def _header(export: Path) -> list[str]:
    """The column names of an export: its first line, nothing else."""
    try:
        with export.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            line = file.readline(100_000)
    except OSError as error:
        raise InputError(f"{export} cannot be read: {error.strerror}; name a CSV with a header line.") from None
    if not line.strip() or "\0" in line:
        raise InputError(f"{export} has no header line; name a CSV whose first line holds the column names.")
    delimiter = max(",;\t", key=line.count)
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]


def _column_lines(header: list[str]) -> list[str]:
    """One line a column: the export's own name where it can be told, commented out where not."""
    lines = []
    for column in TABLES["appointment"].columns:
        if not column.kept:
            continue
        found = _match(column.name, header)
        mark = "" if found or (column.required and not header) else "# "
        note = "required; " if column.required else ""
        lines.append(f"{mark}{column.name} = {_quoted(found or column.name)}    # {note}{column.meaning}")
    if header:
        lines.append("# columns of the export: " + ", ".join(header))
    return lines


def _match(name: str, header: list[str]) -> str | None:
    plain = {re.sub(r"[^a-z0-9]", "", column.lower()): column for column in header}
    for other in (name.replace("_", ""), *OTHER_NAMES.get(name, ())):
        if other in plain:
            return plain[other]
    close = difflib.get_close_matches(name.replace("_", ""), plain, n=1, cutoff=0.85)
    return plain[close[0]] if close else None


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
