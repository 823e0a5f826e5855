"""What was found: a stretch of text, what it is, and which layer found it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from operator import itemgetter
from typing import NamedTuple

# What stands in the text instead. The first of two labels on the same stretch is kept: the more telling one.
LABELS = ("CONTACT", "ID", "DATE", "AGE90+", "NAME", "PLACE")
RANK = {label: rank for rank, label in enumerate(LABELS)}
TOKENS = {label: f"[{label}]" for label in LABELS}
WIDEST_JOIN = 3  # characters
START = itemgetter(0)
LAYERS = ("known", "pattern", "tagger", "unknown", "model")


class Span(NamedTuple):
    """A stretch of text to be replaced: from `start` up to, not including, `end`."""

    start: int
    end: int
    label: str
    layer: str


of = partial(tuple.__new__, Span)  # the span of its four parts in a row; a third of the time of calling `Span`


def merged(spans: Iterable[Span]) -> list[Span]:
    """The stretches in order, overlapping ones as one: the longest names the whole, then the more telling label."""
    ordered = sorted(spans, key=START)
    if apart(ordered):
        return ordered
    ordered.sort(key=lambda s: (s.start, s.start - s.end, RANK[s.label], LAYERS.index(s.layer)))
    result: list[Span] = []
    for span in ordered:
        if result and span.start < result[-1].end:
            held = result[-1]
            if span.end > held.end:
                name = span if span.end - span.start > held.end - held.start else held
                result[-1] = Span(held.start, span.end, name.label, name.layer)
        else:
            result.append(span)
    return result


def apart(ordered: list[Span]) -> bool:
    """Do the stretches, in the order of their starts, not overlap?"""
    last = 0
    for start, end, _, _ in ordered:
        if start < last:
            return False
        last = end
    return True


def joined(spans: list[Span], text: str) -> list[Span]:
    """Neighbouring stretches of the same label with only blanks, a comma or a hyphen between them as one."""
    result: list[Span] = []
    last, kind = -WIDEST_JOIN - 1, ""
    for span in spans:
        start, end, label, _ = span
        if start - last <= WIDEST_JOIN and label == kind and text[last:start].strip(" ,.-'’\n") == "":
            held = result[-1]
            result[-1] = Span(held.start, end, label, held.layer)
        else:
            result.append(span)
        last, kind = end, label
    return result


def replaced(text: str, spans: list[Span]) -> str:
    """The text with each stretch replaced by its label in brackets; the stretches are in order and apart."""
    pieces: list[str] = []
    end = 0
    for start, stop, label, _ in spans:
        pieces += (text[end:start], TOKENS[label])
        end = stop
    pieces.append(text[end:])
    return "".join(pieces)
