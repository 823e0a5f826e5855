"""Does the declared mapping fit the canonical tables, and the export in hand?

A preset lies under what the operator writes: the operator's word wins, column by column and word by word. A column that
only the preset names may be absent from the export, unless it is required.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from etl import presets, refusals
from etl.canonical import TABLES, Column, Kind, Table
from etl.conform.carried import carried
from etl.errors import InputError
from etl.settings import IngestSettings, TableSource

JOIN = " + "


@dataclass(frozen=True)
class Bound:
    """Where in the export each canonical column stands (0 = first), and each column a rule looks at."""

    columns: dict[str, tuple[int, ...]]
    rules: dict[str, int]
    unused: tuple[str, ...]

    @property
    def needed(self) -> set[int]:
        return {at for places in self.columns.values() for at in places} | set(self.rules.values())


def nearest(word: str, known: Iterable[str]) -> str:
    """' Did you mean "..."?', or nothing where no known word is near."""
    by_folded = {_folded(each): each for each in known}
    found = get_close_matches(_folded(word), by_folded, n=1, cutoff=0.6)
    return f' Did you mean "{by_folded[found[0]]}"?' if found else ""


def merged(source: TableSource, table: str) -> tuple[TableSource, frozenset[str]]:
    """The source with its preset under it, and the canonical columns only the preset names."""
    if source.preset is None:
        return source, frozenset()
    under = presets.table(source.preset, table)
    own = source.model_dump(exclude_unset=True)
    both: dict[str, Any] = {**under, **own}
    for part in ("columns", "constants", "formats", "divide", "components", "leave_out"):
        both[part] = {**under.get(part, {}), **own.get(part, {})}
    for name in own.get("constants", {}):
        both["columns"].pop(name, None)
    words = {**under.get("values", {})}
    for name, mapped in own.get("values", {}).items():
        fold = {word.strip().lower() for word in mapped}
        kept = {word: to for word, to in words.get(name, {}).items() if word.strip().lower() not in fold}
        words[name] = {**kept, **mapped}
    both["values"] = words
    return TableSource.model_validate(both), frozenset(set(under.get("columns", {})) - set(own.get("columns", {})))


def check(settings: IngestSettings) -> list[str]:
    """Is every table mapped as it must be? Raises InputError with every fault found; else an empty list."""
    found = list(problems(settings))
    if found:
        raise InputError("\n".join(found))
    return found


def problems(settings: IngestSettings) -> Iterator[str]:
    """Each fault of the declared mapping, as a sentence. Reads no export."""
    if settings.timezone not in available_timezones():
        yield _zone_fault("timezone", settings.timezone)
    for name, source in settings.tables.items():
        where = f"[tables.{name}]"
        if name not in TABLES:
            yield f"{where} is no table Rapport knows.{nearest(name, TABLES)} The tables are: {', '.join(TABLES)}."
            continue
        try:
            whole, _ = merged(source, name)
        except InputError as fault:
            yield f"{where}: {fault}"
            continue
        yield from _source_faults(where, source)
        yield from _name_faults(where, TABLES[name], whole)
        yield from _word_faults(where, TABLES[name], whole)
        yield from _unmapped(where, TABLES[name], whole)
        yield from refusals.problems(settings, name, whole)
    yield from refusals.of_attestations(settings)


def _zone_fault(key: str, zone: str) -> str:
    return f'{key} = "{zone}" is no time zone.{nearest(zone, available_timezones())} Write for example "Europe/Paris".'


def _source_faults(where: str, source: TableSource) -> Iterator[str]:
    if (source.file is None) == (source.url is None):
        yield f'{where} must have exactly one of file and url: write for example file = "appointments.csv".'
    if source.url is not None and (source.query is None) == (source.database_table is None):
        yield f"{where} must have exactly one of query and database_table beside url."
    if source.timezone is not None and source.timezone not in available_timezones():
        yield f"{where}: {_zone_fault('timezone', source.timezone)}"


def _name_faults(where: str, table: Table, source: TableSource) -> Iterator[str]:
    parts: dict[str, Iterable[str]] = {
        "columns": source.columns,
        "constants": source.constants,
        "values": source.values,
        "formats": source.formats,
        "divide": source.divide,
    }
    for part, names in parts.items():
        for name in names:
            if name not in table.names:
                what = f'{where} {part}: "{name}" is no column of the table {table.name}.'
                yield what + _instead(where, part, name, table, source)
    for name in source.formats:
        if name in table.names and table.column(name).kind not in (Kind.DATE, Kind.TIMESTAMP):
            yield f'{where} formats: "{name}" is neither a date nor a time and takes no format.'


def _instead(where: str, part: str, name: str, table: Table, source: TableSource) -> str:
    """The nearest column and, where it is a mapping, the line to write for it; every column where none is near."""
    close = nearest(name, table.names)
    if not close:
        return f" The columns are: {', '.join(table.names)}."
    right = close.split('"')[1]
    return close + (
        f' Write {right} = "{source.columns[name]}" under {where[:-1]}.columns].' if part == "columns" else ""
    )


def _word_faults(where: str, table: Table, source: TableSource) -> Iterator[str]:
    meanings = [(name, to) for name, words in source.values.items() for to in words.values()]
    meanings += [("status", rule.status) for rule in source.status_rules]
    meanings += list(source.constants.items())
    for name, meaning in dict.fromkeys(meanings):
        if name not in table.names:
            continue
        allowed = table.column(name).allowed
        if allowed and meaning not in allowed:
            close = nearest(meaning, allowed) or f" The words are: {', '.join(allowed)}."
            yield f'{where} {name}: "{meaning}" is no word Rapport knows for it.{close}'
    if source.status_rules and "status" not in table.names:
        yield f"{where} status_rules: the table {table.name} has no status."
    if source.components and "exposed" not in table.names:
        yield f"{where} components: only appointments are touched by components."


def _unmapped(where: str, table: Table, source: TableSource) -> Iterator[str]:
    for name in table.required:
        derived = name == "status" and source.status_rules
        if name not in source.columns and name not in source.constants and not derived:
            meaning = table.column(name).meaning
            yield (
                f"{where} does not say which column holds {name} ({meaning}): "
                f'write {name} = "the column\'s name in the export" under {where[:-1]}.columns].'
            )


def bind(table: Table, source: TableSource, optional: frozenset[str], header: list[str], where: str) -> Bound:
    """Find every mapped column in the export's header: written alike first, then without case and spaces.

    Raises InputError naming the file, the column and the nearest one, where a column is absent or there twice.
    """
    if refused := refusals.person_columns(table.name, header, source):
        raise InputError(f"{where}: {refused}")
    columns: dict[str, tuple[int, ...]] = {}
    for name, written in source.columns.items():
        if name in source.constants or not _read(table.column(name)):
            continue
        places = places_of(written, header, where)
        if places:
            columns[name] = places
        elif name not in optional or (name in table.required and not (name == "status" and source.status_rules)):
            raise InputError(_absent(written, header, where, f"{name} of the table {table.name}"))
    rules: dict[str, int] = {}
    for written in _looked_at(source):
        place = _place(written, header, where)
        if place is None:
            raise InputError(_absent(written, header, where, f"a rule of the table {table.name}"))
        rules[written] = place
    used = {at for places in columns.values() for at in places} | set(rules.values())
    unused = tuple(each for at, each in enumerate(header) if at not in used)
    return Bound(columns, rules, unused)


def _read(column: Column) -> bool:
    return column.kept or carried(column)


def zone_of(source: TableSource, settings: IngestSettings) -> str:
    """In which time zone does the export write its times?"""
    zone = source.timezone or settings.timezone
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise InputError(_zone_fault("timezone", zone)) from None
    return zone


def _looked_at(source: TableSource) -> list[str]:
    rules = [each.column for rule in source.status_rules for each in rule.conditions]
    rules += [rule.column for rule in source.components.values()]
    rules += [rule.column for rule in source.leave_out.values()]
    return list(dict.fromkeys(rules))


def _folded(text: str) -> str:
    return re.sub(r"[\s_]+", "", text).casefold()


def _place(written: str, header: list[str], where: str) -> int | None:
    for alike in (lambda each: each == written, lambda each: _folded(each) == _folded(written)):
        places = [at for at, each in enumerate(header) if alike(each)]
        if len(places) > 1:
            raise InputError(f'{where}: the column "{written}" is there {len(places)} times: rename one in the export')
        if places:
            return places[0]
    return None


def places_of(written: str, header: list[str], where: str) -> tuple[int, ...]:
    """Where in the header a mapped name stands: one place, or two that are joined; none where it is not there."""
    whole = _place(written, header, where)
    if whole is not None:
        return (whole,)
    parts = [_place(part.strip(), header, where) for part in written.split(JOIN)]
    return tuple(at for at in parts if at is not None) if None not in parts else ()


def _absent(written: str, header: list[str], where: str, purpose: str) -> str:
    has = ", ".join(f'"{each}"' for each in header[:40])
    return f'{where}: there is no column "{written}" ({purpose}).{nearest(written, header)} The file has: {has}.'
