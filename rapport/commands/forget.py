"""`rapport forget`: take a patient out of everything Rapport keeps, for good."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from deid.keys import home_folder, root_key
from etl.errors import InputError
from etl.forget import forget
from etl.safety import FOLLOW_UP
from etl.vault import vault_exists
from metrics.registry import counting_versions
from rapport import console
from rapport.commands.plan import bring_up_to_date
from rapport.config import load
from warehouse.audit import account
from warehouse.store import open_store

PROMPT = "The patient's number as the exports write it (it is not shown): "


def run(path: Path, *, patient: str | None, source: Path | None, by: str | None, yes: bool, as_json: bool) -> None:
    """Forget the patients of a file, or the one that is asked for."""
    configuration = load(path)
    settings = configuration.ingest
    if not vault_exists(settings):
        raise InputError(f"There is no vault in {settings.data_dir} yet: nobody is known, and nobody was forgotten.")
    numbers = _numbers(patient, source)
    if not yes and not _confirmed(len(numbers)):
        raise InputError("Nobody was forgotten: write yes to confirm, or give --yes.")
    store = open_store(settings.warehouse_url)
    with console.progress(quiet=as_json) as tell:
        done = forget(
            settings,
            numbers,
            root_key=root_key(home_folder(), create=False, location=configuration.key_location),
            store=store,
            now=datetime.now(UTC),
            by=by or account(),
            progress=tell,
            versions=counting_versions(),
        )
        bring_up_to_date(configuration, store, tell)
    if as_json:
        console.print_json({"people": done.people, "rows": done.rows, "release": done.release})
        return
    if not done.people:
        console.say("They were forgotten before; nothing was left to do.")
        return
    shown = f"Release {done.release} shows it; none that counted them is left." if done.release else "No release yet."
    console.say(f"Forgotten: {done.people:,} people, {done.rows:,} rows of the vault. {shown}")
    console.say("The exports still hold them, and so may your copies: Rapport changes neither.")
    if (settings.data_dir / FOLLOW_UP).exists():
        console.say(
            f"So may {FOLLOW_UP}, until the exports are without their signs of danger: run `rapport follow-up` then."
        )


def _numbers(patient: str | None, source: Path | None) -> list[str]:
    if patient is not None and source is not None:
        raise InputError("Give either --patient or --patients-file.")
    if patient is not None:
        found = [patient]
    elif source is not None:
        found = _from_file(source)
    else:
        found = [getpass.getpass(PROMPT, stream=sys.stderr) if sys.stdin.isatty() else sys.stdin.readline()]
    found = [number.strip() for number in found if number.strip()]
    if not found:
        raise InputError("No patient's number was given: type one, or name a file with one in each line.")
    return found


def _from_file(source: Path) -> list[str]:
    try:
        return source.read_text(encoding="utf-8-sig").splitlines()
    except OSError as fault:
        raise InputError(f"The file {source} cannot be read ({fault.strerror}).") from None
    except UnicodeDecodeError:
        raise InputError(f"The file {source} is not UTF-8 text; write one number in each line.") from None


def _confirmed(people: int) -> bool:
    console.say(f"{people:,} patient(s) will be taken out of the vault and of every release. This cannot be undone.")
    if sys.stdin.isatty():
        console.ERR.print("Write yes to go on: ", end="")
    return sys.stdin.readline().strip().lower() == "yes"
