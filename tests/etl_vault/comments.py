"""A small practice whose patients have names, numbers and opinions: patients, clinicians, appointments, comments."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from deid.keys import subkey
from etl import vault
from etl.engines.duckdb import attach_vault, connect
from etl.settings import IngestSettings, TableSource
from tests.etl_vault.practice import KEY, settings

FIRST = date(2024, 1, 1)
PATIENTS = ("id", "given", "family", "email", "phone", "street", "postal", "card", "born")
GIVEN = ("Wilhelmina", "Grace", "Oluwaseun", "Zoë", "May")
FAMILY = ("Canarywood", "Hope", "Adeyemi", "Kestrelson", "Will")


def patient(number: int, **changes: str) -> dict[str, str]:
    """One person of the practice, with everything that names one."""
    row = {
        "id": f"MRN-{number:05d}",
        "given": GIVEN[number % 5],
        "family": FAMILY[number // 5 % 5],
        "email": f"person{number}@canary.example",
        "phone": f"416-555-{number:04d}",
        "street": f"{100 + number} Vandermolen Street",
        "postal": "M5V 2T6",
        "card": f"9876{number:06d}",
        "born": f"{1950 + number % 50}-03-{1 + number % 28:02d}",
    }
    return row | changes


def patients(count: int = 60, **changed: dict[str, str]) -> list[dict[str, str]]:
    """The people of the practice; `changed` by number: p7={"family": ...}."""
    return [patient(number, **changed.get(f"p{number}", {})) for number in range(count)]


def comments(count: int = 40) -> list[list[str]]:
    """feedback: number, patient, day, kind, rating, text; every one names its patient one way or another."""
    rows = []
    for number in range(count):
        person = patient(number)
        text = (
            f"{person['given']} {person['family']} felt heard, thank you",
            f"Please call me back on {person['phone']} about the bill",
            f"I am {person['family'].upper()} and I waited an hour",
            "The room was warm and the staff were kind to me",
        )[number % 4]
        day = FIRST + timedelta(days=number * 5)
        rows.append([f"F{number}", person["id"], day.isoformat(), "survey", str(number % 11), text])
    return rows


def write(folder: Path, *, people: list[dict[str, str]] | None = None, said: list[list[str]] | None = None) -> None:
    """The exports of this practice."""
    known = patients() if people is None else people
    _csv(folder / "patients.csv", PATIENTS, [[row[name] for name in PATIENTS] for row in known])
    _csv(folder / "clinicians.csv", ("id", "name"), [["C1", "Dr. Philippa Quillfeather"], ["C2", "Sam Underhill"]])
    visits = []
    for number in range(60 * 30):
        day = FIRST + timedelta(days=number % 350)
        status = ("attended", "attended", "no_show")[number % 3]
        visits.append([f"A{number}", f"MRN-{number % 60:05d}", "north", day.isoformat(), status, "N"])
    _csv(folder / "visits.csv", ("id", "patient", "site", "starts", "status", "ai"), visits)
    header = ("id", "patient", "given", "kind", "rating", "text")
    _csv(folder / "feedback.csv", header, comments() if said is None else said)


def configured(folder: Path, **changes: Any) -> IngestSettings:
    """The configuration of this practice."""
    tables = {
        "patient": {
            "file": "patients.csv",
            "columns": {
                "patient_id": "id",
                "given_name": "given",
                "family_name": "family",
                "email": "email",
                "phone": "phone",
                "street": "street",
                "postal_code": "postal",
                "health_number": "card",
                "birth_date": "born",
            },
            "largest_drop": 0.1,
        },
        "clinician": {"file": "clinicians.csv", "columns": {"clinician_id": "id", "name": "name"}},
        "appointment": {
            "file": "visits.csv",
            "columns": {
                "appointment_id": "id",
                "patient_id": "patient",
                "site_id": "site",
                "starts_at": "starts",
                "status": "status",
            },
            "components": {"helper": {"column": "ai", "exposed": ["Y"]}},
        },
        "feedback": {
            "file": "feedback.csv",
            "columns": {
                "feedback_id": "id",
                "patient_id": "patient",
                "given_at": "given",
                "kind": "kind",
                "rating": "rating",
                "comment": "text",
            },
            "largest_drop": 0.01,
            "worst_quarantined_share": 0.9,
        },
    }
    chosen = {name: TableSource.model_validate(source) for name, source in tables.items()}
    return settings(folder, **({"tables": chosen} | changes))


def opened(chosen: IngestSettings) -> duckdb.DuckDBPyConnection:
    """The vault of this practice."""
    con = connect(vault.vault_folder(chosen))
    attach_vault(con, vault.vault_folder(chosen) / vault.VAULT_FILE, subkey(KEY, "vault"))
    return con


def _csv(path: Path, header: tuple[str, ...], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
