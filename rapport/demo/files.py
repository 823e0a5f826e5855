"""How do the exports reach the disk? Each file in the dialect of the program that wrote it, faults scattered in.

No clock and no locale is read: the same rows give the same bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rapport.demo.faults import Planted, Row


@dataclass(frozen=True)
class Dialect:
    """The habits of one program."""

    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"


PLAIN = Dialect()
WITH_BOM = Dialect(encoding="utf-8-sig", line_end="\r\n")
OLD_EUROPEAN = Dialect(delimiter=";", encoding="latin-1", line_end="\r\n")


def write(
    path: Path, sound: list[Row], planted: Planted, dialect: Dialect, rng: np.random.Generator
) -> dict[str, object]:
    """Write one export; the returned part of truth.json: rows, what must become of them, and the file's hash."""
    lines = [_line(row, dialect) for row in sound]
    extra = [_line(row, dialect) for row in planted.rows]
    extra += [change(_line(row, dialect)) for row, change in planted.raw]
    place = np.concatenate([np.arange(len(lines)), rng.uniform(0, len(lines), len(extra))])
    every = lines + extra
    body = [every[position] for position in np.argsort(place, kind="stable")]
    header = _line({name: name for name in sound[0]}, dialect)
    content = (dialect.line_end.join([header, *body]) + dialect.line_end).encode(dialect.encoding)
    path.write_bytes(content)
    return {
        "file": path.name,
        "read": len(every),
        "kept": len(sound),
        "quarantined": dict(sorted(planted.quarantined.items())),
        "dropped_by_policy": dict(planted.dropped_by_policy),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _line(row: Row, dialect: Dialect) -> str:
    return dialect.delimiter.join(_quoted(value, dialect.delimiter) for value in row.values())


def _quoted(value: str, delimiter: str) -> str:
    if delimiter in value or '"' in value or "\n" in value:
        return '"' + value.replace('"', '""') + '"'
    return value
