"""When can a plan's lines be told, if what is seen now goes on? From the design and the looks still to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from metrics.effects.interventions import Intervention
from metrics.effects.looks import obrien_fleming_looks
from metrics.effects.lookwords import ALPHA, LineLook, LookTaken, reading_on, share_on
from metrics.effects.panels import Panel
from metrics.plan import Plan
from metrics.verdict import Finding, Role


@dataclass(frozen=True)
class Ahead:
    """on: the first look to come at which the line would be shown, if the estimate stayed as it is; None: none in this
    plan. smallest: what can be told from none on the day of decision, in the metric's unit."""

    metric: str
    on: date | None
    smallest: float | None


def ahead(
    panels: Mapping[str, Panel],
    plan: Plan,
    change: Intervention,
    others: Sequence[Intervention],
    taken: Sequence[LookTaken],
) -> tuple[Ahead, ...]:
    """What the looks after the last one can show, a line each; nothing where there is no look to come."""
    last = taken[-1] if taken else None
    coming = plan.looks[last.number :] if last else ()
    if last is None or not coming:
        return ()
    return tuple(_of_line(line, panels, plan, change, others, taken, coming) for line in last.lines)


def _of_line(
    line: LineLook,
    panels: Mapping[str, Panel],
    plan: Plan,
    change: Intervention,
    others: Sequence[Intervention],
    taken: Sequence[LookTaken],
    coming: Sequence[date],
) -> Ahead:
    metric, panel = line.watch.metric, panels.get(line.watch.metric)
    nothing = Ahead(metric, None, None)
    if panel is None or line.value is None or line.error is None or line.share is None:
        return nothing
    day = taken[-1].on
    reading = reading_on(panel, plan, change, others, day)
    foreseen = [share_on(panel, plan, change, reading, when) for when in coming]
    future = [share for share in foreseen if share is not None]
    if len(future) < len(coming):
        return nothing
    past = [one.share for look in taken for one in look.lines if one.watch.metric == metric and one.share is not None]
    bounds = obrien_fleming_looks([*past, *future], 1.0, alpha=ALPHA)[len(past) :]
    turned = -line.watch.harm * line.value
    floor = 0.0 if line.watch.role is Role.AIM else -line.watch.margin
    errors = [line.error * (line.share / share) ** 0.5 for share in future]
    told = line.finding in (Finding.PRESERVED, Finding.ENHANCED)
    steps = zip(coming, bounds, errors, strict=True)
    on = next((when for when, look, error in steps if look.counted and turned - look.bound * error > floor), None)
    return Ahead(metric, None if told else on, bounds[-1].bound * errors[-1])
