"""Has anything that shapes a release changed since the last one?"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

from etl.errors import InputError
from etl.settings import IngestSettings, TableSource

RESTATE_AFTER_DAYS = 84  # published periods are made anew in batches, one quarter (12 weeks) apart
_WHERE_FROM = ("file", "url", "worst_quarantined_share", "largest_drop")  # say where rows come from, not what they mean


def settings_hash(settings: IngestSettings) -> str:
    """Do the same rows mean the same thing under these settings? Equal hashes: yes.

    Left out: paths, addresses, limits and the day of the export, which change from run to run; and prices, in which
    nothing is counted.
    """
    meaning = {
        "timezone": settings.timezone,
        "synthetic": settings.synthetic,
        "site_aliases": settings.site_aliases,
        "privacy": {"profile": settings.privacy.profile},
        "release": settings.release.model_dump(mode="json"),
        "crisis": settings.crisis.model_dump(mode="json"),
        "feedback": settings.feedback.model_dump(mode="json"),
        "instruments": settings.instruments,
        "tables": {name: _meaning(source) for name, source in settings.tables.items()},
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, default=str).encode()).hexdigest()


def _meaning(source: TableSource) -> dict[str, object]:
    return source.model_dump(mode="json", exclude=set(_WHERE_FROM))


def restatement_due(last_restated: date | None, last_hash: str | None, settings: IngestSettings, today: date) -> bool:
    """May published periods be made anew by this run? True where a quarter has passed or the settings differ.

    last_restated, last_hash: of the last release; None where there is none yet. today: the day of this run (UTC).
    """
    if last_restated is None or last_hash is None:
        return True
    return last_hash != settings_hash(settings) or (today - last_restated).days >= RESTATE_AFTER_DAYS


def files_hash(settings: IngestSettings) -> dict[str, str] | None:
    """What exactly do the export files hold? Table -> SHA-256 of its file; None where a table is no file.

    Raises InputError for a file that is not there or may not be read.
    """
    if any(source.file is None for source in settings.tables.values()):
        return None
    paths = {name: settings.base_dir / str(source.file) for name, source in settings.tables.items()}
    hashes = {path: _file_hash(path, name) for name, path in paths.items()}  # one file may feed several tables
    return {name: hashes[path] for name, path in paths.items()}


def _file_hash(path: Path, table: str) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise InputError(
            f"tables.{table}: the file {path.name} in {path.parent} cannot be read ({fault.strerror}). "
            f"Put the export there, or write its name in tables.{table}.file."
        ) from None
