"""The same warehouse on a PostgreSQL server of the test's own."""

import pytest

from metrics.query import results
from tests.metrics.releases import frames, header
from tests.postgres import postgres
from warehouse import store as store_module
from warehouse.schema import RELEASED_TABLES
from warehouse.store import StoreError, open_store

__all__ = ["postgres"]
pytestmark = pytest.mark.postgres


def test_a_postgresql_warehouse_holds_the_same_as_a_file(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match="no release yet"):
        open_store(postgres, read_only=True)
    store = open_store(postgres)
    store.migrate()
    store.migrate()
    for seed in (1, 2, 3):
        store.publish(header(), frames(seed))
    reader = open_store(postgres, read_only=True)
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
