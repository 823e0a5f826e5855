"""The layers over one document, each by itself, and how their findings become one answer; both paths use these.

The tagger is told what the patterns and the known identifiers found: beside a phone number or a title it looks closer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from deid.text import absorb, gates, hashtags, kin, patterns, spans, tagger
from deid.text.document import Document, bare_length, covered
from deid.text.known import Circle
from deid.text.spans import Span
from deid.text.weights import Reading

QUOTES = frozenset("'’")
# Words of another language look like names to the tagger; such a text is held for a person anyway.
NOT_ENGLISH_CAUTION = 3.0


@dataclass(frozen=True)
class Profile:
    """How careful to be. `shift` is added to the tagger's scores; `strangers` scrubs every word of no lexicon."""

    name: str
    shift: float = 0.0
    strangers: bool = False
    spacy_model: str | None = None


PROFILES = {
    # 45 CFR 164.514(b)(2); for text kept inside the boundary
    "safe_harbor": Profile("safe_harbor"),
    # PHIPA: the same identifiers; provincial health numbers and postal codes are among the patterns of every profile
    "ontario": Profile("ontario"),
    # for what is published: words of no lexicon go, and the tagger is quicker to remove
    "publish": Profile("publish", shift=0.8, strangers=True),
}


@dataclass
class Layers:
    """What the layers need besides the text."""

    profile: Profile
    model: tagger.Tagger
    practice: Circle = field(default_factory=lambda: Circle(None))

    def known(self, document: Document, circle: Circle | None) -> list[Span]:
        """Layer 1: the patient's circle, and exactly written names of the practice."""
        found = list(self.practice.find(document)) if self.practice else []
        return found + list(circle.find(document)) if circle else found

    def sure(self, document: Document, circle: Circle | None) -> list[Span]:
        """Layers 1 and 2, with what is known of the patient."""
        return self.known(document, circle) + patterns.find(document)

    def sure_all(self, documents: Sequence[Document], circles: Sequence[Circle | None]) -> list[list[Span]]:
        """The same of several documents, one step after the other."""
        found = patterns.find_all(documents)
        if not self.practice and not any(circles):
            return found
        known = [self.known(document, circle) for document, circle in zip(documents, circles, strict=True)]
        return [one + two for one, two in zip(known, found, strict=True)]

    def tagged(self, document: Document, sure: list[Span]) -> list[Span]:
        """Layers 3 and 4: names and places by lexicon and context; `sure` is what the other layers found."""
        taken = covered(document, sure)
        return self.of_hits(self.model.read(document, taken, self.shift(document)), taken)

    def tagged_all(self, documents: Sequence[Document], sure: Sequence[list[Span]]) -> list[list[Span]]:
        """The same of several documents, one step after the other."""
        asked = [
            (document, covered(document, spans), self.shift(document))
            for document, spans in zip(documents, sure, strict=True)
        ]
        readings = self.model.read_all(asked)
        return [self.of_hits(reading, taken) for reading, (_, taken, _) in zip(readings, asked, strict=True)]

    def shift(self, document: Document) -> float:
        """What is added to the tagger's scores."""
        return self.profile.shift - (0 if document.english else NOT_ENGLISH_CAUTION)

    def of_hits(self, reading: Reading, taken: set[int]) -> list[Span]:
        """What the tagger's hits, and their kin, cover."""
        document, hits = reading.document, reading.hits
        if not hits:
            return []
        kin.add(document, hits, taken)
        if "#" in document.text:
            hits -= plain_tags(document, hits)
        firsts, lasts = runs(document, hits)
        starts, forms, text = document.starts, document.forms, document.text
        size = bare_length if "'" in text or "’" in text else len
        return [
            spans.of((starts[first], starts[last] + size(forms[last]), "PLACE" if place else "NAME", "tagger"))
            for first, last, place in zip(firsts, lasts, reading.places(firsts), strict=True)
        ]

    def strangers(self, document: Document) -> list[Span]:
        """Layer 5: in an English text, words of other alphabets; in a careful profile every word of no lexicon."""
        gate = gates.STRANGER if self.profile.strangers else gates.ALIEN
        if document.lower:
            gate |= gates.SHOUTED
        if not document.gates & gate or not document.english:
            return []
        return [named(document, at, "NAME", "unknown") for at in document.at(gate)]


def plain_tags(document: Document, hits: set[int]) -> set[int]:
    """Hits that are hashtags of ordinary words alone."""
    return {at for at in hits if document.gaps[at][-1:] == "#" and hashtags.says(document.forms[at]) == hashtags.PLAIN}


def runs(document: Document, hits: set[int]) -> tuple[list[int], list[int]]:
    """Where each row of hits with one blank between them begins; where it ends."""
    forms, gaps = document.forms, document.gaps
    firsts: list[int] = []
    lasts: list[int] = []
    last = -1
    for at in sorted(hits):
        if firsts and at - 1 == last and gaps[at] == " " and forms[last][-2:-1] not in QUOTES:
            lasts[-1] = at
        else:
            firsts.append(at)
            lasts.append(at)
        last = at
    return firsts, lasts


def named(document: Document, at: int, label: str, layer: str) -> Span:
    """The span of one word, without a possessive ending."""
    return Span(document.starts[at], document.bare_end(at), label, layer)


def settled(document: Document, found: list[Span]) -> list[Span]:
    """One answer from the findings of all layers: overlaps merged, neighbours joined, what belongs to them absorbed."""
    if not found:
        return []
    text = document.text
    once = spans.joined(spans.merged(found), text)
    whole = absorb.absorb(document, once)
    return once if whole == once else spans.joined(spans.merged(whole), text)
