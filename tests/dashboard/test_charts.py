"""Figures: gaps stay gaps, go-lives are drawn, arms differ by shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from dashboard import charts, control, summaries
from dashboard.charts import Arms
from dashboard.marks import Break, Mark
from tests.dashboard.test_words import HIDDEN, Row

ROWS = [
    Row(0.2, 0.15, 0.25, period="2024-01-01"),
    Row(0.21, 0.16, 0.26, period="2024-01-29"),
    replace(HIDDEN, period="2024-02-26"),
    replace(HIDDEN, period="2024-03-25"),
    Row(0.1, 0.05, 0.15, period="2024-04-22"),
]


def test_withheld_periods_are_one_hatched_gap_and_no_point() -> None:
    figure = charts.build_series(ROWS, name="Rate", weeks=4)
    hatched = [trace for trace in figure.data if trace.fillpattern.shape]
    spans = [(date.fromordinal(trace.x[0]), date.fromordinal(trace.x[2])) for trace in hatched]
    assert spans == [(date(2024, 2, 26), date(2024, 4, 22))]
    drawn = [date.fromordinal(day) for trace in figure.data if trace.name == "Rate" for day in trace.x]
    assert drawn == [date(2024, 1, 1), date(2024, 1, 29), date(2024, 4, 22)]


def test_lines_do_not_cross_a_gap() -> None:
    lines = [trace for trace in charts.build_series(ROWS, name="Rate", weeks=4).data if trace.name == "Rate"]
    assert [len(line.x) for line in lines] == [2, 1]
    assert lines[1].error_y.array == (0.05,) or abs(lines[1].error_y.array[0] - 0.05) < 1e-9


def test_go_lives_are_dashed_and_numbered() -> None:
    figure = charts.build_series(ROWS, name="Rate", weeks=4, marks=[Mark(1, date(2024, 1, 15), "x")])
    assert [shape.line.dash for shape in figure.layout.shapes] == ["dash"]
    assert "<b>1</b>" in [note.text for note in figure.layout.annotations]


def test_line_breaks_at_a_dotted_line_where_something_else_is_counted() -> None:
    change = Break(date(2024, 1, 22), 2, "late cancellations too")
    figure = charts.build_series(ROWS[:2], name="Rate", weeks=4, breaks=[change])
    assert [len(trace.x) for trace in figure.data if trace.name == "Rate"] == [1, 1]
    assert [(shape.line.dash, date.fromordinal(shape.x0)) for shape in figure.layout.shapes] == [("dot", change.on)]
    assert [note.text for note in figure.layout.annotations] == ["v2"]
    assert "version 2 of its definition (late cancellations too); before and after are not" in summaries.changed(change)


def test_hidden_group_is_named_in_its_place_without_a_point() -> None:
    figure = charts.build_groups([("A", ROWS[0]), ("B", HIDDEN)], whole=ROWS[1])
    assert list(figure.data[0].y) == ["A"]
    assert any("withheld" in note.text for note in figure.layout.annotations)
    assert figure.layout.yaxis.type == "category", "a label such as 1-2 must not be read as a day"


def test_arms_differ_by_shape_and_the_incomparable_is_marked() -> None:
    arms = [Arms("0", HIDDEN, ROWS[0], False), Arms("3-6", ROWS[1], ROWS[0], True)]
    figure = charts.build_arms(arms, with_name="with", without_name="without")
    assert {trace.marker.symbol for trace in figure.data} == {"circle", "diamond-open"}
    assert [len(trace.x) for trace in figure.data] == [1, 2]
    assert [note.text for note in figure.layout.annotations] == ["cannot be compared"]


def test_survival_writes_the_number_followed_under_the_axis() -> None:
    weeks = list(range(53))
    share = [1 - week / 100 for week in weeks]
    figure = charts.build_survival(weeks, share, share, share, [1000 - week for week in weeks])
    assert figure.layout.xaxis.ticktext[1] == "12<br>988"


def test_colours_stand_out_on_both_pages() -> None:
    for colour in (charts.BLUE, charts.ORANGE, charts.GREY):
        for page in ("#ffffff", "#10171e"):
            assert contrast(colour, page) >= 3, (colour, page)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start:end], 16) / 255 for start, end in pairwise((1, 3, 5, 7))]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def weeks(*values: float | None) -> list[Row]:
    first = date(2024, 1, 1).toordinal()
    days = [date.fromordinal(first + 7 * at).isoformat() for at in range(len(values))]
    return [
        replace(HIDDEN, period=on) if value is None else Row(value, value - 0.05, value + 0.05, period=on)
        for on, value in zip(days, values, strict=True)
    ]


STEADY = (0.20, 0.21, 0.19, 0.20, 0.22, 0.20, 0.21, 0.20, 0.19, 0.20)


def test_limits_begin_anew_at_a_go_live_and_nowhere_else() -> None:
    rows = weeks(*STEADY, *(value - 0.1 for value in STEADY))
    plain, live = control.of(rows, (), ()), control.of(rows, [Mark(1, date(2024, 3, 11), "x")], ())
    assert plain.points["stretch"].nunique() == 1
    assert (plain.points["signal"] != "").any()
    assert live.points.groupby("stretch")["centre"].first().tolist() == pytest.approx([0.202, 0.102])
    assert (live.points["signal"] == "").all()


def test_news_has_a_shape_of_its_own_and_is_said() -> None:
    rows = weeks(*STEADY, 0.4, *STEADY)
    chart = control.of(rows, (), ())
    figure = control.build_control(chart, unit="share", weeks=1)
    drawn = {trace.marker.symbol: len(trace.x) for trace in figure.data if trace.marker.symbol}
    assert drawn == {"diamond": 1, "square-open": 0}
    assert "1 period beyond their limits, the last from 11 March 2024" in control.summary(chart, rows)
    assert control.table(chart, rows).lines[10][4] == "◆ beyond the limits"


def test_a_withheld_period_has_no_point_and_a_short_stretch_no_limits() -> None:
    rows = weeks(*STEADY, None, 0.2, 0.3)
    made = control.piece("Rate", rows, 1, [Mark(1, date(2024, 3, 11), "x")])
    assert made.chart is not None
    assert sum(len(trace.x) for trace in made.chart.data if trace.hovertemplate and trace.mode == "lines") == 12
    table = control.table(control.of(rows, [Mark(1, date(2024, 3, 11), "x")], ()), rows)
    assert table.lines[10][1] == "Withheld"
    assert table.lines[11][4].startswith("no limits")
    assert "1 stretch too short for limits" in made.alt
    assert "Withheld" in made.csv.decode("utf-8-sig")
    assert made.behind
