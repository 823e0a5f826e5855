"""The same warehouse on a PostgreSQL server of the test's own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from metrics.query import results
from tests.metrics.releases import frames, header
from warehouse import store as store_module
from warehouse.schema import RELEASED_TABLES
from warehouse.store import StoreError, open_store

pytestmark = pytest.mark.postgres


def _run(folder: Path, *command: str) -> int:
    """Runs a server command; as another account where we are root, as PostgreSQL refuses to be."""
    other = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups") if os.getuid() == 0 else ()
    quiet = subprocess.DEVNULL
    return subprocess.run([*other, *command], stdout=quiet, stderr=quiet, cwd=folder, check=False).returncode


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
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


def test_a_postgresql_warehouse_holds_the_same_as_a_file(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match="no release yet"):
        open_store(address, read_only=True)
    store = open_store(address)
    store.migrate()
    store.migrate()
    for seed in (1, 2, 3):
        store.publish(header(), frames(seed))
    reader = open_store(address, read_only=True)
    assert [release.id for release in reader.releases()] == [3, 2]
    assert all(reader.read(table.name, 1).empty for table in RELEASED_TABLES)
    read = reader.read("attendance_cells", 3)
    assert read["no_show"].sum() == frames(3)["attendance_cells"]["no_show"].sum()
    assert read["no_show"].dtype == "int64"
    assert results(reader, metric="no_show_rate")[0].value is not None
    with pytest.raises(StoreError, match="reading alone"):
        reader.publish(header(), frames())

    write = store_module.cells.write

    def fails_late(connection: object, table: object, *rest: object) -> None:
        if getattr(table, "name", "") == "quality_result":
            raise RuntimeError("pulled the plug")
        write(connection, table, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(store_module.cells, "write", fails_late)
    with pytest.raises(RuntimeError):
        store.publish(header(), frames())
    monkeypatch.undo()
    assert [release.id for release in reader.releases()] == [3, 2]
    assert store.publish(header(), frames()) > 3
    store.close()
    reader.close()
