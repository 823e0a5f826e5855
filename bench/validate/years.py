"""Which words does a year of looks bring? The product's own lines, each made only as far as the question needs it.

A line of a plan does not depend on any other, and a word follows from the lines of one look (`metrics.verdict.decide`),
so PROCEED is out as soon as one line that must hold is shown at no look, and HALT is certain with the first guardrail
undermined. No bound of a look is smaller than that of a single look at the same alpha, so a line whose effect is within
it at every look is found neither undermined nor better. Both are exact: `tests/bench` holds them against every word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from scipy import stats

from metrics.effects.interventions import Intervention
from metrics.effects.lookwords import ALPHA, LineLook, Watch, line_looks, reading_on, watches
from metrics.effects.panels import Panel
from metrics.plan import Plan
from metrics.verdict import Finding, Role, aim_reached

NEEDED_SIDES = {"trust", "safety"}
Flags = np.ndarray
SHOWN = (Finding.PRESERVED, Finding.ENHANCED)


class Looks:
    """A plan's lines at every look up to a day. A second person signs whatever asks for it."""

    def __init__(
        self,
        panels: Mapping[str, Panel],
        plan: Plan,
        change: Intervention,
        others: Sequence[Intervention] = (),
        *,
        until: date,
    ) -> None:
        self.panels, self.told = panels, (plan, change, others)
        self.aim, *self.guards = watches(plan, panels)
        self._due = [look for look in enumerate(plan.looks, start=1) if look[1] <= until]
        self._lines: dict[str, tuple[LineLook, ...]] = {}

    def line(self, watch: Watch) -> tuple[LineLook, ...]:
        """The line at every look, as the product makes it."""
        if watch.metric not in self._lines:
            self._lines[watch.metric] = line_looks(watch, self.panels[watch.metric], *self.told, self._due)
        return self._lines[watch.metric]

    def halted(self, first: str = "") -> bool:
        """Was any guardrail found undermined? first: the metric to ask before the others."""
        ordered = sorted(self.guards, key=lambda watch: watch.metric != first)
        return any(bool(self._undermined(watch).any()) for watch in ordered if self._may(watch, -1.0, self._of_all))

    def proceeded(self, first: str = "") -> bool:
        """Did any look say PROCEED? first: the metric to ask before the others."""
        return bool(self.proceeding(first).any())

    def proceeding(self, first: str = "") -> Flags:
        """Which looks say PROCEED: the aim reached, all that must hold shown, nothing undermined?"""
        must = [watch for watch in self.guards if watch.role is Role.MUST_HOLD]
        at, never = np.ones(len(self._due), dtype=bool), np.zeros(len(self._due), dtype=bool)
        if not {watch.side for watch in must} >= NEEDED_SIDES:
            return never
        for place, watch in enumerate(sorted(must, key=lambda watch: watch.metric != first)):
            if place == bool(first) and not self._may(self.aim, 1.0, ALPHA):
                return never
            at &= np.array([look.finding in SHOWN for look in self.line(watch)])
            if not at.any():
                return never
        at &= np.array([aim_reached(look.as_line()) for look in self.line(self.aim)])
        for watch in self.guards if at.any() else ():
            if watch.role is Role.WATCHED:
                at &= ~self._undermined(watch)
        return at

    @property
    def _of_all(self) -> float:
        return ALPHA / len(self.guards)

    def _undermined(self, watch: Watch) -> Flags:
        return np.array([look.finding is Finding.UNDERMINED for look in self.line(watch)])

    def _may(self, watch: Watch, way: float, alpha: float) -> bool:
        """Does the effect lie beyond one look's bound at any look, to the better (way 1) or the worse (-1)?"""
        if watch.metric in self._lines:
            return True
        bound = float(stats.norm.ppf(1 - alpha / 2))
        for _, day in reversed(self._due):
            reading = reading_on(self.panels[watch.metric], *self.told, day)
            if reading.value is None or reading.wide_error is None:
                continue
            if -watch.harm * reading.value * way > bound * reading.wide_error:
                return True
        return False
