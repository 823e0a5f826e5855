"""A reader in a folder of its own."""

from pathlib import Path

import pytest

from tests.etl_sources.ways import Reader


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)
