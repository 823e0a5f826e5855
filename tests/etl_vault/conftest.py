"""A practice whose comments were read, and a copy of it to work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from etl.settings import IngestSettings
from tests.etl_vault import comments as practice
from tests.etl_vault.forget_kills import quick
from tests.etl_vault.practice import take


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what takes long and is tried elsewhere."""
    for name, stand_in in quick():
        monkeypatch.setattr(name, stand_in)


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice with one release; for another one a file has a fixture of this name."""
    folder = tmp_path_factory.mktemp("practice")
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in quick():
            patch.setattr(name, stand_in)
        practice.write(folder)
        take(practice.configured(folder))
    return folder


@pytest.fixture
def here(known: Path, tmp_path: Path) -> IngestSettings:
    """A copy of it to work on."""
    shutil.copytree(known, tmp_path, dirs_exist_ok=True)
    return practice.configured(tmp_path)
