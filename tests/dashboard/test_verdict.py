"""The Verdict page: the word first, safety at once, margins drawn, nothing said without a plan."""

from __future__ import annotations

import re
import shutil
import sqlite3
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from dashboard import change, forest, verdict_lines
from dashboard.access import AUDIT_LOG
from metrics.decided import LineShown
from metrics.decision import decision, without_plan
from metrics.effects.units import LOG_MINUTES, SHARES
from metrics.verdict import Role
from tests.dashboard.conftest import Open, said
from tests.dashboard.governed import FIRST, OWNER, lock, overrule, plan
from tests.metrics.releases import frames, header
from warehouse.audit import AuditLog
from warehouse.store import Store, open_store

SAYS = "Automation closed a sign of danger without any human in contact with the patient."


@pytest.fixture
def copy(decided_warehouse: Path, tmp_path: Path) -> Path:
    found = tmp_path / "copy.sqlite"
    shutil.copy(decided_warehouse, found)
    return found


def store_of(file: Path) -> Store:
    return open_store(f"sqlite:///{file}")


def words_of(text: str) -> str:
    """The page as it is read."""
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", text)))


def test_the_word_stands_before_every_number(open_page: Open, decided_warehouse: Path) -> None:
    app = open_page("verdict", decided_warehouse)
    text = said(app)
    assert not app.exception
    assert not app.error
    assert text.index("</span> HOLD<") < text.index("rp-row")
    assert "Do not widen this rollout on these numbers" in text
    assert "look 9 of 9, 5 October 2026" in text


def test_reasons_changes_and_owners_are_named(open_page: Open, decided_warehouse: Path) -> None:
    text = words_of(said(open_page("verdict", decided_warehouse)))
    found = decision(store_of(decided_warehouse))
    for reason in (*found.why, *found.would_change):
        assert change.plain(reason) in text
    assert f"Still in care at 12 weeks: {OWNER}" in text
    assert "burnout: no survey is held" in text
    assert "locked by Ana Silva on 6 October 2025, entry 7" in text


def test_each_line_has_finding_margin_naive_adjusted_and_design(open_page: Open, decided_warehouse: Path) -> None:
    text = words_of(said(open_page("verdict", decided_warehouse)))
    row = text[text.index("What the plan holds, line by line") :]
    assert "Aim. Wants a gain of 3 points." in row
    assert "▲ Better, and the gain aimed for is reached" in row
    assert re.search(r"Adjusted: −6\.\d points \(95 % interval −\d\.\d to −\d\.\d\)", row)
    assert re.search(r"As it looks −\d\.\d points", row)
    assert "Pooled interrupted time series" in row
    assert "Look 9 on 5 October 2026" in row
    assert "Refuses a loss of 8 points" in row
    assert "? Cannot say: the exports hold nothing of this kind" in row


def test_the_picture_has_text_table_and_file(open_page: Open, decided_warehouse: Path) -> None:
    app = open_page("verdict", decided_warehouse)
    figures = app.get("plotly_chart")
    assert len(figures) == 2
    assert "No-show rate" in figures[0].proto.alt
    app.session_state["table-effects"] = True
    assert "Before and after, as it looks" in said(app.run())
    assert any(button.label == "Download CSV" for button in app.get("download_button"))


def test_a_safety_fact_comes_first_with_what_to_do(open_page: Open, copy: Path) -> None:
    open_page("verdict", copy)
    store_of(copy).keep_facts({"closed_by_automation": (True, SAYS)})
    text = said(open_page("verdict", copy))
    assert text.index("</span> HALT<") < text.index(SAYS) < text.index("What to do now") < text.index("rp-row")
    assert "<code>rapport follow-up</code>" in text


def test_an_overruled_verdict_stays_beside_what_stands_in_its_place(open_page: Open, copy: Path) -> None:
    overrule(store_of(copy), plan())
    text = words_of(said(open_page("verdict", copy)))
    assert "❚❚ HOLD" in text
    assert f"Overruled to PROCEED by Ana Silva and {OWNER}" in text
    assert "The winter list is long." in text


def test_a_plan_locked_late_says_so_in_the_word(open_page: Open, copy: Path) -> None:
    late = plan(decision_on=FIRST + timedelta(weeks=44))
    lock(store_of(copy), late, on=FIRST + timedelta(weeks=30))
    app = open_page("verdict", copy)
    assert "HOLD, retrospective" in words_of(said(app)).replace("HOLD , ", "HOLD, ")
    assert "Retrospective: the plan was locked after the first go-live" in said(app)
    assert len(app.selectbox(key="rollout").options) == 2
    other = app.selectbox(key="rollout").options[1]
    assert "retrospective" not in words_of(said(open_page("verdict", copy, rollout=other)))


def test_without_a_plan_there_is_no_word_and_effects_are_shown(open_page: Open, copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        for name in ("locked_plan", "verdict_snapshot"):
            connection.execute(f"DELETE FROM {name}")
    text = words_of(said(open_page("verdict", copy)))
    assert "No verdict" in text
    assert "nothing can be said in words" in text
    assert "No-show rate In no plan Adjusted: −6." in text
    assert not re.search("PROCEED|HOLD|HALT|▲|▼", text)


def test_without_a_rollout_the_page_says_what_to_map(open_page: Open, copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        for name in ("locked_plan", "verdict_snapshot", "effect_result", "rollout"):
            connection.execute(f"DELETE FROM {name}")
    text = words_of(said(open_page("verdict", copy)))
    assert "Map the table rollout (site, component, day)" in text
    assert "rp-row" not in text


def test_a_lock_the_record_does_not_hold_breaks_the_verdict(
    open_page: Open, decided_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = said(open_page("verdict", decided_warehouse))
    assert "cannot be checked from this account" in text
    AuditLog(tmp_path / "audit").append("plan.locked", "Ana Silva", {"hash": "another"})
    monkeypatch.setenv(AUDIT_LOG, str(tmp_path / "audit"))
    text = words_of(said(open_page("verdict", decided_warehouse)))
    assert "✕ INVALID" in text
    assert "does not hold the lock of the plan for AI scheduling" in text


def test_an_older_release_still_shows_the_newest_verdict_and_says_so(open_page: Open, copy: Path) -> None:
    open_store(f"sqlite:///{copy}").publish(header(practice="Example practice"), frames())
    text = words_of(said(open_page("verdict", copy, release="Release 1")))
    assert "The verdict is that of the newest release" in text
    assert "The effects of release 2 are still being worked out." in text
    assert "The verdict is that of the newest release" not in said(open_page("verdict", copy))


def line_of(decided_warehouse: Path, metric: str) -> LineShown:
    return next(line for line in decision(store_of(decided_warehouse)).lines if line.metric == metric)


def test_right_is_better_whatever_the_metric_and_margins_are_one(decided_warehouse: Path) -> None:
    aim = verdict_lines._row(line_of(decided_warehouse, "no_show_rate"), by_rollout=False)
    effect = line_of(decided_warehouse, "no_show_rate").effect
    assert effect is not None
    assert effect.adjusted.value is not None
    assert aim.adjusted is not None
    assert aim.adjusted.value == pytest.approx(-effect.adjusted.value / 0.03)
    assert aim.adjusted.low < aim.adjusted.value < aim.adjusted.high
    figure = forest.build_forest([("Aim", [aim])])
    assert {trace.marker.symbol[0] for trace in figure.data} == {"circle", "square-open", "diamond-open"}
    assert [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dash"] == [1]


def test_a_loss_refused_is_shaded_beyond_its_margin() -> None:
    row = forest.Row("Alliance", "−2.0 points", forest.Turned(-0.8, -9.0, 0.2), None, None, wanted=False)
    figure = forest.build_forest([("Costs", [row])])
    (box,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert box.x1 == -1
    low, high = figure.layout.xaxis.range
    assert low <= figure.data[0].x[0] - figure.data[0].error_x.arrayminus[0] < -1, "a far end stays inside the picture"
    assert high == -low


@pytest.mark.parametrize(
    ("unit", "value", "low", "high", "words"),
    [
        (SHARES, -0.034, -0.058, -0.011, "−3.4 points (−5.8 to −1.1)"),
        (LOG_MINUTES, 0.4055, 0.0, 0.6931, "× 1.50 (× 1.00 to 2.00)"),
        ("points of 12 to 60", 2.0, -1.0, 5.0, "+2.0 points of 12 to 60 (−1.0 to +5.0)"),
    ],
)
def test_a_change_is_said_in_the_metrics_own_unit(unit: str, value: float, low: float, high: float, words: str) -> None:
    assert f"{change.size(unit, value)} ({change.limits(unit, low, high)})" == words


def test_no_finding_is_said_for_what_is_in_no_plan(decided_warehouse: Path) -> None:
    for line in without_plan(store_of(decided_warehouse)).others:
        assert line.role is not Role.AIM
        assert not any(mark in change.finding(line) for mark in "▲▼=")
