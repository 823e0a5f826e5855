"""What of the inside of the boundary could this account read? The pages' account should answer: nothing.

Nothing is believed from names or mode bits: every place is opened, as a program gone wrong would open it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_config_dir

from deid.keys import KEY_FILE, KEYRING_SERVICE, KeyFault, home_folder, key_exists
from etl.errors import InputError
from etl.settings import IngestSettings
from etl.vault import REBUILD_FILE, VAULT_FILE, vault_folder
from rapport.config import Configuration
from warehouse.audit import account


def within_reach(configuration: Configuration) -> list[str]:
    """Which keys and vaults can this account read? Words for each, with its place; [] where it can read none."""
    found = [f"the key {place}" for place in _key_files() if readable(place)]
    found += _keyring(configuration.key_location)
    folder = vault_folder(configuration.ingest)
    found += [f"the vault {folder / name}" for name in (VAULT_FILE, REBUILD_FILE) if readable(folder / name)]
    return found


def exports_within_reach(settings: IngestSettings) -> list[Path]:
    """Which of the identified exports can this account read?"""
    files = dict.fromkeys(settings.base_dir / table.file for table in settings.tables.values() if table.file)
    return [place for place in files if readable(place)]


def refuse_reach(configuration: Configuration) -> None:
    """Stop where the pages' account could open what identifies. Raises InputError with the two ways out."""
    found = within_reach(configuration)
    if not found:
        return
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise InputError(
        f"The pages were not started: this account ({account()}) can read {found[0]}{more}, and pages must not run "
        "where that is possible. Either run `rapport serve` from another account, which can read the warehouse alone "
        "(docs/security.md, 'Two accounts'); or, if whoever reads the pages is also the one who runs the ingest, say "
        f"so in {configuration.path}:\n\n[serve]\nsingle_user = true\n\nEvery page then says it."
    )


def readable(place: Path) -> bool:
    """Can this account open the file for reading?"""
    try:
        place.open("rb").close()
    except OSError:
        return False
    return True


def _key_files() -> Iterator[Path]:
    """Where keys are kept: this account's own place first, then the usual place of every other account."""
    own = home_folder()
    yield own / KEY_FILE
    if sys.platform == "win32":
        return
    import pwd

    usual = Path(user_config_dir("rapport"))
    inside = usual.relative_to(Path.home()) if usual.is_relative_to(Path.home()) else Path(".config/rapport")
    others = (Path(entry.pw_dir) for entry in pwd.getpwall() if entry.pw_uid != os.geteuid() and entry.pw_dir)
    yield from (home / inside / KEY_FILE for home in dict.fromkeys(others))


def _keyring(location: str) -> list[str]:
    """The keyring entry, if the configuration names one and this account's keyring gives it."""
    if not location.startswith("keyring:"):
        return []
    try:
        there = key_exists(Path(), location)
    except KeyFault:
        return []  # no keyring answers this account
    return [f'the keyring entry "{KEYRING_SERVICE}/{location.removeprefix("keyring:")}"'] if there else []
