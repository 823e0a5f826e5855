"""The pages run from an account that can read the warehouse and can read neither the key nor the vault; else not."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.rapport.small import CONFIG, rapport, write

PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534
DROPPED = """
import os, subprocess, sys
from rapport import cli
import rapport.commands.serve, rapport.commands.results
config, port, key, vault, warehouse = sys.argv[1:]
if cli.run(["metrics", "-c", config, "--json"]):  # loads what may be unreadable afterwards
    sys.exit("before")
os.environ.pop("RAPPORT_HOME")
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for hidden in (key, vault):
    try:
        open(hidden, "rb")
    except PermissionError:
        continue
    sys.exit("could read " + hidden)
try:
    open(warehouse, "ab")
except PermissionError:
    pass
else:
    sys.exit("could write the warehouse")
started = []
class Server:
    returncode = 0
    def __init__(self, argv, env, **_): started.append((argv, env))
    def wait(self): pass
subprocess.Popen = Server
code = cli.run(["serve", "-c", config, "--port", port])
print("SERVED", code, len(started), bool(started) and "RAPPORT_SINGLE_USER" in started[0][1])
print("METRICS", cli.run(["metrics", "-c", config, "--json"]))
"""
RUN = [sys.executable, "-c", "from rapport.cli import main; main()"]


@dataclass(frozen=True)
class Place:
    """A practice whose warehouse lies in a folder of its own, made for a group."""

    config: Path
    key: Path
    vault: Path
    warehouse: Path


@pytest.fixture(scope="module")
def made() -> Iterator[Place]:
    base = Path(tempfile.mkdtemp(prefix="rapport-two-accounts-"))
    try:
        base.chmod(0o755)
        warehouse = base / "warehouse"
        warehouse.mkdir()
        if os.geteuid() == 0:
            os.chown(warehouse, 0, NOBODY)
        warehouse.chmod(0o2750)
        folder = base / "practice"
        folder.mkdir(mode=0o755)
        url = f'\n[warehouse]\nurl = "sqlite:///{warehouse / "warehouse.sqlite"}"\n'
        config = write(folder, config=CONFIG + url)
        (folder / "appointments.csv").chmod(0o600)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RAPPORT_HOME", str(base / "home"))
            assert rapport("ingest", "--config", str(config), "--json").code == 0
        vault = folder / "rapport-data" / "vault" / "vault.duckdb"
        yield Place(config, base / "home" / "root.key", vault, warehouse / "warehouse.sqlite")
    finally:
        shutil.rmtree(base)


@pytest.fixture
def place(made: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The practice, put back as it was after each test."""
    monkeypatch.setenv("RAPPORT_HOME", str(made.key.parent))
    before = {file: (file.read_bytes(), file.stat().st_mode) for file in (made.config, made.key, made.vault)}
    folders = {folder: folder.stat().st_mode for folder in (made.vault.parent, made.vault.parent.parent)}
    yield made
    for file, (content, mode) in before.items():
        file.write_bytes(content)
        file.chmod(mode)
    for folder, mode in folders.items():
        folder.chmod(mode)


def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can run a program from another account")


def dropped(place: Place, program: str = DROPPED) -> subprocess.CompletedProcess[str]:
    """`rapport serve` and `rapport metrics` in a process that became another account on the way."""
    where = [place.config, spare_port(), place.key, place.vault, place.warehouse]
    command = [sys.executable, "-c", program, *map(str, where)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def as_nobody() -> dict[str, Any]:
    """What makes a process run from another account from its start. Skips where that cannot be."""
    as_root()
    how: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
    how["env"] = {**environment, "HOME": "/nonexistent", "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        subprocess.run([sys.executable, "-c", "import rapport.cli, streamlit"], capture_output=True, check=True, **how)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("another account cannot read this Python and its packages, so it cannot run them")
    return how


def spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as reply:
                return bool(reply.status == 200)
        except OSError:
            time.sleep(0.25)
    return False


def test_the_account_of_the_ingest_is_refused_with_both_ways_out(place: Place) -> None:
    outcome = rapport("serve", "--config", str(place.config), "--port", str(spare_port()))
    assert outcome.code == 2
    assert str(place.key) in outcome.err
    assert "another account" in outcome.err
    assert "single_user = true" in outcome.err
    assert str(place.config) in outcome.err


def test_a_readable_vault_alone_is_reason_enough(place: Place) -> None:
    place.key.unlink()
    outcome = rapport("serve", "--config", str(place.config), "--port", str(spare_port()))
    assert outcome.code == 2
    assert str(place.vault) in outcome.err


def test_a_reachable_keyring_entry_is_reason_enough(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    text = place.config.read_text().replace("[practice]", '[practice]\nkey = "keyring:harbour"')
    place.config.write_text(text)
    place.key.unlink()
    place.vault.unlink()
    monkeypatch.setattr("deid.keys._ask_keyring", lambda name: "a" * 64)
    outcome = rapport("serve", "--config", str(place.config), "--port", str(spare_port()))
    assert outcome.code == 2
    assert 'the keyring entry "rapport/harbour"' in outcome.err


def test_another_account_reads_the_warehouse_and_neither_key_nor_vault(place: Place) -> None:
    as_root()
    done = dropped(place)
    assert "SERVED 0 1 False" in done.stdout, done.stderr
    assert "METRICS 0" in done.stdout, done.stderr


def test_another_account_that_can_read_the_vault_is_refused(place: Place) -> None:
    as_root()
    for folder in (place.vault.parent.parent, place.vault.parent):
        folder.chmod(0o755)
    place.vault.chmod(0o644)
    done = dropped(place, DROPPED.replace("for hidden in (key, vault):", "for hidden in (key,):"))
    assert "SERVED 2 0 False" in done.stdout, done.stderr
    assert str(place.vault) in done.stderr.replace("\n", "")


def test_the_pages_answer_from_another_account(place: Place) -> None:
    how, port = as_nobody(), spare_port()
    command = [*RUN, "serve", "--config", str(place.config), "--port", str(port)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True, **how)
    try:
        assert answers(port)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
