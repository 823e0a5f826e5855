import os
import signal
import sqlite3
import stat
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, Table, event

from tests.metrics.releases import frames, header, small_practice, store_at
from warehouse import store as store_module
from warehouse.frames import checked, content_hash
from warehouse.schema import RELEASED_TABLES
from warehouse.store import Store, StoreError, open_store


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'warehouse.sqlite'}"


def test_what_is_published_is_read_back(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    release = store.latest()
    assert release is not None
    assert (release.id, release.practice, release.synthetic) == (1, "Example practice", True)
    written = frames()["attendance_cells"]
    read = store.read("attendance_cells", 1)
    assert len(read) == len(written)
    assert read["no_show"].sum() == written["no_show"].sum()
    assert read["period_start"].dtype == "datetime64[ns]"


def test_a_read_can_be_narrowed_to_one_value_or_several(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    assert set(store.read("attendance_cells", 1, site="North", stratifier="all")["site"]) == {"North"}
    assert set(store.read("repeat_cells", 1, window=["4weeks", "all"])["window"]) == {"4weeks", "all"}


def test_withheld_groups_carry_no_numbers(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    group = {"site": "North", "grain": "12weeks", "period_start": "2024-01-01", "stratifier": "all", "stratum": "all"}
    store.publish(header(), {"attendance_cells": pd.DataFrame([{**group, "state": "withheld"}])})
    assert store.read("attendance_cells", 1)["no_show"].isna().all()


def one_row(table: Table) -> pd.DataFrame:
    """A row that fits whatever the table declares."""
    moment = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    values = {str: "x", int: 1, bool: True, float: 0.5, date: moment.date(), datetime: moment}
    columns = [column for column in table.columns if column.name != "release_id"]
    known = {"grain": "week"}
    return pd.DataFrame({col.name: [known.get(col.name, values[col.type.python_type])] for col in columns})


def test_the_last_two_releases_are_kept_and_nothing_of_older_ones(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    for seed in (2, 3):
        written = frames(seed)
        store.publish(header(), {table.name: one_row(table) for table in RELEASED_TABLES} | written)
    assert [release.id for release in store.releases()] == [3, 2]
    for table in RELEASED_TABLES:
        assert store.read(table.name, 1).empty, table.name
        assert not store.read(table.name, 3).empty, table.name


def test_releases_put_in_the_place_of_others_are_the_only_ones(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    store.publish(header(), frames(2))
    assert store.replace([(header(), frames(3)), (header(), frames(4))]) == 4
    assert [release.id for release in store.releases()] == [4, 3]
    assert store.replace([(header(), frames(5))]) == 5
    assert [release.id for release in store.releases()] == [5]
    assert store.read("attendance_cells", 4).empty


def test_a_replacement_that_fails_leaves_every_release(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    bad = {"attendance_cells": pd.DataFrame([{"nonsense": 1}])}
    with pytest.raises(StoreError):
        store.replace([(header(), frames(2)), (header(), bad)])
    assert [release.id for release in store.releases()] == [1]


def test_ids_are_never_given_twice(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    with sqlite3.connect(tmp_path / "warehouse.sqlite") as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM release")
    assert store.latest() is None
    assert store.publish(header(), frames()) == 2


def test_the_fingerprint_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    shuffled = {name: frame.sample(frac=1, random_state=1) for name, frame in reversed(frames().items())}
    store.publish(header(), shuffled)
    changed = frames()
    changed["attendance_cells"].loc[0, "no_show"] += 1
    newest, middle = (release.content_hash for release in store.releases())
    assert newest == middle
    store.publish(header(), changed)
    last = store.latest()
    assert last is not None
    assert last.content_hash != newest


def test_the_fingerprint_tells_a_text_that_is_absent_from_an_empty_one() -> None:
    absent, empty = (
        content_hash(checked({"confounder_fit": pd.DataFrame([{"outcome": "no_show", "term": "all", "reason": word}])}))
        for word in (None, "")
    )
    assert absent != empty


def test_an_exception_half_way_leaves_the_old_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = small_practice(tmp_path)
    write = store_module.cells.write

    def fails_late(connection: Any, table: Any, *rest: Any) -> None:
        if table.name == "quality_result":
            raise RuntimeError("pulled the plug")
        write(connection, table, *rest)

    monkeypatch.setattr(store_module.cells, "write", fails_late)
    with pytest.raises(RuntimeError):
        store.publish(header(practice="New"), frames(2))
    monkeypatch.undo()
    release = store.latest()
    assert release is not None
    assert (release.id, release.practice) == (1, "Example practice")
    assert store.read("attendance_cells", 2).empty
    assert store.publish(header(), frames(2)) == 2


def _publish_and_die(folder: Path, tables_written: int) -> None:
    """In a process of its own: publishes, and is killed after so many tables (the last one: before the commit)."""
    write, prune, left = store_module.cells.write, store_module._prune, [tables_written]

    def dies(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    store_module.cells.write = lambda *given: (write(*given), dies())[1]
    store_module._prune = lambda connection: (prune(connection), dies())[1]
    open_store(url(folder)).publish(header(practice="Killed"), frames(2))


@pytest.mark.parametrize("tables_written", [1, 4, 8, len(RELEASED_TABLES), len(RELEASED_TABLES) + 1])
def test_a_kill_at_any_moment_leaves_the_old_release(tmp_path: Path, tables_written: int) -> None:
    store = small_practice(tmp_path)
    store.publish(header(practice="Second"), frames())
    child = os.fork()
    if child == 0:
        try:
            _publish_and_die(tmp_path, tables_written)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert [release.practice for release in store.releases()] == ["Second", "Example practice"]
    assert len(store.read("attendance_cells", 1)) == len(frames()["attendance_cells"])
    assert store.publish(header(practice="Third"), frames()) == 3


def _reads(address: str, seen: list[tuple[int, int]], stop: threading.Event) -> None:
    reader = open_store(address, read_only=True)
    while not stop.is_set():
        release = reader.latest()
        assert release is not None
        seen.append((release.id, len(reader.read("attendance_cells", release.id))))


def test_two_readers_see_whole_releases_during_writes(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    stop = threading.Event()
    seen: list[list[tuple[int, int]]] = [[], []]
    readers = [threading.Thread(target=_reads, args=(url(tmp_path), one, stop)) for one in seen]
    for reader in readers:
        reader.start()
    for _ in range(4):
        time.sleep(0.1)  # two releases within one read would prune what is being read
        store.publish(header(), frames(2))
    time.sleep(0.2)
    stop.set()
    for reader in readers:
        reader.join(timeout=30)
    whole = len(frames()["attendance_cells"])
    assert {count for pairs in seen for _, count in pairs} == {whole}
    assert all(len({number for number, _ in pairs}) > 1 for pairs in seen)


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    holder = sqlite3.connect(tmp_path / "warehouse.sqlite", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, lambda: holder.execute("COMMIT")).start()
    started = time.monotonic()
    assert store.publish(header(), frames()) == 2
    assert time.monotonic() - started > 0.3


def test_a_writer_that_waited_in_vain_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_practice(tmp_path).close()
    monkeypatch.setattr("warehouse.connect.BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(tmp_path / "warehouse.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="held by another process"):
        open_store(url(tmp_path)).publish(header(), frames())
    holder.execute("ROLLBACK")


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o000)
    try:
        small_practice(tmp_path / "new" / "data")
    finally:
        os.umask(before)
    folder = tmp_path / "new" / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_reading_alone_cannot_write(tmp_path: Path) -> None:
    small_practice(tmp_path).close()
    reader = open_store(url(tmp_path), read_only=True)
    for forbidden in (reader.migrate, lambda: reader.publish(header(), frames())):
        with pytest.raises(StoreError, match="reading alone"):
            forbidden()
    with pytest.raises(sqlite3.OperationalError, match="readonly"), reader.engine.connect() as connection:
        connection.connection.driver_connection.execute("DELETE FROM release")  # type: ignore[union-attr]


def test_reading_what_is_not_there_says_to_ingest(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no warehouse .* Run `rapport ingest`"):
        open_store(url(tmp_path), read_only=True)
    assert not (tmp_path / "warehouse.sqlite").exists()
    (tmp_path / "warehouse.sqlite").touch()
    with pytest.raises(StoreError, match="no release yet"):
        open_store(url(tmp_path), read_only=True)
    with pytest.raises(StoreError, match="no release yet"):
        open_store(url(tmp_path)).latest()


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "warehouse.sqlite").write_bytes(
        b"PK\x03\x04 not a database at all, but long enough to be looked at" * 40
    )
    for read_only in (True, False):
        with pytest.raises(StoreError, match="not a Rapport warehouse"):
            open_store(url(tmp_path), read_only=read_only).releases()


def test_a_newer_layout_is_refused(tmp_path: Path) -> None:
    small_practice(tmp_path).close()
    with sqlite3.connect(tmp_path / "warehouse.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        open_store(url(tmp_path), read_only=True)
    with pytest.raises(StoreError, match="newer version"):
        open_store(url(tmp_path)).migrate()


def _small_disk(engine: Engine, pages: int) -> None:
    @event.listens_for(engine, "begin")
    def limit(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_is_said_and_the_old_release_stands(tmp_path: Path) -> None:
    small_practice(tmp_path).close()
    store = open_store(url(tmp_path))
    _small_disk(store.engine, (tmp_path / "warehouse.sqlite").stat().st_size // 4096 + 2)
    with pytest.raises(StoreError, match="disk is full"):
        store.publish(header(), frames(2))
    assert [release.id for release in store.releases()] == [1]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("not an address", "cannot be read"),
        ("mysql://me:hunter2@host/db", "cannot be a mysql database"),
        ("sqlite://", "needs a file"),
        ("sqlite:////tmp", "is a folder"),
    ],
)
def test_wrong_addresses_are_explained(address: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        open_store(address)
    assert "hunter2" not in str(caught.value)


def test_a_password_is_never_echoed() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://me:hunter2@127.0.0.1:1/nothing", read_only=True)
    assert "hunter2" not in str(caught.value)
    assert "does not answer" in str(caught.value)


def test_frames_that_do_not_fit_the_layout_are_refused(tmp_path: Path) -> None:
    store: Store = store_at(tmp_path)
    row = {"site": ["A"], "position": [0], "merged_sites": [1]}
    for wrong, says in (
        ({"patients": pd.DataFrame({"a": [1]})}, "no table 'patients'"),
        ({"site": pd.DataFrame({**row, "name": ["x"]})}, "no column 'name'"),
        ({"site": pd.DataFrame({"site": ["A"], "position": [0]})}, "merged_sites of site is empty"),
        ({"site": pd.DataFrame({name: values * 2 for name, values in row.items()})}, "two rows for one site"),
    ):
        with pytest.raises(StoreError, match=says):
            store.publish(header(), wrong)
    assert store.latest() is None


def test_asking_for_what_the_layout_does_not_have_is_refused(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    with pytest.raises(StoreError, match="no table 'patient'"):
        store.read("patient", 1)
    with pytest.raises(StoreError, match="no column 'patient_id'"):
        store.read("attendance_cells", 1, patient_id=3)


def test_a_folder_made_for_a_group_lets_the_group_read_and_nobody_write(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o2750)
    small_practice(folder).close()
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert files == dict.fromkeys(("warehouse.sqlite", "warehouse.sqlite-wal", "warehouse.sqlite-shm"), 0o640)
    folder.chmod(0o750)  # no longer said on purpose
    open_store(url(folder)).migrate()
    assert stat.S_IMODE((folder / "warehouse.sqlite").stat().st_mode) == 0o600
