"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Option("--config", "-c", help="The configuration.", show_default=True)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
DEFAULT_CONFIG = Path("rapport.toml")
