"""What `rapport metrics` prints of a release."""

import json
from pathlib import Path

import pytest

from metrics.query import results
from metrics.registry import metric_named
from rapport.commands import results as command
from tests.metrics.releases import small_practice


def test_every_split_is_printed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = small_practice(tmp_path)
    monkeypatch.setattr(command, "_store", lambda path: store)
    command.metrics(tmp_path, as_json=True, metric=None, site=None, by="every", period="all")
    printed = json.loads(capsys.readouterr().out)
    assert [(row["stratifier"], row["stratum"], row["site"], row["metric"], row["value"]) for row in printed] == [
        (row.stratifier, row.stratum, row.site, row.metric, row.value)
        for by in (None, "modality")
        for row in results(store, by=by)
        if not metric_named(row.metric).why_not(row.stratifier)
    ]
