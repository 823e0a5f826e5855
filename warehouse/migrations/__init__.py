"""How did the warehouse's layout come about? Each step once, oldest first."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
)  # every layout this version knows, oldest first


def upgrade(connection: Connection) -> None:
    """Runs the steps that are still missing, in the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
