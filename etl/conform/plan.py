"""Which one query turns an export's texts into a canonical table?

Nested selects over one scan: clean texts, helpers, typed values, reasons. No join, so the scan keeps its
order on every number of threads. Free text that is dropped is not in the innermost select: it is never read. What is
read for the length of the run only (`carried`) stands beside the outputs, hidden.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from deid.policy import DEFAULT
from etl.canonical import Column, Kind, Table, vault_columns
from etl.conform import postal, status, times, values, zones
from etl.conform.carried import carried, own
from etl.conform.values import Reading
from etl.engines.duckdb import quoted
from etl.mapping import Bound
from etl.settings import TOP_AGE, ComponentRule, TableSource

FIRST_BIRTH_YEAR = 1880


@dataclass
class Plan:
    """The parts of the query, and what the finished table must still look at."""

    table: Table
    profile: str = DEFAULT
    trimmed: dict[str, str] = field(default_factory=dict)
    clean: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, str]] = field(default_factory=lambda: [{}, {}, {}, {}])
    outputs: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    reasons: list[tuple[str, str]] = field(default_factory=list)
    times: dict[str, times.Formats] = field(default_factory=dict)
    left_out: str = "NULL::VARCHAR"
    raw: dict[str, str] = field(default_factory=dict)  # source columns of rules, by their cleaned name

    def add(self, reading: Reading) -> None:
        for at, more in enumerate(reading.steps):
            self.steps[at] |= more
        self.outputs |= reading.outputs
        self.hidden |= reading.hidden
        self.reasons += reading.reasons

    def query(self, scan: str, *, numbered: bool, nul_bytes: bool) -> str:
        """The whole query over `scan` (columns c0, c1, ..., and source_row where numbered)."""
        row = {"source_row": "source_row"} if numbered else {}
        bad = " OR ".join(f"contains({raw}, chr(0))" for raw in self.clean) if nul_bytes and self.clean else "false"
        read = f"SELECT {_select(row | self.trimmed)} FROM {scan}"
        read = f"SELECT {_select(row | self.clean)} FROM ({read})"
        for step in (*self.steps, self.outputs):
            read = f"SELECT *{_more(step)} FROM ({read})"
        cases = " ".join(f"WHEN {condition} THEN {quoted(reason)}" for condition, reason in self.reasons)
        reason = f"CASE {cases} END" if cases else "NULL::VARCHAR"
        last = row | {name: name for name in self.outputs} | self.hidden
        last |= {"reason": reason, "_left_out": self.left_out, "_nul_bytes": f"coalesce({bad}, false)"}
        return f"SELECT {_select(last)} FROM ({read})"


def make_plan(
    table: Table, source: TableSource, bound: Bound, zone: str, practice_zone: str, today: date, profile: str = DEFAULT
) -> Plan:
    """Every kept column of the table, as the mapping says; a column that is not mapped is NULL. profile: of privacy."""
    plan = Plan(table, profile)
    for name, at in bound.rules.items():
        plan.raw[name] = f"k{at}"
        plan.trimmed[f"t{at}"] = values.trimmed(f"c{at}")
        plan.clean[f"k{at}"] = values.clean(f"t{at}")
    for column in table.columns:
        if carried(column):
            _add_own(plan, column, source, bound)
        if column.kept:
            _add_column(plan, column, source, bound, (zone, practice_zone, today))
    for name, sql_type, _ in vault_columns(table):
        if name not in plan.outputs:
            plan.outputs[name] = f"NULL::{'VARCHAR' if _is_key(_) else sql_type}"
    if source.leave_out:
        cases = [
            f"WHEN {status.holds(rule, plan.raw[rule.column])} THEN {quoted('left_out_' + name)}"
            for name, rule in source.leave_out.items()
        ]
        plan.left_out = f"CASE {' '.join(cases)} END"
    return plan


def _is_key(column: Column) -> bool:
    return column.kind in (Kind.RECORD_KEY, Kind.PERSON_KEY)


def _add_column(plan: Plan, column: Column, source: TableSource, bound: Bound, when: tuple[str, str, date]) -> None:
    raw = _raw(plan, column, source, bound)
    if column.name == "status" and source.status_rules:
        _add_status(plan, column, raw, source)
        return
    if column.name == "exposed" and source.components:
        _add_exposed(plan, column, raw, source)
        return
    if raw is None:
        return
    words = {word.strip().lower(): meaning for word, meaning in source.values.get(column.name, {}).items()}
    if column.kind is Kind.TIMESTAMP:
        _add_timestamp(plan, column, raw, times.formats_of(source.formats.get(column.name)), when)
    elif column.kind is Kind.DATE:
        _add_date(plan, column, raw, times.formats_of(source.formats.get(column.name)), when)
    elif column.name == "postal_code":
        plan.add(postal.reading(raw, plan.profile, when[1]))
    else:
        plan.add(values.read(column, raw, words, source.divide.get(column.name)))
    if column.required:
        plan.reasons.append((f"{raw} IS NULL", f"{column.name}_missing"))


def _add_own(plan: Plan, column: Column, source: TableSource, bound: Bound) -> None:
    """The value as it is written, beside the outputs; a day of birth as a day where it can be read."""
    raw = _raw(plan, column, source, bound)
    if raw is not None:
        plan.hidden[own(column.name)] = raw


def _raw(plan: Plan, column: Column, source: TableSource, bound: Bound) -> str | None:
    """The cleaned text of a canonical column: a constant, a source column, or several joined."""
    name = column.name
    if name in source.constants:
        plan.clean[f"r_{name}"] = quoted(source.constants[name])
    elif name in bound.columns:
        plan.trimmed |= {f"t{at}": values.trimmed(f"c{at}") for at in bound.columns[name]}
        parts = [values.clean(f"t{at}") for at in bound.columns[name]]
        plan.clean[f"r_{name}"] = parts[0] if len(parts) == 1 else _joined(column, parts)
    else:
        return None
    return f"r_{name}"


def _joined(column: Column, parts: list[str]) -> str:
    """Parts of a moment or a name by a space, nothing where one is missing; a column an answer, empty ones kept."""
    if column.kind is not Kind.ANSWERS:
        return "(" + f" || {quoted(' ')} || ".join(parts) + ")"
    places = f" || {quoted(';')} || ".join(f"coalesce({part}, '')" for part in parts)
    return f"CASE WHEN coalesce({', '.join(parts)}) IS NOT NULL THEN {places} END"


def _add_status(plan: Plan, column: Column, raw: str | None, source: TableSource) -> None:
    words = {word.strip().lower(): meaning for word, meaning in source.values.get("status", {}).items()}
    reading = values.read(column, raw, words, None) if raw else Reading({"status": "NULL::VARCHAR"})
    value = status.by_rules(source.status_rules, plan.raw, reading.outputs["status"])
    plan.add(Reading({"status": value}, reading.reasons, steps=reading.steps))
    plan.hidden |= {name: f"CASE WHEN status IS NULL THEN {sql} END" for name, sql in reading.hidden.items()}
    plan.reasons.append(("status IS NULL", "status_missing"))


def _add_exposed(plan: Plan, column: Column, raw: str | None, source: TableSource) -> None:
    def touched(name: str, rule: ComponentRule) -> str:
        return f"CASE WHEN {values.one_of(plan.raw[rule.column], rule.exposed)} THEN {quoted(name)} END"

    parts = [touched(name, rule) for name, rule in sorted(source.components.items())]
    found = f"list_filter([{', '.join(parts)}], lambda w: w IS NOT NULL)"
    if raw:
        words = {word.strip().lower(): meaning for word, meaning in source.values.get("exposed", {}).items()}
        reading = values.read(column, raw, words, None)
        plan.add(reading)
        named = reading.outputs["exposed"]
        found = f"list_sort(list_distinct(list_concat({found}, coalesce({named}, []))))"
    plan.outputs["exposed"] = found


def _add_timestamp(plan: Plan, column: Column, raw: str, formats: times.Formats, when: tuple[str, str, date]) -> None:
    zone, practice_zone, _ = when
    name = column.name
    plan.times[name] = formats
    written = f"coalesce({name}__day, {name}__clock, {name}__moment)"
    plan.add(
        Reading(
            {name: f"{name}__utc", column.day: times.practice_day(name, zone, practice_zone)},
            [
                *times.unreadable(name, raw, name),
                (f"{name} IS NULL AND {name}__clock IS NOT NULL", f"{name}_in_dst_gap"),
            ],
            steps=(*times.readings(name, raw, formats), times.utc_moment(name, zone)),
            hidden={f"_timed_{name}": f"{written} <> date_trunc('day', {written})"},
        )
    )
    if formats.has_moments or zone != practice_zone:
        plan.hidden[f"_day_{name}"] = f"CAST({written} AS DATE)"


def _add_date(plan: Plan, column: Column, raw: str, formats: times.Formats, when: tuple[str, str, date]) -> None:
    _, practice_zone, today = when
    name = column.name
    steps = times.readings(name, raw, formats, first=FIRST_BIRTH_YEAR)
    # An instant of an epoch is a day only somewhere: here. Written dates stand as they are written.
    moment = zones.to_local(f"{name}__moment", practice_zone) if formats.epoch else f"{name}__moment"
    day = f"CAST(coalesce({name}__day, {name}__clock, {moment}) AS DATE)"
    reasons = times.unreadable(name, raw, name)
    if name != "birth_date":
        plan.add(Reading({name: day}, reasons, steps=steps))
        return
    over = f"year(DATE '{today}') - year({day}) >= {TOP_AGE}"  # by year alone: all that is kept, and can be swept later
    reasons += [
        (f"{day} > DATE '{today}'", "birth_date_in_future"),
    ]
    outputs = {"birth_year": f"CASE WHEN NOT ({over}) THEN CAST(year({day}) AS INTEGER) END", "aged_90_plus": over}
    plan.add(Reading(outputs, reasons, steps=steps))


def _select(columns: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def _more(columns: dict[str, str]) -> str:
    return ", " + _select(columns) if columns else ""
