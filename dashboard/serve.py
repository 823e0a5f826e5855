"""Runs the pages' server, with Streamlit's own flags; dashboard/launch.py writes the command."""

from __future__ import annotations

import gc
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

import dashboard

APP = Path(__file__).with_name("app.py")
RUN_BY_THEMSELVES = ("app", "pages", "serve")


def main() -> None:
    """Serves app.py. Its page list counts, not the folder `pages`: otherwise the first visitor of a fresh server who
    comes by a deep link is shown the folder's files, with their file names (seen with Streamlit 1.67)."""
    PagesManager.uses_pages_directory = False
    prepare()
    cli.main(["run", str(APP), *sys.argv[1:]])


def prepare() -> None:
    """Loads what pages need before anybody waits for it, and never looks through it for garbage again.

    Streamlit looks for garbage after each answer, before the answer is sent on: through all these libraries that took
    longer than the answer itself (60 ms of processor time; 2 ms through what a page leaves behind).
    """
    for found in pkgutil.iter_modules(dashboard.__path__):
        if found.name not in RUN_BY_THEMSELVES:
            import_module(f"dashboard.{found.name}")
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
