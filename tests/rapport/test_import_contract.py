"""The rooms of the house: what people see cannot reach what identifies, and the check is shown able to fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("rapport", "deid", "instruments", "etl", "warehouse", "metrics", "dashboard")

TRESPASSES = {
    "metrics reads the vault": ("metrics/trespass.py", "import etl.settings\n"),
    "a page reads a key": ("dashboard/trespass.py", "import deid.keys\n"),
    "a page reaches the command line": ("dashboard/trespass.py", "import rapport.config\n"),
    "the warehouse knows the metrics": ("warehouse/trespass.py", "import metrics.estimate\n"),
    "deid knows the etl": ("deid/trespass.py", "import etl.canonical\n"),
    "deid knows the warehouse": ("deid/trespass.py", "import warehouse.schema\n"),
    "etl draws a page": ("etl/trespass.py", "import streamlit\n"),
    "metrics runs SQL": ("metrics/trespass.py", "import duckdb\n"),
    "another room imports the quality library": ("etl/canonical.py", "import great_expectations\n"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """The verdict of import-linter on the rooms as they stand in this folder."""
    linter = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [str(linter), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rooms")
    for room in ROOMS:
        shutil.copytree(PROJECT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / ".importlinter", folder)
    return folder


def test_the_contract_is_kept(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", TRESPASSES)
def test_the_contract_can_fail(copy: Path, name: str) -> None:
    path, line = TRESPASSES[name]
    target = copy / path
    before = target.read_bytes() if target.exists() else None
    target.write_bytes((before or b"") + line.encode())
    try:
        result = lint(copy)
    finally:
        target.write_bytes(before) if before is not None else target.unlink()
    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout
