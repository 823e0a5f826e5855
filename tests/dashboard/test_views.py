"""Who looked at what is written down: once a view, never a figure; a page that cannot be written down says so."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import views, words
from dashboard.access import VIEWS_LOG
from tests.dashboard.conftest import Open, opened, said
from warehouse.audit import VIEWS_FILE, AuditLog, account

NOT_WRITTEN = "are not being written down"


def written(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    log = AuditLog(folder, VIEWS_FILE)
    assert log.verify() is None
    return [(entry.event, dict(entry.details)) for entry in log.entries()]


def chosen(app: AppTest, label: str, option: str) -> AppTest:
    box = next(box for box in app.selectbox if box.label == label)
    return box.select(option).run()


def test_a_view_says_page_release_site_split_and_account(
    open_page: Open, full_warehouse: Path, views_folder: Path
) -> None:
    open_page("no_shows", full_warehouse, site="Riverside")
    ((event, details),) = written(views_folder)
    assert event == "page.viewed"
    assert details == {"page": "no-shows", "release": 1, "site": "Riverside", "by": None}
    assert AuditLog(views_folder, VIEWS_FILE).entries()[0].by == account()


def test_one_entry_a_view_and_none_for_a_choice_that_shows_the_same_counts_otherwise(
    open_page: Open, full_warehouse: Path, views_folder: Path
) -> None:
    app = open_page("no_shows", full_warehouse)
    app.run()
    chosen(app, "Time in steps of", "Week")
    opened(app)
    assert len(written(views_folder)) == 1
    chosen(app, "Site", "Oak Street")
    chosen(app, "Split by", words.stratifier("modality"))
    app.switch_page("pages/privacy.py").run()
    told = [(at["page"], at.get("site"), at.get("by")) for _, at in written(views_folder)]
    assert told == [
        ("no-shows", "*", None),
        ("no-shows", "Oak Street", None),
        ("no-shows", "Oak Street", "modality"),
        ("privacy", None, None),
    ]


def test_a_page_without_results_is_a_view_too(open_page: Open, tmp_path: Path, views_folder: Path) -> None:
    open_page("no_shows", tmp_path / "none.sqlite")
    assert written(views_folder) == [("page.viewed", {"page": "no-shows"})]


def test_a_file_that_is_taken_is_written_down(
    open_page: Open, full_warehouse: Path, views_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    app = open_page("privacy", full_warehouse)
    monkeypatch.setattr(os, "fsync", waited.append)
    app.get("download_button")[0].click().run()
    events = written(views_folder)
    assert [event for event, _ in events] == ["page.viewed", "file.downloaded"]
    assert events[1][1] == {"page": "privacy", "release": 1, "file": "rapport-items.csv"}
    assert len(waited) == 1


def test_a_page_that_cannot_be_written_down_is_shown_and_says_so(
    open_page: Open, full_warehouse: Path, views_folder: Path
) -> None:
    views_folder.write_text("a file where the folder should be")
    app = open_page("no_shows", full_warehouse)
    assert not app.exception
    assert "Do patients come" in said(app)
    assert any(NOT_WRITTEN in warning.value for warning in app.warning)
    app.run()
    assert NOT_WRITTEN in said(app)  # from then on above everything else
    assert not app.warning
    views_folder.unlink()
    app.run()
    assert len(written(views_folder)) == 1  # made good as soon as it can be
    app.run()
    assert NOT_WRITTEN not in said(app)


def test_pages_started_without_a_log_say_so(
    open_page: Open, full_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("no_shows", full_warehouse)
    monkeypatch.delenv(VIEWS_LOG)
    chosen(app, "Site", "Oak Street").run()
    assert "rapport serve" in str(views.NO_LOG)
    assert NOT_WRITTEN in said(app)


def test_writing_a_view_down_keeps_nobody_waiting(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "views", VIEWS_FILE)
    details = {"page": "no-shows", "release": 3, "site": "Riverside", "by": "lead_time"}
    taken = []
    for _ in range(300):
        begun = time.perf_counter()
        log.append("page.viewed", "pages", details, durable=False)
        taken.append(time.perf_counter() - begun)
    assert median(taken) < 0.002
