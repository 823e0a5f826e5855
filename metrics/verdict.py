"""Proceed, hold, halt or invalid? One word for a rollout, from lines that were decided on before it began.

Inconclusive never means proceed. The order is fixed: a safety fact, a broken foundation, a guardrail undermined, then
everything else that keeps us from proceeding. The words are no stronger than the numbers (DESIGN: effects and verdict).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """The one word, in order of precedence."""

    HALT = "HALT"
    INVALID = "INVALID"
    HOLD = "HOLD"
    PROCEED = "PROCEED"


class Finding(StrEnum):
    """What one metric's interval says of the rollout."""

    ENHANCED = "enhanced"
    PRESERVED = "preserved"
    UNDERMINED = "undermined"
    CANNOT_SAY = "cannot say"


class Role(StrEnum):
    """What a line is for. watched: it can halt, and cannot be proven at this size; a named person watches it."""

    AIM = "aim"
    MUST_HOLD = "must hold"
    WATCHED = "watched"


@dataclass(frozen=True)
class Interval:
    """An effect's limits, turned so that positive is better; in the metric's unit."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError("an interval holds its value: low <= value <= high")


@dataclass(frozen=True)
class Line:
    """One metric of the plan at one look.

    margin: the loss we refuse (for a guardrail), or the gain we want (for the aim); above 0, in the metric's unit.
    proof: the interval at the level one guardrail is proven at (all must pass, so no correction). halting: the interval
    at the level shared out over all guardrails, because any one of them halts. None with a reason: cannot say.
    side: trust, outcome, safety, staff, money, fairness or access. owner: who watches a watched guardrail.
    shown: what a planned look has shown, which stays shown until a later one shows a harm; None: judge the interval.
    """

    metric: str
    name: str
    side: str
    role: Role
    margin: float
    proof: Interval | None
    halting: Interval | None = None
    reason: str = ""
    owner: str = ""
    shown: Finding | None = None

    def __post_init__(self) -> None:
        if self.margin <= 0:
            raise ValueError(f"{self.metric}: a margin is the size of a change and above 0; write {abs(self.margin)}.")
        if self.proof is None and not self.reason:
            raise ValueError(f"{self.metric}: what cannot be said has a reason.")
        if self.role is Role.WATCHED and not self.owner:
            raise ValueError(f"{self.metric}: a watched guardrail has a named owner.")


@dataclass(frozen=True)
class Foundation:
    """What the verdict stands on besides effects.

    safety: facts that halt at once, in words. broken: gates, response floors or plan rules that are broken, in words.
    retrospective: the plan was locked after go-live. look: is this a planned look? signed_by: the second person.
    """

    safety: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    retrospective: bool = False
    look: bool = True
    signed_by: str = ""


@dataclass(frozen=True)
class Verdict:
    """The word with everything that must be said beside it. `findings`: per metric, in the order of the lines."""

    word: Word
    sentence: str
    why: tuple[str, ...]
    findings: tuple[tuple[str, Finding], ...]
    watched: tuple[str, ...]
    retrospective: bool


def finding(line: Line) -> Finding:
    """Enhanced, preserved, undermined or cannot say?

    enhanced: low > 0; preserved: -margin < low <= 0; undermined: low <= -margin, and even the upper limit at the
    halting level is below 0; else cannot say. For the aim, enhanced means low > 0.
    """
    if line.shown is not None:
        return line.shown
    if line.proof is None:
        return Finding.CANNOT_SAY
    halting = line.halting or line.proof
    if line.proof.low <= -line.margin and halting.high < 0:
        return Finding.UNDERMINED
    if line.proof.low > 0:
        return Finding.ENHANCED
    return Finding.PRESERVED if line.proof.low > -line.margin else Finding.CANNOT_SAY


def worse_within_margin(line: Line) -> bool:
    """Is it worse, though by less than the loss we refuse? Preserved, and said all the same."""
    return finding(line) is Finding.PRESERVED and line.proof is not None and line.proof.high < 0


def aim_reached(line: Line) -> bool:
    """Is the gain shown to be there (enhanced), and the gain wanted reached by the estimate?"""
    return line.proof is not None and finding(line) is Finding.ENHANCED and line.proof.value >= line.margin


def decide(lines: Sequence[Line], foundation: Foundation) -> Verdict:
    """Which word? Safety, the foundation, a guardrail undermined, then hold; proceed only where nothing is left.

    Raises ValueError where there is not exactly one aim, or a metric stands there twice.
    """
    _check(lines)
    findings = tuple((line.metric, finding(line)) for line in lines)
    guards = [line for line in lines if line.role is not Role.AIM]
    watched = tuple(f"{line.name} ({line.owner})" for line in guards if line.role is Role.WATCHED)
    undermined = [line for line in guards if finding(line) is Finding.UNDERMINED]
    reasons = tuple(_reasons_to_hold(lines, foundation))
    if foundation.safety:
        word, why = Word.HALT, foundation.safety
    elif foundation.broken:
        word, why = Word.INVALID, foundation.broken
    elif undermined:
        word, why = Word.HALT, tuple(_undermined(line) for line in undermined)
    elif reasons:
        word, why = Word.HOLD, reasons
    else:
        word, why = Word.PROCEED, tuple(_kept(line) for line in lines if line.role is not Role.WATCHED)
    return Verdict(word, _sentence(word, watched, foundation), why, findings, watched, foundation.retrospective)


def _check(lines: Sequence[Line]) -> None:
    if sum(line.role is Role.AIM for line in lines) != 1:
        raise ValueError("A plan has exactly one aim.")
    if len({line.metric for line in lines}) != len(lines):
        raise ValueError("A metric stands twice in the plan.")


def _reasons_to_hold(lines: Sequence[Line], foundation: Foundation) -> list[str]:
    """Everything that keeps a rollout from going on, in words; empty = nothing does."""
    found = []
    if not foundation.look:
        found.append("This is no planned look: the word changes only at looks.")
    for line in lines:
        said = finding(line)
        if line.role is Role.AIM and not aim_reached(line):
            found.append(_aim_missed(line))
        elif line.role is Role.MUST_HOLD and said not in (Finding.ENHANCED, Finding.PRESERVED):
            found.append(f"{line.name}: cannot say. {line.reason or 'A loss beyond the margin is not excluded.'}")
    sides = {line.side for line in lines if line.role is Role.MUST_HOLD}
    found += [f"No guardrail on {side} must hold in this plan." for side in ("trust", "safety") if side not in sides]
    watched = [line for line in lines if line.role is Role.WATCHED]
    if not found and watched and not foundation.signed_by:
        found.append("Guardrails are only watched, so a second person must sign before this can be PROCEED.")
    return found


def _aim_missed(line: Line) -> str:
    if line.proof is None:
        return f"Aim, {line.name}: cannot say. {line.reason}"
    if finding(line) is not Finding.ENHANCED:
        return f"Aim, {line.name}: not shown to be better."
    return f"Aim, {line.name}: better, and less so than was aimed for."


def _undermined(line: Line) -> str:
    return f"{line.name}: worse, and a loss beyond the margin is not excluded."


def _kept(line: Line) -> str:
    if line.role is Role.AIM:
        return f"Aim, {line.name}: reached."
    if worse_within_margin(line):
        return f"{line.name}: worse, within the margin."
    return f"{line.name}: {finding(line).value}."


def _sentence(word: Word, watched: tuple[str, ...], foundation: Foundation) -> str:
    """The word as it may be quoted: never a plain PROCEED where something is only watched, or the plan came late."""
    said = f"{word.value}, retrospective" if foundation.retrospective else word.value
    if word is Word.PROCEED and watched:
        some = "1 guardrail" if len(watched) == 1 else f"{len(watched)} guardrails"
        said = f"{said}, {some} not provable at this size: {', '.join(watched)}"
    return said
