"""What was decided before anybody looked: what a rollout is for, what it must not cost, and when that is judged?

A plan names one component (and version), its go-live dates, one aim, guardrails with the loss refused, and the day of
decision. Sizes are written as people say them: points for shares, a ratio for times, points for scores; always above 0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from metrics.effects.declared import ALLIANCE, BURNOUT, CRISIS
from metrics.effects.gaps import EQUITY
from metrics.effects.reading import DESIGNS, POOLED
from metrics.errors import QueryError
from metrics.verdict import Role

LOOK_WEEKS = 4
FIRST_LOOK_WEEKS = 8  # since the first go-live: nothing can be said before
LONGEST_WEEKS = 5 * 52


class PlanFault(QueryError):  # noqa: N818
    """What is wrong in a plan, where, and what to write instead."""


@dataclass(frozen=True)
class Default:
    """A guardrail every plan has unless somebody says by name why not."""

    metric: str
    margin: float
    reason: str


DEFAULT_AIM = ("slots_lost", 3.0, "three slots in a hundred: about half a day of one clinician a month")
DEFAULTS = (
    Default(ALLIANCE, 2.4, "one in twenty of the scale (12 to 60): less than what one patient would call a change"),
    Default("in_care_12_weeks", 8.0, "one more patient in twelve lost early is a loss no filled slot makes good"),
    Default(CRISIS, 1.5, "half as long again until a human is there is a harm at any hour"),
    Default(BURNOUT, 8.0, "eight of a hundred is about half the distance from a usual to a burnt-out team"),
    Default(EQUITY, 5.0, "five in a hundred more missed visits in one group is a door that closes"),
)


@dataclass(frozen=True)
class Aim:
    """gain: what is wanted, as written. expected: what is thought to come, for the chances the planner prints."""

    metric: str
    gain: float
    expected: float
    reason: str


@dataclass(frozen=True)
class Guardrail:
    """margin: the loss refused, as written. owner: who watches it where it is only watched."""

    metric: str
    margin: float
    role: Role
    reason: str
    owner: str = ""


@dataclass(frozen=True)
class Plan:
    """A whole plan. dropped: default guardrail -> why, and who says so. facts: what the planner foresaw at the lock.

    together_with: components taken as one with it; replaces: components whose place it takes (see `plan_scope`).
    """

    component: str
    version: str
    go_live: Mapping[str, date]
    decision_on: date
    aim: Aim
    guardrails: tuple[Guardrail, ...]
    dropped: Mapping[str, str] = field(default_factory=dict)
    looks_every_weeks: int = LOOK_WEEKS
    design: str = POOLED
    together_with: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """The component and version in words."""
        return f"{self.component} {self.version}".strip()

    @property
    def looks(self) -> tuple[date, ...]:
        """The days on which the word may change; the last is the day of decision."""
        first = min(self.go_live.values())
        days = []
        weeks = max(self.looks_every_weeks, FIRST_LOOK_WEEKS)
        while first + timedelta(weeks=weeks) < self.decision_on:
            days.append(first + timedelta(weeks=weeks))
            weeks += self.looks_every_weeks
        return (*days, self.decision_on)

    def as_json(self) -> dict[str, Any]:
        """The plan as plain data; days as text."""
        return {
            "component": self.component,
            "version": self.version,
            "go_live": {site: day.isoformat() for site, day in self.go_live.items()},
            "decision_on": self.decision_on.isoformat(),
            "looks_every_weeks": self.looks_every_weeks,
            "design": self.design,
            "together_with": list(self.together_with),
            "replaces": list(self.replaces),
            "aim": asdict(self.aim),
            "guardrails": [{**asdict(one), "role": one.role.value} for one in self.guardrails],
            "dropped": dict(self.dropped),
            "facts": dict(self.facts),
        }

    @property
    def content(self) -> str:
        """One spelling of one plan: what is hashed and kept."""
        return json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


def plan_of_content(content: str) -> Plan:
    """A locked plan as it was kept."""
    data = json.loads(content)
    return Plan(
        component=data["component"],
        version=data["version"],
        go_live={site: date.fromisoformat(day) for site, day in data["go_live"].items()},
        decision_on=date.fromisoformat(data["decision_on"]),
        aim=Aim(**data["aim"]),
        guardrails=tuple(Guardrail(**{**one, "role": Role(one["role"])}) for one in data["guardrails"]),
        dropped=data["dropped"],
        looks_every_weeks=data["looks_every_weeks"],
        design=data["design"],
        together_with=tuple(data["together_with"]),
        replaces=tuple(data["replaces"]),
        facts=data["facts"],
    )


def differences(before: Plan, after: Plan) -> tuple[str, ...]:
    """What was changed from one plan to another, a sentence each."""
    found = []
    for name, words in (
        ("component", "component"),
        ("version", "version"),
        ("decision_on", "day of decision"),
        ("looks_every_weeks", "weeks between looks"),
        ("design", "design"),
        ("together_with", "list of components taken as one"),
        ("replaces", "list of components replaced"),
    ):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            was, now = (", ".join(each) if isinstance(each, tuple) else each for each in (old, new))
            found.append(f"The {words} was {was or 'none'} when the plan was locked and is {now or 'none'} now.")
    for site in dict.fromkeys([*before.go_live, *after.go_live]):
        was, now = before.go_live.get(site), after.go_live.get(site)
        if was != now:
            found.append(
                f"{site}: go-live was {was or 'not planned'} when the plan was locked and is {now or 'none'} now."
            )
    found += _changed("aim", before.aim.metric, asdict(before.aim), asdict(after.aim))
    old_ones, new_ones = ({one.metric: one for one in plan.guardrails} for plan in (before, after))
    for metric in dict.fromkeys([*old_ones, *new_ones]):
        if metric not in new_ones:
            found.append(f"The guardrail {metric} was taken out after the plan was locked.")
        elif metric not in old_ones:
            found.append(f"The guardrail {metric} was added after the plan was locked.")
        else:
            found += _changed("guardrail", metric, asdict(old_ones[metric]), asdict(new_ones[metric]))
    return tuple(found)


def _changed(what: str, metric: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"The {name} of the {what} {metric} was {before[name] or 'none'} when the plan was locked and is "
        f"{after[name] or 'none'} now."
        for name in before
        if before[name] != after[name]
    ]


__all__ = ["DEFAULTS", "DESIGNS", "Aim", "Default", "Guardrail", "Plan", "PlanFault", "differences", "plan_of_content"]
