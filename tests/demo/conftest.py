"""The synthetic practice, written once for all tests of this room."""

import json
from pathlib import Path
from typing import Any

import pytest

from rapport.demo import make_practice


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_practice(tmp_path_factory.mktemp("synthetic")).parent


@pytest.fixture(scope="session")
def truth(practice: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((practice / "truth.json").read_text(encoding="utf-8"))
    return content
