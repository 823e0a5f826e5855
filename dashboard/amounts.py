"""How are sums of money, and forecasts against what happened, drawn?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import axes, charts
from dashboard.charts import BLUE, GREY, ORANGE


def build_amounts(lines: Sequence[tuple[str, float]], net: tuple[str, float, float, float]) -> go.Figure:
    """What was gained and what did it cost? One point a line from nothing; the net with its interval at the bottom."""
    names = [charts._wrapped(name, 20) for name, _ in lines] + [net[0]]
    traces: list[dict[str, Any]] = []
    for name, (_, amount) in zip(names, lines, strict=False):
        colour = BLUE if amount >= 0 else ORANGE
        traces.append(
            {"x": [0, amount], "y": [name, name], "mode": "lines+markers", "line": {"color": colour, "width": 6}}
            | {"marker": {"size": [1, 11], "symbol": "circle" if amount >= 0 else "diamond", "color": colour}}
            | {"hovertemplate": "%{x:,.0f}<extra></extra>"}
        )
    _, value, low, high = net
    error = {"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low]}
    traces.append(
        {"x": [value], "y": [net[0]], "mode": "markers", "hovertemplate": "%{x:,.0f}<extra></extra>"}
        | {"marker": {"size": 12, "symbol": "square", "color": GREY}}
        | {"error_x": error | {"thickness": 2.5, "width": 6, "color": GREY}}
    )
    ends: list[float] = [low, high, *(amount for _, amount in lines)]
    across = axes.values("money", axes.span([min(ends)], [max(ends)], "money")) | {"title": {"text": ""}}
    up: dict[str, Any] = {"type": "category", "categoryorder": "array", "categoryarray": names[::-1]}
    up |= {"range": [-0.6, len(names) - 0.4]}
    height, left = 90 + 44 * len(names), axes.beside(names)
    return charts._figure(traces, across, up, height, shapes=[charts._line(0, GREY, "solid")], left=left)


def build_calibration(bins: pd.DataFrame) -> go.Figure:
    """Of those told the same risk, how many missed? Points on the dashed line are as forecast."""
    top = 1.08 * max(float(bins["observed_high"].max()), float(bins["mean_score"].max()))
    error = {
        "type": "data",
        "symmetric": False,
        "array": list(bins["observed_high"] - bins["observed"]),
        "arrayminus": list(bins["observed"] - bins["observed_low"]),
    }
    points = {
        "x": list(bins["mean_score"]),
        "y": list(bins["observed"]),
        "mode": "markers",
        "marker": {"size": 10, "symbol": "circle", "color": BLUE},
        "error_y": error | {"thickness": 2, "width": 5, "color": BLUE},
        "text": [f"{n:,} visits" for n in bins["n"]],
        "hovertemplate": "forecast %{x:.0%}, missed %{y:.0%}, %{text}<extra></extra>",
    }
    true = {"x": [0, top], "y": [0, top], "mode": "lines", "line": {"color": GREY, "dash": "dash", "width": 1.5}}
    across = axes.values("share", [0, top]) | {"title": {"text": "Forecast: share that will be missed"}}
    up = axes.values("share", [0, top]) | {"title": {"text": "Missed in truth"}}
    return charts._figure([true | {"hoverinfo": "skip"}, points], across, up, 360, left=76, bottom=56)
