"""Every page: full, empty, with groups withheld, and when reading fails."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.conftest import Open, opened, said
from tests.dashboard.practice import SITES, frames, header
from tests.metrics.releases import monday, retention, store_at
from warehouse.store import open_store

KEYS = ["site", "grain", "period_start", "stratifier", "stratum", "week_in_care", "state"]
KEYS += ["component", "outcome", "confounder", "exposed", "position"]
PAGES = ("verdict", "no_shows", "retention", "data_quality", "privacy")
QUESTIONS = {
    "verdict": "Does automation enhance care here, or undermine it?",
    "no_shows": "Do patients come to the visits they booked?",
    "retention": "Do patients stay in care long enough to benefit?",
    "data_quality": "Can these numbers be trusted?",
    "privacy": "Has anything that identifies a patient left?",
}


def opening(app: AppTest) -> str:
    """The steps of time a page opens on where nothing else was chosen (here what was on a page before stays chosen)."""
    box = app.selectbox(key="period")
    return str(box.options[box.proto.default])


@pytest.mark.parametrize("page", PAGES)
def test_page_asks_its_question_and_says_it_is_synthetic(open_page: Open, full_warehouse: Path, page: str) -> None:
    app = open_page(page, full_warehouse)
    assert not app.exception
    assert not app.error
    assert f"<h1>{QUESTIONS[page]}</h1>" in said(app)
    assert "Made-up data" in said(app)
    assert "Example practice · Release 1 · records exported on 28 November 2025" in said(app)


@pytest.mark.parametrize("page", PAGES)
def test_page_without_a_warehouse_says_what_to_do(open_page: Open, tmp_path: Path, page: str) -> None:
    for warehouse in (None, tmp_path / "none.sqlite"):
        app = open_page(page, warehouse)
        assert not app.exception
        assert "rapport" in app.info[0].value
    assert not (tmp_path / "none.sqlite").exists(), "looking must not make a warehouse"


@pytest.mark.parametrize("page", PAGES)
def test_page_of_a_warehouse_without_a_release_says_what_to_do(open_page: Open, tmp_path: Path, page: str) -> None:
    store_at(tmp_path)
    app = open_page(page, tmp_path / "warehouse.sqlite")
    assert not app.exception
    assert "rapport ingest" in app.info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_failed_read_is_an_error_and_no_number(open_page: Open, warehouse: Path, page: str) -> None:
    with sqlite3.connect(warehouse) as connection:
        for name in (
            "attendance_cells",
            "retention_cells",
            "contrast_cells",
            "reconciliation",
            "privacy_check",
            "rollout",
        ):
            connection.execute(f"DROP TABLE {name}")
    app = open_page(page, warehouse)
    assert not app.exception
    assert "could not be read" in app.error[0].value
    assert "rp-card" not in said(app)
    assert " 0.0" not in said(app)


@pytest.mark.parametrize("page", PAGES)
def test_file_that_is_no_warehouse_is_an_error(open_page: Open, tmp_path: Path, page: str) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is not a database, only words" * 50)
    app = open_page(page, broken)
    assert not app.exception
    assert "could not be read" in app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_release_in_which_everything_is_withheld_shows_no_number(open_page: Open, tmp_path: Path, page: str) -> None:
    hidden = frames()
    for name in ("attendance_cells", "retention_cells", "contrast_cells"):
        numbers = hidden[name].columns.difference(KEYS)
        hidden[name] = hidden[name].assign(state="withheld", **dict.fromkeys(numbers))
    hidden["contrast_repeats"] = hidden["contrast_repeats"].iloc[:0]
    store_at(tmp_path).publish(header(), hidden)
    app = open_page(page, tmp_path / "warehouse.sqlite")
    assert not app.exception
    assert not app.error
    if page in ("no_shows", "retention"):
        assert "Withheld" in said(app)
        assert opening(app) == "12 weeks"
        assert not re.search(r"\d\.\d&nbsp;%", said(app).replace("95&nbsp;%", ""))


def test_no_shows_answers_first_then_shows_four_numbers(open_page: Open, full_warehouse: Path) -> None:
    text = said(open_page("no_shows", full_warehouse))
    assert re.search(r"About 1\d of every 100 visits were missed without notice \(95&nbsp;% interval", text)
    assert text.index("About 1") < text.index("rp-card")
    for name in ("No-show rate", "Late-cancel rate", "Slots lost after refill", "Wait from booking"):
        assert f"<h3>{name}</h3>" in text
    assert text.count("What it cannot tell") >= 4


def test_no_shows_shows_the_contrast_with_its_reason(open_page: Open, full_warehouse: Path) -> None:
    text = said(opened(open_page("no_shows", full_warehouse)))
    assert "Are fewer visits missed with SMS reminders?" in text
    assert "Compared like with like" in text
    assert "Compared plainly" in text
    assert "no: no visit here was touched by it" in text


def test_filters_in_the_url_choose_site_split_and_period(open_page: Open, full_warehouse: Path) -> None:
    url = {"site": "Harbour", "by": "Days booked ahead", "period": "Week", "visits": "Late-cancel rate"}
    text = said(open_page("no_shows", full_warehouse, **url))
    assert "Late-cancel rate over time: Harbour" in text
    assert "Late-cancel rate by days booked ahead: Harbour" in text
    assert "Same day" in text


@pytest.mark.parametrize(("page", "steps"), [("no_shows", "Week"), ("retention", "4 weeks")])
def test_page_opens_on_the_shortest_steps_of_which_most_is_shown(
    open_page: Open, full_warehouse: Path, page: str, steps: str
) -> None:
    assert opening(open_page(page, full_warehouse)) == steps


def test_page_opens_on_longer_steps_where_most_is_published_in_those(open_page: Open, tmp_path: Path) -> None:
    rows = retention(weeks=96, sites=SITES)
    early, twelfth = (
        rows["period_start"] < monday(36),
        rows["period_start"].isin([monday(w) for w in range(36, 96, 12)]),
    )
    changed = {**frames(), "retention_cells": pd.concat([rows[early], rows[twelfth].assign(grain="12weeks")])}
    store_at(tmp_path).publish(header(), changed)
    app = open_page("retention", tmp_path / "warehouse.sqlite")
    assert opening(app) == "12 weeks"
    chosen = open_page("retention", tmp_path / "warehouse.sqlite", period="4 weeks")
    assert chosen.selectbox(key="period").value == "4 weeks"


def test_withheld_weeks_are_named_in_the_table_and_have_no_number(open_page: Open, full_warehouse: Path) -> None:
    text = said(opened(open_page("no_shows", full_warehouse, site="Harbour", period="Week")))
    row = re.search(r'<tr><th scope="row">1 January 2024</th>(.*?)</tr>', text)
    assert row
    assert "Withheld" in row[1]
    assert "fewer than 11 patients" in row[1]
    assert "%" not in row[1]


def test_word_of_the_url_that_is_unknown_is_ignored(open_page: Open, full_warehouse: Path) -> None:
    app = open_page("no_shows", full_warehouse, site="Nowhere<script>")
    assert not app.exception
    assert "script" not in said(app)


def test_every_chart_has_a_text_and_a_file(open_page: Open, full_warehouse: Path) -> None:
    app = open_page("retention", full_warehouse, period="4 weeks")
    app.selectbox(key="by").select("In person or video").run()
    assert len(app.get("plotly_chart")) == 3  # the one over time is sent when it is asked for
    app = opened(app)
    figures = app.get("plotly_chart")
    assert len(figures) == 5
    assert all(len(figure.proto.alt) > 60 for figure in figures)
    assert len(app.get("download_button")) == 5


def test_table_is_sent_only_when_it_is_asked_for(open_page: Open, full_warehouse: Path) -> None:
    app = open_page("retention", full_warehouse)
    assert "<table" not in said(app)
    app.session_state["table-over-time"] = True
    assert said(app.run()).count("<table") == 1
    assert len(app.get("download_button")) == 1


def test_new_release_is_seen_without_a_restart(open_page: Open, warehouse: Path) -> None:
    app = open_page("data_quality", warehouse)
    assert "Release 1 ·" in said(app)
    open_store(f"sqlite:///{warehouse}").publish({**header(), "practice": "Renamed practice"}, frames())
    app.run()
    assert "Renamed practice · Release 2 ·" in said(app)


def test_the_release_before_can_be_chosen(open_page: Open, warehouse: Path) -> None:
    open_store(f"sqlite:///{warehouse}").publish(header(), frames())
    assert "Release 2 ·" in said(open_page("no_shows", warehouse))
    assert "Release 1 ·" in said(open_page("no_shows", warehouse, release="Release 1"))


def test_quality_page_accounts_for_every_row(open_page: Open, full_warehouse: Path) -> None:
    text = said(open_page("data_quality", full_warehouse))
    assert "Every one of the 69,453 rows read is accounted for. All 5 checks that apply passed." in text
    assert "Most often: booked after the visit began (Appointment, 22), start cannot be read" in text
    assert "Which checks were made?" in text


def test_series_breaks_where_its_definition_counts_something_else(open_page: Open, warehouse: Path) -> None:
    with sqlite3.connect(warehouse) as connection:
        for version, since in ((1, None), (2, "2025-03-03")):
            row = (1, "no_show_rate", version, since)
            connection.execute("INSERT INTO definition VALUES (?, ?, ?, ?)", row)
    text = said(open_page("no_shows", warehouse))
    assert "Dotted line, v2: from 3 March 2025 on this is counted under version 2 of its definition" in text
    assert "its definition changed: counted under version 1, under version 2 from 2025-03-03 on" in text.lower()


def test_quality_page_says_when_rows_are_not_accounted_for(open_page: Open, warehouse: Path) -> None:
    with sqlite3.connect(warehouse) as connection:
        connection.execute("UPDATE reconciliation SET kept = kept - 1 WHERE table_name = 'appointment'")
        connection.execute("UPDATE quality_result SET state = 'failed' WHERE check_name = 'missing_against_last_run'")
    text = said(open_page("data_quality", warehouse))
    assert "Not every row is accounted for in Appointment. 1 of 5 checks failed and 0 could not be run." in text
    assert "✕&nbsp;no" in text
    assert "Which checks were not passed?" in text
    assert "Columns emptier than at the last run" in text
