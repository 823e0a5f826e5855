"""A PostgreSQL server of the tests' own, on a socket of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


def _run(folder: Path, *command: str) -> int:
    """Runs a server command; as another account where we are root, as PostgreSQL refuses to be."""
    other = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups") if os.getuid() == 0 else ()
    quiet = subprocess.DEVNULL
    return subprocess.run([*other, *command], stdout=quiet, stderr=quiet, cwd=folder, check=False).returncode


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    pytest.importorskip("psycopg")
    if not shutil.which("initdb") or not shutil.which("pg_ctl"):
        pytest.skip("no PostgreSQL server (initdb, pg_ctl) on this machine")
    folder = Path("/tmp") / f"rapport-pg-{os.getpid()}"  # noqa: S108  a socket's path must be short
    folder.mkdir(mode=0o700)
    if os.getuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    try:
        assert _run(folder, "initdb", "-D", str(data), "-U", "rapport", "-A", "trust", "--no-sync") == 0
        assert _run(folder, "pg_ctl", "-D", str(data), "-w", "-o", options, "start") == 0
        yield f"postgresql://rapport@/postgres?host={folder}"
    finally:
        _run(folder, "pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
