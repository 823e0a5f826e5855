"""`rapport demo`: a synthetic practice from its exports to the pages, the way a practice's own data goes."""

from __future__ import annotations

import json
from pathlib import Path

from etl.errors import InputError
from metrics.plan_draft import draft, known_to
from rapport import console
from rapport.commands.ingest import release, show
from rapport.commands.plan import lock, path_of
from rapport.commands.serve import free_port, start
from rapport.config import Configuration, load, nearest
from rapport.demo import SCENARIOS, Scenario, make_practice
from rapport.plan_text import as_toml
from warehouse.store import open_store

MADE_BY_US = "truth.json"
PLANNED = "ai_scheduling"  # every scenario has it: the wave that is after efficiency
OWNER, DIRECTOR = "Robin Example", "Dana Example"  # who watches what cannot be proven, and who locks the plan


def run(folder: Path, *, port: int, seed: int, scenario: str, sites: int | None, serve: bool) -> None:
    """Make, ingest, plan, show. A folder that holds something else is left alone."""
    if serve:
        free_port("127.0.0.1", port)
    chosen = _scenario(scenario, sites)
    _refuse_another(folder, chosen, seed)
    console.say(f"1/4  Writing a synthetic practice into {folder} (nobody in it exists)")
    with console.progress() as tell:
        config = make_practice(folder, seed=seed, scenario=chosen, progress=tell)
    console.say("2/4  Ingesting its exports: read, check, de-identify, count, release")
    configuration = load(config)
    report = release(configuration, quiet=False)
    show(report)
    if report.safety.happened:  # a practice's ingest would end with exit code 4 here; nobody in this one exists
        console.fault(report.safety.sentence)
    plan_as_drafted(configuration)
    if not serve:
        console.say(f"4/4  Open the pages with: rapport serve --config {config}")
        return
    console.say("4/4  Opening the pages")
    start(configuration, port)


def plan_as_drafted(configuration: Configuration) -> None:
    """Lock a plan as it is drafted, so that the pages show what one holds; one that is there stays as it is."""
    path = path_of(configuration, None)
    if path.exists():
        console.say(f"3/4  The plan in {path} stays as it is")
        return
    console.say(f"3/4  Locking the plan that would be drafted for {PLANNED} ({path}; the owners' names are made up)")
    with console.progress() as tell:
        made = draft(known_to(open_store(configuration.ingest.warehouse_url)), PLANNED, "", {}, None, tell)
    path.write_text(as_toml(made).replace('owner = ""', f'owner = "{OWNER}"'), encoding="utf-8")
    lock(configuration.path, by=DIRECTOR, reason=None, file=None)


def _scenario(name: str, sites: int | None) -> Scenario:
    if name not in SCENARIOS:
        raise InputError(f"{name!r} is no scenario; {nearest(name, SCENARIOS)}")
    try:
        return SCENARIOS[name](sites)
    except ValueError as fault:
        raise InputError(f"--sites {sites}: {fault}.") from None


def _refuse_another(folder: Path, scenario: Scenario, seed: int) -> None:
    """Two practices in one folder would be read as one whose patients all changed."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    try:
        before = json.loads((folder / MADE_BY_US).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{folder} holds other files; name an empty folder with --folder.") from None
    was = (before.get("scenario"), before.get("seed"), len(before.get("parameters", {}).get("sites", ())))
    if was != (scenario.name, seed, len(scenario.sites)):
        raise InputError(
            f"{folder} holds another synthetic practice ({was[0]}, seed {was[1]}, {was[2]} sites); "
            "name another folder with --folder, or remove that one."
        )
