"""`rapport check`: what shows that no identifier leaves, row by row; and does it hold now?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deid.attack import between, within
from etl import proof
from etl.errors import InputError
from etl.proof_places import PLACES, from_files, from_log, from_warehouse
from rapport import console
from rapport.commands import privacy_findings
from rapport.commands.audit import fault_of_views, log_of, noted, views_of
from rapport.config import Configuration, load
from warehouse.audit import VIEWS_FILE, account
from warehouse.errors import StoreError
from warehouse.schema import CELL_TABLES
from warehouse.store import Release, Store, open_store

PASSED, FAILED, OPEN, NOT_APPLICABLE = "passed", "failed", "open", "not applicable"
REFUSED = 3
SAFE_HARBOR, SWEEP, ATTACKER, AUDIT, ATTESTATION = "safe harbor", "sweep", "attacker", "audit log", "attestation"
CHAIN, VIEWS = "chain of entries", "views of the pages"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at. item: of the eighteen, where it is one. at_ingest: what the last ingest found,
    which alone has the exports' own identifiers at hand."""

    part: str
    item: int | None
    title: str
    state: str
    checked: str
    looked_at: int
    hits: int
    at_ingest: str | None = None


def run(path: Path, *, as_json: bool) -> int:
    """Look at everything; 0 where all holds, 3 where something identifies, can be worked out, or was changed."""
    configuration = load(path)
    lines = list(examine(configuration))
    failed = [line for line in lines if line.state == FAILED]
    if not any(line.title == CHAIN for line in failed):
        details: dict[str, Any] = {"looked_at": len(lines), "failed": len(failed), **noted(configuration)}
        log_of(configuration).append("check.failed" if failed else "check.passed", account(), details)
    if as_json:
        console.print_json([asdict(line) for line in lines])
    else:
        _show(lines)
    for line in failed:
        console.fault(f"{line.title}: {line.checked}")
    return REFUSED if failed else 0


def examine(configuration: Configuration) -> Iterator[Line]:
    """Each row in turn. Raises StoreError or InputError where there is nothing to look at."""
    store = open_store(configuration.ingest.warehouse_url, read_only=True)
    try:
        releases = store.releases()
        if not releases:
            raise InputError("Nothing was released yet, so there is nothing to check. Run `rapport ingest`.")
        yield from _swept(configuration, store, releases[0])
        yield from _attacked(store, releases)
    finally:
        store.close()
    yield _audit(configuration)
    yield _views(configuration)
    yield _attestation(configuration)


def _swept(configuration: Configuration, store: Store, latest: Release) -> Iterator[Line]:
    settings = configuration.ingest
    try:
        views = configuration.views_folder / VIEWS_FILE
        sources = [*from_warehouse(settings.warehouse_url), *from_files(settings), *from_log(views, settings)]
    except PermissionError:
        raise InputError(
            f"This account ({account()}) may not look into {settings.data_dir}, so it cannot check what is in it. "
            "Run this from the account that runs the ingest."
        ) from None
    swept = proof.sweep_of(settings, sources)
    stored = store.read("privacy_check", latest.id)
    told = {row["item"]: row for row in stored.to_dict("records")}
    for row in swept.rows():
        then = told.get(row.item)
        before = f"release {latest.id} of {latest.made_at:%Y-%m-%d}: {then['checked']}" if then else None
        state = _worse(row.state, then["state"]) if then else row.state
        yield Line(SAFE_HARBOR, row.item, row.title, state, row.checked, row.looked_at, row.hits, before)
    known = store.read("sweep_result", latest.id)
    at_ingest = known[(known["needle"] == proof.KNOWN) & known["needles"].notna()] if len(known) else known
    for place in PLACES[1:]:
        found = [each for each in swept.found if each.place == place]
        where = ", ".join(sorted({f"{each.kind} in {each.where}" for each in found})[:5])
        searched = f"{swept.canaries} canaries and what is written like an identifier"
        yield Line(
            SWEEP,
            None,
            place,
            FAILED if found else PASSED,
            f"found: {where}"
            if found
            else f"searched for {searched}; known identifiers are searched for at ingest alone",
            swept.texts.get(place, 0),
            len(found),
            _known_then(at_ingest, place, latest),
        )


def _worse(now: str, then: str) -> str:
    """Failed now or then is failed; what could not be looked for now holds as of then."""
    return next(state for state in (FAILED, PASSED, NOT_APPLICABLE) if state in (now, then))


def _known_then(rows: Any, place: str, latest: Release) -> str | None:
    """What the last ingest said of the exports' own identifiers in this place."""
    here = rows[rows["place"] == place] if len(rows) else rows
    if not len(here):
        return None
    needles, texts, hits = (int(here.iloc[0][name]) for name in ("needles", "looked_at", "hits"))
    return f"release {latest.id}: {needles:,} known identifiers in {texts:,} texts, {hits} hits"


def _attacked(store: Store, releases: tuple[Release, ...]) -> Iterator[Line]:
    """Can a withheld group be worked out from one kept release, or from two together?"""
    names = [table.name for table in CELL_TABLES]
    frames = {release.id: store.read_tables(release.id, {name: {} for name in names}) for release in releases}
    for release in releases:
        groups = sum(len(frame) for frame in frames[release.id].values())
        found = within(frames[release.id], release.grid_start, release.smallest_group)
        yield _attack(f"release {release.id} alone", found, groups)
    for later, earlier in itertools.pairwise(releases):
        groups = sum(len(frames[each.id][name]) for each in (earlier, later) for name in names)
        found = between(frames[earlier.id], frames[later.id])
        yield _attack(f"release {later.id} and the one before, {earlier.id}", found, groups)


def _attack(title: str, found: list[str], groups: int) -> Line:
    tried = "no group under the limit, no number in a withheld group, nothing withheld follows by subtraction"
    return Line(ATTACKER, None, title, FAILED if found else PASSED, " ".join(found[:5]) or tried, groups, len(found))


def _audit(configuration: Configuration) -> Line:
    log = log_of(configuration)
    entries = len(log.entries())
    if not entries and not log.path.exists():
        return Line(AUDIT, None, CHAIN, NOT_APPLICABLE, "there is no entry yet", 0, 0)
    fault = log.verify()
    whole = f"every entry follows the one before; head {log.head()}: compare it with the one you noted"
    return Line(AUDIT, None, CHAIN, FAILED if fault else PASSED, fault or whole, entries, int(bool(fault)))


def _views(configuration: Configuration) -> Line:
    """Who looked at the pages: a log that their account writes, held against where the audit log last saw it."""
    try:
        entries, fault = len(views_of(configuration).entries()), fault_of_views(configuration)
    except StoreError as unread:
        return Line(AUDIT, None, VIEWS, OPEN, str(unread), 0, 0)
    if not entries and not fault:
        return Line(AUDIT, None, VIEWS, NOT_APPLICABLE, "nobody has looked yet", 0, 0)
    whole = "every entry follows the one before, and those noted in the audit log are all there"
    return Line(AUDIT, None, VIEWS, FAILED if fault else PASSED, fault or whole, entries, int(bool(fault)))


def _attestation(configuration: Configuration) -> Line:
    """45 CFR 164.514(b)(2)(ii): what no program can know. Asked for yearly; missing is said and fails nothing."""
    said = len(configuration.ingest.privacy.attestations)
    try:
        told = privacy_findings.attestations(configuration.ingest)
    except privacy_findings.Asked as asked:
        return Line(ATTESTATION, None, "actual knowledge", OPEN, str(asked), said, 0)
    return Line(ATTESTATION, None, "actual knowledge", PASSED, told, said, 0)


def _show(lines: list[Line]) -> None:
    """A line each, with what was looked at below it."""
    for line in lines:
        name = f"{line.part} {line.item}: {line.title}" if line.item else f"{line.part}: {line.title}"
        _print(f"{line.state.upper() if line.state in (FAILED, OPEN) else line.state:<8} {name}", bold=True)
        _print(f"         {line.looked_at:,} looked at, {line.hits} hits. {line.checked}")
        if line.at_ingest:
            _print(f"         At ingest, {line.at_ingest}")
    states = [line.state for line in lines]
    _print(f"{states.count(FAILED)} failed, {states.count(OPEN)} open, of {len(lines)} looked at.", bold=True)


def _print(text: str, *, bold: bool = False) -> None:
    console.OUT.print(text, style="bold" if bold else None, markup=False, highlight=False, soft_wrap=True)
