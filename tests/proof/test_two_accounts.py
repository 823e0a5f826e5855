"""The pages run from an account that can read the warehouse and can read neither the key nor the vault; else not."""

from __future__ import annotations

import os
import pwd
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

from tests.proof import another_account
from tests.proof.another_account import NOBODY
from tests.rapport.small import CONFIG, rapport, write
from warehouse.audit import VIEWS_FILE, AuditLog

PROJECT = Path(__file__).resolve().parents[2]
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
    views: Path


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
        views = base / "views"
        views.mkdir()
        if os.geteuid() == 0:
            os.chown(views, NOBODY, 0)
        views.chmod(0o2750)
        folder = base / "practice"
        folder.mkdir(mode=0o755)
        url = f'\n[warehouse]\nurl = "sqlite:///{warehouse / "warehouse.sqlite"}"\n\n[serve]\nviews = "{views}"\n'
        config = write(folder, config=CONFIG + url)
        (folder / "appointments.csv").chmod(0o600)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RAPPORT_HOME", str(base / "home"))
            assert rapport("ingest", "--config", str(config), "--json").code == 0
        vault = folder / "rapport-data" / "vault" / "vault.duckdb"
        yield Place(config, base / "home" / "root.key", vault, warehouse / "warehouse.sqlite", views)
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


def as_nobody(*command: str) -> tuple[list[str], dict[str, Any]]:
    """How a program runs from another account from its start: (argv, what else `subprocess` is told).

    Where Python lies in a folder that is closed to others, a mount namespace shows it to that account. Skips where the
    system allows no such thing.
    """
    as_root()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
    environment |= {"HOME": "/nonexistent", "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}
    places = [str(Path(place).absolute()) for place in (sys.base_prefix, sys.prefix, PROJECT)]
    into = ["unshare", "--mount", "--propagation", "private", sys.executable, another_account.__file__, *places, "--"]
    try:
        probe = [*into, sys.executable, "-c", "import rapport.cli, streamlit, os; print(os.geteuid())"]
        done = subprocess.run(probe, capture_output=True, text=True, check=True, cwd="/", env=environment)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no mount namespace may be made here, so another account cannot read this Python and its packages")
    assert done.stdout.split() == [str(NOBODY)]
    return [*into, *command], {"cwd": "/", "env": environment}


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
    assert "not being written down" not in done.stderr
    log = AuditLog(place.views, VIEWS_FILE)
    assert log.path.stat().st_uid == NOBODY
    assert log.path.stat().st_mode & 0o777 == 0o640  # the operator's group reads it, nobody else writes it


def test_pages_whose_views_cannot_be_written_down_start_and_say_so(place: Place) -> None:
    as_root()
    place.config.write_text(place.config.read_text().replace(f'views = "{place.views}"', ""))
    done = dropped(place)  # the audit log's folder is the operator's alone
    assert "SERVED 0 1 False" in done.stdout, done.stderr
    assert "not being written down" in done.stderr
    assert "[serve] views" in done.stderr


def test_another_account_that_can_read_the_vault_is_refused(place: Place) -> None:
    as_root()
    for folder in (place.vault.parent.parent, place.vault.parent):
        folder.chmod(0o755)
    place.vault.chmod(0o644)
    done = dropped(place, DROPPED.replace("for hidden in (key, vault):", "for hidden in (key,):"))
    assert "SERVED 2 0 False" in done.stdout, done.stderr
    assert str(place.vault) in done.stderr.replace("\n", "")


def test_the_pages_answer_from_another_account(place: Place) -> None:
    port = spare_port()
    command, how = as_nobody(*RUN, "serve", "--config", str(place.config), "--port", str(port))
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True, **how)
    try:
        assert answers(port)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
    told = rapport("audit", "show", "--views", "--json", "--config", str(place.config)).json()[-2:]
    assert [entry["event"] for entry in told] == ["pages.started", "pages.stopped"]
    assert {entry["by"] for entry in told} == {pwd.getpwuid(NOBODY).pw_name}
    assert rapport("audit", "verify", "--config", str(place.config)).code == 0
