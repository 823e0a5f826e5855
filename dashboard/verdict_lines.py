"""How is each metric of a verdict laid out: in the picture, as one line with all that is behind it, and as a table?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dashboard import change, forest, parts, words
from dashboard.forest import Row, Turned
from dashboard.layout import View
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics.decided import LineShown
from metrics.effects.answer import MetricEffect
from metrics.effects.units import stored
from metrics.plan import DEFAULT_AIM, DEFAULTS
from metrics.registry import METRICS
from metrics.verdict import Role

IMPROVES = ("access", "money")
TITLES = ("What it was to improve", "What it must not cost")
HEADINGS = (
    "Metric",
    "Finding",
    "Adjusted effect",
    "Before and after, as it looks",
    "Margin",
    "At the last look",
    "Design",
)
LIMITS = (
    "Nobody drew lots over where or when it went live. Whatever else changed at those sites in those weeks, and at no "
    "other site, cannot be told from it."
)
NO_LINE = (
    "No effect is worked out yet. Effects are worked out at each `rapport ingest`, from 8 weeks after a go-live on."
)
KEYS = (("grey", "a loss the plan refuses", False), ("dash", "the gain the plan wants", True))
_DECLARED = {metric.key: metric for metric in METRICS}
_SIZES = {one.metric: one.margin for one in DEFAULTS} | {DEFAULT_AIM[0]: DEFAULT_AIM[1]}


def picture(
    title: str, lines: Sequence[LineShown], *, key: str, by_rollout: bool = False, told: Sequence[LineShown] = ()
) -> Piece:
    """Trust against efficiency in one picture: every line that can be told, right is better."""
    drawable = [
        line for line in (told or lines) if _scale(line) is not None and (change.known(line) or _has_look(line))
    ]
    groups = [
        (title, [_row(line, by_rollout=by_rollout) for line in drawable if (line.side in IMPROVES) == (at == 0)])
        for at, title in enumerate(TITLES)
    ]
    groups = [(title, rows) for title, rows in groups if rows]
    drawn = forest.build_forest(groups) if groups else None
    shown = table(lines, by_rollout=by_rollout)
    said = of_rollouts(lines) if by_rollout else summary(lines)
    return parts.figure(title, drawn, said, shown, key=key, keys=_keys(drawable))


def ordered(lines: Iterable[LineShown]) -> tuple[LineShown, ...]:
    """What it was to improve first, then what it must not cost; within each as they come."""
    return tuple(sorted(lines, key=lambda line: line.side not in IMPROVES))


def of_rollouts(lines: Sequence[LineShown]) -> str:
    """Which rollout moved what, and of how many pairs nothing can be said?"""
    named = [replace(line, name=_name(line, by_rollout=True)) for line in lines]
    better, worse, unclear, never = _told_apart(named)
    said = [
        f"Better, by the adjusted effect: {'; '.join(better)}." if better else "None is shown to be better.",
        f"Worse: {'; '.join(worse)}." if worse else "",
        f"{words.count(len(unclear), 'effect')} cannot be told from no change." if unclear else "",
        f"{words.count(len(never), 'effect')} cannot be worked out (reasons in the table)." if never else "",
    ]
    return " ".join(part for part in said if part)


def of_groups(gaps: Sequence[LineShown]) -> str:
    """Did the gap between a group of patients and all others change?"""
    better, worse, unclear, never = _told_apart(gaps)
    said = [
        f"The gap between {words.count(len(gaps), 'group')} of patients and all others in visits missed:",
        f"narrower for {words.listed(better)};" if better else "narrower for none;",
        f"wider for {words.listed(worse)}." if worse else "wider for none that can be told from chance.",
        f"Cannot be told for {len(unclear)}." if unclear else "",
        f"No effect can be worked out for {len(never)}." if never else "",
    ]
    return change.plain(" ".join(part for part in said if part))


def table(lines: Sequence[LineShown], *, by_rollout: bool = False) -> Table:
    """One line a metric: what the picture shows, in words."""
    return Table(HEADINGS, tuple(_cells(line, by_rollout=by_rollout) for line in lines))


def summary(lines: Sequence[LineShown]) -> str:
    """What the picture shows, in words: what got better, what got worse, what cannot be told."""
    if not lines:
        return NO_LINE
    better, worse, unclear, never = _told_apart(lines)
    told = (
        ("Better, by the adjusted effect", better),
        ("Worse", worse),
        ("Cannot be told from no change", unclear),
        ("No effect can be worked out", never),
    )
    said = [f"{title}: {words.listed(list(dict.fromkeys(names)))}." for title, names in told if names]
    return f"{' '.join(said)} Each line is drawn in its own margin, better to the right."


def _told_apart(lines: Sequence[LineShown]) -> tuple[list[str], list[str], list[str], list[str]]:
    """The names of the lines that got better, got worse, cannot be told from no change, and have no effect."""
    found: tuple[list[str], list[str], list[str], list[str]] = ([], [], [], [])
    for line in lines:
        effect = line.effect
        if effect is None or effect.adjusted.low is None or effect.adjusted.high is None:
            found[3].append(line.name)
            continue
        low, high = sorted((-line.harm * effect.adjusted.low, -line.harm * effect.adjusted.high))
        found[0 if low > 0 else 1 if high < 0 else 2].append(line.name)
    return found


def _keys(lines: Sequence[LineShown]) -> dict[str, str]:
    """What the shades of the picture mean; its marks are in the picture's own legend."""
    aims = {line.role is Role.AIM for line in lines if line.margin is not None}
    return {mark: text for mark, text, aim in KEYS if aim in aims}


def listing(lines: Sequence[LineShown], view: View) -> str:
    """One line a metric: role and margin, finding, adjusted and naive, and behind it everything else."""
    return f'<div class="rp-rows">{"".join(_html(line, view) for line in lines)}</div>'


def _html(line: LineShown, view: View) -> str:
    """Name and margin; the finding with the adjusted effect; what it looks like, and what the last look saw."""
    look = change.span(line.look.proof, line.unit) if line.look else ""
    pairs = [("As it looks", _said(line, "naive")), ("Last look", look)]
    beside = "".join(f"<dt>{term}</dt><dd>{parts.escaped(text)}</dd>" for term, text in pairs if text)
    first, *rest = _headline(line)
    return (
        f'<section class="rp-row"><div><h3>{parts.escaped(change.plain(line.name))}</h3>'
        f'<div class="rp-small">{parts.escaped(_for_what(line))}</div></div>'
        f"<div><b>{parts.escaped(first)}</b>{''.join(_small(text) for text in rest)}</div>"
        f'<dl class="rp-small">{beside}</dl>'
        f"{parts.more('How it was worked out, and what it cannot tell', _behind(line, view))}</section>"
    )


def _for_what(line: LineShown) -> str:
    return "In no plan" if line.role is None else f"{change.role(line)}. {change.margin(line)}."


def _headline(line: LineShown) -> list[str]:
    """What is to be read first of a line: its finding where a plan asks for one, else what changed."""
    effect = line.effect
    reason = effect.adjusted.reason if effect is not None and not change.known(line) else ""
    told = [] if line.role is None else [change.plain(change.finding(line))]
    return [*told, f"Adjusted: {_said(line, 'adjusted')}", change.plain(words.sentence(reason))]


def _small(text: str) -> str:
    return f'<div class="rp-small">{parts.escaped(text)}</div>' if text else ""


def _said(line: LineShown, which: str) -> str:
    return change.CANNOT if line.effect is None else change.said(getattr(line.effect, which), line.unit)


def _behind(line: LineShown, view: View) -> list[tuple[str, str]]:
    """Everything that stands behind a line."""
    metric, effect = _DECLARED.get(line.metric), line.effect
    pairs = [
        ("Question", line.question),
        ("What is counted", words.definition(metric, view.release) if metric else ""),
        ("Left out", words.plain(metric.exclusions, view.release) if metric else ""),
    ]
    if effect is not None:
        pairs += _of_effect(line, effect, view)
    look = line.look
    if look is not None:
        counted = "" if look.counted else " Too little was new, so what was said before stands."
        share = f"{100 * look.share:.0f} % of what the plan will know"
        told = change.span(look.proof, line.unit) or change.CANNOT
        pairs.append(
            ("At the last look", f"Look {look.number} on {words.day(look.on)}: {told}, with {share}.{counted}")
        )
    if line.band is not None:
        pairs.append(("Between looks", f"{change.span(line.band, line.unit)}; may be read as often as you like"))
    limits = f"{LIMITS} {words.plain(metric.limits, view.release)}" if metric else LIMITS
    return [*pairs, ("Why this margin", words.sentence(line.margin_reason)), ("What it cannot tell", limits)]


def _of_effect(line: LineShown, effect: MetricEffect, view: View) -> list[tuple[str, str]]:
    beside = [f"{one.name}: {change.said(one.estimate, line.unit)} ({one.about})" for one in effect.companions]
    steps = [f"weeks {weeks} since go-live: {change.said(found, line.unit)}" for weeks, found in effect.by_weeks]
    checks, unpenalised = effect.checks, change.said(effect.unpenalised, line.unit)
    seen = f"{effect.weeks_before} weeks before and {effect.weeks_after} after go-live"
    placebos = f"{checks.placebos_seen} of {checks.placebos} made-up go-live days showed an effect" if checks else ""
    return [
        ("Period", f"{seen}; {effect.adjusted.n:,} counted"),
        ("From", f"Release {view.release.id}, all sites it went live at and those it did not"),
        ("Design, and why", f"{change.design(effect.design)}. {change.plain(words.sentence(effect.why))}"),
        ("Since go-live", "; ".join(steps)),
        ("As a ratio", _ratio(effect)),
        ("Without assumptions", unpenalised if unpenalised != change.CANNOT else ""),
        ("Looked at otherwise", change.plain("; ".join(beside))),
        ("What the interval knows", change.plain("; ".join(effect.terms))),
        ("Checks", placebos),
        ("Keep in mind", change.plain(" ".join(effect.labels))),
    ]


def _ratio(effect: MetricEffect) -> str:
    found = effect.ratio
    if found.value is None or found.low is None or found.high is None:
        return ""
    return f"× {found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def _cells(line: LineShown, *, by_rollout: bool) -> tuple[str, ...]:
    look = line.look
    effect = line.effect
    name = _name(line, by_rollout=by_rollout)
    reason = f". {effect.adjusted.reason}" if effect is not None and not change.known(line) else ""
    return (
        name if line.role is None else f"{name} ({words.lower_first(change.role(line))})",
        change.plain(f"{change.finding(line)}{reason}"),
        _said(line, "adjusted"),
        _said(line, "naive"),
        change.margin(line),
        f"{change.span(look.proof, line.unit) or change.CANNOT}, look {look.number}" if look else "—",
        change.design(effect.design) if effect is not None else "—",
    )


def _name(line: LineShown, *, by_rollout: bool) -> str:
    """The metric, and the rollout where a picture holds several."""
    effect, name = line.effect, change.plain(line.name)
    return (
        f"{name}: {change.rollout(effect.component, effect.intervention)}"
        if by_rollout and effect is not None
        else name
    )


def _row(line: LineShown, *, by_rollout: bool) -> Row:
    scale, effect = _scale(line) or 1.0, line.effect
    name = _name(line, by_rollout=by_rollout)
    if line.role is not None:
        name = f"{name} ({words.lower_first(change.role(line))})"

    def turned(found: object) -> Turned | None:
        value, low, high = (getattr(found, part, None) for part in ("value", "low", "high"))
        if value is None or low is None or high is None:
            return None
        ends = sorted((-line.harm * low / scale, -line.harm * high / scale))
        return Turned(-line.harm * value / scale, *ends)

    adjusted, naive = (effect.adjusted, effect.naive) if effect is not None else (None, None)
    look = line.look.proof if line.look else None
    wanted = None if line.margin is None else line.role is Role.AIM
    told = change.CANNOT
    if effect is not None and effect.adjusted.value is not None:
        told = change.said(effect.adjusted, line.unit, level="")
    return Row(name, told, turned(adjusted), turned(naive), turned(look), wanted)


def _has_look(line: LineShown) -> bool:
    return line.look is not None and line.look.proof is not None


def _scale(line: LineShown) -> float | None:
    """In what is the line measured? Its margin; without a plan the margin plans begin with."""
    if line.margin is not None:
        return line.margin
    key = line.metric.partition(":")[0]
    if key in _SIZES:
        return stored(line.unit, _SIZES[key])
    metric = _DECLARED.get(key)
    return metric.margin if metric is not None else None
