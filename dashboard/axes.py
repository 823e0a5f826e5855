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
    share = unit in words.SHARE_UNITS
    options = {"range": span, "nticks": 5, "tickformat": ".0%" if share else ",", "ticksuffix": ""}
    return options if share else options | {"title": {"text": unit}}


def room(unit: str) -> int:
    """Pixels left of an upright axis of values."""
    return 58 if unit in words.SHARE_UNITS else 76


def beside(labels: Sequence[str]) -> int:
    """Pixels left of an axis of groups, for the longest line of their names."""
    return 20 + 8 * max((len(line) for label in labels for line in label.split("<br>")), default=0)
