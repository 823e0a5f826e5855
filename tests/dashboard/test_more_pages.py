"""The pages on trust, safety, staff, money, fairness and methods: full, empty, withheld, and when a read fails."""

from __future__ import annotations

import ast
import re
import shutil
import sqlite3
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard import axes, methods, parts, verdict, words
from dashboard.access import AUDIT_LOG
from metrics.effects.stored import METHOD
from metrics.registry import METRICS
from tests.dashboard.conftest import Open, said
from tests.dashboard.governed import FIRST, lock, plan
from tests.dashboard.test_words import Row
from tests.metrics.families import whole_practice
from tests.metrics.releases import header, store_at
from warehouse.audit import AuditLog
from warehouse.families import PERIOD_FAMILIES
from warehouse.record import keep_effects, read_record
from warehouse.schema import ATTENDANCE_COUNTS, RETENTION_COUNTS
from warehouse.store import open_store

FOLDER = Path(__file__).resolve().parents[2] / "dashboard" / "pages"
FIGURES = ("alliance", "care", "crisis", "staff", "benefit", "fairness")
ANSWERS = {
    "alliance": "Working alliance (WAI-SR): ",
    "care": "Felt processed: ",
    "crisis": "of every 100 patients in a crisis are with a human",
    "staff": "Burnout (CBI, work): ",
    "benefit": "Net benefit",
    "fairness": "Forecasts: missed for each forecast (O/E): ",
}
LACKING = {
    "alliance": "`measure`",
    "care": "`feedback`",
    "crisis": "`crisis_signal`",
    "staff": "`staff_survey`",
    "benefit": "no day is known on which automation went live",
    "fairness": "`prediction`",
}


def plain(text: str) -> str:
    """The page as it is read."""
    text = re.sub("<code>(.*?)</code>", r"`\1`", text)
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", text)))


@pytest.mark.parametrize("page", FIGURES)
def test_page_of_a_practice_that_exports_everything_answers_first(
    open_page: Open, whole_warehouse: Path, page: str
) -> None:
    app = open_page(page, whole_warehouse)
    text = said(app)
    assert not app.exception
    assert not app.error
    assert plain(text).index(ANSWERS[page]) < plain(text).index("What this means")
    assert text.count("What it cannot tell") == text.count('class="rp-card"')
    for figure in app.get("plotly_chart"):
        assert len(figure.proto.alt) > 30


@pytest.mark.parametrize("page", FIGURES)
def test_page_of_a_practice_that_exports_none_of_it_says_what_to_map(
    open_page: Open, tmp_path: Path, page: str
) -> None:
    lean = {name: frame for name, frame in whole_practice().items() if name in ("site", "category", "attendance_cells")}
    store_at(tmp_path).publish(header(), lean)
    app = open_page(page, tmp_path / "warehouse.sqlite")
    assert not app.exception
    assert not app.error
    assert LACKING[page] in plain(said(app))
    assert "95&nbsp;% interval" not in said(app).partition("rp-card")[2].partition("</section>")[0]


@pytest.mark.parametrize("page", FIGURES)
def test_page_of_which_everything_is_withheld_shows_no_number(open_page: Open, tmp_path: Path, page: str) -> None:
    hidden: dict[str, Any] = whole_practice()
    for family in PERIOD_FAMILIES:
        counts = [
            column.name for column in family.columns if column.name in hidden[family.name] and not column.primary_key
        ]
        blank = dict.fromkeys([name for name in counts if name not in ("release_id", "state")])
        keys = [column.name for column in family.primary_key if column.name in hidden[family.name]]
        hidden[family.name] = hidden[family.name].assign(state="withheld", **blank).drop_duplicates(keys)
    for name, blank in (("attendance_cells", ATTENDANCE_COUNTS), ("retention_cells", ("patients", *RETENTION_COUNTS))):
        hidden[name] = hidden[name].assign(state="withheld", **dict.fromkeys(blank))
    numbers = hidden["notice_cells"].columns.difference(["topic", "version", "outcome", "state"])
    hidden["notice_cells"] = hidden["notice_cells"].assign(state="withheld", **dict.fromkeys(numbers))
    hidden["cost_cells"] = hidden["cost_cells"].iloc[:0]
    store_at(tmp_path).publish(header(), hidden)
    app = open_page(page, tmp_path / "warehouse.sqlite")
    assert not app.exception
    assert not app.error
    assert not re.search(r"95&nbsp;% interval [\d−]", said(app))


@pytest.mark.parametrize("page", [*FIGURES, "verdict"])
def test_failed_read_is_an_error_and_no_number(
    open_page: Open, whole_warehouse: Path, tmp_path: Path, page: str
) -> None:
    broken = tmp_path / "broken.sqlite"
    shutil.copy(whole_warehouse, broken)
    with sqlite3.connect(broken) as connection:
        for name in ("category", "rollout"):
            connection.execute(f"DROP TABLE {name}")
    app = open_page(page, broken)
    assert not app.exception
    assert "could not be read" in app.error[0].value
    assert "rp-card" not in said(app)


def test_every_figure_has_its_page_and_its_method(open_page: Open, whole_warehouse: Path) -> None:
    used = {
        node.value
        for page in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(page.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    known = {metric.key for metric in METRICS}
    assert known <= used
    text = plain(said(open_page("methods", whole_warehouse)))
    for metric in METRICS:
        assert f"key {metric.key}" in text
    assert methods.SIDES.keys() == {metric.side for metric in METRICS}


def test_pages_compute_nothing_and_stay_short() -> None:
    for page in FOLDER.glob("*.py"):
        source = page.read_text()
        assert len(source.splitlines()) <= 60
        assert not re.search(r"import (pandas|numpy|scipy)|[^-]\bsum\(", source), page.name


def test_crisis_page_says_a_safety_fact_first_without_a_new_release(
    open_page: Open, whole_warehouse: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(whole_warehouse, copy)
    assert "Safety halt" not in said(open_page("crisis", copy))
    open_store(f"sqlite:///{copy}").keep_facts({"closed_by_automation": (True, "Automation closed a sign of danger.")})
    text = said(open_page("crisis", copy))
    assert text.index("Safety halt: Automation closed") < text.index("rp-card")
    assert parts.escaped(verdict.FOLLOW_UP[0]) in text


def test_groups_too_small_are_named_not_assessable(open_page: Open, tmp_path: Path) -> None:
    few = whole_practice()
    cells = few["prediction_cells"]
    video = cells["stratum"] == "video"
    few["prediction_cells"] = pd.concat([cells[~video], cells[video].groupby("period_start").head(1)])
    store_at(tmp_path).publish(header(), few)
    text = plain(said(open_page("fairness", tmp_path / "warehouse.sqlite")))
    assert "Not assessable, because too few people are in it: Video" in text
    assert "Not assessable: rests on" in text


def test_group_whose_visits_are_missed_more_often_than_forecast_is_named(
    open_page: Open, whole_warehouse: Path
) -> None:
    text = plain(said(open_page("fairness", whole_warehouse)))
    assert "Forecasts are too low for in person or video Video (missed 1." in text


def test_plan_of_which_something_was_foreseen_shows_it(
    open_page: Open, whole_warehouse: Path, decided_warehouse: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(whole_warehouse, copy)
    before = plain(said(open_page("benefit", copy)))
    assert "No plan is locked" in before
    assert "reckoned against the time before, not adjusted for season and trend: no adjusted effect is kept" in before
    known = read_record(open_store(f"sqlite:///{decided_warehouse}")).effects
    assert keep_effects(open_store(f"sqlite:///{copy}"), 1, METHOD, known)  # effects follow their release
    line = {"name": "Slots lost after refill", "side": "money", "unit": "difference of shares", "harm": 1}
    line |= {"chance": 0.81, "chance_twice": 0.99, "smallest": 0.029, "months": 9, "inflation": 2.4}
    locked = plan(facts={"lines": {"slots_lost": line}, "proceed": 0.42})
    lock(open_store(f"sqlite:///{copy}"), locked, on=FIRST)
    text = plain(said(open_page("benefit", copy)))
    assert "the chance of PROCEED, if nothing is harmed and the aim gains what is expected, is 42 %" in text
    assert "Slots no longer lost are reckoned against the adjusted effect of AI scheduling on slots lost." in text
    assert "Slots lost after refill (must hold) 3 points 2.9 points 9 81 % 99 % 2.4-fold" in text


def test_record_page_shows_entries_and_a_broken_link(
    open_page: Open, whole_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cannot read it" in said(open_page("record", whole_warehouse))
    log = AuditLog(tmp_path / "audit")
    log.append("plan.locked", "Ana Silva", {"hash": "a" * 64})
    log.append("release.published", "operator", {"release": 1})
    monkeypatch.setenv(AUDIT_LOG, str(tmp_path / "audit"))
    text = said(open_page("record", whole_warehouse))
    assert "✓ The record is whole: 2 entries" in text
    assert text.index("Release: published") < text.index("Plan: locked")
    log.path.write_text(log.path.read_text().replace("Ana Silva", "Someone Else"))
    assert "✕ The record is broken: Line 1" in said(open_page("record", whole_warehouse))


def test_what_holds_of_several_numbers_is_said_once_below() -> None:
    cards = [
        parts.Card(name, Row(reason=reason), "visits", "", "", "", "", "", "")
        for name, reason in (("A", "half is withheld; one own"), ("B", "half is withheld"), ("C", "half is withheld"))
    ]
    shown = parts.cards(cards)
    assert shown.count("Half is withheld.") == 1 + 2, "below the cards, and in what the other two mean"
    assert "One own." in shown.partition("<details>")[0]


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("difference of shares", -0.034, "−3.4 points"),
        ("difference of shares", -0.0001, "0.0 points"),
        ("kappa", 0.614, "0.61"),
        ("money", -8763.4, "−8,763"),
        ("minutes", 345.2, "345 minutes"),
        ("probability", 0.031, "3.1\u00a0%"),
        ("weeks", 19.66, "19.7 weeks"),
    ],
)
def test_every_unit_is_written_as_people_write_it(unit: str, value: float, text: str) -> None:
    assert words.amount(value, unit) == text


def test_axis_holds_what_lies_below_nothing() -> None:
    low, high = axes.span([-9000.0, -100.0], [-2000.0, 21000.0], "money")
    assert low < -9000 < 21000 < high
    assert axes.span([0.1], [0.3], "share")[0] == 0.0
    assert axes.span([46.0], [49.0], "points")[0] > 40, "the alliance's scale does not begin at nothing"
