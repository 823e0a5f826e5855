"""How is a result drawn? Each `build_*` function takes results and returns a figure; none reads or computes.

Told apart without colour: lines by dash, points by shape, what is not shown by hatching. Colours are Okabe and Ito's
(jfly.uni-koeln.de/color), with at least 3:1 on both the light and the dark page (WCAG 2.2, 1.4.11).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go

from dashboard import axes, words
from dashboard.marks import Break, Mark
from dashboard.words import Found, Result

BLUE, ORANGE, GREY = "#2b7bba", "#d55e00", "#77818b"
BAND = "rgba(43, 123, 186, 0.22)"
HEIGHT = 330
GRID = "rgba(128, 140, 152, 0.28)"
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


@dataclass(frozen=True)
class Arms:
    """One band of a contrast: both arms' shares with intervals, or why the band cannot be compared."""

    band: str
    exposed: Found
    unexposed: Found
    comparable: bool


def build_series(
    rows: Sequence[Result], *, name: str, weeks: int, marks: Sequence[Mark] = (), breaks: Sequence[Break] = ()
) -> go.Figure:
    """How did it change? A line with its 95 % band; a period that is not shown is a hatched gap, never a zero.

    The line is broken where another definition begins.
    """
    if not rows:
        return go.Figure()
    days = [date.fromisoformat(row.period) for row in rows]
    span = _span(rows)
    traces = [_hatch(start, end, span) for start, end in _hidden_spans(rows, days, weeks)]
    for run in _runs(rows, days, [one.on for one in breaks]):
        traces += _run(run, name)
    lines, notes = event_lines(marks, breaks)
    across = axes.calendar(days, days[-1] + timedelta(weeks=weeks))
    up = axes.values(rows[0].unit, span)
    return _figure(traces, across, up, HEIGHT, shapes=lines, annotations=notes, left=axes.room(rows[0].unit))


def event_lines(marks: Sequence[Mark], breaks: Sequence[Break]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Go-lives dashed and numbered, new definitions dotted: the lines, and the words over them."""
    lines = [_line(mark.on.toordinal(), ORANGE, "dash") for mark in marks]
    lines += [_line(one.on.toordinal(), GREY, "dot") for one in breaks]
    notes = [_over(mark.on.toordinal(), f"<b>{mark.number}</b>") for mark in marks]
    return lines, [*notes, *(_over(one.on.toordinal(), f"v{one.version}") for one in breaks)]


def build_groups(labelled: Sequence[tuple[str, Found]], *, whole: Found | None = None) -> go.Figure:
    """Who differs? One point with its interval per group; a group that is not shown says so in its place."""
    labels = [_wrapped(label) for label, _ in labelled]
    seen = [(label, row) for label, (_, row) in zip(labels, labelled, strict=True) if row.value is not None]
    dots = _dots(seen, name="Value with 95 % interval", colour=BLUE, symbol="circle")
    notes = [
        {"x": 0, "y": label, "text": f"▨ {words.state(row.state).lower()}", "xanchor": "left", "font": {"color": GREY}}
        for label, (_, row) in zip(labels, labelled, strict=True)
        if row.value is None
    ]
    lines = []
    if whole is not None and whole.value is not None:
        lines = [_line(whole.value, GREY, "dash")]
        notes.append(_over(whole.value, f"all: {words.said(whole)}"))
    unit = labelled[0][1].unit if labelled else "share"
    up = {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": labels[::-1],
        "range": [-0.6, len(labels) - 0.4],
    }
    span = _span([row for _, row in labelled] + ([whole] if whole is not None else []), unit)
    notes = [note if note["x"] else note | {"x": span[0]} for note in notes]
    across = axes.values(unit, span)
    height, left = 90 + 44 * max(len(labelled), 1), axes.beside(labels)
    return _figure([dots], across, up, height, shapes=lines, annotations=notes, left=left)


def build_arms(bands: Sequence[Arms], *, with_name: str, without_name: str) -> go.Figure:
    """Within each band, did the ones it touched miss more or fewer? Two points per band, told apart by shape."""
    places = {arms.band: len(bands) - index for index, arms in enumerate(bands)}
    traces = []
    for name, colour, symbol, shift in (
        (with_name, BLUE, "circle", 0.14),
        (without_name, ORANGE, "diamond-open", -0.14),
    ):
        rows = [(places[a.band] + shift, a.exposed if shift > 0 else a.unexposed) for a in bands]
        traces.append(_dots([(y, row) for y, row in rows if row.value is not None], name, colour, symbol))
    alone = [places[arms.band] for arms in bands if not arms.comparable]
    shade = {
        "type": "rect",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "fillcolor": GREY,
        "opacity": 0.13,
        "line": {"width": 0},
    }
    note = {"text": "cannot be compared", "x": 1, "xref": "paper", "xanchor": "right"}
    font = {"color": GREY, "size": 12}
    labels = [_wrapped(band) for band in places]
    up = {"tickvals": list(places.values()), "ticktext": labels, "range": [0.4, len(bands) + 0.6]}
    across = axes.values("share", _span([r for a in bands for r in (a.exposed, a.unexposed)]))
    return _figure(
        traces,
        across,
        up,
        130 + 56 * max(len(bands), 1),
        shapes=[shade | {"y0": place - 0.5, "y1": place + 0.5} for place in alone],
        annotations=[note | {"y": place, "font": font} for place in alone],
        left=axes.beside(labels),
        legend=True,
    )


def build_survival(
    weeks: Sequence[int],
    share: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    at_risk: Sequence[int],
) -> go.Figure:
    """How many are still in care after each week? Steps with limits; the number followed stands under the axis."""
    step = {"shape": "hv", "width": 0, "color": BLUE}
    traces = [
        {"x": weeks, "y": high, "line": step, "mode": "lines", "hoverinfo": "skip"},
        {"x": weeks, "y": low, "line": step, "mode": "lines", "hoverinfo": "skip", "name": "95 % limits"}
        | {"fill": "tonexty", "fillcolor": BAND},
        {"x": weeks, "y": share, "mode": "lines", "line": {"shape": "hv", "width": 2.5, "color": BLUE}}
        | {"name": "Still in care", "hovertemplate": "week %{x}: %{y:.1%} in care<extra></extra>"},
    ]
    followed = dict(zip(weeks, at_risk, strict=True))
    ticks = [week for week in (0, 12, 24, 36, 48) if week in followed]
    across = {
        "tickvals": ticks,
        "ticktext": [f"{week}<br>{followed[week]:,}" for week in ticks],
        "title": {"text": "Weeks in care, patients followed"},
    }
    line, note = _line(12, GREY, "dot"), _over(12, "12 weeks") | {"xanchor": "left"}
    up = axes.values("share", [0, 1.02])
    return _figure(traces, across, up, HEIGHT + 20, shapes=[line], annotations=[note], bottom=70)


def _figure(
    traces: Sequence[Any],
    across: dict[str, Any],
    up: dict[str, Any],
    height: int = HEIGHT,
    *,
    shapes: Sequence[dict[str, Any]] = (),
    annotations: Sequence[dict[str, Any]] = (),
    left: int = 58,
    bottom: int = 48,
    legend: bool = False,
) -> go.Figure:
    """Put together at once and with room of a known size: growing it piece by piece took ten times as long here, and
    room found by trying (plotly's automargin, its legend) three times as long in the browser. What lines and bands
    mean stands in words above the chart (parts.figure), but for `legend`."""
    plain = {"automargin": False, "fixedrange": True, "zeroline": False, "gridcolor": GRID, "linecolor": GRID}
    layout = {
        "height": height,
        "margin": {"l": left, "r": 12, "t": 34, "b": bottom},
        "dragmode": False,
        "hovermode": "closest",
        "showlegend": legend,
        "legend": {"orientation": "h", "yanchor": "top", "y": -44 / max(height - 34 - bottom, 44), "x": 0},
        "template": {},  # plotly's own is 7 kB a figure, and the page's (theme="streamlit") is worked in at every draw
        "font": {"size": 14, "family": '"Source Sans", sans-serif'},  # its colour is the page's: page.css
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": plain | {"showgrid": False} | across,
        "yaxis": plain | up,
        "shapes": list(shapes),
        "annotations": [{"showarrow": False} | note for note in annotations],
    }
    return go.Figure([go.Scatter(trace) for trace in traces], layout)


def _line(x: object, colour: str, dash: str) -> dict[str, Any]:
    """A line from the bottom to the top."""
    across = {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1}
    return across | {"line": {"color": colour, "dash": dash, "width": 1.5}}


def _over(x: object, text: str) -> dict[str, Any]:
    """A few words above the chart."""
    return {"x": x, "y": 1, "yref": "paper", "text": text, "yanchor": "bottom"}


def _span(rows: Sequence[Found], unit: str = "") -> list[float]:
    """What of an axis is needed for these and their intervals."""
    lows, highs = ([end for row in rows if (end := getattr(row, name)) is not None] for name in ("low", "high"))
    return axes.span(lows, highs, unit or (rows[0].unit if rows else "share"))


def _runs(rows: Sequence[Result], days: Sequence[date], breaks: Sequence[date]) -> Iterator[list[tuple[date, Result]]]:
    """The stretches that are one line: all shown, and counted alike."""
    run: list[tuple[date, Result]] = []
    for row, on in zip(rows, days, strict=True):
        if run and (row.value is None or any(run[-1][0] < start <= on for start in breaks)):
            yield run
            run = []
        if row.value is not None:
            run.append((on, row))
    if run:
        yield run


def _run(run: list[tuple[date, Result]], name: str) -> list[dict[str, Any]]:
    days, rows = [on.toordinal() for on, _ in run], [row for _, row in run]
    edge = {"x": days, "mode": "lines", "line": {"width": 0, "color": BLUE}, "hoverinfo": "skip"}
    fill = {"fill": "tonexty", "fillcolor": BAND, "name": "95 % interval"}
    text = [f"from {words.day(row.period)}: {words.said(row)} ({words.interval(row)})" for row in rows]
    line = {
        "x": days,
        "y": [row.value for row in rows],
        "text": text,
        "hovertemplate": "%{text}<extra></extra>",
        "mode": "lines",  # no dot per period: each is an element to draw, twice, at every choice
        "name": name,
        "line": {"color": BLUE, "width": 2.5},
    }
    if len(run) == 1:
        return [line | {"mode": "markers", "marker": {"size": 7, "color": BLUE}, "error_y": _lone_error(rows[0])}]
    high, low = [row.high for row in rows], [row.low for row in rows]
    return [edge | {"y": high}, edge | fill | {"y": low}, line]


def _lone_error(row: Result) -> dict[str, object]:
    value, low, high = row.value or 0.0, row.low or 0.0, row.high or 0.0
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


def _hatch(start: date, end: date, span: Sequence[float]) -> dict[str, Any]:
    return {
        "x": [day.toordinal() for day in (start, start, end, end)],
        "y": [span[0], span[1], span[1], span[0]],
        "fill": "toself",
        "mode": "lines",
        "line": {"width": 0, "color": GREY},
        "fillpattern": {"shape": "/", "fgcolor": GREY, "bgcolor": "rgba(0,0,0,0)", "size": 9, "solidity": 0.18},
        "name": "Not shown (reason in the table)",
        "hoverinfo": "skip",
    }


def _dots(rows: Sequence[tuple[object, Found]], name: str, colour: str, symbol: str) -> dict[str, Any]:
    values = [row.value or 0.0 for _, row in rows]
    error = {
        "type": "data",
        "symmetric": False,
        "array": [(row.high or 0.0) - value for (_, row), value in zip(rows, values, strict=True)],
        "arrayminus": [value - (row.low or 0.0) for (_, row), value in zip(rows, values, strict=True)],
    }
    return {
        "x": values,
        "y": [place for place, _ in rows],
        "mode": "markers",
        "name": name,
        "marker": {"size": 11, "symbol": symbol, "color": colour, "line": {"width": 2, "color": colour}},
        "error_x": error | {"thickness": 2, "width": 5, "color": colour},
        "text": [f"{words.said(row)} ({words.interval(row)}), n = {row.n:,}" for _, row in rows],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _wrapped(label: str, width: int = 16) -> str:
    return "<br>".join(textwrap.wrap(label, width)) or label
