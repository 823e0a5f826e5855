"""What moment, or what day, does a text of an export mean?

A value that carries an offset or Z is a moment; any other is a reading of the clock in the source's time zone, or only
a day. A declared format that has "Z" as a plain letter reads it as a letter. Times are kept in UTC, days in the
practice's zone. Excel's day numbers are not guessed at: they are named, and quarantined.
"""

from __future__ import annotations

from dataclasses import dataclass

from etl.conform import zones
from etl.engines.duckdb import quoted

ISO = "iso"
EPOCH = {"epoch_s": 1_000_000, "epoch_ms": 1_000}  # microseconds in one
EXCEL_SERIAL = r"[0-9]{5}(\.[0-9]+)?"
_TIME_MARKS = ("%H", "%I", "%-H", "%-I", "%X", "%c")
_FURTHEST_EPOCH = 10**16  # microseconds: the year 2286


@dataclass(frozen=True)
class Formats:
    """The formats of one column, told apart by what they can say."""

    clock: tuple[str, ...] = ()  # a day and a time
    day: tuple[str, ...] = ()  # a day alone
    offset: tuple[str, ...] = ()  # with the distance from UTC
    epoch: tuple[str, ...] = ()
    iso: bool = False

    @property
    def has_moments(self) -> bool:
        return bool(self.iso or self.offset or self.epoch)


def formats_of(declared: str | list[str] | None) -> Formats:
    """Sort declared formats; none declared means ISO 8601."""
    every = [declared] if isinstance(declared, str) else list(declared or [ISO])
    strptime = [each for each in every if each != ISO and each not in EPOCH]
    timed = [each for each in strptime if any(mark in each for mark in _TIME_MARKS)]
    offset = tuple(each for each in timed if "%z" in each)
    return Formats(
        clock=tuple(each for each in timed if "%z" not in each),
        day=tuple(each for each in strptime if each not in timed),
        offset=offset,
        epoch=tuple(each for each in every if each in EPOCH),
        iso=ISO in every,
    )


def readings(name: str, raw: str, formats: Formats, *, first: int = zones.FIRST_YEAR) -> tuple[dict[str, str], ...]:
    """Helpers for the three things a text can say: __clock (local time), __day (a day alone), __moment (UTC)."""
    marks: dict[str, str] = {}
    found: dict[str, list[str]] = {"clock": [], "day": [], "moment": []}
    if formats.iso:
        offset = f"{name}__offset"
        marks[offset] = f"length({raw}) > 16 AND regexp_matches(substr({raw}, 17), '[-+Zz]')"
        found["moment"].append(f"CASE WHEN {offset} THEN TRY_CAST({raw} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END")
        found["clock"].append(f"CASE WHEN length({raw}) > 10 AND NOT {offset} THEN TRY_CAST({raw} AS TIMESTAMP) END")
        found["day"].append(f"CASE WHEN length({raw}) <= 10 THEN TRY_CAST({raw} AS TIMESTAMP) END")
    if formats.clock:
        found["clock"].append(f"try_strptime({raw}, {_list(formats.clock)})")
    if formats.day:
        found["day"].append(f"try_strptime({raw}, {_list(formats.day)})")
    if formats.offset:
        plain = f"CASE WHEN upper(right({raw}, 1)) = 'Z' THEN left({raw}, -1) || '+00:00' ELSE {raw} END"
        found["moment"].append(f"try_strptime({plain}, {_list(formats.offset)}) AT TIME ZONE 'UTC'")
    for each in formats.epoch:
        marks[f"{name}__{each}"] = f"TRY_CAST(TRY_CAST({raw} AS DOUBLE) * {EPOCH[each]} AS BIGINT)"
        found["moment"].append(_epoch(f"{name}__{each}"))
    every = {kind: _first(parts) for kind, parts in found.items()}
    anything = {f"{name}__any_{kind}": value for kind, value in every.items()}
    bounded = {f"{name}__{kind}": _usual_years(f"{name}__any_{kind}", first) for kind in every}
    return marks, anything, bounded


def utc_moment(name: str, zone: str) -> dict[str, str]:
    """Helper __utc: the moment of a reading, NULL for a day alone and for a time inside a spring gap.

    A helper, because the conversion to the practice's day looks at it hundreds of times.
    """
    return {f"{name}__utc": f"coalesce({name}__moment, {zones.to_utc(name + '__clock', zone)})"}


def practice_day(name: str, zone: str, practice_zone: str) -> str:
    """SQL: the practice's calendar day of a reading."""
    written = f"{name}__clock" if zone == practice_zone else "NULL::TIMESTAMP"
    return f"CAST(coalesce({name}__day, {written}, {zones.to_local(f'{name}__utc', practice_zone)}) AS DATE)"


def unreadable(name: str, raw: str, column: str) -> list[tuple[str, str]]:
    """The reasons, with their conditions, for which a text is not understood as a time."""
    nothing = f"{raw} IS NOT NULL AND coalesce({name}__day, {name}__clock, {name}__moment) IS NULL"
    return [
        (f"{nothing} AND regexp_full_match({raw}, {quoted(EXCEL_SERIAL)})", f"{column}_excel_serial"),
        (nothing, f"{column}_unreadable"),
    ]


def _list(formats: tuple[str, ...]) -> str:
    return "[" + ", ".join(quoted(each) for each in formats) + "]"


def _epoch(number: str) -> str:
    return f"CASE WHEN abs({number}) < {_FURTHEST_EPOCH} THEN make_timestamp({number}) END"


def _first(found: list[str]) -> str:
    return f"coalesce({', '.join(found)})" if found else "NULL::TIMESTAMP"


def _usual_years(value: str, first: int) -> str:
    """A year outside the calendar we know (year 1, 9999: placeholders of other systems) is no date."""
    low, high = f"TIMESTAMP '{first}-01-01'", f"TIMESTAMP '{zones.LAST_YEAR + 1}-01-01'"
    return f"CASE WHEN {value} >= {low} AND {value} < {high} THEN {value} END"
