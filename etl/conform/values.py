"""How is the text of one column read, kind by kind, and what is said of a text that cannot be read?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from etl.canonical import SQL_TYPES, Column, Kind
from etl.engines.duckdb import quoted
from etl.settings import TOP_AGE

NOTHING = ("", "NULL", "null", "\\N", "NaN", "nan", "NaT")  # how databases and spreadsheets write an empty field
TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0", "on")
FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0", "off")
_ROUNDED = r"[0-9]\.[0-9]+[eE]\+[0-9]+"  # 2.98725E+13: a number that a spreadsheet has shortened
_AMOUNT = r"([0-9]{1,3}([., '’][0-9]{3})+|[0-9]+)([.,][0-9]{1,2})?"
_CURRENCY = rf"[^0-9.,()-]{{0,4}}\(?-?[^0-9.,()-]{{0,4}}{_AMOUNT}\)?[^0-9.,()-]{{0,4}}"


@dataclass(frozen=True)
class Reading:
    """SQL of one column: its kept value(s), hidden helpers, and the reasons a row is not understood, in order.

    steps: helpers computed before the outputs, each dict from the one before. What is used more than once is a helper:
    the engine would compute it again in every branch of a CASE.
    """

    outputs: dict[str, str]
    reasons: list[tuple[str, str]] = field(default_factory=list)
    steps: tuple[dict[str, str], ...] = ()
    hidden: dict[str, str] = field(default_factory=dict)


def trimmed(raw: str) -> str:
    """A cell without the spaces around it; most have none, and looking is cheaper than copying."""
    return f"CASE WHEN {raw} LIKE ' %' OR {raw} LIKE '% ' THEN trim({raw}) ELSE {raw} END"


def clean(trimmed: str) -> str:
    """SQL: a text without outer spaces; NULL where it says nothing."""
    words = " ".join(f"WHEN {quoted(word)} THEN NULL" for word in NOTHING)
    longest = max(map(len, NOTHING))
    return f"CASE WHEN length({trimmed}) > {longest} THEN {trimmed} ELSE CASE {trimmed} {words} ELSE {trimmed} END END"


def one_of(raw: str, words: tuple[str, ...]) -> str:
    """SQL: is it one of these words, without case? Not IN: the engine may join for it and lose row order."""
    return f"list_contains([{', '.join(quoted(word.strip().lower()) for word in words)}], lower({raw}))"


def lookup(folded: str, words: dict[str, str], otherwise: str = "NULL") -> str:
    """SQL: the canonical word of a source word that is already in lower case."""
    if not words:
        return otherwise
    cases = " ".join(f"WHEN {quoted(word)} THEN {quoted(meaning)}" for word, meaning in words.items())
    return f"CASE {folded} {cases} ELSE {otherwise} END"


def read(column: Column, raw: str, words: dict[str, str], divide: float | None) -> Reading:
    """The reading of any column but dates and times. words: lower-case source word to canonical word."""
    if column.name == "age":
        return _age(column, raw)
    reader = _READERS[column.kind]
    value = reader(column, raw, words)
    if divide:
        value = f"CAST(round(({value}) / {float(divide)!r}) AS {SQL_TYPES[column.kind]})"
    folded = {f"{column.name}__folded": f"lower({raw})"} if words or column.kind in _FOLDED else {}
    numbers = {f"{column.name}__number": _number(column, raw, words)} if column.kind in _NUMBERS else {}
    what = "unknown_word" if column.kind in (Kind.WORD, Kind.BOOLEAN) else "unreadable"
    reasons = [(f"{raw} IS NOT NULL AND {column.name} IS NULL", f"{column.name}_{what}")]
    hidden = {}
    if column.kind in (Kind.RECORD_KEY, Kind.PERSON_KEY):
        reasons = [(f"contains({raw}, '+') AND {column.name} IS NULL", f"{column.name}_rounded_number")]
    elif column.kind is Kind.WORD and column.allowed:
        hidden = {f"_word_{column.name}": f"CASE WHEN {value} IS NULL THEN left({raw}, 60) END"}
    return Reading({column.name: value}, reasons, hidden=hidden, steps=(folded, numbers))


def _key(_: Column, raw: str, __: dict[str, str]) -> str:
    """A record number is a text; the ".0" or exponent a spreadsheet gave it goes where no digit was lost."""
    mantissa = f"length(replace(split_part(upper({raw}), 'E', 1), '.', ''))"
    exponent = f"TRY_CAST(split_part(upper({raw}), 'E', 2) AS INTEGER)"
    whole = f"CAST(TRY_CAST({raw} AS DECIMAL(38, 0)) AS VARCHAR)"
    return (
        f"CASE WHEN contains({raw}, '+') AND regexp_full_match({raw}, {quoted(_ROUNDED)}) "
        f"THEN CASE WHEN {mantissa} > {exponent} OR {mantissa} >= 12 THEN {whole} END "
        f"WHEN ends_with({raw}, '.0') THEN left({raw}, -2) ELSE {raw} END"
    )


def _word(column: Column, _: str, words: dict[str, str]) -> str:
    known = {word: word for word in column.allowed} | words
    folded = f"{column.name}__folded"
    return lookup(folded, known, "NULL" if column.allowed else folded)


def _label(column: Column, raw: str, words: dict[str, str]) -> str:
    return lookup(f"{column.name}__folded", words, raw)


def _boolean(column: Column, _: str, words: dict[str, str]) -> str:
    known = dict.fromkeys(TRUE_WORDS, "true") | dict.fromkeys(FALSE_WORDS, "false")
    known |= {word: known.get(meaning.lower(), meaning) for word, meaning in words.items()}
    return f"TRY_CAST({lookup(column.name + '__folded', known)} AS BOOLEAN)"


def _number(column: Column, raw: str, words: dict[str, str]) -> str:
    """A decimal comma is understood where there is no point."""
    text = lookup(f"{column.name}__folded", words, raw)
    return f"coalesce(TRY_CAST({text} AS DOUBLE), TRY_CAST(replace({text}, ',', '.') AS DOUBLE))"


def _finite(column: Column, _: str, __: dict[str, str]) -> str:
    value = f"{column.name}__number"
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _integer(column: Column, _: str, __: dict[str, str]) -> str:
    value = f"{column.name}__number"
    return f"CASE WHEN {value} = floor({value}) THEN TRY_CAST({value} AS INTEGER) END"


def _money(_: Column, raw: str, __: dict[str, str]) -> str:
    """Currency units to cents; "$1,234.50", "1.234,50 €", "(12.00)" too: . or , before 1-2 last digits is decimal."""
    digits = f"regexp_replace({raw}, '[^0-9.,]', '', 'g')"
    units = f"regexp_replace(regexp_replace({digits}, '[.,][0-9]{{1,2}}$', ''), '[^0-9]', '', 'g')"
    cents = f"rpad(regexp_extract({digits}, '[.,]([0-9]{{1,2}})$', 1), 2, '0')"
    shaped = f"regexp_full_match({raw}, {quoted(_CURRENCY)})"
    sign = f"CASE WHEN contains({raw}, '-') OR contains({raw}, '(') THEN '-' ELSE '' END"
    return (
        f"coalesce(TRY_CAST(round(TRY_CAST({raw} AS DECIMAL(18, 4)) * 100) AS BIGINT), "
        f"CASE WHEN {shaped} THEN TRY_CAST({sign} || {units} || {cents} AS BIGINT) END)"
    )


def _words(column: Column, raw: str, words: dict[str, str]) -> str:
    parts = f"list_filter(list_transform(string_split({raw}, ';'), lambda w: lower(trim(w))), lambda w: w <> '')"
    if words:
        parts = f"list_transform({parts}, lambda w: {lookup('w', words, 'w')})"
    return f"list_sort(list_distinct({parts}))"


def _answers(_: Column, raw: str, words: dict[str, str]) -> str:
    """Every place is kept: one answer too few would move all that follow it to another item."""
    known = dict.fromkeys(NOT_ANSWERED, "") | words
    return f"list_transform(string_split({raw}, ';'), lambda w: nullif({_one_answer(known)}, ''))"


def _one_answer(known: dict[str, str]) -> str:
    return lookup("lower(trim(w))", known, "lower(trim(w))")


def _age(column: Column, raw: str) -> Reading:
    steps = ({f"{column.name}__number": _number(column, raw, {})}, {f"{column.name}__n": _integer(column, raw, {})})
    inside = f"{column.name}__n BETWEEN {column.low:g} AND {column.high:g}"
    return Reading(
        {column.name: f"CASE WHEN {inside} THEN least({column.name}__n, {TOP_AGE}) END"},
        [
            (f"{raw} IS NOT NULL AND {column.name}__n IS NULL", f"{column.name}_unreadable"),
            (f"{column.name}__n < {column.low:g}", f"{column.name}_below_{column.low:g}"),
            (f"{column.name}__n > {column.high:g}", f"{column.name}_above_{column.high:g}"),
        ],
        steps=steps,
    )


NOT_ANSWERED = ("-", "\u2013", ".", "na", "n/a")  # as exports write a place that was left empty
_FOLDED = (Kind.WORD, Kind.BOOLEAN)
_NUMBERS = (Kind.INTEGER, Kind.NUMBER)
_READERS: dict[Kind, Callable[[Column, str, dict[str, str]], str]] = {
    Kind.RECORD_KEY: _key,
    Kind.PERSON_KEY: _key,
    Kind.WORD: _word,
    Kind.LABEL: _label,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _finite,
    Kind.MONEY: _money,
    Kind.WORDS: _words,
    Kind.ANSWERS: _answers,
}
