"""Which days are drawn into a series: when did something go live, and when was something else counted?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Mark:
    """A day on which something went live: drawn as a numbered dashed line, named beside the chart."""

    number: int
    on: date
    label: str


@dataclass(frozen=True)
class Break:
    """A Monday from which on something else is counted: drawn as a dotted line, said beside the chart."""

    on: date
    version: int
    says: str
