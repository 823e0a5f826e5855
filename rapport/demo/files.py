"""How do the exports reach the disk? Each file in the dialect of the program that wrote it, faults scattered in.

No clock and no locale is read: the same rows give the same bytes. Rows come in chunks, so that millions of them never
stand in memory as text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from rapport.demo.faults import Planted

CHUNK = 100_000  # rows written as text at once


@dataclass(frozen=True)
class Dialect:
    """The habits of one program."""

    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    mark: bytes = b""


PLAIN = Dialect()
WITH_BOM = Dialect(line_end="\r\n", mark=b"\xef\xbb\xbf")
OLD_EUROPEAN = Dialect(delimiter=";", encoding="latin-1", line_end="\r\n")


@dataclass(frozen=True)
class Export:
    """One file to write: its rows as texts, in chunks that are made when they are asked for.

    make(begin, end): these rows, every column a text. plant: the faults, made from the first chunk; none where absent.
    """

    table: str
    file: str
    rows: int
    make: Callable[[int, int], pd.DataFrame]
    plant: Callable[[pd.DataFrame], Planted] = field(default=lambda sound: Planted())
    dialect: Dialect = PLAIN

    def chunks(self) -> Iterator[pd.DataFrame]:
        for begin in range(0, max(1, self.rows), CHUNK):
            yield self.make(begin, min(begin + CHUNK, self.rows))


def write(
    folder: Path, export: Export, rng: np.random.Generator, tell: Callable[[float], None] = lambda part: None
) -> dict[str, object]:
    """Write one export; the returned part of truth.json: rows, what must become of them, and the file's hash.

    tell: hears after each chunk which part of the rows is written.
    """
    digest, dialect, done = hashlib.sha256(), export.dialect, 0
    planted, lines_to_add, places = Planted(), np.zeros(0, dtype=object), np.zeros(0)
    with (folder / export.file).open("wb") as stream:

        def put(content: bytes) -> None:
            digest.update(content)
            stream.write(content)

        put(dialect.mark)
        for chunk in export.chunks():
            if done == 0:
                put(_encoded([dialect.delimiter.join(chunk.columns)], dialect))
                planted = export.plant(chunk)
                lines_to_add = _extra(planted, dialect)
                places = np.sort(rng.uniform(0, export.rows, len(lines_to_add)))
            here = (places >= done) & (places < done + len(chunk))
            at = np.ceil(places[here] - done).astype(int)
            body = np.insert(_lines(chunk, dialect), at, lines_to_add[here])
            put(_encoded(body.tolist(), dialect))
            done += len(chunk)
            tell(done / max(1, export.rows))
    return {
        "file": export.file,
        "read": done + len(lines_to_add),
        "kept": done,
        "quarantined": dict(sorted(planted.quarantined.items())),
        "dropped_by_policy": dict(planted.dropped_by_policy),
        "sha256": digest.hexdigest(),
    }


def _extra(planted: Planted, dialect: Dialect) -> np.ndarray:
    """The lines of the planted faults, in the order in which they were planted."""
    rows = [*planted.rows, *(row for row, _ in planted.raw)]
    if not rows:
        return np.zeros(0, dtype=object)
    lines = _lines(pd.DataFrame(rows), dialect)
    broken = len(planted.rows)
    for position, (_, change) in enumerate(planted.raw):
        lines[broken + position] = change(lines[broken + position])
    return lines


def _encoded(lines: list[str], dialect: Dialect) -> bytes:
    return "".join(f"{line}{dialect.line_end}" for line in lines).encode(dialect.encoding)


def _lines(rows: pd.DataFrame, dialect: Dialect) -> np.ndarray:
    """Each row as a line: column after column, all rows at once."""
    columns = [_quoted(rows[name].tolist(), dialect.delimiter) for name in rows.columns]
    return np.array([dialect.delimiter.join(values) for values in zip(*columns, strict=True)], dtype=object)


def _quoted(values: list[str], delimiter: str) -> list[str]:
    """Quotes what needs it; most columns hold nothing that does, and one look at all of it says so."""
    marks = (delimiter, '"', "\n")
    together = "\0".join(values)
    if not any(mark in together for mark in marks):
        return values
    return ['"' + value.replace('"', '""') + '"' if any(mark in value for mark in marks) else value for value in values]
