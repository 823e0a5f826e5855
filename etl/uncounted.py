"""Which rows does the vault keep that no figure counts? Of a questionnaire nobody declared, or of nobody's site.

They are neither quarantined nor dropped: another name in `rapport.toml`, or a later export, may make them count. How
many there are is told in every run, of the whole vault.
"""

# ruff: noqa: S608  every name in the SQL is one of ours
from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb

from etl.differing import SHEETS
from etl.report import NOT_APPLICABLE, PASSED, CheckResult
from instruments import Instrument, InstrumentError, built_in, find
from instruments.declaration import nearest

NOT_KNOWN, NO_SITE = "questionnaire_not_known", "nobodys_site"
NAMED = 5  # names said in a note; the rest is a number
DAYS = {  # what happened to a patient, and the day of it
    "measure": "coalesce(invited_on, taken_on)",
    "crisis_signal": "detected_on",
    "triage": "requested_on",
    "contact": "sent_on",
    "feedback": "given_on",
}
OF_STAFF = ("staff_survey", "staff_time")
_SHEETS_SAY = "answer sheet(s) of a questionnaire that is not known, kept and counted in no figure"
_SITES_SAY = (
    "row(s) of a site without visits, or without a site and before the patient's first visit, kept and counted in no "
    "figure"
)


def results(
    con: duckdb.DuckDBPyConnection, read: Collection[str], own: Mapping[str, Instrument]
) -> tuple[CheckResult, ...]:
    """One line for each table that was read and can hold such rows; told, never judged."""
    sheets = [_told(NOT_KNOWN, name, *_not_known(con, name, own), _SHEETS_SAY) for name in SHEETS if name in read]
    sites = [_told(NO_SITE, name, *_no_site(con, name), _SITES_SAY) for name in (*DAYS, *OF_STAFF) if name in read]
    return (*sheets, *sites)


def notes(
    con: duckdb.DuckDBPyConnection, read: Collection[str], own: Mapping[str, Instrument], k: int
) -> tuple[str, ...]:
    """The same for the operator, with the names: those that at least k people (of staff: sheets) bear."""
    found = [_names_note(con, name, own, k) for name in SHEETS if name in read]
    for name in (*DAYS, *OF_STAFF):
        lost, rows = _no_site(con, name) if name in read else (0, 0)
        found.append(f"{name}: {lost:,} of {rows:,} {_SITES_SAY}." if lost else "")
    return tuple(note for note in found if note)


def _names_note(con: duckdb.DuckDBPyConnection, name: str, own: Mapping[str, Instrument], k: int) -> str:
    people = "count(DISTINCT patient_id)" if name == "measure" else "count(*)"
    asked = f"SELECT instrument, count(*), {people} FROM vault.{name} GROUP BY 1 ORDER BY 2 DESC, 1"
    told = [row for row in con.execute(asked).fetchall() if not _is_known(row[0], own)]
    if not told:
        return ""
    shown = [(word, rows) for word, rows, many in told if word and many >= k][:NAMED]
    hidden = [(word, rows) for word, rows, _ in told if (word, rows) not in shown]
    known = [*built_in(), *own]
    said = [f"{word!r} ({rows:,}; {nearest(word, known)})" for word, rows in shown]
    if hidden:  # few people bear them, so they may be anything, a patient's name too
        near = sorted({end for word, _ in hidden if word and (end := nearest(word, known)).startswith("did")})
        said.append(f"other names or none ({'; '.join([f'{sum(rows for _, rows in hidden):,}', *near[:NAMED]])})")
    return (
        f"{name}: {sum(row[1] for row in told):,} {_SHEETS_SAY}: {'; '.join(said)}. "
        "Rename them in the export, or declare them under [instruments.NAME]."
    )


def _not_known(con: duckdb.DuckDBPyConnection, name: str, own: Mapping[str, Instrument]) -> tuple[int, int]:
    """(sheets of questionnaires nobody declared, sheets)."""
    counted = con.execute(f"SELECT instrument, count(*) FROM vault.{name} GROUP BY 1").fetchall()
    return sum(rows for word, rows in counted if not _is_known(word, own)), sum(rows for _, rows in counted)


def _is_known(word: str | None, own: Mapping[str, Instrument]) -> bool:
    try:
        return bool(word) and find(str(word), own) is not None
    except InstrumentError:
        return False


def _no_site(con: duckdb.DuckDBPyConnection, name: str) -> tuple[int, int]:
    """(rows that belong to no site with visits, rows). Where there is one site everything is of that site."""
    sites = "SELECT DISTINCT coalesce(site_id, '') AS site_id FROM vault.appointment"
    (many,) = con.execute(f"SELECT count(*) FROM ({sites})").fetchone() or (0,)
    elsewhere = f"(site_id IS NOT NULL AND site_id NOT IN ({sites}))"
    if many < 2:
        lost, first = "false", ""
    elif name in OF_STAFF:
        lost, first = f"coalesce(site_id, '') NOT IN ({sites})", ""
    else:
        lost = f"{elsewhere} OR (site_id IS NULL AND coalesce(first.since > {DAYS[name]}, true))"
        first = (
            "LEFT JOIN (SELECT patient_id, min(starts_on) AS since FROM vault.appointment WHERE status = 'attended' "
            "GROUP BY 1) AS first USING (patient_id)"
        )
    row = con.execute(f"SELECT count(*) FILTER (WHERE {lost}), count(*) FROM vault.{name} {first}").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _told(check: str, table: str, lost: int, rows: int, detail: str) -> CheckResult:
    state = NOT_APPLICABLE if lost or not rows else PASSED
    return CheckResult(
        check, table, state, float(lost) if rows else None, float(rows) if rows else None, None, lost, detail
    )
