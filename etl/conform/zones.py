"""When was it, in UTC, when a clock in this zone showed that time? Exact to the microsecond, transition days included.

A zone is a step function of time: between two transitions its offset does not change. So a column of local times is
converted by a binary search over the transitions, written once as nested CASE, instead of a time zone call per row.
In autumn an hour comes twice: the first of the two is meant (fold = 0). In spring an hour does not come at all: NULL,
but midnight in such a gap is the first moment of that day (where clocks change at midnight a day begins at 01:00).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

FIRST_YEAR = 1970  # exact from here to the end of the last year; a time outside is a placeholder, not a time
LAST_YEAR = 2049
_HOUR = 3600


@dataclass(frozen=True)
class Step:
    """From this moment (seconds since 1970) on, the offset in seconds; None inside a gap."""

    start: int
    offset: int | None
    resumes: int | None = None  # inside a gap: the UTC moment at which the clock goes on


@cache
def utc_steps(zone: str) -> tuple[Step, ...]:
    """Which offset holds from which UTC moment on? Transitions less than a day apart count as one."""
    clock = ZoneInfo(zone)
    moment = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
    steps = [Step(moment, _offset(clock, moment))]
    day = 24 * _HOUR
    while moment < end:
        if _offset(clock, moment + day) != steps[-1].offset:
            exact = _transition(clock, moment, moment + day)
            steps.append(Step(exact, _offset(clock, exact)))
        moment += day
    return tuple(steps)


@cache
def local_steps(zone: str) -> tuple[Step, ...]:
    """Which offset does a local clock reading mean, from which reading on?"""
    steps = list(utc_steps(zone))
    local = [Step(steps[0].start + (steps[0].offset or 0), steps[0].offset)]
    for before, after in pairwise(steps):
        old, new = before.offset or 0, after.offset or 0
        if new > old:
            local.append(Step(after.start + old, None, resumes=after.start))
            local.append(Step(after.start + new, new))
        else:
            local.append(Step(after.start + old, new))
    return tuple(local)


def to_utc(local: str, zone: str) -> str:
    """SQL: the UTC moment of a local TIMESTAMP expression, NULL in a spring gap."""
    if zone == "UTC":
        return local

    def leaf(step: Step) -> str:
        if step.offset is not None:
            return _shifted(local, -step.offset)
        resumes = _literal(step.resumes or 0)
        return f"CASE WHEN {local} = date_trunc('day', {local}) THEN {resumes} END"

    return _tree(local, local_steps(zone), leaf)


def to_local(utc: str, zone: str) -> str:
    """SQL: what the clock of the zone showed at a UTC TIMESTAMP expression."""
    if zone == "UTC":
        return utc
    return _tree(utc, utc_steps(zone), lambda step: _shifted(utc, step.offset or 0))


def _offset(clock: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, clock).utcoffset() or timedelta()
    return int(offset.total_seconds())


def _transition(clock: ZoneInfo, before: int, after: int) -> int:
    old = _offset(clock, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(clock, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _literal(moment: int) -> str:
    return f"TIMESTAMP '{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}'"


def _shifted(value: str, seconds: int) -> str:
    return f"{value} + INTERVAL ({seconds}) SECOND" if seconds else value


def _tree(value: str, steps: tuple[Step, ...], leaf: Callable[[Step], str]) -> str:
    """A binary search over the steps, as nested CASE."""
    if len(steps) == 1:
        return leaf(steps[0])
    middle = len(steps) // 2
    low, high = _tree(value, steps[:middle], leaf), _tree(value, steps[middle:], leaf)
    return f"CASE WHEN {value} < {_literal(steps[middle].start)} THEN {low} ELSE {high} END"
