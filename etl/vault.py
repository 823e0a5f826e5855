"""What does the vault hold, and which run changed it last?

One encrypted database inside the boundary: canonical rows under random or keyed numbers, the table that finds a person
again, the runs, and the row numbers in quarantine. All of a run is written in one transaction.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from deid.keys import subkey
from deid.pseudonyms import lookup_sql, record_sql, variables
from etl.canonical import TABLES, Kind, vault_columns
from etl.settings import IngestSettings
from etl.texts import text_columns
from etl.texts import version as scrubber_version

VAULT_FILE = "vault.duckdb"
REBUILD_FILE = "rebuild.duckdb"

FORGOTTEN_MARKER = "forgotten"  # an empty file: people were forgotten in the vault beside it
SURVIVE_REBUILD = ("tombstone", "forget_request", "quote_review", "coding", "removed")

_TABLES = (
    "tombstone (lookup VARCHAR NOT NULL UNIQUE)",
    "forget_request (lookup VARCHAR NOT NULL UNIQUE, requested_at TIMESTAMP NOT NULL, requested_by VARCHAR NOT NULL)",
    "removed (table_name VARCHAR NOT NULL, rows BIGINT NOT NULL)",
    "quote_review (feedback_id BIGINT NOT NULL UNIQUE, text_hash VARCHAR NOT NULL, decision VARCHAR NOT NULL, "
    "text VARCHAR, quote_id BIGINT NOT NULL UNIQUE, decided_by VARCHAR NOT NULL, decided_at TIMESTAMP NOT NULL)",
    "coding (feedback_id BIGINT NOT NULL UNIQUE, text_hash VARCHAR NOT NULL, themes VARCHAR[] NOT NULL, "
    "asked VARCHAR[] NOT NULL, coded_by VARCHAR NOT NULL, coded_at TIMESTAMP NOT NULL)",
    "identity (kind VARCHAR NOT NULL, lookup VARCHAR NOT NULL UNIQUE, id BIGINT NOT NULL UNIQUE)",
    "quarantine (run INTEGER NOT NULL, table_name VARCHAR NOT NULL, file VARCHAR, source_row BIGINT, reason VARCHAR)",
    "run (id INTEGER NOT NULL, started_at TIMESTAMP NOT NULL, fingerprint VARCHAR, files_sha256 VARCHAR, "
    "settings_hash VARCHAR NOT NULL, extracted_on DATE NOT NULL, state VARCHAR NOT NULL, restates BOOLEAN NOT NULL, "
    "layout VARCHAR NOT NULL, report VARCHAR NOT NULL, profile VARCHAR NOT NULL)",
)


@dataclass(frozen=True)
class Run:
    """One ingest, as the vault remembers it. `state` names the vault's content after it; `restates`: it merged what
    was waiting, so the release made from it makes published periods anew. `report`, `profile`: as text."""

    id: int
    started_at: datetime
    fingerprint: str | None
    files_sha256: str
    settings_hash: str
    extracted_on: date
    state: str
    restates: bool
    layout: str
    report: str
    profile: str


def vault_folder(settings: IngestSettings) -> Path:
    return settings.data_dir / "vault"


def forgotten_lost(folder: Path) -> str:
    """What is said where people were forgotten and their tombstones cannot be read?"""
    return (
        f"People were forgotten in the vault {folder / VAULT_FILE}, but it is gone or of another key: they would come "
        "back with the exports. Put back that vault and the key it was made with. If they are lost: take these "
        f"people out of the exports or put them on the analytics opt-out list, and remove {folder / FORGOTTEN_MARKER}."
    )


def vault_exists(settings: IngestSettings) -> bool:
    """Is there a vault that only its own key opens?"""
    return (vault_folder(settings) / VAULT_FILE).exists()


def prepare(con: duckdb.DuckDBPyConnection, root_key: bytes) -> None:
    """Make the vault's own tables where they are missing, and give this session the keys its queries use."""
    for declared in _TABLES:
        con.execute(f"CREATE TABLE IF NOT EXISTS vault.{declared}")
    for purpose in ("identity", "record"):
        for name, value in variables(purpose, subkey(root_key, purpose)).items():
            con.execute(f"SET VARIABLE {name} = ?", [value])


def last_run(con: duckdb.DuckDBPyConnection) -> Run | None:
    """Which run wrote to this vault last?"""
    row = con.execute(f"SELECT {', '.join(Run.__annotations__)} FROM vault.run ORDER BY id DESC LIMIT 1").fetchone()
    return Run(*row) if row else None


def record(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Remember this run."""
    names = list(Run.__annotations__)
    marks = ", ".join("?" for _ in names)
    con.execute(f"INSERT INTO vault.run ({', '.join(names)}) VALUES ({marks})", [getattr(run, name) for name in names])


def new_state() -> str:
    """A name for a content of the vault that no other content has had."""
    return secrets.token_hex(16)


def layout() -> str:
    """What must be the same for two row hashes to be comparable? The engine's hash function, columns, the scrubber."""
    columns = [(t.name, name, kind) for t in TABLES.values() for name, kind, _ in vault_columns(t)]
    texts = [(t.name, name) for t in TABLES.values() for name in text_columns(t)]
    shape = hashlib.sha256(repr((columns, texts)).encode()).hexdigest()[:16]
    return f"{duckdb.__version__}:{shape}:{scrubber_version()}"


def same_scrubber(run: Run | None) -> bool:
    """Were the texts of this vault made by the scrubber of today?"""
    return run is None or run.layout.rpartition(":")[2] == scrubber_version()


def tables_in(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Which tables does the vault hold?"""
    found = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'vault'").fetchall()
    return frozenset(name for (name,) in found)


def known(present: frozenset[str], table: str, value: str) -> str:
    """Does the vault hold the row that `value` (the practice's number) points to? SQL, true or false."""
    if table not in present:
        return "false"
    key = TABLES[table].column(TABLES[table].key[0])
    if key.kind is Kind.PERSON_KEY:
        return (
            f"{lookup_sql(key.identifies, value)} IN (SELECT i.lookup FROM vault.identity i "
            f"JOIN vault.{table} t ON t.{key.name} = i.id WHERE i.kind = '{key.identifies}')"
        )
    number = record_sql(table, value) if key.kind is Kind.RECORD_KEY else value
    return f"{number} IN (SELECT {key.name} FROM vault.{table})"


def keep_quarantine(con: duckdb.DuckDBPyConnection, run: int, table: str, file: str) -> None:
    """Keep the row numbers and reasons of this run's quarantine; never the values. Those of the run before go."""
    con.execute("DELETE FROM vault.quarantine WHERE table_name = ?", [table])
    con.execute(
        f"INSERT INTO vault.quarantine SELECT ?, ?, ?, source_row, reason FROM ("
        f"SELECT source_row, reason FROM rejected_{table} UNION ALL SELECT source_row, reason FROM bad_{table}) "
        "ORDER BY source_row",
        [run, table, file],
    )


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing."""
    con.begin()
    try:
        yield
    except BaseException:
        _undo(con)
        raise
    con.commit()


def _undo(con: duckdb.DuckDBPyConnection) -> None:
    try:
        con.rollback()
    except duckdb.Error:
        return  # the engine has already given it up
