"""`rapport demo`: a synthetic practice from its exports to the pages, the way a practice's own data goes."""

from __future__ import annotations

from pathlib import Path

from etl.errors import InputError
from rapport import console
from rapport.commands.ingest import release, show
from rapport.commands.serve import free_port, start
from rapport.config import load
from rapport.demo import make_practice

MADE_BY_US = "truth.json"


def run(folder: Path, *, port: int, seed: int, serve: bool) -> None:
    """Make, ingest, show. A folder that holds something else is left alone."""
    if serve:
        free_port("127.0.0.1", port)
    if folder.exists() and any(folder.iterdir()) and not (folder / MADE_BY_US).exists():
        raise InputError(f"{folder} holds other files; name an empty folder with --folder.")
    console.say(f"1/3  Writing a synthetic practice into {folder} (nobody in it exists)")
    with console.progress() as tell:
        config = make_practice(folder, seed=seed, progress=tell)
    console.say("2/3  Ingesting its exports: read, check, de-identify, count, release")
    configuration = load(config)
    show(release(configuration, quiet=False))
    if not serve:
        console.say(f"3/3  Open the pages with: rapport serve --config {config}")
        return
    console.say("3/3  Opening the pages")
    start(configuration, port)
