"""A made-up practice whose panels, plan and rollout belong together, for tests of looks, planner and verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from metrics.effects.interventions import Intervention, Kind
from metrics.effects.panels import Panel
from metrics.plan import Aim, Guardrail, Plan
from metrics.verdict import Role
from tests.metrics.practices import World, simulate

START = date(2023, 1, 2)
TRUST, SAFETY, AIM = "in_care_12_weeks", "crisis_contact", "slots_lost"


def monday(week: int) -> date:
    return START + timedelta(weeks=week)


@dataclass(frozen=True)
class Practice:
    """go_live: a week per site, None for a control. effects: metric -> relative change of its rate."""

    go_live: tuple[int | None, ...] = (104, 112, 120)
    weeks: int = 140
    visits: float = 150
    seed: int = 1
    effects: tuple[tuple[str, float], ...] = ((AIM, -0.4), (TRUST, 0.0), (SAFETY, 0.0))
    sides: dict[str, str] = field(default_factory=lambda: {AIM: "money", TRUST: "trust", SAFETY: "safety"}, hash=False)

    @property
    def starts(self) -> dict[str, date | None]:
        weeks = enumerate(self.go_live)
        return {f"s{at:02d}": None if week is None else monday(week) for at, week in weeks}

    @property
    def change(self) -> Intervention:
        return Intervention("ai_scheduling", str(Kind.GO_LIVE), Kind.GO_LIVE, self.starts, {})

    def panels(self) -> dict[str, Panel]:
        """A share per metric, lower is better; the same drift for all but independent draws."""
        found = {}
        for place, (metric, effect) in enumerate(self.effects):
            cells = cells_of(self.go_live, self.weeks, self.visits, effect, self.seed * 10 + place)
            told = (metric, metric, self.sides[metric], "lower", "difference of shares", "binomial", 1, START)
            found[metric] = Panel(*told, cells)  # type: ignore[arg-type]
        return found

    def plan(self, *, weeks: int = 52, margin: float = 5.0, gain: float = 3.0, expected: float = 5.0) -> Plan:
        lives = {site: day for site, day in self.starts.items() if day is not None}
        guards = tuple(Guardrail(metric, margin, Role.MUST_HOLD, "a loss too large") for metric in (TRUST, SAFETY))
        decision = min(lives.values()) + timedelta(weeks=weeks)
        return Plan("ai_scheduling", "", lives, decision, Aim(AIM, gain, expected, "wanted"), guards)


@lru_cache
def cells_of(go_live: tuple[int | None, ...], weeks: int, visits: float, effect: float, seed: int) -> pd.DataFrame:
    return simulate(World(weeks=weeks, visits=visits, effect=effect), go_live, np.random.default_rng(seed))[0]
