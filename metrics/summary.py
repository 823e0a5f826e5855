"""What does the verdict mean, in plain language? Written from the result, sentence by sentence, and never stronger."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.decided import LineShown
from metrics.effects.units import change_in_words
from metrics.verdict import Finding, Role, Verdict, Word

_MEANS = {
    Word.PROCEED: "By the plan this rollout may go on.",
    Word.HOLD: "Do not widen this rollout on these numbers: what would allow it has not been shown.",
    Word.HALT: "Stop widening this rollout, and look into undoing it.",
    Word.INVALID: "No conclusion can be drawn: what the verdict would stand on is broken.",
}


def summary(verdict: Verdict, lines: Sequence[LineShown], safety: Sequence[str], broken: Sequence[str]) -> str:
    """A paragraph for somebody who reads nothing else."""
    told = [_MEANS[verdict.word]]
    if verdict.retrospective:
        told.append("The plan was locked after the first go-live, so it could have been made to fit: weigh it so.")
    told += [*safety, *broken]
    told += [_sentence(line) for line in lines if line.role is not None]
    watched = [line for line in lines if line.role is Role.WATCHED]
    if watched:
        names = ", ".join(f"{line.name} ({line.owner})" for line in watched)
        told.append(f"Watched by people, because this practice is too small to prove it: {names}.")
    return " ".join(told)


def _sentence(line: LineShown) -> str:
    effect = line.effect
    known = effect is not None and effect.adjusted.value is not None
    size = ""
    if known and effect is not None:
        told = effect.adjusted
        if told.value is not None and told.low is not None and told.high is not None:
            size = f" (estimated change {change_in_words(line.unit, told.value, told.low, told.high)})"
    return f"{line.name}: {line.said}{size}."


def said(finding: Finding | None, role: Role, *, worse: bool, reached: bool, reason: str) -> str:
    """What a look showed of one line, in words that claim no more than its interval."""
    if finding is None:
        return "no planned look yet"
    if role is Role.AIM:
        return _of_aim(finding, reached=reached, reason=reason)
    if finding is Finding.ENHANCED:
        return "better than without it"
    if finding is Finding.PRESERVED:
        return "worse, and a loss beyond the margin is excluded" if worse else "a loss beyond the margin is excluded"
    if finding is Finding.UNDERMINED:
        return "worse, and a loss beyond the margin is not excluded"
    return f"cannot say: {reason or 'a loss beyond the margin is not excluded'}".rstrip(".")


def _of_aim(finding: Finding, *, reached: bool, reason: str) -> str:
    if finding is Finding.ENHANCED:
        return "better, and the gain aimed for is reached" if reached else "better, and less so than was aimed for"
    if finding is Finding.UNDERMINED:
        return "worse than without it"
    return f"cannot say: {reason}".rstrip(".") if reason else "not shown to be better"
