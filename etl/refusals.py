"""Does the mapping reach for records that are not read, and has a named person vouched that it does not?

Psychotherapy notes (45 CFR 164.501) and substance use disorder records (42 CFR Part 2) are known by their names alone:
of a column, a file, a table, a query. Staff surveys and time sheets must not say who: there the whole header counts,
mapped or not, because the operator who could open the file would read a colleague's answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from deid import refusals
from deid.refusals import Refused
from etl.canonical import TABLES, Kind
from etl.settings import WHAT_IT_HOLDS, WHO_SAYS, Attestation, IngestSettings, TableSource

ABOUT_STAFF = ("staff_survey", "staff_time")
AS_WORDS = (Kind.WORD, Kind.LABEL, Kind.WORDS, Kind.ANSWERS)  # kept as they are written
OF_A_SITE = ("site_id", "name")  # a place may be called after its street; an alias hides it
VENDOR = (
    "therapynotes"  # a product, not a kind of note: its name in a file's name says nothing where its preset is used
)
_PLACE = re.compile(r"\s+")


def problems(settings: IngestSettings, name: str, source: TableSource) -> Iterator[str]:
    """Each refusal of one table's mapping, as a sentence that shows the lines to write. source: with its preset."""
    vouched = settings.privacy.attestations
    today = _today(settings)
    for place, written in _names(source):
        column = place if place in ("query", "url") else written
        text = _without_vendor(written) if place == "file" and source.preset == VENDOR else written
        for kind in refusals.refused():
            cue = kind.cue_in(text)
            if cue and not _attested(vouched, kind, name, column):
                yield _sentence(kind, name, place, column, cue, today)
    yield from _misplaced(name, source)
    if name in ABOUT_STAFF:
        yield from _staff_problems(name, source)


def of_attestations(settings: IngestSettings) -> Iterator[str]:
    """Each attestation that cannot stand: dated in the future, or about a column without saying which."""
    today = _today(settings)
    for number, each in enumerate(settings.privacy.attestations, 1):
        where = f"[[privacy.attestations]] number {number} (about {each.about})"
        if each.on > today:
            yield f"{where}: on = {each.on} is in the future: write the day on which it was said, {today} or before."
        if each.about != "actual_knowledge" and not (each.table and each.column):
            yield f'{where} must say of what: write table = "appointment" and column = "the column of the export".'


def person_columns(table: str, header: Sequence[str], source: TableSource) -> str | None:
    """What is wrong with the header of a staff table? A sentence where a column says who; None where none does.

    The column that is counted into `people` may be called after those it counts.
    """
    if table not in ABOUT_STAFF:
        return None
    counted = source.columns.get("people", "")
    who = [each for each in header if each != counted and refusals.names_staff(each)]
    if not who:
        return None
    shown = ", ".join(f'"{each}"' for each in who)
    return (
        f"the header has {shown}, which says who of the staff a row is about; nobody here may read a colleague's "
        f"answers. Remove {'it' if len(who) == 1 else 'them'} from the export (not only from the mapping), then ingest "
        "again. A column that numbers the answer sheet, and no person, can be renamed: sheet."
    )


def _names(source: TableSource) -> Iterator[tuple[str, str]]:
    """Everything by whose name a source could be told: (where it stands, as written). Rows left out may be named."""
    for canonical, written in source.columns.items():
        yield f"columns.{canonical}", written
    for rule in source.status_rules:
        for condition in rule.conditions:
            yield "status_rules", condition.column
    for component, touched in source.components.items():
        yield f"components.{component}", touched.column
    for place, text in (("file", source.file), ("database_table", source.database_table), ("query", source.query)):
        if text:
            yield place, text
    if source.url:
        yield "url", urlsplit(source.url).path  # the database's name, no host and no password


def _without_vendor(file: str) -> str:
    return re.sub(VENDOR, " ", file, flags=re.IGNORECASE)


def _attested(vouched: Sequence[Attestation], kind: Refused, table: str, column: str) -> bool:
    return any(
        (each.about, each.table) == (kind.about, table) and _folded(each.column) == _folded(column) for each in vouched
    )


def _sentence(kind: Refused, table: str, place: str, column: str, cue: str, today: date) -> str:
    return (
        f'[tables.{table}] {place}: {_quoted(column)} sounds like {kind.what} ({kind.law}; "{cue.rstrip("*")}"), which '
        "Rapport does not read. Take it out; or, where a named person knows that it holds none, write:\n"
        f'[[privacy.attestations]]\nabout = "{kind.about}"\ntable = "{table}"\ncolumn = {_quoted(column)}\n'
        f'by = "{WHO_SAYS}"\non = {today}\nsays = "{WHAT_IT_HOLDS}"'
    )


def _misplaced(name: str, source: TableSource) -> Iterator[str]:
    """What names a patient may be mapped only to a column that is never kept, or never kept as written."""
    for canonical, written in source.columns.items():
        column = next((each for each in TABLES[name].columns if each.name == canonical), None)
        if column is None or column.kind not in AS_WORDS or canonical in OF_A_SITE:
            continue
        if refusals.identifies(written):
            yield (
                f"[tables.{name}] columns.{canonical}: {_quoted(written)} sounds like what names or finds a person, "
                f"and {canonical} is kept word for word. Take the line out; names, addresses and numbers of a patient "
                "go to the columns of [tables.patient.columns] that are never kept: given_name, email, street ..."
            )


def _staff_problems(name: str, source: TableSource) -> Iterator[str]:
    mapped = [(f"columns.{at}", written) for at, written in source.columns.items() if at != "people"]
    named = [*mapped, *((f"constants.{at}", word) for at, word in source.constants.items() if "@" in word)]
    found = [(place, written) for place, written in named if refusals.names_staff(written) or "@" in written]
    if source.query:
        asked = refusals.identifiers(source.query)
        found += [("query", each) for each in asked if refusals.names_staff(each, bare=False)]
    for place, written in dict.fromkeys(found):
        yield (
            f"[tables.{name}] {place}: {_quoted(written)} says who of the staff a row is about; {name} comes without "
            "any person key. Export it without that column, or read a view of the database that has none."
        )


def _today(settings: IngestSettings) -> date:
    zone = settings.timezone if settings.timezone in available_timezones() else "UTC"
    return datetime.now(ZoneInfo(zone)).date()


def _folded(text: str) -> str:
    return _PLACE.sub("", text).casefold()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a TOML basic string
