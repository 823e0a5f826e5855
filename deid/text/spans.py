"""What was found: a stretch of text, what it is, and which layer found it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

# What stands in the text instead. The first of two labels on the same stretch is kept: the more telling one.
LABELS = ("CONTACT", "ID", "DATE", "AGE90+", "NAME", "PLACE")
RANK = {label: rank for rank, label in enumerate(LABELS)}
WIDEST_JOIN = 3  # characters
LAYERS = ("known", "pattern", "tagger", "unknown", "model")


class Span(NamedTuple):
    """A stretch of text to be replaced: from `start` up to, not including, `end`."""

    start: int
    end: int
    label: str
    layer: str


def merged(spans: Iterable[Span]) -> list[Span]:
    """The stretches in order, overlapping ones as one: the longest names the whole, then the more telling label."""
    ordered = sorted(spans, key=lambda s: (s.start, s.start - s.end, RANK[s.label], LAYERS.index(s.layer)))
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


def joined(spans: list[Span], text: str) -> list[Span]:
    """Neighbouring stretches of the same label with only blanks, a comma or a hyphen between them as one."""
    result: list[Span] = []
    for span in spans:
        near = bool(result) and result[-1].label == span.label and span.start - result[-1].end <= WIDEST_JOIN
        if near and text[result[-1].end : span.start].strip(" ,.-'’\n") == "":
            result[-1] = result[-1]._replace(end=span.end)
        else:
            result.append(span)
    return result


def replaced(text: str, spans: list[Span]) -> str:
    """The text with each stretch replaced by its label in brackets; the stretches are in order and apart."""
    pieces: list[str] = []
    end = 0
    for span in spans:
        pieces += (text[end : span.start], f"[{span.label}]")
        end = span.end
    pieces.append(text[end:])
    return "".join(pieces)
