"""Which texts could hold something that identifies? Everything that people see, and every file beside it.

A place is named so that the operator finds it, never by a name that may itself identify.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import String

from etl.proof_files import PICTURES, lines
from etl.safety import FOLLOW_UP
from etl.settings import IngestSettings
from warehouse.schema import METADATA
from warehouse.store import open_store
from warehouse.texts import texts

RELEASE, KEPT, QUALITY, LOGS, OTHERS, NAMES = (
    "this release",
    "releases kept",
    "quality reports",
    "logs",
    "exports and other files",
    "file names",
)
CANARIES = "canaries.txt"  # beside the toml: invented people planted in the exports, one a line
PLACES = (RELEASE, KEPT, QUALITY, LOGS, OTHERS, NAMES)
PROSE = frozenset({"quote.text"})  # written by patients
GROUP_LABELS = frozenset({"stratum", "category", "site", "role"})  # words that at least k people share
DECLARED = frozenset(  # names the practice publishes on purpose: its clinicians' may be in them, a patient's never
    {"release.practice", "site", "locked_plan.content", "locked_plan.locked_by", "plan_deviation.says"}
    | {"verdict_snapshot.sentence", "verdict_snapshot.detail", "verdict_act.by", "verdict_act.second"}
    | {"locked_plan.reason", "verdict_act.reason"}
)
OUR_WORDS = frozenset(  # written by Rapport itself: "minutes_above_1440: under 0.1% of the rows"
    {"check_name", "detail", "reason", "table_name", "column_name", "state", "action", "checked", "title", "meaning"}
)
PLANS = frozenset({"locked_plan.content"})  # margins to six digits look like telephone numbers
SHARED = frozenset({"notice_cells.version"})  # "P-2023": what at least k people were told by is nobody's own number
NOT_SEARCHED = frozenset(  # hashes and random names made here; who attests is meant to be shown
    {"release.vault_state", "release.settings_hash", "release.content_hash", "attestation.attested_by"}
    | {"locked_plan.hash", "locked_plan.audit_hash", "plan_deviation.plan_hash", "verdict_snapshot.plan_hash"}
    | {"verdict_snapshot.release_hash", "verdict_act.plan_hash", "verdict_act.audit_hash", "effect_result.intervention"}
)
DATABASES = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".duckdb", ".duckdb.wal")
LOG_ENDINGS = frozenset({".log", ".jsonl"})


@dataclass(frozen=True)
class Source:
    """Texts of one column or file. prose: a person wrote them. label: each is the name of a group of people.
    declared: named by the practice on purpose. ours: words of our own making. shared: each value is that of at least k
    people. plan: JSON, of which numbers and hashes are our own and only the words may be somebody's."""

    place: str
    where: str
    texts: tuple[str, ...]
    prose: bool = False
    label: bool = False
    declared: bool = False
    ours: bool = False
    shared: bool = False
    plan: bool = False


def from_release(header: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> Iterator[Source]:
    """The text columns of a release about to be published."""
    for table in METADATA.sorted_tables:
        frame = pd.DataFrame([header]) if table.name == "release" else frames.get(table.name)
        if frame is None or frame.empty:
            continue
        for column in table.columns:
            if isinstance(column.type, String) and column.name in frame:
                values = frame[column.name].dropna().astype(str).unique().tolist()
                yield from _column(RELEASE, table.name, column.name, values)


def from_warehouse(url: str) -> Iterator[Source]:
    """The text columns of the releases that are kept. Raises StoreError where they cannot be read: in doubt, refuse."""
    store = open_store(url, read_only=True)
    try:
        for (table, column), values in texts(store).items():
            yield from _column(KEPT, table, column, values)
    finally:
        store.close()


def from_files(settings: IngestSettings) -> Iterator[Source]:
    """The files beside the vault and the warehouse, each line once, and the names of all files."""
    folder = settings.data_dir
    exports = _exports(settings)
    paths = sorted(folder.rglob("*")) if folder.is_dir() else []
    yield Source(NAMES, "the names of files and folders in data_dir", tuple({path.name for path in paths}))
    seen: set[str] = set()
    for path in paths:
        if not path.is_file() or path.is_symlink() or path in exports or _is_no_text(path, folder):
            continue
        fresh = tuple(line for line in lines(path, folder) if line not in seen and line.strip())
        seen.update(fresh)
        if fresh:
            yield Source(_place_of(path, folder), path.relative_to(folder).as_posix(), fresh)


def from_log(path: Path, settings: IngestSettings) -> Iterator[Source]:
    """A log that is kept outside data_dir, as that of views is where the pages have an account of their own."""
    if path.is_file() and not path.resolve().is_relative_to(settings.data_dir.resolve()):
        yield Source(LOGS, path.name, tuple(line for line in lines(path, path.parent) if line.strip()))


def databases(settings: IngestSettings) -> Iterator[Path]:
    """The warehouse's own files, to be searched byte by byte: deleted rows may linger there."""
    prefix, _, rest = settings.warehouse_url.partition(":///")
    if prefix.startswith("sqlite") and rest:
        path = Path(rest.partition("?")[0])
        yield from (each for each in (path, Path(f"{path}-wal")) if each.is_file())


def _column(place: str, table: str, column: str, values: list[str]) -> Iterator[Source]:
    name = f"{table}.{column}"
    if name in NOT_SEARCHED or not values:
        return
    yield Source(
        place,
        name,
        tuple(values),
        prose=name in PROSE,
        label=column in GROUP_LABELS,
        declared=name in DECLARED or column in DECLARED,
        ours=column in OUR_WORDS,
        shared=name in SHARED,
        plan=name in PLANS,
    )


def _exports(settings: IngestSettings) -> set[Path]:
    """The practice's own files, should they lie in data_dir: they are what is searched for, or its worklist."""
    worklist = settings.data_dir / FOLLOW_UP
    lists = (settings.privacy.opt_out_analytics, settings.privacy.opt_out_automation)
    named = [table.file for table in settings.tables.values()] + [each.file for each in lists if each] + [CANARIES]
    return {worklist, *(settings.base_dir / name for name in named if name)}


def _place_of(path: Path, folder: Path) -> str:
    first = path.relative_to(folder).parts[0]
    if first == "quality":
        return QUALITY
    return LOGS if path.suffix in LOG_ENDINGS or first == "audit" else OTHERS


def _is_no_text(path: Path, folder: Path) -> bool:
    """The vault is encrypted; pictures and fonts come with the library that draws the reports; databases are asked."""
    inside_vault = path.relative_to(folder).parts[0] == "vault"
    return inside_vault or path.suffix.lower() in PICTURES or path.name.endswith(DATABASES)
