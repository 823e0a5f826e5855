"""What stands in the vault that today would be reduced further? Rows no export names any more are never read again."""

from __future__ import annotations

from datetime import date

import duckdb

from deid import policy, postal
from deid.policy import Action
from etl.engines.duckdb import quoted
from etl.settings import TOP_AGE


def reduce_further(con: duckdb.DuckDBPyConnection, profile: str, today: date) -> int:
    """Reduce what time, a newer census or a stricter profile has made too fine; how many rows changed?

    To be called in the ingest's transaction, before the tables are written.
    """
    return withhold_birth_years(con, today) + widen_postal_areas(con, profile)


def withhold_birth_years(con: duckdb.DuckDBPyConnection, today: date) -> int:
    """Put everybody who reaches 90 in the year of `today` into the one oldest group; how many moved?

    By the year alone, since the vault holds no more; `etl.conform` goes by the same, so a row read again is no
    different row.
    """
    last = today.year - TOP_AGE
    return _changed(con, f"birth_year = NULL, aged_90_plus = true WHERE birth_year <= {last}")


def widen_postal_areas(con: duckdb.DuckDBPyConnection, profile: str) -> int:
    """Drop three digits where the profile keeps provinces alone; make them 000 where few live. How many changed?"""
    digits = "regexp_full_match(postal_area, '[0-9]{3}')"
    if policy.rules(profile)[("patient", "postal_code")].action is not Action.ZIP3:
        return _changed(con, f"postal_area = NULL WHERE {digits}")
    kept = ", ".join(quoted(prefix) for prefix in sorted(postal.kept_prefixes() | {postal.SPARSE}))
    return _changed(con, f"postal_area = {quoted(postal.SPARSE)} WHERE {digits} AND postal_area NOT IN ({kept})")


def _changed(con: duckdb.DuckDBPyConnection, what: str) -> int:
    row = con.execute(f"UPDATE vault.patient SET {what}").fetchone()  # noqa: S608  a year, and words of our own data
    return int(row[0]) if row else 0
