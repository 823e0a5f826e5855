"""The pages are served from the warehouse alone, on this machine alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.rapport.small import CONFIG, rapport, write

SINGLE_USER = CONFIG + "\n[serve]\nsingle_user = true\n"


def spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_named_with_another(tmp_path: Path) -> None:
    config = write(tmp_path, config=SINGLE_USER)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert rapport("ingest", "--config", str(config), "--json").code == 0
        outcome = rapport("serve", "--config", str(config), "--port", str(port))
    assert outcome.code == 2
    assert f"Port {port}" in outcome.err


def test_before_the_first_ingest_serve_says_what_to_do(tmp_path: Path) -> None:
    outcome = rapport("serve", "--config", str(write(tmp_path)), "--port", str(spare_port()))
    assert outcome.code == 2
    assert "rapport ingest" in outcome.err


def test_the_page_server_answers_and_is_told_no_place_of_a_key(tmp_path: Path) -> None:
    config, port = write(tmp_path, config=SINGLE_USER), spare_port()
    assert rapport("ingest", "--config", str(config), "--json").code == 0
    command = [sys.executable, "-c", "from rapport.cli import main; main()", "serve", "--config", str(config)]
    process = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        assert answers(port)
        served = child_of(process.pid)
        environment = Path(f"/proc/{served}/environ").read_bytes()
        assert b"RAPPORT_WAREHOUSE_URL=" in environment
        assert b"RAPPORT_SINGLE_USER=1" in environment
        assert b"RAPPORT_HOME=" not in environment
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def answers(port: int) -> bool:
    """Does the server report itself healthy within a minute?"""
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as reply:
                return bool(reply.status == 200)
        except OSError:
            time.sleep(0.25)
    return False


def child_of(pid: int) -> int:
    if not Path("/proc").is_dir():
        pytest.skip("this system has no /proc to look into")
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
