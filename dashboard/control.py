"""Is the latest figure news, or the ordinary up and down? A control chart of what is drawn over time (XmR).

Centre and limits begin anew at go-lives and where another definition begins, and nowhere else, however the points fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import axes, charts, parts, summaries, words
from dashboard.charts import BLUE, GREY, ORANGE
from dashboard.marks import Break, Mark
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics.control import FEWEST_POINTS, RUN, ControlChart, xmr
from metrics.query import ResultRow

SHADE = "rgba(119, 129, 139, 0.20)"
NEWS = {"outside": "◆ beyond the limits", "run": f"■ {RUN} in a row on one side", "": "ordinary"}
SYMBOLS = {"outside": ("diamond", 13), "run": ("square-open", 11)}
LIMITS = "centre of the stretch plus and minus 2.66 times its mean step from one period to the next"


def piece(
    title: str, rows: Sequence[ResultRow], weeks: int, marks: Sequence[Mark] = (), breaks: Sequence[Break] = ()
) -> Piece:
    """The chart in words; drawn, with its table and file, when it is asked for."""
    chart = of(rows, marks, breaks)
    unit = rows[0].unit if rows else "share"
    drawn = build_control(chart, unit=unit, weeks=weeks, marks=marks, breaks=breaks) if len(chart.points) else None
    keys = {"line": "each period", "grey": "ordinary limits"}
    made = parts.figure(title, drawn, summary(chart, rows), table(chart, rows), key="control", keys=keys)
    return replace(made, behind=True, label="Show the control chart, its table, or download")


def of(rows: Sequence[ResultRow], marks: Sequence[Mark], breaks: Sequence[Break]) -> ControlChart:
    """The chart of the periods that are shown; events are go-lives and new definitions."""
    shown = {date.fromisoformat(row.period).toordinal(): row.value for row in rows if row.value is not None}
    events = [*(one.on for one in marks), *(one.on for one in breaks)]
    chart = xmr(pd.Series(shown, dtype=float), rebase_at=[day.toordinal() for day in events])
    unit = rows[0].unit if rows else ""
    if unit == words.DIFFERENCE or (chart.points["value"] < 0).any():
        return chart
    most = 1.0 if unit in words.SHARE_UNITS else None  # no share lies above all, and no time below nothing
    ends = {name: chart.points[name].clip(0.0, most) for name in ("low", "high")}
    return replace(chart, points=chart.points.assign(**ends))


def build_control(
    chart: ControlChart, *, unit: str, weeks: int, marks: Sequence[Mark] = (), breaks: Sequence[Break] = ()
) -> go.Figure:
    """A line with its ordinary limits per stretch; news by shape. Go-lives dashed, new definitions dotted."""
    points = chart.points
    lows, highs = (points[[name, "value"]].agg(how, axis=1) for name, how in (("low", "min"), ("high", "max")))
    span = axes.span(lows.tolist(), highs.tolist(), unit)
    traces = [trace for _, part in points.groupby("stretch") for trace in _limits(part)]
    traces += [_line(part, unit) for _, part in points.groupby("stretch")]
    traces += [_news(points[points["signal"] == signal], signal, unit) for signal in SYMBOLS]
    days = [date.fromordinal(int(at)) for at in points["period"]]
    across = axes.calendar(days, days[-1] + timedelta(weeks=weeks))
    lines = charts.event_lines(marks, breaks)
    return charts._figure(
        traces, across, axes.values(unit, span), shapes=lines[0], annotations=lines[1], left=axes.room(unit)
    )


def _limits(part: pd.DataFrame) -> list[dict[str, Any]]:
    """The shade between the limits and the centre line; nothing in a stretch too short for them."""
    if part["centre"].isna().any():
        return []
    ends = [int(part["period"].iloc[0]), int(part["period"].iloc[-1])]
    low, centre, high = (2 * [float(part[name].iloc[0])] for name in ("low", "centre", "high"))
    edge = {"x": ends, "mode": "lines", "line": {"width": 1, "color": GREY}, "hoverinfo": "skip"}
    shade = {"fill": "tonexty", "fillcolor": SHADE, "name": "Ordinary limits"}
    return [edge | {"y": high}, edge | shade | {"y": low}, edge | {"y": centre, "line": {"width": 1.5, "color": GREY}}]


def _line(part: pd.DataFrame, unit: str) -> dict[str, Any]:
    return {
        "x": part["period"].tolist(),
        "y": part["value"].tolist(),
        "mode": "lines" if len(part) > 1 else "markers",
        "line": {"color": BLUE, "width": 2},
        "marker": {"color": BLUE, "size": 7},
        "text": _hover(part, unit),
        "hovertemplate": "%{text}<extra></extra>",
    }


def _news(found: pd.DataFrame, signal: str, unit: str) -> dict[str, Any]:
    symbol, size = SYMBOLS[signal]
    return {
        "x": found["period"].tolist(),
        "y": found["value"].tolist(),
        "mode": "markers",
        "name": NEWS[signal],
        "marker": {"symbol": symbol, "size": size, "color": ORANGE, "line": {"width": 2, "color": ORANGE}},
        "text": _hover(found, unit),
        "hovertemplate": "%{text}<extra></extra>",
    }


def _hover(points: pd.DataFrame, unit: str) -> list[str]:
    columns = (points[name].tolist() for name in ("period", "value", "signal"))
    return [
        f"from {words.day(_day(at))}: {words.amount(value, unit)} ({NEWS[signal]})"
        for at, value, signal in zip(*columns, strict=True)
    ]


def summary(chart: ControlChart, rows: Sequence[ResultRow]) -> str:
    """What the latest period is, how many are news and from when, and where there are no limits."""
    points = chart.points
    if points.empty:
        return f"No period can be shown. {summaries.hidden(rows)}".strip()
    unit, last = rows[0].unit, points.iloc[-1]
    said = f"Latest, from {words.day(_day(last['period']))}: {words.amount(last['value'], unit)}, "
    if pd.isna(last["centre"]):
        said += f"in a stretch of fewer than {FEWEST_POINTS} periods, which has no limits yet."
    else:
        limits = f"{words.bare(last['low'], unit)} to {words.amount(last['high'], unit)}"
        said += f"{NEWS[last['signal']].lstrip('◆■ ')} (ordinary limits {limits}: {LIMITS})."
    for signal, what in (("outside", "beyond their limits"), ("run", f"the {RUN}th or later in a row on one side")):
        found = points[points["signal"] == signal]
        if len(found):
            latest = words.day(_day(found["period"].iloc[-1]))
            said += f" {words.count(len(found), 'period')} {what}, the last from {latest}."
    short = f" {words.count(len(chart.reasons), 'stretch', 'stretches')} too short for limits." if chart.reasons else ""
    rule = (
        " Limits begin anew at go-lives (dashed, numbered as above) and new definitions only. "
        "News is a reason to look, and says nothing of why."
    )
    return f"{said}{short}{rule}"


def table(chart: ControlChart, rows: Sequence[ResultRow]) -> Table:
    """A line a period; one that is not shown says so, and has no limits."""
    points = {int(row["period"]): row for row in chart.points.to_dict("records")}
    lines = []
    for row in rows:
        told = points.get(date.fromisoformat(row.period).toordinal())
        if told is None:
            lines.append((words.day(row.period), words.state(row.state), "—", "—", row.reason))
            continue
        has = not pd.isna(told["centre"])
        centre = words.amount(told["centre"], row.unit) if has else "—"
        low, high = words.bare(told["low"], row.unit), words.amount(told["high"], row.unit)
        limits = f"{low} to {high}" if has else "—"
        news = NEWS[str(told["signal"])] if has else "no limits: its stretch is too short"
        lines.append((words.day(row.period), words.amount(told["value"], row.unit), centre, limits, news))
    return Table(("Period from", "Value", "Centre", "Ordinary limits", "News"), tuple(lines))


def _day(ordinal: float) -> date:
    return date.fromordinal(int(ordinal))
