"""What `rapport metrics --external` gives to somebody outside the practice."""

import json
from pathlib import Path

import pytest

from metrics.query import results
from rapport.commands import results as command
from tests.metrics.releases import small_practice


def test_no_small_numerator_is_printed_and_the_rest_is_rounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = small_practice(tmp_path)
    monkeypatch.setattr(command, "_store", lambda path: store)
    options = {"as_json": True, "metric": "no_show_rate", "site": None, "by": None, "period": "week"}
    command.metrics(tmp_path, **options, outside=True)  # type: ignore[arg-type]
    given = json.loads(capsys.readouterr().out)
    inside = results(store, metric="no_show_rate", period="week")
    assert [(row["site"], row["period"]) for row in given] == [(row.site, row.period) for row in inside]
    small = [row for row in inside if row.value is not None and 0 < round(row.value * row.n) < 11]
    assert small, "there is something to hide"
    hidden = {(row["site"], row["period"]) for row in given if row["state"] == "withheld"}
    assert {(row.site, row.period) for row in small} <= hidden
    assert all(row["value"] is None and row["n"] == 0 for row in given if row["state"] == "withheld")
    assert all(round(row["value"], 3) == row["value"] for row in given if row["state"] == "published")
    command.metrics(tmp_path, **(options | {"as_json": False}), outside=True)  # type: ignore[arg-type]
    assert "withheld outside the practice" in capsys.readouterr().out
