"""How are effects of different units drawn in one picture, and a rollout in time? Right is better, the margin is drawn.

Each line is measured in its own margin, so that points, weeks and ratios stand on one axis. Names stand above the
lines, not beside them, so that a narrow page has room for the picture.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go

from dashboard import axes, charts
from dashboard.charts import BLUE, GREY, ORANGE

FARTHEST = 4.0  # margins; what lies farther ends in an arrow
LEAST = 1.6
NAME_WIDTH = 44  # letters of a name in one line on a narrow page
TITLE, LINE, GAP, ROOM = 0.58, 0.36, 0.24, 0.44  # heights, in rows of ROW_PIXELS
ROW_PIXELS = 50
DAYS_A_TICK = 91


@dataclass(frozen=True)
class Turned:
    """An effect turned so that right is better, in margins of its line."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One line of the picture. wanted: the margin is a gain wanted, not a loss refused; None: it has no margin."""

    name: str
    told: str  # the effect in words
    adjusted: Turned | None
    naive: Turned | None
    look: Turned | None
    wanted: bool | None


@dataclass(frozen=True)
class Stretch:
    """A component in use at one site: from a day to another, or still."""

    name: str
    start: date
    end: date | None


def build_forest(groups: Sequence[tuple[str, Sequence[Row]]]) -> go.Figure:
    """What did it do to each metric? Groups of lines under a title, no change in the middle, better to the right."""
    reach = _reach([row for _, rows in groups for row in rows])
    places: list[tuple[Row, float]] = []
    notes: list[dict[str, Any]] = []
    down = 0.0
    for title, rows in groups:
        notes.append(_at(down, f"<b>{title}</b>", size=15))
        down -= TITLE
        for row in rows:
            for text in [*textwrap.wrap(row.name, NAME_WIDTH), row.told]:
                notes.append(_at(down, text, size=13))
                down -= LINE
            down -= GAP
            places.append((row, down))
            down -= ROOM
    traces = [
        _marks(places, reach, "Adjusted, 95 % interval", "adjusted", BLUE, "circle", 0.0),
        _marks(places, reach, "At the last look", "look", GREY, "square-open", -0.2),
        _marks(places, reach, "Before and after, as it looks", "naive", ORANGE, "diamond-open", 0.15),
    ]
    shapes = [charts._line(0, GREY, "solid"), *(_margin(row, y, reach) for row, y in places if row.wanted is not None)]
    across = {
        "range": [-reach, reach],
        "tickvals": [-2 * reach / 3, 0, 2 * reach / 3],
        "ticktext": ["◀ worse", "no change", "better ▶"],
    }
    up = {"range": [down, 0.1], "showticklabels": False, "showgrid": False}
    height = 110 + round(-down * ROW_PIXELS)
    shown = [trace for trace in traces if trace["x"]]
    return charts._figure(shown, across, up, height, shapes=shapes, annotations=notes, left=8, legend=True, bottom=80)


def _reach(rows: Sequence[Row]) -> float:
    ends = [abs(end) for row in rows for one in (row.adjusted, row.look) if one for end in (one.low, one.high)]
    ends += [abs(row.naive.value) for row in rows if row.naive]
    return 1.08 * min(max([LEAST, *ends]), FARTHEST)


def _marks(
    places: Sequence[tuple[Row, float]], reach: float, name: str, which: str, colour: str, symbol: str, shift: float
) -> dict[str, Any]:
    found = [(getattr(row, which), row, y + shift) for row, y in places if getattr(row, which) is not None]
    edge = reach / 1.02
    values = [max(-edge, min(edge, one.value)) for one, _, _ in found]
    naive = which == "naive"
    error = {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, min(edge, one.high) - value) for (one, _, _), value in zip(found, values, strict=True)],
        "arrayminus": [max(0.0, value - max(-edge, one.low)) for (one, _, _), value in zip(found, values, strict=True)],
        "thickness": 1.5 if which == "look" else 2.5,
        "width": 5,
        "color": colour,
    }
    outside = [("triangle-left" if one.value < 0 else "triangle-right") for one, _, _ in found]
    symbols = [far if abs(one.value) > edge else symbol for (one, _, _), far in zip(found, outside, strict=True)]
    return {
        "x": values,
        "y": [y for _, _, y in found],
        "mode": "markers",
        "name": name,
        "marker": {"size": 11, "symbol": symbols, "color": colour, "line": {"width": 2, "color": colour}},
        "text": [f"{row.name}: {row.told}" for _, row, _ in found],
        "hovertemplate": "%{text}<extra></extra>",
        **({} if naive else {"error_x": error}),
    }


def _margin(row: Row, y: float, reach: float) -> dict[str, Any]:
    """The loss refused, shaded up to its edge; or the gain wanted, as a dashed edge alone."""
    if row.wanted:
        line = {"type": "line", "x0": 1, "x1": 1, "y0": y - 0.28, "y1": y + 0.28}
        return line | {"line": {"color": BLUE, "dash": "dash", "width": 2}}
    box = {"type": "rect", "x0": -reach, "x1": -1, "y0": y - 0.24, "y1": y + 0.16}
    return box | {"fillcolor": GREY, "opacity": 0.25, "line": {"width": 0}}


def _at(y: float, text: str, size: int) -> dict[str, Any]:
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": y, "yanchor": "top", "align": "left"}
    return place | {"text": text, "font": {"size": size}}


def build_timeline(stretches: Sequence[Stretch], end: date, looks: Sequence[date] = ()) -> go.Figure:
    """When was what in use where? A line from each go-live to its end; planned looks are dotted."""
    begun = min(one.start for one in stretches)
    until = max([end, *looks])
    rows = list(dict.fromkeys(one.name for one in stretches))
    place = {name: -float(at) for at, name in enumerate(rows)}
    traces: list[dict[str, Any]] = []
    notes = [_at(place[name] + 0.52, name, size=13) for name in rows]
    for one in stretches:
        y, last = place[one.name] - 0.18, one.end or end
        traces.append(
            {"x": [one.start.toordinal(), last.toordinal()], "y": [y, y], "mode": "lines+markers", "name": one.name}
            | {"line": {"color": BLUE, "width": 4}, "hoverinfo": "skip"}
            | {"marker": {"size": 11, "color": BLUE, "symbol": ["circle", "x" if one.end else "triangle-right"]}}
        )
    shapes = [charts._line(day.toordinal(), GREY, "dot") for day in looks]
    days = [date.fromordinal(day) for day in range(begun.toordinal(), until.toordinal() + 1, DAYS_A_TICK)]
    up = {"range": [-len(rows) + 0.35, 0.75], "showticklabels": False, "showgrid": False}
    across = axes.calendar(days, until) | {"range": [begun.toordinal() - 8, until.toordinal() + 8]}
    return charts._figure(traces, across, up, 90 + 44 * len(rows), shapes=shapes, annotations=notes, left=8)
