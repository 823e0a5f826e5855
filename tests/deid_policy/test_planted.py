"""Every canonical table, every column mapped, an identifier planted in each that could hold one: none comes out."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from deid.policy import Action, Privacy
from etl.canonical import TABLES, Column, Kind, Table
from etl.settings import TableSource
from tests.etl_sources.ways import Reader

ORDINARY = {
    Kind.RECORD_KEY: "R-{n}",
    Kind.PERSON_KEY: "P-{n}",
    Kind.WORD: "word",
    Kind.LABEL: "label",
    Kind.INTEGER: "3",
    Kind.NUMBER: "0.5",
    Kind.MONEY: "12.50",
    Kind.BOOLEAN: "yes",
    Kind.DATE: "2024-03-0{n}",
    Kind.TIMESTAMP: "2024-03-0{n} 10:00:00",
    Kind.WORDS: "1;2;3",
    Kind.ANSWERS: "1;2;3",
}
PLANTED = {"birth_date": "1931-04-05", "postal_code": "05901-1234"}  # who is over 89; where few people live
REDUCED = {"birth_date": ["1931"], "postal_code": ["059"]}  # what would still be too much of it


def planted(table: Table, column: Column) -> str:
    return PLANTED.get(column.name, f"Canary {table.name} {column.name} 416-555-0199 canary@{column.name}.example")


def identifying(column: Column) -> bool:
    return column.privacy in (Privacy.DIRECT, Privacy.FREE_TEXT) or column.name in PLANTED


def value(table: Table, column: Column, number: int) -> str:
    if identifying(column):
        return planted(table, column)
    return column.allowed[0] if column.allowed else ORDINARY[column.kind].format(n=number)


def read_planted(reader: Reader, table: Table) -> list[tuple[Any, ...]]:
    """The table as it comes out of an export in which every column is mapped under its own name."""
    path = reader.folder / f"{table.name}.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.names)
        for number in range(1, 5):
            writer.writerow([value(table, column, number) for column in table.columns])
    way = TableSource(file=path.name, columns={name: name for name in table.names})
    reader.read(way, table.name, timezone="America/New_York")
    return reader.con.execute(f"SELECT * FROM conformed_{table.name}").fetchall()


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_no_planted_identifier_comes_out_of_the_reading(reader: Reader, table: Table) -> None:
    rows = read_planted(reader, table)
    assert len(rows) == 4
    assert [row[-1] for row in rows] == [None] * 4  # no row was set aside: everything was read
    out = " ".join(str(cell) for row in rows for cell in row)
    assert "anary" not in out
    assert "555-0199" not in out
    for column in table.columns:
        for left in (planted(table, column), *REDUCED.get(column.name, ())) if identifying(column) else ():
            assert left not in out, column.name


def test_a_planted_identifier_would_be_found_where_the_policy_let_it_pass(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same test on a policy made wrong on purpose: the e-mail address is a label that is kept."""
    from dataclasses import replace

    from etl.declaration import Table as Declared

    patient = TABLES["patient"]
    email = patient.column("email")
    rule = replace(email.rule, privacy=Privacy.SAFE, action=Action.KEEP)
    wrong = tuple(
        replace(column, kind=Kind.LABEL, governed_by=rule) if column is email else column for column in patient.columns
    )
    broken: Declared = replace(patient, columns=wrong)
    monkeypatch.setitem(TABLES, "patient", broken)
    path = reader.folder / "patient.csv"
    path.write_text("patient_id,email\nP-1,canary@example.org\n", encoding="utf-8")
    reader.read(TableSource(file=path.name, columns={"patient_id": "patient_id", "email": "email"}), "patient")
    assert "canary@example.org" in str(reader.con.execute("SELECT * FROM conformed_patient").fetchall())
