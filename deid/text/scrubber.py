"""Remove from a text what identifies a person: the fast path through the layers.

The same layers run as presidio recognizers in `recognizers.py`; a test shows that both give the same answer.
"""

from __future__ import annotations

from typing import NamedTuple

from deid.text import patterns, spans, tagger
from deid.text.absorb import absorb
from deid.text.document import Document, covered
from deid.text.normalise import plain
from deid.text.spans import Span
from deid.text.words import CASED, CASELESS

CANDIDATE = CASED | CASELESS


class Scrubbed(NamedTuple):
    """The text with typed tokens, and what was found where in the text as it came."""

    text: str
    found: list[Span]


def tagged(document: Document, sure: list[Span], model: tagger.Tagger, shift: float) -> list[Span]:
    """The tagger's findings."""
    if not document.gates & CANDIDATE and not sure:
        return []
    hits = model.hits(document, covered(document, sure), shift)
    return [
        Span(document.starts[at], document.bare_end(at), "PLACE" if model.is_place(document, at) else "NAME", "tagger")
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
        merged = spans.merged(absorb(document.text, spans.joined(spans.merged(found), document.text)))
        if simple.origin is not None:
            merged = [Span(*simple.back(s.start, s.end), s.label, s.layer) for s in merged]
        return merged

    def scrub(self, text: str) -> Scrubbed:
        """The text without what identifies."""
        found = self.find(text)
        return Scrubbed(spans.replaced(text, found) if found else text, found)
