"""Remove from a text what identifies a person: the fast path through the layers.

The same layers run as presidio recognizers in `recognizers.py`; a test shows that both give the same answer.
"""

from __future__ import annotations

from typing import NamedTuple

from deid.text import patterns, spans, tagger
from deid.text.document import Document
from deid.text.normalise import plain
from deid.text.spans import Span
from deid.text.words import CASED, CASELESS

CANDIDATE = CASED | CASELESS


class Scrubbed(NamedTuple):
    """The text with typed tokens, and what was found where in the text as it came."""

    text: str
    found: list[Span]


def covered(document: Document, found: list[Span]) -> set[int]:
    """Positions of the words that another layer already has."""
    if not found:
        return set()
    starts, taken = document.starts, set()
    ordered = sorted(found)
    at = 0
    for start, end, *_ in ordered:
        while at and starts[at - 1] + len(document.forms[at - 1]) > start:
            at -= 1
        while at < len(starts) and starts[at] < end:
            if starts[at] + len(document.forms[at]) > start:
                taken.add(at)
            at += 1
    return taken


def tagged(document: Document, sure: list[Span], model: tagger.Tagger, shift: float) -> list[Span]:
    """The tagger's findings."""
    if not document.gates & CANDIDATE and not sure:
        return []
    hits = model.hits(document, covered(document, sure), shift)
    return [
        Span(document.starts[at], document.end(at), "PLACE" if model.is_place(document, at) else "NAME", "tagger")
        for at in hits
    ]


class Scrubber:
    """Scrubs texts; made once, used for many."""

    def __init__(self, model: tagger.Tagger | None = None, shift: float = 0.0) -> None:
        self.model = model or tagger.shipped()
        self.shift = shift

    def find(self, text: str) -> list[Span]:
        """What identifies, in order and apart."""
        simple = plain(text)
        document = Document(simple.text)
        found = patterns.find(document)
        found += tagged(document, found, self.model, self.shift)
        if not found:
            return []
        merged = spans.merged(found)
        if simple.origin is not None:
            merged = [Span(*simple.back(s.start, s.end), s.label, s.layer) for s in merged]
        return spans.joined(merged, text)

    def scrub(self, text: str) -> Scrubbed:
        """The text without what identifies."""
        found = self.find(text)
        return Scrubbed(spans.replaced(text, found) if found else text, found)
