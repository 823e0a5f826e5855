"""Which word does each planned look give? Pure: panels and a plan in, one word per look out.

A look uses what was known on its day. What a look has shown stays shown until a later one shows a harm; a harm stays.
A look with less than 2 % more information changes nothing. One metric's limits come from Lan and DeMets' spending of
O'Brien-Fleming's kind on information; where the day of decision was moved after the lock, from the band that may be
read at any time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from metrics.effects.answer import TUNED_WEEKS
from metrics.effects.design import Rollout
from metrics.effects.exposure import absent_weeks, expose
from metrics.effects.future import Precision, joint, precision
from metrics.effects.interventions import Intervention
from metrics.effects.looks import narrowest_mixing, obrien_fleming_looks
from metrics.effects.panels import Panel
from metrics.effects.reading import Reading, read
from metrics.effects.units import stored
from metrics.plan import Plan
from metrics.verdict import Finding, Foundation, Interval, Line, Role, Verdict, decide, finding

ALPHA = 0.04  # nominal, two-sided: measured errors of the looks at .05 are 3 to 7 %
_PROOF_ASSUMES = "It rests on the assumption about drift alone, so nothing may be built on it."


@dataclass(frozen=True)
class Watch:
    """One line of a plan, sizes in the metric's unit. harm: +1 where an increase does harm, -1 where a decrease."""

    metric: str
    name: str
    side: str
    unit: str
    harm: int
    role: Role
    margin: float
    owner: str = ""


@dataclass(frozen=True)
class LineLook:
    """One line at one look. error is the wide one (a normal interval at 95 % has these limits); bound and
    halting_bound: errors an effect must differ by; share: of the information of the day of decision."""

    watch: Watch
    value: float | None
    error: float | None
    share: float | None
    bound: float | None
    halting_bound: float | None
    counted: bool
    finding: Finding
    shown_at: int | None
    proves: bool
    reason: str

    def span(self, bound: float | None) -> Interval | None:
        """Turned so that positive is better; None where nothing can be said."""
        if self.value is None or self.error is None or bound is None or not math.isfinite(bound):
            return None
        value = -self.watch.harm * self.value
        return Interval(value, value - bound * self.error, value + bound * self.error)

    def as_line(self, *, judged: bool = False) -> Line:
        """For the verdict, with what has been shown so far; judged: by this look's interval alone."""
        watch, proof = self.watch, self.span(self.bound)
        reason = self.reason or ("" if proof else "Nothing can be concluded yet.")
        told = (watch.metric, watch.name, watch.side, watch.role, watch.margin, proof)
        return Line(*told, self.span(self.halting_bound), reason, watch.owner, None if judged else self.finding)


@dataclass(frozen=True)
class LookTaken:
    """One look: its number (from 1), its day, the verdict and the lines it came from."""

    number: int
    on: date
    verdict: Verdict
    lines: tuple[LineLook, ...]


def watches(plan: Plan, panels: Mapping[str, Panel]) -> tuple[Watch, ...]:
    """The plan's lines, the aim first. A metric the release knows nothing of keeps its key as its name."""
    aim = _watch(panels, plan.aim.metric, Role.AIM, plan.aim.gain, "")
    return (aim, *(_watch(panels, one.metric, one.role, one.margin, one.owner) for one in plan.guardrails))


def _watch(panels: Mapping[str, Panel], metric: str, role: Role, written: float, owner: str) -> Watch:
    panel = panels.get(metric)
    if panel is None:
        return Watch(metric, metric, "", "points", 1, role, written, owner)
    harm = 1 if panel.better == "lower" else -1
    return Watch(metric, panel.name, panel.side, panel.unit, harm, role, stored(panel.unit, written), owner)


def words(
    panels: Mapping[str, Panel],
    plan: Plan,
    change: Intervention,
    others: Sequence[Intervention] = (),
    *,
    until: date,
    taken: Sequence[LookTaken] = (),
    retrospective: bool = False,
    moved_end: bool = False,
) -> tuple[LookTaken, ...]:
    """Every look that is due by `until` (the first day not yet published) and was not taken before, in order.

    taken: the looks before, as they were said then. moved_end: the day of decision is not the one that was locked.
    Of the foundation only what belongs to the plan is judged here; safety facts and gates are the release's.
    """
    due = [(number, day) for number, day in enumerate(plan.looks, start=1) if number > len(taken) and day <= until]
    told = (plan, change, others, due)
    lines = [
        line_looks(watch, panels.get(watch.metric), *told, history=_history(watch, taken), moved_end=moved_end)
        for watch in watches(plan, panels)
    ]
    found = []
    for (number, day), line in zip(due, zip(*lines, strict=True), strict=True):
        verdict = decide([one.as_line() for one in line], Foundation(retrospective=retrospective))
        found.append(LookTaken(number, day, verdict, line))
    return tuple(found)


def line_looks(
    watch: Watch,
    panel: Panel | None,
    plan: Plan,
    change: Intervention,
    others: Sequence[Intervention],
    due: Sequence[tuple[int, date]],
    *,
    history: Sequence[LineLook] = (),
    moved_end: bool = False,
) -> tuple[LineLook, ...]:
    """One line at these looks (number and day), in order. history: at the looks before; no other line matters."""
    past, known = list(history), _Known(panel, plan, change, others)
    for look in due:
        past.append(_line(watch, known, look, past, moved_end=moved_end))
    return tuple(past[len(history) :])


class _Known:
    """What is known of one line on each day; between two days with no new period nothing is worked out again."""

    def __init__(self, panel: Panel | None, plan: Plan, change: Intervention, others: Sequence[Intervention]) -> None:
        self.panel, self.told = panel, (plan, change, others)
        self._found: tuple[tuple[int, ...], Reading, float | None] | None = None

    def on(self, panel: Panel, day: date) -> tuple[Reading, float | None]:
        """The reading, and its share of the information of the day of decision (None: cannot be foreseen)."""
        week = panel.week_of(day)
        sides = (panel.cells,) if panel.against is None else (panel.cells, panel.against)
        cells = tuple(int((side["week"] + panel.period_weeks <= week).sum()) for side in sides)
        if self._found is None or self._found[0] != cells:
            plan, change, _ = self.told
            reading = reading_on(panel, *self.told, day)
            said = reading.value is not None and reading.wide_error is not None
            self._found = cells, reading, share_on(panel, plan, change, reading, None) if said else None
        return self._found[1:]


def _history(watch: Watch, taken: Sequence[LookTaken]) -> list[LineLook]:
    return [line for look in taken for line in look.lines if line.watch.metric == watch.metric]


def reading_on(panel: Panel, plan: Plan, change: Intervention, others: Sequence[Intervention], day: date) -> Reading:
    """The effect as it was known on a day."""
    return read(expose(panel.until(panel.week_of(day)), change, others), plan.design)


def _line(
    watch: Watch, known: _Known, look: tuple[int, date], history: Sequence[LineLook], *, moved_end: bool
) -> LineLook:
    number, day = look
    last, panel, (plan, change, _) = history[-1] if history else None, known.panel, known.told
    if panel is None or panel.start is None:
        return _silent(watch, last, panel.reason if panel else "The release holds nothing of this metric.")
    reading, share = known.on(panel, day)
    if reading.value is None or reading.wide_error is None:
        return _silent(watch, last, reading.reason, reading)
    if share is None:
        return _silent(watch, last, "How much is still to come cannot be foreseen.", reading)
    tuned = _tuned(panel, plan, change, reading, share) if moved_end else None
    return _judged(watch, reading, history, share, tuned, len(plan.guardrails), number)


def _silent(watch: Watch, last: LineLook | None, reason: str, reading: Reading | None = None) -> LineLook:
    """Nothing can be said at this look: what a harm has shown stays, nothing else does."""
    said = Finding.UNDERMINED if last and last.finding is Finding.UNDERMINED else Finding.CANNOT_SAY
    shown_at = last.shown_at if last and said is Finding.UNDERMINED else None
    return LineLook(
        watch, None, None, None, None, None, False, said, shown_at, bool(reading and reading.proves), reason
    )


def _tuned(panel: Panel, plan: Plan, change: Intervention, reading: Reading, share: float) -> float:
    """Information in the cells of a reading, of that 26 weeks after go-live."""
    tuned_on = min(plan.go_live.values()) + timedelta(weeks=TUNED_WEEKS)
    then = share_on(panel, plan, change, reading, tuned_on)
    return share if then is None else share / then


def share_on(panel: Panel, plan: Plan, change: Intervention, reading: Reading, when: date | None) -> float | None:
    """How much of the information of the day of decision is in on a day, or in the cells of the reading (None)?

    From the design of the reading's model: it knows nothing of the effect.
    """
    starts = {site: start or plan.go_live.get(site) for site, start in change.starts.items()}
    planned = replace(change, starts=starts)
    on_the_day, end = (_foreseen(panel, planned, reading, day) for day in (when, plan.decision_on))
    if on_the_day is None or end is None:
        return None
    return min(on_the_day.information / end.information, 1.0)


def _foreseen(panel: Panel, change: Intervention, reading: Reading, when: date | None) -> Precision | None:
    absent = absent_weeks(panel, change)  # what may come of other components is not foreseen
    parts = []
    for model in reading.models:
        cells = model.design.cells
        weeks = {
            site: None if (day := change.starts.get(site)) is None else panel.week_of(day)
            for site in dict.fromkeys(cells["site"])
        }
        rollout = Rollout(weeks, period_weeks=panel.period_weeks)
        until = int(cells["week"].max()) + panel.period_weeks if when is None else panel.week_of(when)
        parts.append(precision(model, rollout, panel.priors, until, absent))
    return joint(parts)


def _judged(
    watch: Watch,
    reading: Reading,
    history: Sequence[LineLook],
    share: float,
    tuned: float | None,
    guardrails: int,
    number: int,
) -> LineLook:
    """tuned: where the day of decision was moved; the band that may be read at any time then takes the looks' place."""
    shares = [line.share for line in history if line.share is not None]
    bound, counted = _bound(shares, share, tuned, ALPHA)
    halting, _ = _bound(shares, share, tuned, ALPHA / max(guardrails, 1))
    told = (watch, reading.value, reading.wide_error, share, bound, halting, counted)
    fresh = LineLook(*told, Finding.CANNOT_SAY, None, reading.proves, "" if reading.proves else _PROOF_ASSUMES)
    last = history[-1] if history else None
    found = _finding(fresh) if counted else Finding.CANNOT_SAY
    if last and _stays(last.finding, found):
        return replace(fresh, finding=last.finding, shown_at=last.shown_at)
    return replace(fresh, finding=found, shown_at=None if found is Finding.CANNOT_SAY else number)


def _finding(fresh: LineLook) -> Finding:
    """What this look shows by itself. Where the answer rests on an assumption alone, only a harm can be shown."""
    told = finding(fresh.as_line(judged=True))
    return told if fresh.proves or told is Finding.UNDERMINED else Finding.CANNOT_SAY


_STRENGTH = (Finding.CANNOT_SAY, Finding.PRESERVED, Finding.ENHANCED)


def _stays(before: Finding, now: Finding) -> bool:
    """Does what was shown before stand? A harm always; else unless a harm, or as much or more, is shown now."""
    if before is Finding.UNDERMINED or now is Finding.UNDERMINED:
        return before is Finding.UNDERMINED
    return _STRENGTH.index(before) > _STRENGTH.index(now)


def _bound(shares: Sequence[float], share: float, tuned: float | None, alpha: float) -> tuple[float, bool]:
    """By how many errors must an effect differ at this look, and does the look count?"""
    if tuned is not None:
        x = tuned * narrowest_mixing(alpha)
        return math.sqrt((1 + 1 / x) * math.log((1 + x) / alpha**2)), True
    look = obrien_fleming_looks([*shares, share], 1.0, alpha=alpha)[-1]
    return look.bound, look.counted
