"""Which rows of a table can be read at all, however broken the rest of it is? For what must not be missed.

The ordinary reading refuses a row, or a whole export, for one fault. Here a line is a row wherever it can be one: a
ragged line, an unclosed quote, letters that cannot be decoded and NUL bytes cost at most the field they stand in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from etl.settings import TableSource
from etl.sources import sql, text

LONGEST_RECORD = 50  # lines; an unclosed quote would swallow the rest of the file
Row = tuple[int, list[str | None]]  # line of the file (or place in the result), and its fields


def rows(source: TableSource, base_dir: Path, wanted: sql.Wanted) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """Yields once: the header, and the rows. wanted: header -> the places needed; the others may be left empty.

    Raises InputError where nothing of the table can be read.
    """
    if source.file is None:
        with sql.opened(source, base_dir, wanted) as found:
            yield found.header, _of_database(found, sorted(wanted(found.header)))
        return
    file = text.look_at(base_dir / source.file, encoding=source.encoding, delimiter=source.delimiter)
    with text.opened(file.path) as stream:
        letters = io.TextIOWrapper(stream, encoding=file.encoding, errors="replace", newline="")
        lines = (line.replace("\0", "") for line in letters)
        yield file.header, _of_lines(lines, file.delimiter, len(file.header), file.lines_above + 1)
        letters.detach()


def _of_database(found: sql.Rows, needed: list[int]) -> Iterator[Row]:
    for batch in found.batches(needed):
        columns = batch.to_pydict()
        for at, number in enumerate(columns["source_row"]):
            fields: list[str | None] = [None] * len(found.header)
            for place in needed:
                fields[place] = columns[f"c{place}"][at]
            yield number, fields


def _of_lines(lines: Iterable[str], delimiter: str, width: int, skip: int) -> Iterator[Row]:
    """The records under the header, each with the number of its first line."""
    kept: list[str] = []
    for number, line in enumerate(lines, start=1):
        if number <= skip or (not kept and not line.strip()):
            continue
        kept.append(line)
        closed = sum(each.count('"') for each in kept) % 2 == 0
        if closed or len(kept) > LONGEST_RECORD:
            yield from _records(kept, number - len(kept) + 1, delimiter, width, closed=closed)
            kept = []
    if kept:
        yield from _records(kept, number - len(kept) + 1, delimiter, width, closed=False)


def _records(lines: list[str], first: int, delimiter: str, width: int, *, closed: bool) -> Iterator[Row]:
    """One record as it is written; where it does not fit the header, every line of it as a row of its own."""
    try:
        found = list(csv.reader(lines, delimiter=delimiter)) if closed else []
    except csv.Error:
        found = []
    if len(found) == 1 and (len(found[0]) == width or len(lines) == 1):
        yield first, _as_wide(found[0], width)
        return
    for number, line in enumerate(lines, start=first):
        yield number, _as_wide([part.strip().strip('"') for part in line.rstrip("\r\n").split(delimiter)], width)


def _as_wide(fields: list[str], width: int) -> list[str | None]:
    return [*fields[:width], *[None] * (width - len(fields))]
