"""`rapport doctor`: is everything ready for an ingest, and if not, what is to be done?"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from deid.keys import KeyFault, home_folder, key_exists, root_key
from etl import opt_outs, proof
from etl.engines.duckdb import crypto_module
from etl.errors import InputError
from etl.inspect import vault_opens
from etl.mapping import check
from etl.vault import vault_exists
from rapport import console
from rapport.commands import privacy_findings
from rapport.commands.privacy_findings import Asked
from rapport.commands.serve import free_port
from rapport.config import Configuration, load
from warehouse.store import StoreError, open_store

ROOM_NEEDED = 2 * 1024**3  # bytes: the vault, its temporary files and a release of a practice of some 10 sites
FAULTS = (InputError, KeyFault, StoreError, OSError)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, or what is wrong and what to do. asks: a person should do something."""

    what: str
    fine: bool
    says: str
    asks: bool = False


def run(path: Path, *, as_json: bool) -> int:
    """Look at everything; 0 where all is well, 2 where something is to be mended."""
    findings = list(examine(path))
    if as_json:
        console.print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = ("asks " if finding.asks else "ok   ") if finding.fine else "FAULT"
            console.OUT.print(f"{mark} {finding.what}: {finding.says}", markup=False, highlight=False, soft_wrap=True)
    return 0 if all(finding.fine for finding in findings) else 2


def examine(path: Path) -> Iterator[Finding]:
    """What does each check find? After a configuration that cannot be read there is nothing more to look at."""
    yield _looked("machine", _machine)
    yield _looked("encryption", lambda: f"the vault's crypto module is here ({crypto_module().name})")
    try:
        configuration = load(path)
    except InputError as error:
        yield Finding("configuration", False, str(error))
        return
    tables = ", ".join(configuration.ingest.tables)
    yield Finding("configuration", True, f"{path} reads {tables}")
    for what, look in _CHECKS.items():
        yield _looked(what, lambda look=look: look(configuration))  # type: ignore[misc]


def _looked(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except Asked as asked:
        return Finding(what, True, str(asked), asks=True)
    except FAULTS as error:
        return Finding(what, False, str(error))


def _machine() -> str:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        raise InputError(f"this is Python {version}; Rapport needs 3.11 or 3.12: make setup PYTHON=/path/to/python3.11")
    return f"Python {version}"


def _space(configuration: Configuration) -> str:
    folder = configuration.ingest.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < ROOM_NEEDED:
        raise InputError(f"only {free / 1e9:.1f} GB are free in {folder}; make room, or name another data_dir.")
    return f"{free / 1e9:.0f} GB free for {configuration.ingest.data_dir}"


def _sources(configuration: Configuration) -> str:
    """Looks as an ingest would, and says of all exports at once what it would stumble over."""
    from etl.sources import look

    settings = configuration.ingest
    check(settings)
    faults: list[str] = []
    looks = [lambda name=name, source=source: look(name, source, settings) for name, source in settings.tables.items()]
    for looked in (*looks, lambda: opt_outs.look(settings), lambda: proof.canaries(settings)):
        try:
            looked()
        except InputError as fault:
            faults.append(str(fault))
    if faults:
        raise InputError("\n".join(faults))
    return "every export is there and has the columns the mapping names"


def _key(configuration: Configuration) -> str:
    home, location = home_folder(), configuration.key_location
    if key_exists(home, location):
        root_key(home, create=False, location=location)
        return f"the key is in {home if location == 'file' else location}; keep a copy away from this machine"
    if vault_exists(configuration.ingest):
        root_key(home, create=False, location=location)
    return "no key yet; the first ingest makes one"


def _vault(configuration: Configuration) -> str:
    if not vault_exists(configuration.ingest):
        return "no vault yet; the first ingest makes one"
    key = root_key(home_folder(), create=False, location=configuration.key_location)
    return f"opens with the key; last written by run {vault_opens(configuration.ingest, key)}"


def _warehouse(configuration: Configuration) -> str:
    url = configuration.ingest.warehouse_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return "no warehouse yet; the first ingest makes one"
    latest = open_store(url, read_only=True).latest()
    return f"release {latest.id} of {latest.made_at:%Y-%m-%d}" if latest else "there, without a release yet"


def _port(configuration: Configuration) -> str:
    free_port(configuration.serve.address, configuration.serve.port)
    return f"{configuration.serve.address}:{configuration.serve.port} is free for the pages"


_CHECKS: dict[str, Callable[[Configuration], str]] = {
    "disk": _space,
    "sources": _sources,
    "key": _key,
    "vault": _vault,
    "warehouse": _warehouse,
    "port": _port,
    "privacy": lambda configuration: privacy_findings.profile(configuration.ingest),
    "attestations": lambda configuration: privacy_findings.attestations(configuration.ingest),
    "census": lambda _: privacy_findings.census(),
}
