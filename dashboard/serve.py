"""Runs the pages' server, with Streamlit's own flags; dashboard/launch.py writes the command."""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

APP = Path(__file__).with_name("app.py")


def main() -> None:
    """Serves app.py. Its page list counts, not the folder `pages`: otherwise the first visitor of a fresh server who
    comes by a deep link is shown the folder's files, with their file names (seen with Streamlit 1.67)."""
    PagesManager.uses_pages_directory = False
    cli.main(["run", str(APP), *sys.argv[1:]])


if __name__ == "__main__":
    main()
