"""What would someone who cannot see a chart be told, and what is said of a contrast?"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import words
from dashboard.marks import Break
from dashboard.words import GRAIN_WORDS, Found, Result
from metrics.declare import Metric
from metrics.estimate import Estimate
from metrics.query import EffectReport

CONTRAST_LIMITS = (
    "Nobody drew lots over which visits were touched. Visits are compared with visits like them in one respect only; "
    "whatever else differs between the two kinds may still explain part of the difference."
)
NAIVE_LIMITS = (
    "Touched visits may be of another kind to begin with, so this difference can be wholly misleading. It is shown so "
    "that it is not mistaken for the answer."
)

DRAWN = 20  # groups in one chart; more cannot be read at a glance


def series(name: str, rows: Sequence[Result], grain: str, rollouts: Sequence[str] = ()) -> str:
    """First, latest, lowest and highest of a line, what the dashed lines mark, and what is not shown."""
    each = GRAIN_WORDS.get(grain, grain)
    seen = [row for row in rows if row.value is not None]
    if not seen:
        return f"No {'single week' if grain == 'week' else f'period of {each}'} can be shown. {hidden(rows)}".strip()
    first, last = seen[0], seen[-1]
    low, high = min(seen, key=_value), max(seen, key=_value)
    text = (
        f"{name} per {each}: {words.said(first)} in the first period shown (from {words.day(first.period)}), "
        f"{words.said(last)} in the latest (from {words.day(last.period)}). Lowest {words.said(low)} (from "
        f"{words.day(low.period)}), highest {words.said(high)} (from {words.day(high.period)})."
    )
    numbered = [f"{number}: {label}" for number, label in enumerate(rollouts, start=1)]
    marks = f" Dashed lines mark go-lives. {'; '.join(numbered)}." if numbered else " No go-live is recorded here."
    return f"{text}{marks} {hidden(rows)}".strip()


def changed(one: Break) -> str:
    """What a dotted line means."""
    what = f" ({one.says})" if one.says else ""
    return (
        f"Dotted line, v{one.version}: from {words.day(one.on)} on this is counted under version {one.version} of its "
        f"definition{what}; before and after are not counted alike."
    )


def groups(name: str, labelled: Sequence[tuple[str, Found]]) -> str:
    """Which group is lowest and highest, and are they told apart by their intervals?"""
    unseen = hidden([row for _, row in labelled])
    seen = [(label, row) for label, row in labelled if row.value is not None]
    if not seen:
        return f"No group can be shown. {unseen}".strip()
    low, high = min(seen, key=lambda pair: _value(pair[1])), max(seen, key=lambda pair: _value(pair[1]))
    if low is high:
        return f"{name}: {low[0]} {words.said(low[1])}. {unseen}".strip()
    apart = (high[1].low or 0) > (low[1].high or 0)
    verdict = "Their intervals do not overlap." if apart else "Their intervals overlap, so the order may be chance."
    text = f"Lowest: {low[0]}, {words.said(low[1])}. Highest: {high[0]}, {words.said(high[1])}. {verdict}"
    if len(labelled) > DRAWN:
        text += (
            f" Of {len(labelled)} groups the two ends always differ, partly by chance."
            f" The chart shows the {DRAWN // 2} lowest and the {DRAWN // 2} highest, the table all."
        )
    return f"{text} {unseen}".strip()


def extremes(labelled: Sequence[tuple[str, Found]]) -> list[tuple[str, Found]]:
    """Which groups fit into one chart? All, or the lowest and the highest in their usual order."""
    if len(labelled) <= DRAWN:
        return list(labelled)
    seen = sorted((pair for pair in labelled if pair[1].value is not None), key=lambda pair: _value(pair[1]))
    ends = [label for label, _ in (seen if len(seen) <= DRAWN else [*seen[: DRAWN // 2], *seen[-DRAWN // 2 :]])]
    return [pair for pair in labelled if pair[0] in ends]


def hidden(rows: Sequence[Found]) -> str:
    """How many values are not shown, and why, each reason once."""
    reasons: dict[str, int] = {}
    for row in rows:
        if row.value is None:
            text = row.reason or words.state(row.state).lower()
            reasons[text] = reasons.get(text, 0) + 1
    return " ".join(f"{words.count(n, 'value')} not shown: {text.rstrip('.')}." for text, n in reasons.items())


def survival(weeks: Sequence[int], share: Sequence[float], at_risk: Sequence[int]) -> str:
    """How many of a hundred are in care after 4, 12, 26 and 52 weeks, and how many were followed that far?"""
    found = dict(zip(weeks, zip(share, at_risk, strict=True), strict=True))
    parts = [
        f"{words.amount(found[week][0], 'share')} after {week} weeks ({found[week][1]:,} followed)"
        for week in (4, 12, 26, 52)
        if week in found
    ]
    end = "" if 52 in found else f" Nobody is followed past week {weeks[-1]}."
    return f"Still in care, or ended as planned: {words.listed(parts)}.{end}" if parts else end.strip()


def arms(compared: Sequence[tuple[str, Found, Found, bool]], name: str) -> str:
    """Within how many groups of like visits did the touched ones fare lower, and which cannot be compared?"""
    both = [(label, with_, without) for label, with_, without, comparable in compared if comparable]
    lower = [label for label, with_, without in both if _value(with_) < _value(without)]
    never = [label for label, _, _, comparable in compared if not comparable]
    text = f"The share is lower with {name} in {len(lower)} of {words.count(len(both), 'group')} that can be compared."
    return f"{text} Not comparable: {words.listed(never)}." if never else text


def contrast_title(component: str, metric: Metric) -> str:
    """The question a contrast answers."""
    name = words.component(component)
    if metric.event:
        return f"Are fewer {'slots' if metric.event == 'lost' else 'visits'} {metric.event} with {name}?"
    return f"Is the {words.lower_first(metric.name)} different with {name}?"


def contrast_answer(report: EffectReport, metric: Metric, name: str) -> str:
    """One sentence: like with like, were visits with it missed more or less often?"""
    found = report.adjusted
    if found.value is None or found.low is None or found.high is None:
        return f"This cannot be told. {words.sentence(found.reason)}"
    event = f"{metric.event} " if metric.event else ""
    size = f"{words.points(found.value)}, 95 % interval {words.points_range(found.low, found.high)}"
    if found.high < 0:
        return f"Compared like with like, visits with {name} are {event}less often: {size}."
    if found.low > 0:
        return f"Compared like with like, visits with {name} are {event}more often: {size}."
    return f"Compared like with like, no difference can be told from chance: {size}."


def difference(found: Estimate) -> tuple[str, str]:
    """A difference and its interval in percentage points, or the state and reason it has instead."""
    if found.value is None or found.low is None or found.high is None:
        return words.state(found.state), found.reason
    return words.points(found.value), f"95 % interval {words.points_range(found.low, found.high)}"


def _value(result: Found) -> float:
    return float("nan") if result.value is None else result.value
