"""Which birth years in the vault have come to show 90 or over since they were written?"""

from __future__ import annotations

from datetime import date

import duckdb

from etl.settings import TOP_AGE


def withhold_birth_years(con: duckdb.DuckDBPyConnection, today: date) -> int:
    """Put everybody who reaches 90 in the year of `today` into the one oldest group; how many moved?

    Also those the export no longer names: their rows are never read again, but time goes on. By the year alone, since
    the vault holds no more; `etl.conform` goes by the same, so a row read again is no different row. To be called in
    the ingest's transaction, before row hashes are compared.
    """
    last = today.year - TOP_AGE
    moved = con.execute(
        "UPDATE vault.patient SET birth_year = NULL, aged_90_plus = true WHERE birth_year <= ?", [last]
    ).fetchone()
    return int(moved[0]) if moved else 0
