"""What is a metric? A question a clinician asks, in words and numbers, and the pure function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from metrics.cells import Cells
from metrics.definitions import Change, Era, eras, note
from metrics.errors import QueryError
from metrics.estimate import Estimate, State
from metrics.groups import Groups, group
from metrics.parts import Only, spans_of
from metrics.selection import Selection
from metrics.tables import OF_CRISES, SOURCES
from warehouse.frames import Columns
from warehouse.schema import ALL

Floats = np.ndarray[Any, np.dtype[np.float64]]
Texts = np.ndarray[Any, np.dtype[np.object_]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Side = Literal["access", "trust", "outcome", "safety", "staff", "money", "fairness"]

ANY = "*"
UNSURE = "how sure a figure would be cannot be told from what is published"


@dataclass(frozen=True)
class Measured:
    """What the estimator found for each group: numbers (nan where it says nothing), n, and why it says nothing.

    absent: why the exports cannot tell, "" where they can. note: said beside a value.
    """

    value: Floats
    low: Floats
    high: Floats
    variance: Floats
    n: Floats
    enough: Floats  # what the minimum is held against
    nobody: Flags  # nobody and nothing was there
    absent: Texts
    note: Texts
    always: Texts | None = None  # said whatever the state
    unsure: Texts | None = None  # why there is no value, where there is enough for one


@dataclass(frozen=True)
class PeriodEstimate:
    """One point of a series: its Monday, the estimate, and the variance of the value (None without one)."""

    period: date
    estimate: Estimate
    variance: float | None


@dataclass(frozen=True)
class Answers:
    """A metric for every site, stratum and period at once; arrays in the order of `groups.index`."""

    groups: Groups
    measured: Measured
    states: tuple[State, ...]
    reasons: tuple[str, ...]

    def n(self, place: int) -> int:
        """What the figure rests on, or too little of it; 0 where the group is not shown or not known."""
        told = self.states[place] in (State.PUBLISHED, State.CANNOT_SAY)
        return int(self.measured.n[place]) if told else 0

    def estimate(self, place: int, unit: str) -> Estimate:
        """One of them as an Estimate."""
        found, n = self.measured, self.n(place)
        if self.states[place] is not State.PUBLISHED:
            return Estimate(None, None, None, n, unit, self.states[place], self.reasons[place])
        numbers = (float(found.value[place]), float(found.low[place]), float(found.high[place]))
        return Estimate(*numbers, n, unit, State.PUBLISHED, self.reasons[place])


@dataclass(frozen=True)
class Metric:
    """One question, declared. `margin` is the loss we refuse, in `unit`; `limits` what it cannot tell."""

    key: str
    version: int
    question: str
    name: str
    unit: str
    better: Literal["higher", "lower"]
    side: Side
    margin: float
    margin_reason: str
    minimum_n: int
    counted: str  # what n counts
    cells: tuple[str, ...]
    numerator: str
    denominator: str
    exclusions: str
    formula: str
    limits: str
    source: str
    measure: Callable[[Cells, Groups, str], Measured]
    outcome: str = ""  # its name in repeat_cells and contrast_cells; "" where it is in neither
    smallest: str = ""  # what must reach minimum_n, where that is not what n counts
    event: str = ""  # what happened to a visit, as a past participle: "missed"
    only: Only = ()  # which part of the first cell table: its key and the values meant
    exposure: bool = False  # does it compare the patients automation touched with the others?
    over_time: tuple[str, ...] = ()  # cell tables of which it needs every period, undivided
    repeats: tuple[str, ...] = ()  # outcomes of repeat_cells it reads, besides `outcome`; ANY where a model names them
    changes: tuple[Change, ...] = ()  # of the definition, one for each version after the first
    effects: tuple[str, ...] = ()  # metrics on which it reads what rollouts did
    undivided: str = ""  # why it is not split into strata, where it is not
    divided: str = ""  # why it is told of strata alone, where it is

    @property
    def counting(self) -> int:
        """The version since which what is counted has not changed."""
        return max([1, *(change.version for change in self.changes if change.recounted)])

    def eras(self, cells: Cells) -> tuple[Era, ...]:
        """The versions of the definition under which this release's periods were counted."""
        return eras(self.key, cells.aside["definition"])

    def answers(self, cells: Cells, period: str, groups: Groups | None = None) -> Answers:
        """The metric for every site (and the practice), stratum and period of these cells."""
        if groups is None:
            groups = self.groups(cells, period)
        why_not, absent = self.why_not(cells.by), self._absent(groups)
        if why_not or absent:
            state, reason = (State.NOT_APPLICABLE, why_not) if why_not else (State.MISSING, absent)
            count = len(groups.index)
            return Answers(groups, nothing(count), (state,) * count, (reason,) * count)
        measured = self.measure(cells, groups, period)
        judged = self._dated(cells, groups, self._judge(groups, measured))
        states, reasons = zip(*judged, strict=True) if groups.index else ((), ())
        return Answers(groups, measured, states, reasons)

    def groups(self, cells: Cells, period: str) -> Groups:
        """The groups of the cell table this metric is asked of."""
        return group(cells, self.cells[0], period, only=self.only)

    def held(self, cells: Cells) -> bool:
        """Does the release hold any group of what this metric is asked of, of whatever split or state?"""
        source = SOURCES[self.cells[0]]
        table = cells.aside[source.name]["state"] if source.timeless else self._spans(cells)["site"]
        return len(table) > 0

    def _spans(self, cells: Cells) -> Columns:
        return spans_of(cells.spans[self.cells[0]], SOURCES[self.cells[0]], self.only)

    def why_not(self, by: str) -> str:
        """Why it makes no sense to split this metric so (or not to split it); "" where it does."""
        if by in OF_CRISES and self.side != "safety":
            return f"only signs of danger are split by {by}"
        return (self.divided if by == ALL else self.undivided) or SOURCES[self.cells[0]].why_not(by)

    def _absent(self, groups: Groups) -> str:
        """Why there is nothing of this kind in the whole release; "" where there is something."""
        part = next((values[0] for key, values in self.only if key in ("instrument", "kind")), "")
        return "" if groups.known else SOURCES[self.cells[0]].absent.format(part=part.replace("_", " "))

    def estimate(self, selection: Selection) -> Estimate:
        """The one figure for a site (or the practice), stratum and, where `selection.period` is given, that period."""
        answers = self.answers(selection.cells, selection.grain if selection.period else ALL)
        for place in answers.groups.find(selection.site, selection.stratum):
            if answers.groups.index[place].period == selection.period:
                return answers.estimate(place, self.unit)
        raise QueryError(f"No {selection.grain} period begins on {selection.period}. Ask for one of the series.")

    def series(self, selection: Selection) -> tuple[PeriodEstimate, ...]:
        """The figure of every period of length `selection.grain`, in order of time; none for "all"."""
        points = []
        answers = self.answers(selection.cells, selection.grain)
        for place in answers.groups.find(selection.site, selection.stratum):
            start = answers.groups.index[place].period
            if start is None:
                continue
            variance = float(answers.measured.variance[place])
            known = answers.states[place] is State.PUBLISHED and np.isfinite(variance)
            points.append(PeriodEstimate(start, answers.estimate(place, self.unit), variance if known else None))
        return tuple(points)

    def _dated(self, cells: Cells, groups: Groups, judged: list[tuple[State, str]]) -> list[tuple[State, str]]:
        """With the version a figure was counted under, where that is not the only one."""
        known = self.eras(cells)
        if all(era.version == self.counting for era in known):
            return judged
        told = [note(known, self.counting, group.period) for group in groups.index]
        return [
            (state, "; ".join(filter(None, (reason, more))) if state is State.PUBLISHED else reason)
            for (state, reason), more in zip(judged, told, strict=True)
        ]

    def _judge(self, groups: Groups, found: Measured) -> list[tuple[State, str]]:
        unsure = np.full(len(groups.index), UNSURE, dtype=object) if found.unsure is None else found.unsure
        columns = (found.absent, found.note, found.nobody, found.enough, np.isfinite(found.value), unsure)
        rows = zip(groups.index, *(column.tolist() for column in columns), strict=True)
        judged = [self._one(group.state, group.note, *told) for group, *told in rows]
        if found.always is None:
            return judged
        said = zip(judged, found.always.tolist(), strict=True)
        return [(state, "; ".join(text for text in (reason, more) if text)) for (state, reason), more in said]

    def _one(
        self, state: State, note: str, absent: str, said: str, nobody: bool, enough: float, has_value: bool, unsure: str
    ) -> tuple[State, str]:
        if absent:
            return State.MISSING, absent
        if state is not State.PUBLISHED:
            return state, note
        if nobody:
            return State.ZERO, f"no {self.counted} here"
        if enough < self.minimum_n:
            what = self.smallest or self.counted
            small = "not assessable: " if self.side == "fairness" else ""
            return State.CANNOT_SAY, f"{small}rests on {enough:.0f} {what}; at least {self.minimum_n} are needed"
        if not has_value:
            return State.CANNOT_SAY, unsure
        return State.PUBLISHED, "; ".join(text for text in (note, said) if text)


def nothing(count: int) -> Measured:
    """Nothing found, for so many groups."""
    nan, zero = np.full(count, np.nan), np.zeros(count)
    blank = np.full(count, "", dtype=object)
    return Measured(nan, nan, nan, nan, zero, zero, np.ones(count, dtype=bool), blank, blank)
