from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import warehouse.migrations
from tests.metrics.releases import small_practice, store_at
from warehouse.migrations import REVISIONS
from warehouse.schema import METADATA
from warehouse.store import open_store


def difference(folder: Path, metadata: sa.MetaData) -> list[object]:
    store = open_store(f"sqlite:///{folder / 'migrated.sqlite'}")
    store.migrate()
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def test_the_steps_lead_to_the_declared_layout(tmp_path: Path) -> None:
    assert difference(tmp_path, METADATA) == []


def test_a_column_without_a_step_would_be_seen(tmp_path: Path) -> None:
    changed = sa.MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(changed)
    changed.tables["site"].append_column(sa.Column("city", sa.String))
    assert len(difference(tmp_path, changed)) == 1


def test_releases_number_themselves_for_ever(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    with store.engine.connect() as connection:
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'release'").scalar_one()
    assert "AUTOINCREMENT" in made


def test_every_step_is_known_to_the_store() -> None:
    folder = Path(warehouse.migrations.__file__).parent
    script = ScriptDirectory(str(folder))
    assert tuple(reversed([step.revision for step in script.walk_revisions()])) == REVISIONS


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    store = small_practice(tmp_path)
    store.migrate()
    assert [release.id for release in store.releases()] == [1]


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(connection: sa.Connection) -> None:
        METADATA.tables["release"].create(connection)
        raise RuntimeError("pulled the plug")

    monkeypatch.setattr("warehouse.migrations.upgrade", half)
    store = open_store(f"sqlite:///{tmp_path / 'w.sqlite'}")
    with pytest.raises(RuntimeError):
        store.migrate()
    with store.engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
