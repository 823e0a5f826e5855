"""The synthetic practice goes the whole way: every planted fault is found, nobody in it is, and the truth comes out."""

import csv
import io
import json
import logging
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deid.attack import within
from metrics.query import effect, results
from rapport.demo.clock import MOMENT
from rapport.demo.drawn.people import WORDS
from tests.demo.way import Way, go
from warehouse.schema import ALL, CELL_TABLES, PUBLISHED

SHAPES = re.compile(rb"[\w.]{3,40}@example\.org|555-01\d\d|0000-\d{3}-\d{3}-ZZ")
NAMES = sorted({name.encode(encoding) for name in WORDS["family"] for encoding in ("utf-8", "latin-1")})
# a band, words of patients (which must not name one) and what is compared: every further split costs two seconds
SPLITS = """
[release]
stratifiers.names = ["lead_time", "language", "exposure"]
"""


def _identifiers(content: bytes) -> set[bytes]:
    """Every family name of the practice in these bytes, and whatever looks like its e-mails, phones, health numbers."""
    return {name for name in NAMES if name in content} | set(SHAPES.findall(content))


class _Heard(logging.Handler):
    """Keeps every log line, whoever writes it."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module")
def logged() -> _Heard:
    return _Heard()


@pytest.fixture(scope="module")
def way(practice: Path, tmp_path_factory: pytest.TempPathFactory, logged: _Heard) -> Way:
    folder = tmp_path_factory.mktemp("whole") / "practice"
    shutil.copytree(practice, folder)
    with (folder / "rapport.toml").open("a", encoding="utf-8") as toml:
        toml.write(SPLITS)
    root = logging.getLogger()
    root.addHandler(logged)
    try:
        return go(folder / "rapport.toml")
    finally:
        root.removeHandler(logged)


def _value(way: Way, metric: str) -> Any:
    (row,) = results(way.store, metric=metric, site="*")
    return row


def test_every_planted_fault_is_found_and_nothing_else(way: Way, truth: dict[str, Any]) -> None:
    found = {
        entry.table: (entry.read, entry.kept, entry.quarantined, entry.dropped_by_policy) for entry in way.report.tables
    }
    planted = {
        table: (counts["read"], counts["kept"], counts["quarantined"], sum(counts["dropped_by_policy"].values()))
        for table, counts in truth["files"].items()
    }
    assert found == planted


def test_one_sign_of_danger_closed_by_automation_alone_is_seen_first(way: Way) -> None:
    assert way.report.safety.happened
    assert len(way.report.safety.closed) == 1


def test_no_identifier_passes_the_boundary(way: Way, logged: _Heard) -> None:
    files = [path for path in way.data_dir.rglob("*") if path.is_file()]
    assert any(path.name.startswith("warehouse") for path in files)
    for path in files:
        assert not _identifiers(path.read_bytes()), path.name
    said = "\n".join([*way.told, *logged.lines, json.dumps(way.report.as_json()), repr(way.report)])
    assert not _identifiers(said.encode())


def test_the_search_for_identifiers_can_find_them(practice: Path) -> None:
    for name in ("appointments.csv", "patients.csv", "clinicians.csv"):
        assert len(_identifiers((practice / name).read_bytes())) > 10


def test_released_visits_are_those_of_the_export(way: Way, practice: Path) -> None:
    """Counted again by Python's reader over the released weeks: no visit more, none less."""
    cells = way.store.read("attendance_cells", way.report.release)
    cells = cells[(cells["stratifier"] == ALL) & (cells["state"] == PUBLISHED)]
    release = way.store.latest()
    assert release is not None
    assert release.published_until is not None
    assert set(cells["grain"]) == {"week"}
    text = (practice / "appointments.csv").read_text(encoding="utf-8")
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    sound = {row[0]: dict(zip(header, row, strict=True)) for row in lines if row[0].startswith("A")}
    released = [
        row["Status"].strip().lower()
        for row in sound.values()
        if datetime.strptime(row["Start"], MOMENT).date() < release.published_until  # noqa: DTZ007  a local day
    ]
    assert cells["booked"].sum() == len(released)
    assert cells["attended"].sum() == released.count("show")
    assert cells["no_show"].sum() == released.count("no show")


def test_no_show_rate_is_that_of_the_truth(way: Way, truth: dict[str, Any]) -> None:
    row = _value(way, "no_show_rate")
    assert row.value == pytest.approx(truth["no_show_rate"]["value"], abs=0.005)
    assert row.low < truth["no_show_rate"]["value"] < row.high


def test_reminders_look_harmful_and_are_found_to_help(way: Way, truth: dict[str, Any]) -> None:
    report = effect(way.store, "sms_reminder", "no_show_rate")
    naive, adjusted = report.naive, report.adjusted
    assert naive.value is not None
    assert naive.value > 0
    assert adjusted.low is not None
    assert adjusted.high is not None
    assert adjusted.high < 0
    points = truth["effects"]["sms_reminder on no_show_rate"]["expected_points"] / 100
    assert adjusted.low < points < adjusted.high


def test_retention_is_that_of_the_truth(way: Way, truth: dict[str, Any]) -> None:
    left = _value(way, "left_after_first_visit")
    assert left.low < truth["retention"]["left_after_first"] < left.high
    kept = _value(way, "in_care_12_weeks")
    assert kept.value == pytest.approx(truth["retention"]["still_in_care_12_weeks"], abs=0.03)


def test_nothing_that_is_withheld_follows_from_what_is_shown(way: Way) -> None:
    (release,) = way.store.releases()
    frames = way.store.read_tables(release.id, {table.name: {} for table in CELL_TABLES})
    assert within(frames, release.grid_start, release.smallest_group) == []
