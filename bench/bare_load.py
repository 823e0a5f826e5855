"""The work ingesting is measured against: DuckDB's own load of the same files, nothing else. Run by bench.ingest.

`python -m bench.bare_load TARGET MEMORY_LIMIT THREADS FILE...`: a database on disk, types as DuckDB finds them.
It looks at a sample for that; the exports have a faulty date early on, without which it would fail further down.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def load(target: Path, memory_limit: str, threads: int, files: list[Path]) -> None:
    """Each file as a table of its name."""
    con = duckdb.connect(str(target), config={"memory_limit": memory_limit, "threads": threads})
    for file in files:
        con.execute(f"CREATE TABLE \"{file.stem}\" AS SELECT * FROM read_csv('{file}')")
    con.close()


if __name__ == "__main__":
    load(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), [Path(name) for name in sys.argv[4:]])
