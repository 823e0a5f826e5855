"""How does a patient's comment reach the vault? With what identifies taken out, and never as it was written.

Each text is scrubbed with what the export knows of its patient, in batches, inside the run; only the result, why a
person must read it first, and how much was taken out are stored. Nothing about the original is: not even a digest, from
which a removed name could be guessed.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from etl.canonical import Table
from etl.conform.carried import scrubbed
from etl.known import CIRCLE, circles, practice_words

if TYPE_CHECKING:
    from deid.text import Circle, Scrubbed

BATCH = 256  # texts in memory at once
EMPTY, CLEAN = "empty", "clean"
PARTS = ("", "_state", "_held", "_found")  # what is stored of a text, by ending of its column
_READ = (".py", ".json", ".toml", ".gz")

Beat = Callable[[], None]


@cache
def version() -> str:
    """Under which scrubber were the texts of this vault made? Another one reads them all anew."""
    digest = hashlib.sha256()
    found = importlib.util.find_spec("deid.text")
    for file in _files(Path(next(iter(found.submodule_search_locations or [])))) if found else ():
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def text_columns(table: Table) -> tuple[str, ...]:
    """What does the vault hold of this table's texts? All are VARCHAR."""
    return tuple(f"{column.name}{part}" for column in scrubbed(table) for part in PARTS)


def scrub(con: duckdb.DuckDBPyConnection, table: Table, profile: str, beat: Beat) -> None:
    """Make texts_<table>(source_row, text columns) of this table's good rows; nothing where it has no texts."""
    for column in scrubbed(table):
        ends = ", ".join(f"{column.name}{part} VARCHAR" for part in PARTS)
        con.execute(f"CREATE OR REPLACE TEMP TABLE texts_{table.name} (source_row BIGINT, {ends})")
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE unread AS SELECT o.source_row AS number, g.patient_id, o.{column.name} AS "
            f"text FROM own_{table.name} o JOIN good_{table.name} g ON g.source_row = o.source_row "
            f"WHERE o.{column.name} IS NOT NULL"
        )
        for rows in _scrubbed(con, profile, beat, always=True):
            con.register("done", rows)
            con.execute(f"INSERT INTO texts_{table.name} SELECT number, text, state, held, found FROM done")
            con.unregister("done")
        con.execute("DROP TABLE unread")


def scrub_again(con: duckdb.DuckDBPyConnection, table: Table, profile: str, run: int, *, anew: bool, beat: Beat) -> int:
    """Take what is known by now out of stored texts that this export does not bring again. How many changed?

    A patient's new name is taken out of what was said before. anew: the scrubber itself changed.
    Needs person_patient, and the good rows of `table` under the vault's numbers in `arrived` (key).
    """
    changed = 0
    for column in scrubbed(table):
        key, name = table.key[0], column.name
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE unread AS SELECT v.{key} AS number, p.written AS patient_id, v.{name} AS "
            f"text FROM vault.{table.name} v {'LEFT ' if anew else ''}JOIN person_patient p ON p.id = v.patient_id "
            f"WHERE v.{name} IS NOT NULL AND v.{key} NOT IN (SELECT {key} FROM arrived)"
        )
        for rows in _scrubbed(con, profile, beat, always=anew):
            con.register("done", rows)
            con.execute(
                f"UPDATE vault.{table.name} v SET {name} = d.text, {name}_state = d.state, {name}_held = d.held, "
                f"changed_in = {run} FROM done d WHERE d.number = v.{key}"
            )
            con.unregister("done")
            changed += len(rows)
        con.execute("DROP TABLE unread")
    return changed


def _scrubbed(con: duckdb.DuckDBPyConnection, profile: str, beat: Beat, *, always: bool) -> Iterator[pd.DataFrame]:
    """The rows of `unread`, scrubbed; unless `always`, only those in which something known still stood."""
    (count,) = con.execute("SELECT count(*) FROM unread").fetchone() or (0,)
    if not count:
        return
    from deid.text import Scrubber

    scrubber = Scrubber(profile, practice=practice_words(con))
    lists = ", ".join(f"c.{kind}" for kind in CIRCLE)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE to_scrub AS SELECT row_number() OVER (ORDER BY u.patient_id, u.number) AS "
        f"place, u.number, u.text, u.patient_id, {lists} FROM unread u "
        f"LEFT JOIN ({circles(con, 'unread')}) c ON c.patient_id = u.patient_id"
    )
    circle = _Circles()
    for start in range(1, count + 1, BATCH):
        beat()
        rows = con.execute(
            "SELECT * EXCLUDE (place) FROM to_scrub WHERE place >= ? AND place < ? ORDER BY place",
            [start, start + BATCH],
        ).fetchall()
        results = scrubber.scrub_all((text, circle.of(who, lists)) for _, text, who, *lists in rows)
        kept = [_row(row[0], result) for row, result in zip(rows, results, strict=True) if always or _known(result)]
        if kept:
            yield pd.DataFrame(kept, columns=["number", "text", "state", "held", "found"])
    con.execute("DROP TABLE to_scrub")


def _known(result: Scrubbed) -> bool:
    return any(span.layer == "known" for span in result.found)


def _row(number: int, result: Scrubbed) -> tuple[Any, ...]:
    return (number, _storable(result.text), result.state, "; ".join(result.held), _counts(result))


def _counts(result: Scrubbed) -> str:
    return ", ".join(f"{label} {count}" for label, count in sorted(result.counts.items()))


def _storable(text: str) -> str:
    """UTF-8 has no place for half a character; nor a screen for a NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


class _Circles:
    """The circle of the patient last asked for: texts come patient by patient."""

    def __init__(self) -> None:
        self._who: object = self
        self._circle: Circle | None = None

    def of(self, who: str | None, lists: list[list[str | None] | None]) -> Circle:
        from deid.text import Circle

        if self._circle is None or who != self._who:
            known = {
                kind: [value for value in values or () if value] for kind, values in zip(CIRCLE, lists, strict=True)
            }
            self._who, self._circle = who, Circle(known)
        return self._circle


def _files(folder: Path) -> Iterator[Path]:
    for place in (folder, folder / "patterns"):
        yield from sorted(file for file in place.iterdir() if file.suffix in _READ)
