"""A key folder of its own for every test."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("home") / "rapport"
    monkeypatch.setenv("RAPPORT_HOME", str(home))
    return home
