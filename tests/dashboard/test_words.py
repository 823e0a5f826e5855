"""How things are said: numbers, states, charts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace

import pytest

from dashboard import reasons, summaries, tables, words
from metrics.registry import METRICS
from tests.dashboard.practice import header


@dataclass(frozen=True)
class Row:
    value: float | None = 0.2019
    low: float | None = 0.1889
    high: float | None = 0.2101
    n: int = 110521
    unit: str = "share"
    state: str = "published"
    reason: str = ""
    period: str = "2024-01-01"
    metric: str = "no_show_rate"
    site: str = "*"
    stratifier: str = "all"
    stratum: str = "all"
    release: int = 1


HIDDEN = Row(None, None, None, 4, "share", "withheld", "fewer than 11 patients in a group here")


def test_share_is_said_in_per_cent_and_days_in_days() -> None:
    assert words.amount(0.2019, "share") == "20.2\u00a0%"
    assert words.amount(11.34, "days") == "11.3 days"
    assert words.interval(Row()) == "18.9 to 21.0\u00a0%"


def test_difference_is_said_in_signed_points() -> None:
    assert words.points(-0.0399) == "−4.0 points"
    assert words.points_range(-0.0591, 0.0213) == "−5.9 to +2.1 points"


def test_withheld_value_is_said_and_never_zero() -> None:
    assert words.said(HIDDEN) == "Withheld"
    assert words.interval(HIDDEN) == ""


@pytest.mark.parametrize("state", ["published", "zero", "withheld", "missing", "not_applicable", "cannot_say"])
def test_every_state_has_its_own_words(state: str) -> None:
    others = {"published", "zero", "withheld", "missing", "not_applicable", "cannot_say"} - {state}
    assert words.state(state) not in {words.state(other) for other in others}


def test_day_is_said_in_full() -> None:
    assert words.day(date(2026, 3, 4)) == "4 March 2026"
    assert words.day("2026-03-04") == "4 March 2026"
    assert words.day(None) == "not known"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("starts_at_unreadable", "start cannot be read"),
        ("starts_at_in_dst_gap", "start is a time the clock change skipped"),
        ("patient_id_orphan", "patient is not in the table it points to"),
        ("age_below_0", "age is below 0"),
        ("booked_after_start", "booked after the visit began"),
        ("ragged_row", "too many or too few columns"),
        ("something_new", "something new"),
    ],
)
def test_reason_codes_become_words(code: str, said: str) -> None:
    assert reasons.reason(code) == said


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_definitions_hold_no_names_of_columns(metric: object) -> None:
    release = SimpleNamespace(**header())
    for text in (
        words.definition(metric, release),
        words.plain(metric.exclusions, release),
        words.plain(metric.limits, release),
        words.counted(metric, release),
    ):
        assert "_" not in text
        assert "`" not in text


def test_answer_is_one_sentence_with_its_interval() -> None:
    said = words.answer(METRICS[0], Row(), "Harbour")
    assert said == (
        "At Harbour, about 20 of every 100 visits were missed without notice (95 % interval 18.9 to 21.0\u00a0%)."
    )
    assert words.answer(METRICS[0], Row(), words.WHOLE).startswith("About 20")
    assert "fewer than 11 patients" in words.answer(METRICS[0], HIDDEN, words.WHOLE)


def test_series_summary_names_ends_extremes_go_lives_and_what_is_hidden() -> None:
    rows = [Row(), replace(HIDDEN, period="2024-01-29"), Row(0.1, 0.05, 0.15, period="2024-02-26")]
    said = summaries.series("No-show rate", rows, "4weeks", ["AI scheduling at Harbour (1 February 2024)"])
    assert "20.2\u00a0% in the first period shown (from 1 January 2024)" in said
    assert "1: AI scheduling at Harbour" in said
    assert "1 value not shown: fewer than 11 patients in a group here." in said


def test_group_summary_says_whether_intervals_overlap() -> None:
    low, high = Row(0.1, 0.05, 0.15), Row(0.3, 0.25, 0.35)
    assert "do not overlap" in summaries.groups("Rate", [("a", low), ("b", high)])
    assert "may be chance" in summaries.groups("Rate", [("a", low), ("b", replace(high, low=0.1))])
    assert summaries.groups("Rate", [("a", HIDDEN)]).startswith("No group can be shown")


def test_csv_keeps_the_state_and_no_number_of_a_withheld_group() -> None:
    lines = tables.results_csv([Row(), HIDDEN]).splitlines()
    assert lines[0].split(",") == list(tables.CSV_COLUMNS)
    assert "0.2019" in lines[1]
    assert lines[2].split(",")[5:11] == ["", "", "", "", "share", "withheld"]


def test_csv_field_that_a_spreadsheet_would_run_stays_text() -> None:
    assert "'=1+1" in tables.results_csv([replace(Row(), site="=1+1")])


def test_table_escapes_what_comes_from_the_warehouse() -> None:
    shown = tables.as_html(tables.of_results("Site", [("<script>", Row())]), "A & B")
    assert "<script>" not in shown
    assert "A &amp; B" in shown
    assert 'scope="row"' in shown


def test_of_many_groups_the_two_ends_are_drawn_and_said_to_differ_by_chance() -> None:
    each = [(f"site {at}", Row(0.1 + at / 1000, 0.05, 0.2)) for at in range(30)]
    drawn = [label for label, _ in summaries.extremes(each)]
    assert drawn == [f"site {at}" for at in (*range(10), *range(20, 30))]
    said = summaries.groups("No-show rate by site", each)
    assert "Of 30 groups the two ends always differ, partly by chance." in said
    assert summaries.extremes(each[:20]) == each[:20]
