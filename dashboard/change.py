"""How is a change said in plain words: an effect, a margin, a finding? Signs are kept, units are the metric's own."""

from __future__ import annotations

import re
from datetime import date

from dashboard import words
from metrics.decided import LineShown, Span
from metrics.effects.units import LOG_MINUTES, SHARES, written
from metrics.estimate import Estimate
from metrics.verdict import Finding, Role

CANNOT = "Cannot say"
MARKS = {Finding.ENHANCED: "▲", Finding.PRESERVED: "=", Finding.UNDERMINED: "▼", Finding.CANNOT_SAY: "?"}
DESIGNS = {
    "pooled_its": "Pooled interrupted time series",
    "period_model": "A level of its own for every four weeks",
    "none": "None: nothing can be said",
}
_ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_KEY = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")


def size(unit: str, value: float) -> str:
    """An effect with its sign: "−3.4 points", "× 0.82", "−2.4 points of 12 to 60"."""
    if unit == LOG_MINUTES:
        return f"× {written(unit, value):.2f}"
    return f"{_signed(written(unit, value))} {'points' if unit == SHARES else unit}"


def limits(unit: str, low: float, high: float) -> str:
    """Its interval, without the unit: "−5.8 to −1.1"."""
    if unit == LOG_MINUTES:
        return f"× {written(unit, low):.2f} to {written(unit, high):.2f}"
    return f"{_signed(written(unit, low))} to {_signed(written(unit, high))}"


def said(found: Estimate, unit: str, level: str = "95 % interval") -> str:
    """An effect in a sentence, or that it cannot be said."""
    if found.value is None or found.low is None or found.high is None:
        return CANNOT
    return f"{size(unit, found.value)} ({f'{level} {limits(unit, found.low, found.high)}'.strip()})"


def span(found: Span | None, unit: str) -> str:
    """The same for limits of another kind."""
    return "" if found is None else f"{size(unit, found.value)} ({limits(unit, found.low, found.high)})"


def margin(line: LineShown) -> str:
    """What the plan wants of a line: the gain aimed for, or the loss refused."""
    if line.margin is None:
        return "No margin: in no plan"
    told = line.margin_words.replace("x ", "× ")
    return f"Wants a gain of {told}" if line.role is Role.AIM else f"Refuses a loss of {told}"


def role(line: LineShown) -> str:
    """What a line is for."""
    if line.role is None:
        return "Beside the plan"
    named = {Role.AIM: "Aim", Role.MUST_HOLD: "Must hold"}.get(line.role)
    return named or f"Watched by {line.owner}"


def finding(line: LineShown) -> str:
    """The finding with its mark: told apart without colour."""
    if line.role is None:
        return f"? {CANNOT}" if not known(line) else "In no plan: no finding, only what changed"
    mark = MARKS[line.finding] if line.finding else "…"
    return f"{mark} {line.said[:1].upper()}{line.said[1:]}"


def known(line: LineShown) -> bool:
    """Is there an adjusted effect?"""
    return line.effect is not None and line.effect.adjusted.value is not None


def design(name: str) -> str:
    """A design by the name people use."""
    return DESIGNS.get(name, words.name_of(name))


def rollout(component: str, intervention: str) -> str:
    """A rollout by the name people use: "AI scheduling 2.0", "AI scheduling, taken back"."""
    name = words.component(component)
    name = name[:1].upper() + name[1:]
    if intervention in ("", "go-live"):
        return name
    return f"{name}, taken back" if intervention == "taken back" else f"{name} {intervention}"


def plain(text: str) -> str:
    """A sentence of the estimators without keys and with days in full; a ratio with its sign."""
    text = _ISO_DAY.sub(lambda found: words.day(date(*(int(part) for part in found.groups()))), text)
    return _KEY.sub(lambda found: words.component(found[0]), text).replace(" x 1", " × 1").replace(" x 2", " × 2")


def _signed(number: float) -> str:
    return words.signed(f"{number:+.1f}")
