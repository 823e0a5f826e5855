"""What can a plan tell, when, and with what chance? From the practice's own history, before anybody goes live.

Per line: the smallest harm that can be excluded on the day of decision, months until the margin can be excluded, the
chance that it is if nothing changed, and the chance that a harm of twice the margin is seen. For the plan: by how much
its go-live dates inflate the variance, whether others are better, and the chance of PROCEED.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scipy import stats

from metrics.effects.chances import Foreseen, chance_to_halt, chances_to_proceed, power
from metrics.effects.courses import Courses, courses
from metrics.effects.dates import WORTH_IT, Dates, best, candidates
from metrics.effects.future import Precision
from metrics.effects.history import History
from metrics.effects.interventions import Intervention
from metrics.effects.looks import obrien_fleming_looks
from metrics.effects.lookwords import ALPHA
from metrics.effects.panels import Panel
from metrics.effects.units import stored
from metrics.plan import Plan
from metrics.verdict import Role

MUST_HOLD_POWER = 0.95
USUAL_POWER = 0.80
MONTHS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 21, 24, 30, 36)
WEEKS_A_MONTH = 52 / 12


@dataclass(frozen=True)
class Outlook:
    """What can be foreseen of one line; sizes in the metric's unit. reason: why nothing can.

    smallest: the harm (aim: gain) that is told from none with 80 % chance on the day of decision; months: after the
    first go-live, until the margin can be excluded so; chance: that it is shown by the day of decision if nothing
    changed (aim: if the gain expected comes); chance_twice: that a harm of twice the margin halts; inflation: of the
    variance by drift and season at these dates.
    """

    metric: str
    name: str
    side: str
    unit: str
    harm: int
    role: Role
    margin: float
    smallest: float | None
    months: int | None
    chance: float
    chance_twice: float
    inflation: float | None
    errors: tuple[float | None, ...]
    courses: Courses | None
    proves: bool
    reason: str

    @property
    def must_hold(self) -> bool:
        """Can it be proven at this size by the day of decision?"""
        return self.proves and self.chance >= MUST_HOLD_POWER

    @property
    def foreseen(self) -> Foreseen:
        return Foreseen(self.metric, self.role, self.margin, self.errors, self.courses, self.proves)


@dataclass(frozen=True)
class Forecast:
    """Of the whole plan: its lines (aim first) and the chance of PROCEED if nothing is harmed and the aim gains what is
    expected; at_gain: the same for other true gains, in the metric's unit, its errors as at the gain expected."""

    lines: tuple[Outlook, ...]
    proceed: float
    at_gain: tuple[tuple[float, float], ...]

    def of(self, metric: str) -> Outlook | None:
        return next((line for line in self.lines if line.metric == metric), None)


Progress = Callable[[str, float | None], None]


def _quiet(step: str, share: float | None) -> None:
    """Says nothing."""


def forecast(
    panels: Mapping[str, Panel], plan: Plan, known: Sequence[Intervention] = (), progress: Progress = _quiet
) -> Forecast:
    """What can this plan tell? Roles are as the plan says; `Outlook.must_hold` says what could be proven.

    known: every intervention of the release: what other components did, and which weeks an earlier version had.
    """
    wanted = [
        (plan.aim.metric, Role.AIM, plan.aim.gain),
        *((one.metric, one.role, one.margin) for one in plan.guardrails),
    ]
    lines = []
    for at, (metric, role, size) in enumerate(wanted):
        progress("Looking ahead", at / len(wanted))
        lines.append(outlook(panels.get(metric), metric, role, size, plan, known))
    return _of(lines, plan)


def with_roles(told: Forecast, plan: Plan) -> Forecast:
    """The same lines in other roles: those of this plan, which differs in nothing else."""
    roles = {one.metric: one.role for one in plan.guardrails}
    return _of([replace(line, role=roles.get(line.metric, line.role)) for line in told.lines], plan)


def _of(lines: Sequence[Outlook], plan: Plan) -> Forecast:
    aim = lines[0]
    gains = (aim.margin, 1.5 * aim.margin, 2 * aim.margin)
    expected = stored(aim.unit, plan.aim.expected)
    chances = [0.0] * 4
    if {"trust", "safety"} <= {line.side for line in lines[1:] if line.role is Role.MUST_HOLD}:
        chances = list(chances_to_proceed(aim.foreseen, [line.foreseen for line in lines[1:]], (*gains, expected)))
    *at_gain, proceed = chances
    return Forecast(tuple(lines), proceed, tuple(zip(gains, at_gain, strict=True)))


def outlook(
    panel: Panel | None, metric: str, role: Role, size: float, plan: Plan, known: Sequence[Intervention]
) -> Outlook:
    """What can be foreseen of one line of a plan."""
    looks = len(plan.looks)
    if panel is None:
        return _nothing(
            metric, metric, "", "points", 1, role, size, "The release holds nothing of this metric.", looks=looks
        )
    harm, margin = (1 if panel.better == "lower" else -1), stored(panel.unit, size)
    told = (metric, panel.name, panel.side, panel.unit, harm, role, margin)
    history = History.of(panel, plan, known)
    if history.reason:
        return _nothing(*told, history.reason, looks=looks)
    true = stored(panel.unit, plan.aim.expected) if role is Role.AIM else 0.0
    ahead = [history.on(day, -harm * true) for day in plan.looks]
    errors, last = tuple(_error(found) for found in ahead), ahead[-1]
    if last is None:
        return _nothing(*told, "On the day of decision drift and season cannot be told from an effect.", looks=looks)
    reported = courses(history.models, [found.models for found in ahead if found], abs(history.slope))
    line = Foreseen(metric, role, margin, errors, reported, history.proves)
    bound = _last_bound(errors)
    guards = len(plan.guardrails)
    return Outlook(
        *told,
        smallest=(bound + float(stats.norm.ppf(USUAL_POWER))) * last.wide_error,
        months=_months(history, plan, bound, margin),
        chance=power(line, guards, true=true),
        chance_twice=chance_to_halt(line, guards, true=-2 * margin) if role is not Role.AIM else 0.0,
        inflation=last.inflation,
        errors=errors,
        courses=reported,
        proves=history.proves,
        reason="" if history.proves else "It would rest on the assumption about drift: under 78 weeks before go-live.",
    )


def _nothing(
    metric: str, name: str, side: str, unit: str, harm: int, role: Role, margin: float, reason: str, *, looks: int
) -> Outlook:
    told = (metric, name, side, unit, harm, role, margin)
    return Outlook(*told, None, None, 0.0, 0.0, None, looks * (None,), None, proves=False, reason=reason)


def _last_bound(errors: Sequence[float | None]) -> float:
    known = [error**-2 for error in errors if error]
    return obrien_fleming_looks(known, known[-1], alpha=ALPHA)[-1].bound


def _months(history: History, plan: Plan, bound: float, margin: float) -> int | None:
    """The first of MONTHS after the first go-live at which the margin can be excluded with 80 % chance."""
    first = min(plan.go_live.values())
    for months in MONTHS:
        error = _error(history.on(first + timedelta(weeks=round(months * WEEKS_A_MONTH))))
        if error and (bound + float(stats.norm.ppf(USUAL_POWER))) * error <= margin:
            return months
    return None


def _error(found: Precision | None) -> float | None:
    return found.wide_error if found else None


def better_dates(
    panel: Panel | None, plan: Plan, known: Sequence[Intervention], earliest: date
) -> tuple[Dates | None, Dates | None]:
    """(the dates planned, better ones if there are any worth moving for): by the error of the aim's effect."""
    if panel is None or panel.cells.empty:
        return None, None
    sizes = {str(site): float(n) for site, n in panel.cells.groupby("site")["n"].mean().items()}
    own = _dates("as planned", plan, panel, known)
    if min(plan.go_live.values()) < earliest:
        return own, None
    tried = [_dates(says, each, panel, known) for says, each in candidates(plan, sizes, earliest)]
    found = best([one for one in tried if one is not None])
    worth = found is not None and (own is None or found.error < WORTH_IT * own.error)
    return own, found if worth else None


def _dates(says: str, plan: Plan, panel: Panel, known: Sequence[Intervention]) -> Dates | None:
    history = History.of(panel, plan, known)
    found = None if history.reason else history.on(plan.decision_on)
    return Dates(plan.go_live, plan.decision_on, found.wide_error, found.inflation, says) if found else None
