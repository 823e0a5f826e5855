"""What does the export itself say of who is who? For finding it in texts, and for the sweep at the end of the run.

Everything here is temporary: tables of an engine in memory whose spill files are encrypted. Nothing of it is kept.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

import duckdb

from etl.canonical import TABLES, Kind

KNOWN = "known_identifier"  # (kind, value): every direct identifier of the export, to the end of the run
CIRCLE = {  # what the scrubber calls the columns of a patient
    "names": ("given_name", "family_name", "full_name"),
    "emails": ("email",),
    "phones": ("phone",),
    "streets": ("street",),
    "postal_codes": ("postal_code",),
    "health_numbers": ("health_number",),
    "dates": ("birth_date",),
    "ids": ("patient_id",),
}
# What one of these holds; else a word stands there: "none".
_MARKED = {"email": "@", "phone": "[0-9]", "health_number": "[0-9]"}
_FULL_NAME = "given_name || ' ' || family_name"
_REPEATED = ("given_name", "family_name", "full_name", "postal_code", "birth_date")  # many people share one


def gather(con: duckdb.DuckDBPyConnection) -> None:
    """Make known_identifier of the people this run has read; empty where it read none or the export names none."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {KNOWN} (kind VARCHAR, value VARCHAR)")
    present = _temporary(con)
    if "own_patient" in present:
        columns = [name for names in CIRCLE.values() for name in names if name != "patient_id"]
        for name in columns:
            value = _FULL_NAME if name == "full_name" else name
            distinct = "DISTINCT" if name in _REPEATED else ""
            _add(con, name, f"SELECT {distinct} {value} AS value FROM own_patient")
        _add(con, "patient_number", "SELECT DISTINCT patient_id AS value FROM own_patient")
    elif "person_patient" in present:
        _add(con, "patient_number", "SELECT written AS value FROM person_patient")
    if "own_clinician" in present:
        _add(con, "clinician_name", "SELECT DISTINCT name AS value FROM own_clinician")
    if "person_clinician" in present:
        _add(con, "clinician_number", "SELECT written AS value FROM person_clinician")


def practice_words(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Who and what is named all over this practice: its clinicians and its sites."""
    present = _temporary(con)
    words: dict[str, list[str]] = {"names": [], "sites": []}
    if "own_clinician" in present:
        words["names"] = _column(con, "SELECT DISTINCT name FROM own_clinician WHERE name IS NOT NULL ORDER BY name")
    if "conformed_site" in present:
        both = "SELECT site_id AS word FROM conformed_site UNION SELECT name FROM conformed_site"
        words["sites"] = _column(con, f"SELECT word FROM ({both}) WHERE length(word) > 2 ORDER BY word")
    return words


def circles(con: duckdb.DuckDBPyConnection, people: str) -> str:
    """SQL: patient_id and one list for each of CIRCLE, for the patients (written numbers) in the table `people`."""
    wanted = f"SELECT DISTINCT patient_id FROM {people}"
    if "own_patient" not in _temporary(con):
        lists = ", ".join("[]::VARCHAR[]" if name != "ids" else "[patient_id]" for name in CIRCLE)
        return f"SELECT patient_id, {lists} FROM ({wanted})"
    values = {name: _of_circle(name) for names in CIRCLE.values() for name in names}
    lists = ", ".join(
        f"list_sort(list_distinct(flatten(list([{', '.join(values[name] for name in names)}])))) AS {kind}"
        for kind, names in CIRCLE.items()
        if kind != "ids"
    )
    return (
        f"SELECT w.patient_id, {lists}, [w.patient_id] AS ids FROM ({wanted}) w "
        "LEFT JOIN own_patient o ON o.patient_id = w.patient_id GROUP BY w.patient_id"
    )


def _of_circle(name: str) -> str:
    """SQL: what is looked for in this patient's texts. A word that stands in place of a number would be met in them."""
    if name == "full_name":
        return _FULL_NAME
    return (
        f"CASE WHEN regexp_matches(o.{name}, '{_MARKED[name]}') THEN o.{name} END" if name in _MARKED else f"o.{name}"
    )


def people_columns(table: str, kind: str = "patient") -> tuple[str, ...]:
    """In which columns does this table name a person of this kind?"""
    return tuple(c.name for c in TABLES[table].columns if c.kind is Kind.PERSON_KEY and c.kept and c.identifies == kind)


def _add(con: duckdb.DuckDBPyConnection, kind: str, values: str) -> None:
    con.execute(f"INSERT INTO {KNOWN} SELECT '{kind}', value FROM ({values}) WHERE value IS NOT NULL")


def _column(con: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [value for (value,) in con.execute(query).fetchall()]


def _temporary(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    found = con.execute(
        "SELECT view_name FROM duckdb_views() WHERE temporary UNION ALL "
        "SELECT table_name FROM duckdb_tables() WHERE temporary"
    ).fetchall()
    return frozenset(name for (name,) in found)
