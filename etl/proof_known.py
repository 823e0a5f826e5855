"""Which of the feed's own identifiers stand in these texts? The texts' keys are looked up in the engine.

The identifiers stay where they are, in a temporary table of the encrypted engine: 400,000 patients have some three
million of them. What comes out is which kind was met under which key; no identifier is ever put into words.
"""

# ruff: noqa: S608  the names in the SQL are our own
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb
import pandas as pd

from deid import sweep
from etl.proof_places import KEPT, RELEASE, Source

COLUMNS = (RELEASE, KEPT)  # places whose texts are whole values
TABLE = "known_identifier"
SEVERAL_NAMES = 3  # different labels of one column that are people's names: a wrong mapping, no chance
_SQUEEZED = "lower(regexp_replace(written, '[^A-Za-z0-9]+', '', 'g'))"
_ASCII = "strlen(value) = length(value)"
FULL_NAMES = ("full_name", "clinician_name")  # met with the family name first as well
_IN_NAMES = f"kind IN {FULL_NAMES}"
_PARTS = "string_split(value, ' ')"
_TURNED = (  # the name as it reads from each of its later parts on
    f"unnest(list_transform(range(1, len({_PARTS})), lambda n: array_to_string({_PARTS}[n + 1:] || {_PARTS}[:n], '')))"
)
_NO_DIGIT = "NOT regexp_matches(value, '[0-9@]')"


@dataclass(frozen=True)
class Met:
    """A known identifier in a text: its kind and where it stands."""

    kind: str
    source: Source


@dataclass
class Known:
    """What was known, what of it says nothing alone, and what was met."""

    at_hand: bool = False
    known: Counter[str] = field(default_factory=Counter)
    unsearched: Counter[str] = field(default_factory=Counter)
    met: list[Met] = field(default_factory=list)


class Index:
    """The keys of all texts, and in which of them each stands."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.sources = list(sources)
        self.places: dict[str, list[int]] = defaultdict(list)
        self.words: dict[int, set[str]] = {}
        self.wholes: dict[int, set[str]] = {}
        prose: set[str] = set()
        for at, source in enumerate(self.sources):
            found: set[str] = set().union(*map(sweep.keys, source.texts)) if source.texts else set()
            self.words[at] = {word for text in source.texts for word in sweep.words(text)} if source.prose else set()
            self.wholes[at] = {sweep.squeezed(text) for text in source.texts} if source.place in COLUMNS else set()
            for key in found | self.words[at] | self.wholes[at]:
                self.places[key].append(at)
            if source.prose:
                prose |= found
        self.prose_shapes = sweep.shapes_of(prose)
        self.shapes = sweep.shapes_of(set(self.places))


def look_up(con: duckdb.DuckDBPyConnection, index: Index) -> Known:
    """Which identifiers of the feed stand in the texts? Nothing at hand where this run read no export."""
    result = Known()
    if not _there(con):
        return result
    shapes: Counter[tuple[int, int]] = Counter()
    numbers: Counter[tuple[str, int, int]] = Counter()
    shared: list[tuple[str, str, str]] = []
    for kind, alphabet, length, number, both in _asked(con, index):
        result.known[kind] += number
        shared += [(kind, each["key"], each["value"]) for each in both or ()]
        if alphabet:
            shapes[(alphabet, length)] += number
            numbers[(kind, alphabet, length)] += number
    result.at_hand = bool(result.known)
    _count_ordinary(con, result)
    judges = {
        prose: sweep.Ambiguous(index.prose_shapes if prose else index.shapes, dict(shapes)) for prose in (True, False)
    }
    for (kind, *looks), number in numbers.items():
        result.unsearched[kind] += number if judges[False].too_common(*looks) else 0
    labels: dict[int, list[Met]] = defaultdict(list)
    told: set[tuple[str, str, int]] = set()
    for kind, key, value in (*shared, *_accented(con, index)):
        for at in dict.fromkeys(index.places[key]):
            source = index.sources[at]
            if (kind, value, at) in told or not _says_something(kind, key, value, index, at, judges[source.prose]):
                continue
            told.add((kind, value, at))
            (labels[at] if kind in sweep.SINGLE_NAMES and source.label else result.met).append(Met(kind, source))
    for met in labels.values():
        if len(met) >= SEVERAL_NAMES:
            result.met += met
    return result


def _says_something(kind: str, key: str, value: str, index: Index, at: int, judge: sweep.Ambiguous) -> bool:
    """Is it evidence that this key of this kind stands in this text?"""
    source = index.sources[at]
    if kind in sweep.SINGLE_NAMES:
        return not sweep.ordinary(key) and key in (index.words[at] if source.prose else index.wholes[at])
    if judge.says_nothing(key) or (kind.startswith("clinician") and source.declared):
        return False
    if kind in FULL_NAMES:
        if key not in sweep.spellings(value) and _ordinary_words(value):
            return False
    elif sweep.a_word_instead(value):
        return False
    return source.prose or key in index.wholes[at] or _telling(kind, key, value)


def _telling(kind: str, key: str, value: str) -> bool:
    """Does it say something amid other words that no person wrote? Days are those of runs, "Will May" is no name."""
    if kind in sweep.DATES:
        return False
    if kind == "street":
        return sweep.has_digit(key)
    return not (kind in FULL_NAMES and _ordinary_words(value))


def _ordinary_words(name: str) -> bool:
    return all(map(sweep.ordinary, sweep.words(name)))


def _asked(con: duckdb.DuckDBPyConnection, index: Index) -> list[tuple[str, int, int, int, list[dict[str, str]]]]:
    """(kind, alphabet, length, how many, those the texts share) of all identifiers, in one pass: most of the sweep's
    cost. A telephone number is also met without what stands before its last ten digits."""
    con.register("sweep_key", pd.DataFrame({"key": list(index.places)}, dtype=object))
    last_ten = "CASE WHEN kind = 'phone' AND length(key) > 10 THEN right(key, 10) END"
    try:
        return con.execute(
            "SELECT kind, CASE WHEN NOT regexp_matches(key, '[0-9]') THEN 0 WHEN NOT regexp_matches(key, '[^0-9]') "
            "THEN 10 WHEN NOT regexp_matches(key, '[^0-9a-f]') THEN 16 ELSE 36 END AS alphabet, length(key) AS length, "
            "sum(told)::BIGINT, list({'key': met, 'value': value}) FILTER (WHERE met IS NOT NULL) FROM ("
            "SELECT kind, value, key, told, CASE WHEN NOT plainly THEN NULL "
            "WHEN key IN (SELECT key FROM sweep_key) THEN key "
            f"WHEN {last_ten} IN (SELECT key FROM sweep_key) THEN {last_ten} END AS met "
            f"FROM (SELECT kind, value, {_SQUEEZED} AS key, {_ASCII} AS plainly, told FROM "
            f"(SELECT kind, value, value AS written, 1 AS told FROM {TABLE} UNION ALL "
            f"SELECT kind, value, {_TURNED}, 0 FROM {TABLE} WHERE {_IN_NAMES}))) GROUP BY ALL"
        ).fetchall()
    finally:
        con.unregister("sweep_key")


def _accented(con: duckdb.DuckDBPyConnection, index: Index) -> Iterable[tuple[str, str, str]]:
    """(kind, key, identifier) of those with other letters than a to z; spelled with and without accents."""
    for kind, value in con.execute(f"SELECT DISTINCT kind, value FROM {TABLE} WHERE NOT {_ASCII}").fetchall():
        spelled = sweep.spellings(value) | (sweep.turned(value) if kind in FULL_NAMES else set())
        yield from ((kind, key, value) for key in spelled if key in index.places)


def _count_ordinary(con: duckdb.DuckDBPyConnection, result: Known) -> None:
    """Names alone that are ordinary words, and words where an address or a number should be."""
    counted = f"SELECT kind, value, count(*) FROM {TABLE} WHERE"
    single = con.execute(f"{counted} kind IN ('given_name', 'family_name') GROUP BY ALL").fetchall()
    others = f"{_NO_DIGIT} AND NOT {_IN_NAMES} AND kind NOT IN ('given_name', 'family_name')"
    for kind, value, number in single:
        result.unsearched[kind] += number if sweep.ordinary(sweep.squeezed(value)) else 0
    for kind, value, number in con.execute(f"{counted} {others} GROUP BY ALL").fetchall():
        result.unsearched[kind] += number if sweep.a_word_instead(value) else 0


def _there(con: duckdb.DuckDBPyConnection) -> bool:
    found = con.execute(f"SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = '{TABLE}'").fetchone()
    return found is not None


def unique_kinds(met: Iterable[Met]) -> Mapping[str, int]:
    """How often was each kind met?"""
    return Counter(each.kind for each in met)
