"""What is shown of each line of a plan, when can more be told of it, and what would change the word?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from metrics.decided import CanTell, LineShown, LookShown, Span
from metrics.effects.answer import MetricEffect
from metrics.effects.declared import BURNOUT, CRISIS
from metrics.effects.gaps import EQUITY
from metrics.effects.looks import anytime_band
from metrics.effects.lookwords import ALPHA, LineLook, Watch
from metrics.effects.reading import LEVEL_Z, interval
from metrics.effects.snapshots import ahead_in
from metrics.effects.units import size_in_words, stored
from metrics.governing import Row
from metrics.plan import Plan
from metrics.registry import METRICS
from metrics.summary import said
from metrics.verdict import Finding, Interval, Role, Verdict, Word, aim_reached, worse_within_margin

_STANDS_FOR = {CRISIS: "crisis_contact", BURNOUT: "burnout", EQUITY: "no_show_rate"}
_QUESTIONS = {metric.key: metric.question for metric in METRICS}


def not_yet(plan: Plan, effects: Mapping[str, MetricEffect]) -> tuple[LineLook, ...]:
    """The plan's lines before the first look."""
    first = f"The first look is due on {plan.looks[0]}."
    wanted = [(plan.aim.metric, Role.AIM, plan.aim.gain, "")]
    wanted += [(one.metric, one.role, one.margin, one.owner) for one in plan.guardrails]
    found = []
    for metric, role, size, owner in wanted:
        effect = effects.get(metric)
        name, side, unit, harm = (
            (effect.name, effect.side, effect.unit, effect.harm) if effect else _plain(metric, plan)
        )
        watch = Watch(metric, name, side, unit, harm, role, stored(unit, size), owner)
        told = (None, None, None, None, None, False, Finding.CANNOT_SAY, None, False, first)
        found.append(LineLook(watch, *told))
    return tuple(found)


def _plain(metric: str, plan: Plan) -> tuple[str, str, str, int]:
    """Name, side, unit and direction of a metric no effect is known of: as they were when the plan was locked."""
    told = plan.facts.get("lines", {}).get(metric, {})
    return told.get("name", metric), told.get("side", ""), told.get("unit", "points"), int(told.get("harm", 1))


def shown(line: LineLook, snapshot: Row | None, plan: Plan, effect: MetricEffect | None) -> LineShown:
    """One line of the plan, as the last look left it and with what the newest release says."""
    watch, as_line = line.watch, line.as_line()
    worse, reached = worse_within_margin(as_line), aim_reached(as_line)
    finding = line.finding if snapshot else None
    reason = next((one.reason for one in plan.guardrails if one.metric == watch.metric), plan.aim.reason)
    return LineShown(
        metric=watch.metric,
        name=watch.name,
        question=_question(watch.metric),
        side=watch.side,
        unit=watch.unit,
        better="lower" if watch.harm > 0 else "higher",
        role=watch.role,
        margin=watch.margin,
        margin_words=size_in_words(watch.unit, watch.margin),
        margin_reason=reason,
        owner=watch.owner,
        harm=watch.harm,
        effect=effect,
        look=_look(line, snapshot) if snapshot else None,
        band=band(effect),
        finding=finding,
        said=said(finding, watch.role, worse=worse, reached=reached, reason=line.reason),
        reason=line.reason,
    )


def beside(effect: MetricEffect) -> LineShown:
    """A metric that is in no plan."""
    return LineShown(
        metric=effect.metric,
        name=effect.name,
        question=_question(effect.metric),
        side=effect.side,
        unit=effect.unit,
        better=effect.better,
        role=None,
        margin=None,
        margin_words="",
        margin_reason="",
        owner="",
        harm=effect.harm,
        effect=effect,
        look=None,
        band=band(effect),
        finding=None,
        said="not part of the plan",
        reason=effect.adjusted.reason,
    )


def _question(metric: str) -> str:
    """The question of the metric, or of the one it stands for."""
    plain = metric.partition(":")[0]
    return _QUESTIONS.get(_STANDS_FOR.get(plain, plain), "")


def band(effect: MetricEffect | None) -> Span | None:
    """Limits that hold however often they are read; None where there is no effect, or it cannot be foreseen."""
    if effect is None or effect.adjusted.value is None or effect.error is None or effect.freedom is None:
        return None
    if not effect.half_years:
        return None
    value = effect.adjusted.value
    low, high = interval(0.0, effect.error, effect.freedom)
    found = anytime_band(value, (high - low) / 2 / LEVEL_Z, share=effect.half_years, alpha=ALPHA)
    return Span(value, found.low, found.high)


def _look(line: LineLook, snapshot: Row) -> LookShown:
    told = (int(snapshot["look"]), snapshot["look_on"], line.share or 0.0, line.bound or 0.0, line.counted)
    return LookShown(*told, _turned_back(line, line.bound), _turned_back(line, line.halting_bound))


def _turned_back(line: LineLook, bound: float | None) -> Span | None:
    """The interval in the metric's own direction."""
    found: Interval | None = line.span(bound)
    if found is None:
        return None
    sides = sorted((-line.watch.harm * found.low, -line.watch.harm * found.high))
    return Span(-line.watch.harm * found.value, *sides)


def can_tell(lines: Sequence[LineShown], snapshot: Row | None, plan: Plan) -> tuple[CanTell, ...]:
    """When can more be told of the lines that cannot be told now?"""
    foreseen = {one.metric: one for one in ahead_in(snapshot)} if snapshot else {}
    found = []
    for line in lines:
        if line.finding in (Finding.PRESERVED, Finding.ENHANCED, Finding.UNDERMINED):
            continue
        one = foreseen.get(line.metric)
        found.append(CanTell(line.metric, line.name, one.on if one else None, _when(line, plan, one)))
    return tuple(found)


def _when(line: LineShown, plan: Plan, one: object) -> str:
    on, smallest = getattr(one, "on", None), getattr(one, "smallest", None)
    if on is not None:
        return f"{line.name}: if it goes on as now, the look of {on} can tell."
    if smallest is not None:
        least = size_in_words(line.unit, smallest)
        what = "gain" if line.role is Role.AIM else "loss"
        return f"{line.name}: on {plan.decision_on} a {what} of {least} can be told from none; a smaller one cannot."
    return f"{line.name}: {line.reason or 'no later look is planned.'}"


def would_change(
    verdict: Verdict, lines: Sequence[LineShown], snapshot: Row | None, coming: Sequence[date], *, unsafe: bool
) -> tuple[str, ...]:
    """What would change the word, and when? unsafe: a safety fact halts."""
    if unsafe:
        reach = (
            "Reach these patients (rapport follow-up writes down which signals), record the contact, and ingest again"
        )
        return (f"{reach}: the safety halt ends when no such signal is left. Then the last look stands.",)
    if snapshot is None:
        return (f"Nothing is judged before the first look, on {coming[0]}.",) if coming else ()
    later = f"at the next look, on {coming[0]}" if coming else "no more under this plan: its looks are over"
    if verdict.word is Word.INVALID:
        return ("What is broken must be mended first; then the last look stands again.",)
    if verdict.word is Word.HALT:
        return (
            "A halt stays under this plan. A change of the rollout is an intervention of its own, with its own plan.",
        )
    if verdict.word is Word.PROCEED:
        return (f"A guardrail undermined, or an aim no longer reached, {later}; a safety fact at any time.",)
    found = [f"{line.name}: {_needs(line)}, {later}." for line in lines if _keeps(line)]
    if any("second person must sign" in reason for reason in verdict.why):
        found.append("A second person's signature: rapport verdict sign --by NAME.")
    return tuple(found)


def _keeps(line: LineShown) -> bool:
    """Does this line keep the rollout from going on?"""
    if line.role is Role.AIM:
        return "is reached" not in line.said
    return line.role is Role.MUST_HOLD and line.finding not in (Finding.PRESERVED, Finding.ENHANCED)


def _needs(line: LineShown) -> str:
    if line.role is Role.AIM:
        return f"the gain must be shown, and be estimated at {line.margin_words} or more"
    return f"a loss of {line.margin_words} must be excluded"
