"""A release tells what the practice declared, and a new one is made where that changes."""

from pathlib import Path

import pytest

from etl import quality
from etl.declared import MoneySettings
from tests.etl_vault.practice import opened, settings, take, visits, write
from tests.etl_vault.test_pipeline import _quick_judge


def test_a_release_tells_what_is_declared_and_follows_a_new_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "judge", _quick_judge)
    write(tmp_path / "visits.csv", visits(600))
    take(settings(tmp_path))
    priced = settings(tmp_path, money=MoneySettings.model_validate({"currency": "CAD", "staff_hour": 40}))
    report = take(priced)
    told = opened(priced).read("declared_value", report.release).set_index("name")["value"]
    assert not report.already
    assert (told["staff_hour"], told["crisis_target.high"]) == (40, 60)
    assert take(priced).already
