"""What stands on a chart's axes, and how much room does it need?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboard import words


def calendar(days: Sequence[date], end: date) -> dict[str, Any]:
    """An axis of days, counted as whole numbers and named here: plotly's own calendar takes longer to draw."""
    named = days[:: max(1, math.ceil(len(days) / 7))]
    return {
        "range": [days[0].toordinal() - 4, end.toordinal()],
        "tickvals": [on.toordinal() for on in named],
        "ticktext": [f"{on:%b}<br>{on:%Y}" for on in named],
    }


def values(unit: str, span: list[float]) -> dict[str, Any]:
    """The axis of values: shares in per cent, anything else with its unit."""
    share, difference = unit in words.SHARE_UNITS, unit == words.DIFFERENCE
    form = ".0%" if share else "+.0%" if difference else ","
    options = {"range": span, "nticks": 5, "tickformat": form, "ticksuffix": ""}
    return options if share or difference else options | {"title": {"text": unit}}


def span(lows: Sequence[float], highs: Sequence[float], unit: str) -> list[float]:
    """From where to where? From nothing on, but for points on a scale, where nothing is not its beginning."""
    low, high = min(lows, default=0.0), max(highs, default=1.0)
    room = 0.12 * ((high - min(low, 0.0)) or 1.0)
    if unit == "points" and high > low > 0:
        return [low - (high - low) / 3, high + (high - low) / 3]
    return [low - room if low < 0 else 0.0, high + room if high > 0 else 0.0]


def room(unit: str) -> int:
    """Pixels left of an upright axis of values."""
    return 58 if unit in words.SHARE_UNITS else 76


def beside(labels: Sequence[str]) -> int:
    """Pixels left of an axis of groups, for the longest line of their names."""
    return 20 + 8 * max((len(line) for label in labels for line in label.split("<br>")), default=0)
