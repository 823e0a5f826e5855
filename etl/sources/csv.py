"""How do the rows of a text export reach the engine, each with its number, and which lines are no rows?

One scan reads only the mapped columns, as text, on every thread. The scan keeps the order of the file, so a row's
number is its place in the table plus the refused lines before it; the refused lines come with their own line. A
record with line breaks inside quotes counts once, an empty line not at all.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations

from __future__ import annotations

import contextlib
from pathlib import Path

import duckdb
import numpy as np

from etl.conform.plan import Plan
from etl.engines.duckdb import private_folder, quoted
from etl.errors import InputError
from etl.sources import pipe
from etl.sources.text import LONGEST_LINE, TextFile, opened, transcoded

REASONS = {
    "MISSING COLUMNS": "ragged_row",
    "TOO MANY COLUMNS": "ragged_row",
    "UNQUOTED VALUE": "unclosed_quote",
    "LINE SIZE OVER MAXIMUM": "field_too_long",
    "INVALID ENCODING": "undecodable",
    "INVALID STATE": "unclosed_quote",
}
SCANNED = "scanned_{}"
_FEW = 2000  # refused lines; above, row numbers are joined on, not written into the view


def scan(con: duckdb.DuckDBPyConnection, file: TextFile, plan: Plan, folder: Path) -> str:
    """Read and conform the whole file into a temporary table. Returns the SQL of each row's number.

    Makes scanned_<table> and rejected_<table>(source_row, reason). Raises InputError with nothing kept where the
    engine cannot read on (disk full, memory), never quoting the line it stopped at.
    """
    name = plan.table.name
    for table in ("reject_errors", "reject_scans", SCANNED.format(name), f"rejected_{name}"):
        con.execute(f"DROP TABLE IF EXISTS temp.{table}")
    source = pipe.piped(file, private_folder(folder)) if file.needs_pipe else contextlib.nullcontext(file.path)
    try:
        _keeps_order(con, plan.query(_read_csv(file.path, file), numbered=False, nul_bytes=file.nul_bytes))
        with source as path:
            query = plan.query(_read_csv(path, file), numbered=False, nul_bytes=file.nul_bytes)
            con.execute(f"CREATE TEMP TABLE {SCANNED.format(name)} AS {query}")
    except duckdb.Error as fault:
        raise InputError(engine_fault(fault, file.where)) from None
    _keep_rejects(con, file, name)
    return _row_number(con, name)


def _keeps_order(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Row numbers are places: guard against an engine that turns an expression into a join, which loses the order."""
    shown = con.execute(f"EXPLAIN {query}").fetchall()
    if any("JOIN" in str(row[1]) for row in shown):
        raise RuntimeError("the reading of a file would lose the order of its rows")


def _read_csv(path: Path, file: TextFile) -> str:
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(file.header)))
    return (
        f"read_csv({quoted(str(path))}, auto_detect = false, header = true, columns = {{{columns}}}, "
        f"skip = {file.lines_above}, "
        f"delim = {quoted(file.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"max_line_size = {LONGEST_LINE}, store_rejects = true, rejects_table = 'reject_errors', "
        "rejects_scan = 'reject_scans', rejects_limit = 0)"
    )


def engine_fault(fault: duckdb.Error, where: str) -> str:
    """Why could the engine not read on? DuckDB's own words may hold a patient's line, so they are not passed on."""
    text = str(fault).lower()
    if "no space left" in text or "disk" in text:
        return f"the disk is full while reading {where}: free some space, or choose another data_dir"
    if isinstance(fault, duckdb.OutOfMemoryException):
        return f"there is not enough memory for {where}: raise memory_limit in rapport.toml"
    return f"{where} cannot be read to its end ({type(fault).__name__}): is it a complete CSV export?"


def _keep_rejects(con: duckdb.DuckDBPyConnection, file: TextFile, name: str) -> None:
    """Keep number and reason of each refused line; the engine's copy of the line goes at once."""
    cases = " ".join(f"WHEN {quoted(kind)} THEN {quoted(reason)}" for kind, reason in REASONS.items())
    con.execute(
        f"CREATE TEMP TABLE rejected_{name} AS SELECT CAST(line - 1 AS BIGINT) AS source_row, "
        f"min(CASE CAST(error_type AS VARCHAR) {cases} ELSE 'ragged_row' END) AS reason "
        "FROM reject_errors GROUP BY line ORDER BY line"
    )
    con.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    if _count(con, f"rejected_{name}"):
        empty = np.array(_empty_lines(file), dtype=np.int64)
        lines = [row for (row,) in con.execute(f"SELECT source_row FROM rejected_{name} ORDER BY 1").fetchall()]
        before = np.searchsorted(empty, np.array(lines), side="left")
        moved = [(int(line - less), line) for line, less in zip(lines, before, strict=True) if less]
        if moved:
            con.executemany(f"UPDATE rejected_{name} SET source_row = $1 WHERE source_row = $2", moved)


def _empty_lines(file: TextFile) -> list[int]:
    """Which records of the file, counted as the engine counts (header = 0), are empty lines outside quotes?"""
    glance = _Glance()
    with opened(file.path) as stream:
        transcoded(stream, file.encoding, glance.take)
    if not glance.two_line_ends:
        return []
    counter = _Records()
    with opened(file.path) as stream:
        transcoded(stream, file.encoding, counter.take)
    return counter.empty


class _Glance:
    """Are there two line ends in a row anywhere? Most files have none, and this is quick to see."""

    def __init__(self) -> None:
        self.two_line_ends = False
        self._tail = b"\n"

    def take(self, block: bytes) -> None:
        for part in (self._tail + block[:2], block):
            self.two_line_ends = self.two_line_ends or b"\n\n" in part or b"\n\r\n" in part
        self._tail = block[-2:]


class _Records:
    """Counts records by their line ends outside quotes, and remembers the empty ones."""

    def __init__(self) -> None:
        self.empty: list[int] = []
        self._records = 0
        self._inside = 0
        self._length = 0  # of the record that the last block cut

    def take(self, block: bytes) -> None:
        codes = np.frombuffer(block, dtype=np.uint8)
        inside = (np.cumsum(codes == ord('"')) + self._inside) % 2
        printed = np.cumsum(codes != ord("\r"))
        ends = np.flatnonzero((codes == ord("\n")) & (inside == 0))
        self._inside = int(inside[-1]) if len(codes) else self._inside
        at = printed[ends]
        lengths = np.diff(at, prepend=0) - 1
        if len(lengths):
            lengths[0] += self._length
            self.empty += (np.flatnonzero(lengths == 0) + self._records).tolist()
            self._length = 0
        self._records += len(ends)
        self._length += int(printed[-1] - (at[-1] if len(at) else 0)) if len(codes) else 0


def _row_number(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """SQL: the number of a scanned row = its place + the refused lines before it."""
    rejected = [row for (row,) in con.execute(f"SELECT source_row FROM rejected_{name} ORDER BY 1").fetchall()]
    if not rejected:
        return "rowid + 1"
    # The j-th refused line (from 0) stands before every row whose place is at least its number - 1 - j.
    starts = [(row - 1 - before, before + 1) for before, row in enumerate(rejected)]
    if len(starts) <= _FEW:
        return f"rowid + 1 + {_shift([(-1, 0), *dict(starts).items()])}"
    frame = np.array(starts, dtype=np.int64)
    con.execute(f"CREATE OR REPLACE TEMP TABLE shift_{name} (place BIGINT, shift BIGINT)")
    places = {"place": frame[:, 0], "shift": frame[:, 1]}
    con.register("shift_numbers", places)
    con.execute(f"INSERT INTO shift_{name} SELECT place, max(shift) FROM shift_numbers GROUP BY place")
    con.unregister("shift_numbers")
    scanned = SCANNED.format(name)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE numbered AS SELECT s.rowid + 1 + coalesce(t.shift, 0) AS source_row, s.* "
        f"FROM {scanned} s ASOF LEFT JOIN shift_{name} t ON s.rowid >= t.place"
    )
    con.execute(f"DROP TABLE {scanned}; DROP TABLE shift_{name}; ALTER TABLE numbered RENAME TO {scanned}")
    return "source_row"


def _shift(steps: list[tuple[int, int]]) -> str:
    """A binary search for the last step at or before a place, as nested CASE."""
    if len(steps) == 1:
        return str(steps[0][1])
    middle = len(steps) // 2
    low, high = _shift(steps[:middle]), _shift(steps[middle:])
    return f"(CASE WHEN rowid < {steps[middle][0]} THEN {low} ELSE {high} END)"


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int((con.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,))[0])
