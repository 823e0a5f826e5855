"""A patient who is forgotten, or asks to be left out, is in no count of any table: as if they had never come."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from etl.forget import forget
from etl.settings import IngestSettings, OptOutList, PrivacySettings
from tests.etl_vault import everything
from tests.etl_vault.forget_kills import WHO, quick
from tests.etl_vault.practice import KEY, NOW, opened, take
from warehouse.schema import CELL_TABLES

COUNTED = (
    "attendance_cells", "retention_cells", "score_cells", "outcome_cells", "crisis_cells", "time_cells", "triage_cells",
    "contact_cells", "feedback_cells", "prediction_cells", "notice_cells", "repeat_cells",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _quick() -> object:
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in quick():
            patch.setattr(name, stand_in)
        yield


def ingested(folder: Path, without: str = "", **changes: object) -> IngestSettings:
    folder.mkdir()
    everything.write(folder, without)
    (folder / "asked.csv").write_text(f"patient_id\n{WHO}\n")
    chosen = everything.configured(folder, **changes)
    take(chosen)
    return chosen


def counts(chosen: IngestSettings) -> dict[str, pd.DataFrame]:
    store = opened(chosen)
    (release,) = store.releases()
    return {table.name: store.read(table.name, release.id) for table in CELL_TABLES}


@pytest.fixture(scope="module")
def never_came(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return counts(ingested(tmp_path_factory.mktemp("clean") / "practice", without=WHO))


def test_forgotten_patient_is_in_no_count(tmp_path: Path, never_came: dict[str, pd.DataFrame]) -> None:
    chosen = ingested(tmp_path / "practice")
    before = counts(chosen)
    forget(chosen, [WHO], store=opened(chosen), root_key=KEY, now=NOW, by="Ada Officer", progress=lambda *_: None)
    after = counts(chosen)
    for name in COUNTED:
        pd.testing.assert_frame_equal(after[name], never_came[name])
        assert len(after[name]) > 0
        assert not after[name].equals(before[name]), name


def test_patient_who_opted_out_is_in_no_count(tmp_path: Path, never_came: dict[str, pd.DataFrame]) -> None:
    privacy = PrivacySettings(opt_out_analytics=OptOutList(file=str(tmp_path / "practice" / "asked.csv")))
    found = counts(ingested(tmp_path / "practice", privacy=privacy))
    for name in COUNTED:
        pd.testing.assert_frame_equal(found[name], never_came[name])
