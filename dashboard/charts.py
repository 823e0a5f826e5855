"""How is a result drawn? Each `build_*` function takes results and returns a figure; none reads or computes.

Told apart without colour: lines by dash, points by shape, what is not shown by hatching. Colours are Okabe and Ito's
(jfly.uni-koeln.de/color), with at least 3:1 on both the light and the dark page (WCAG 2.2, 1.4.11).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import plotly.graph_objects as go

from dashboard import words
from dashboard.words import Found, Result

BLUE, ORANGE, GREY = "#2b7bba", "#d55e00", "#77818b"
BAND = "rgba(43, 123, 186, 0.22)"
HATCH_HEIGHT = 300
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


@dataclass(frozen=True)
class Mark:
    """A day on which something went live: drawn as a numbered dashed line, named beside the chart."""

    number: int
    on: date
    label: str


@dataclass(frozen=True)
class Arms:
    """One band of a contrast: both arms' shares with intervals, or why the band cannot be compared."""

    band: str
    exposed: Found
    unexposed: Found
    comparable: bool


def build_series(rows: Sequence[Result], *, name: str, weeks: int, marks: Sequence[Mark] = ()) -> go.Figure:
    """How did it change? A line with its 95 % band; a period that is not shown is a hatched gap, never a zero."""
    figure = _figure(height=HATCH_HEIGHT + 60)
    if not rows:
        return figure
    days = [date.fromisoformat(row.period) for row in rows]
    top = _top(rows)
    for hidden, (start, end) in enumerate(_hidden_spans(rows, days, weeks)):
        figure.add_trace(_hatch(start, end, top, legend=hidden == 0))
    for first, run in enumerate(_runs(rows, days)):
        _draw_run(figure, run, name, legend=first == 0)
    for mark in marks:
        _draw_mark(figure, mark)
    span = [days[0] - timedelta(days=4), days[-1] + timedelta(weeks=weeks)]
    figure.update_xaxes(range=span, type="date", tickformat="%b<br>%Y", nticks=9)
    _value_axis(figure.update_yaxes, rows[0].unit, [0, top])
    return figure


def build_groups(labelled: Sequence[tuple[str, Found]], *, whole: Found | None = None) -> go.Figure:
    """Who differs? One point with its interval per group; a group that is not shown says so in its place."""
    figure = _figure(height=90 + 44 * max(len(labelled), 1))
    labels = [_wrapped(label) for label, _ in labelled]
    seen = [(label, row) for label, (_, row) in zip(labels, labelled, strict=True) if row.value is not None]
    figure.add_trace(_dots(seen, name="Value with 95 % interval", colour=BLUE, symbol="circle"))
    for label, (_, row) in zip(labels, labelled, strict=True):
        if row.value is None:
            text = f"▨ {words.state(row.state).lower()}"
            figure.add_annotation(x=0, y=label, text=text, showarrow=False, xanchor="left", font={"color": GREY})
    if whole is not None and whole.value is not None:
        figure.add_vline(x=whole.value, line={"color": GREY, "dash": "dash", "width": 1.5})
        name = f"all: {words.said(whole)}"
        figure.add_annotation(x=whole.value, y=1, yref="paper", text=name, showarrow=False, yanchor="bottom")
    unit = labelled[0][1].unit if labelled else "share"
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=labels[::-1])
    figure.update_yaxes(range=[-0.6, len(labels) - 0.4])
    tops = [row for _, row in labelled] + ([whole] if whole is not None else [])
    _value_axis(figure.update_xaxes, unit, [0, _top(tops)])
    return figure.update_layout(showlegend=False)


def build_arms(bands: Sequence[Arms], *, with_name: str, without_name: str) -> go.Figure:
    """Within each band, did the ones it touched miss more or fewer? Two points per band, told apart by shape."""
    figure = _figure(height=130 + 56 * max(len(bands), 1))
    places = {arms.band: len(bands) - index for index, arms in enumerate(bands)}
    for name, colour, symbol, shift in (
        (with_name, BLUE, "circle", 0.14),
        (without_name, ORANGE, "diamond-open", -0.14),
    ):
        rows = [(places[a.band] + shift, a.exposed if shift > 0 else a.unexposed) for a in bands]
        figure.add_trace(_dots([(y, row) for y, row in rows if row.value is not None], name, colour, symbol))
    for arms in bands:
        if not arms.comparable:
            figure.add_hrect(
                y0=places[arms.band] - 0.5, y1=places[arms.band] + 0.5, fillcolor=GREY, opacity=0.13, line_width=0
            )
            note = {"text": "cannot be compared", "showarrow": False, "font": {"color": GREY, "size": 12}}
            figure.add_annotation(x=1, xref="paper", y=places[arms.band], xanchor="right", **note)
    figure.update_yaxes(tickvals=list(places.values()), ticktext=[_wrapped(band) for band in places])
    figure.update_yaxes(range=[0.4, len(bands) + 0.6])
    _value_axis(figure.update_xaxes, "share", [0, _top([r for a in bands for r in (a.exposed, a.unexposed)])])
    return figure


def build_survival(
    weeks: Sequence[int],
    share: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    at_risk: Sequence[int],
) -> go.Figure:
    """How many are still in care after each week? Steps with limits; the number followed stands under the axis."""
    figure = _figure(height=HATCH_HEIGHT + 80)
    step = {"shape": "hv", "width": 0, "color": BLUE}
    figure.add_trace(go.Scatter(x=weeks, y=high, line=step, mode="lines", showlegend=False, hoverinfo="skip"))
    figure.add_trace(
        go.Scatter(
            x=weeks,
            y=low,
            line=step,
            mode="lines",
            fill="tonexty",
            fillcolor=BAND,
            name="95 % limits",
            hoverinfo="skip",
        )
    )
    line = {"shape": "hv", "width": 2.5, "color": BLUE}
    hover = "week %{x}: %{y:.1%} in care<extra></extra>"
    figure.add_trace(go.Scatter(x=weeks, y=share, line=line, mode="lines", name="Still in care", hovertemplate=hover))
    figure.add_vline(x=12, line={"color": GREY, "dash": "dot", "width": 1.5})
    figure.add_annotation(x=12, y=1, yref="paper", text="12 weeks", showarrow=False, xanchor="left", yanchor="bottom")
    followed = dict(zip(weeks, at_risk, strict=True))
    ticks = [week for week in (0, 12, 24, 36, 48) if week in followed]
    text = [f"{week}<br>{followed[week]:,}" for week in ticks]
    figure.update_xaxes(tickvals=ticks, ticktext=text, title="Weeks since the first visit, and patients followed")
    _value_axis(figure.update_yaxes, "share", [0, 1.02])
    return figure.update_layout(legend_y=-0.34)


def _figure(*, height: int) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        dragmode=False,
        hovermode="closest",
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        font={"size": 14},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(automargin=True, fixedrange=True, showgrid=False, zeroline=False)
    figure.update_yaxes(automargin=True, fixedrange=True, zeroline=False)
    return figure


def _value_axis(update: object, unit: str, span: list[float]) -> None:
    share = unit in words.SHARE_UNITS
    options = {"range": span, "nticks": 6, "tickformat": ".0%" if share else ",", "ticksuffix": ""}
    if not share:
        options["title"] = {"text": unit}
    update(**options)  # type: ignore[operator]


def _top(rows: Sequence[Found]) -> float:
    highs = [row.high for row in rows if row.high is not None]
    return 1.12 * max(highs, default=1.0) or 1.0


def _runs(rows: Sequence[Result], days: Sequence[date]) -> Iterator[list[tuple[date, Result]]]:
    run: list[tuple[date, Result]] = []
    for row, on in zip(rows, days, strict=True):
        if row.value is not None:
            run.append((on, row))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _draw_run(figure: go.Figure, run: list[tuple[date, Result]], name: str, *, legend: bool) -> None:
    days, rows = [on for on, _ in run], [row for _, row in run]
    edge = {"width": 0, "color": BLUE}
    if len(run) > 1:
        high, low = [row.high for row in rows], [row.low for row in rows]
        figure.add_trace(go.Scatter(x=days, y=high, mode="lines", line=edge, showlegend=False, hoverinfo="skip"))
        band = {"fill": "tonexty", "fillcolor": BAND, "showlegend": legend, "hoverinfo": "skip"}
        figure.add_trace(go.Scatter(x=days, y=low, mode="lines", line=edge, name="95 % interval", **band))
    text = [f"from {words.day(row.period)}: {words.said(row)} ({words.interval(row)})" for row in rows]
    figure.add_trace(
        go.Scatter(
            x=days,
            y=[row.value for row in rows],
            text=text,
            hovertemplate="%{text}<extra></extra>",
            mode="lines+markers",
            name=name,
            showlegend=legend,
            line={"color": BLUE, "width": 2.5},
            marker={"size": 5 if len(run) > 40 else 7, "color": BLUE},
            error_y=_lone_error(rows),
        )
    )


def _lone_error(rows: Sequence[Result]) -> dict[str, object]:
    if len(rows) > 1:
        return {"visible": False}
    value, low, high = rows[0].value or 0.0, rows[0].low or 0.0, rows[0].high or 0.0
    return {"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low], "color": BLUE}


def _hidden_spans(rows: Sequence[Result], days: Sequence[date], weeks: int) -> list[tuple[date, date]]:
    spans: list[tuple[date, date]] = []
    for row, on in zip(rows, days, strict=True):
        if row.value is not None:
            continue
        end = on + timedelta(weeks=weeks)
        if spans and spans[-1][1] == on:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((on, end))
    return spans


def _hatch(start: date, end: date, top: float, *, legend: bool) -> go.Scatter:
    return go.Scatter(
        x=[start, start, end, end],
        y=[0, top, top, 0],
        fill="toself",
        mode="lines",
        line={"width": 0, "color": GREY},
        fillpattern={"shape": "/", "fgcolor": GREY, "bgcolor": "rgba(0,0,0,0)", "size": 9, "solidity": 0.18},
        name="Not shown (reason in the table)",
        showlegend=legend,
        hoverinfo="skip",
    )


def _draw_mark(figure: go.Figure, mark: Mark) -> None:
    figure.add_vline(x=mark.on.isoformat(), line={"color": ORANGE, "dash": "dash", "width": 1.5})
    figure.add_annotation(
        x=mark.on.isoformat(), y=1, yref="paper", text=f"<b>{mark.number}</b>", showarrow=False, yanchor="bottom"
    )


def _dots(rows: Sequence[tuple[object, Found]], name: str, colour: str, symbol: str) -> go.Scatter:
    values = [row.value or 0.0 for _, row in rows]
    error = {
        "type": "data",
        "symmetric": False,
        "array": [(row.high or 0.0) - value for (_, row), value in zip(rows, values, strict=True)],
        "arrayminus": [value - (row.low or 0.0) for (_, row), value in zip(rows, values, strict=True)],
    }
    return go.Scatter(
        x=values,
        y=[place for place, _ in rows],
        mode="markers",
        name=name,
        marker={"size": 11, "symbol": symbol, "color": colour, "line": {"width": 2, "color": colour}},
        error_x=error | {"thickness": 2, "width": 5, "color": colour},
        text=[f"{words.said(row)} ({words.interval(row)}), n = {row.n:,}" for _, row in rows],
        hovertemplate="%{text}<extra></extra>",
    )


def _wrapped(label: str, width: int = 16) -> str:
    return "<br>".join(textwrap.wrap(label, width)) or label
