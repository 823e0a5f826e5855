"""A reader in a folder of its own."""

from tests.etl_sources.conftest import reader

__all__ = ["reader"]
