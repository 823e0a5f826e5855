"""Does anything that is about to be seen identify a patient? Asked at the end of every ingest, before publishing.

Three needles are looked for in every place: the identifiers of the feed (while it is at hand), canaries planted on
purpose, and what is written like an identifier. One hit, and nothing is published. What was found is said by kind and
place, never by value.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from deid import check, sweep
from etl import proof_places as places
from etl.errors import GateRefused, InputError
from etl.proof_known import Index, Known, look_up
from etl.proof_places import Source
from etl.proof_risk import risk_frame
from etl.settings import IngestSettings
from warehouse.schema import METADATA

_HASH = re.compile(r"[0-9a-f]{64}")
KNOWN, PLANTED, WRITTEN = "known identifiers", "canaries", "patterns"
CLASSES = frozenset(name for item in check.ITEMS for name in item.shapes)


@dataclass(frozen=True)
class Found:
    """One kind of thing found in one place."""

    kind: str
    place: str
    where: str


@dataclass(frozen=True)
class Sweep:
    """What was looked for, where, and what was found."""

    texts: Mapping[str, int]  # place -> how many different texts
    known: Known
    canaries: int
    found: tuple[Found, ...]
    columns: int

    def rows(self) -> tuple[check.Row, ...]:
        """The eighteen rows that follow."""
        return check.rows(
            check.Looked(
                texts=sum(self.texts.values()),
                columns=self.columns,
                known=self.known.known,
                unsearched=self.known.unsearched,
                hits=Counter(each.kind for each in self.found),
                at_hand=self.known.at_hand,
            )
        )

    def frame(self, now: datetime) -> pd.DataFrame:
        """The rows of `sweep_result`; needles is empty where they were not at hand."""
        searched = sum(self.known.known.values()) - sum(self.known.unsearched.values())
        needles = {
            KNOWN: searched if self.known.at_hand else None,
            PLANTED: self.canaries,
            WRITTEN: len(sweep.IN_FILES),
        }
        in_columns = needles | {WRITTEN: len(CLASSES)}
        hits = Counter((each.place, _needle_of(each.kind)) for each in self.found)
        made_at = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
        rows = [
            (place, needle, made_at, number, self.texts.get(place, 0) if number is not None else 0, hits[place, needle])
            for place in places.PLACES
            for needle, number in (in_columns if place in (places.RELEASE, places.KEPT) else needles).items()
        ]
        return pd.DataFrame(rows, columns=["place", "needle", "made_at", "needles", "looked_at", "hits"])

    def sentence(self) -> str | None:
        """What was found where, without any value; None where nothing was."""
        if not self.found:
            return None
        counted = Counter((each.kind.replace("_", " "), each.where) for each in self.found)
        told = [f"{kind} in {where}" + (f" ({n} times)" if n > 1 else "") for (kind, where), n in counted.items()]
        more = f", and {len(told) - 8} more" if len(told) > 8 else ""
        return ", ".join(told[:8]) + more


def prove(
    con: duckdb.DuckDBPyConnection,
    settings: IngestSettings,
    header: Mapping[str, Any],
    frames: Mapping[str, pd.DataFrame],
    now: datetime,
) -> dict[str, pd.DataFrame]:
    """privacy_check, sweep_result and risk_figure of a release about to be published. Raises GateRefused on a hit.

    con: the engine with the vault attached and, where the exports were read, the table known_identifier.
    """
    sources = [
        *places.from_release(header, frames),
        *places.from_warehouse(settings.warehouse_url),
        *places.from_files(settings),
    ]
    swept = sweep_of(settings, sources, con)
    told = swept.sentence()
    if told:
        raise GateRefused(
            f"The privacy sweep refused the release, for something that identifies was found: {told}. Nothing was "
            "published; the last release stands. Take it out of there (a site alias, a mapped value, a quote, a file "
            f"in {settings.data_dir}) and run the ingest again."
        )
    return {
        "privacy_check": pd.DataFrame([asdict(row) for row in swept.rows()]),
        "sweep_result": swept.frame(now),
        "risk_figure": risk_frame(con, settings, frames, now),
    }


def sweep_of(
    settings: IngestSettings, sources: Iterable[Source], con: duckdb.DuckDBPyConnection | None = None
) -> Sweep:
    """Look for everything everywhere. Without an engine: canaries and patterns alone."""
    index = Index(sources)
    known = look_up(con, index) if con is not None else Known()
    planted = canaries(settings)
    found = [Found(met.kind, met.source.place, met.source.where) for met in known.met]
    found += _canaries_met(planted, index, settings)
    found += [Found(kind, source.place, source.where) for source in index.sources for kind in _written(source)]
    count: Counter[str] = Counter()
    for source in index.sources:
        count[source.place] += len(source.texts)
    columns = sum(len(table.columns) for table in METADATA.sorted_tables)
    names = any(each.place == places.NAMES for each in found)
    return Sweep(count, known, len(planted), tuple(_discreet(each, names=names) for each in found), columns)


def canaries(settings: IngestSettings) -> tuple[str, ...]:
    """The invented people whose names were planted in the exports, if any were. Raises InputError: in doubt, refuse."""
    path = settings.base_dir / places.CANARIES
    if not path.exists():
        return ()
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except OSError as fault:
        raise InputError(f"{path} cannot be read ({fault.strerror}): make it a file with one name a line.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text: save it as UTF-8, one name a line.") from None
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#") and len(sweep.squeezed(line)) < sweep.SHORTEST:
            raise InputError(
                f"{path}: line {number} is too short to be told from other words; write first and last name."
            )
    return tuple(line for line in lines if line and not line.startswith("#"))


def _canaries_met(planted: tuple[str, ...], index: Index, settings: IngestSettings) -> list[Found]:
    found = [
        Found("canary", index.sources[at].place, index.sources[at].where)
        for each in planted
        for at in sorted({at for key in sweep.spellings(each) | sweep.turned(each) for at in index.places.get(key, ())})
    ]
    return found + [
        Found("canary", places.KEPT, "the warehouse's file")
        for path in places.databases(settings)
        if _inside(path, planted)
    ]


def _inside(path: Path, planted: tuple[str, ...]) -> bool:
    """Does the file hold one of them, byte by byte? Deleted rows linger in a database until it is rewritten."""
    content = path.read_bytes().lower() if planted else b""
    return any(each.lower().encode() in content for each in planted)


def _words(told: Any) -> Iterator[str]:
    """Every string in the values of a plan but the hash of a release."""
    if isinstance(told, str):
        if not _HASH.fullmatch(told):
            yield told
    elif isinstance(told, (dict, list)):
        for each in told.values() if isinstance(told, dict) else told:
            yield from _words(each)


def _written(source: Source) -> set[str]:
    """The classes of what is written like an identifier in one column or file."""
    if source.ours:
        return set()
    if source.place in (places.RELEASE, places.KEPT):
        texts = [word for text in source.texts for word in _words(json.loads(text))] if source.plan else source.texts
        found = {kind for text in texts for kind in sweep.shapes(text, prose=source.prose)}
        return found - {"number"} if source.shared else found
    return {kind for text in source.texts for kind in sweep.shapes_in_file(text)}


def _discreet(found: Found, *, names: bool) -> Found:
    """A file is not named where a name of a file or folder itself identifies."""
    in_file = found.place not in (places.RELEASE, places.KEPT, places.NAMES)
    return Found(found.kind, found.place, "a file in data_dir") if names and in_file else found


def _needle_of(kind: str) -> str:
    if kind == "canary":
        return PLANTED
    return WRITTEN if kind in CLASSES else KNOWN
