"""Remove from a text what identifies a person: the fast path through the layers.

The same layers run as presidio recognizers in `recognizers.py`; a test shows that both give the same answer.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import NamedTuple

from deid.text import normalise, review, spans, tagger
from deid.text.document import Document, documents
from deid.text.known import Circle
from deid.text.layers import PROFILES, Layers, Profile, settled
from deid.text.normalise import Plain
from deid.text.spans import Span

AT_ONCE = 512  # texts that go through a layer together
MANY = 100  # texts after which more are sure to come, so that it pays to look up the usual words ahead
Known = Mapping[str, object] | Sequence[str] | Circle | None


class ScrubError(ValueError):
    """A setting of the scrubber is wrong; says what, and what to write instead."""


class Scrubbed(NamedTuple):
    """The text with typed tokens; what was found where in the text as it came; why a person must read it first."""

    text: str
    found: list[Span]
    held: tuple[str, ...]

    @property
    def state(self) -> str:
        """May it be shown (`clean`), or must a person read it first (`held`, `not English: held`)?"""
        if review.NOT_ENGLISH in self.held:
            return f"{review.NOT_ENGLISH}: held"
        return "held" if self.held else "clean"

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each label; tells nobody what they were."""
        return dict(Counter(span.label for span in self.found))


class Scrubber:
    """Scrubs texts; made once, used for many.

    profile: a name of `PROFILES` or a `Profile`. practice: names, clinics and streets of the whole practice, found
    exactly as written. model: another tagger than the shipped one (for evaluation).
    """

    def __init__(
        self, profile: str | Profile = "safe_harbor", *, practice: Known = None, model: tagger.Tagger | None = None
    ) -> None:
        chosen = PROFILES.get(profile) if isinstance(profile, str) else profile
        if chosen is None:
            raise ScrubError(f"No profile of that name; write one of: {', '.join(PROFILES)}.")
        self.layers = Layers(chosen, model or tagger.shipped(), circle(practice, fuzzy=False) or Circle(None))
        self.texts = 0
        self.entities = None
        if chosen.spacy_model:
            from deid.text.spacy_model import load

            self.entities = load(chosen.spacy_model)

    def find(self, text: str, known: Known = None) -> list[Span]:
        """What identifies, in order and apart, at its place in the text as it came."""
        return self.scrub(text, known).found

    def scrub(self, text: str, known: Known = None) -> Scrubbed:
        """The text without what identifies. Never raises on a text, whatever it holds."""
        self.expect(1)
        plain = normalise.plain(text)
        document = Document(plain.text)
        sure = self.layers.sure(document, circle(known))
        found = sure + self.layers.tagged(document, sure) + self.others(document)
        return answer(text, document, placed(plain, settled(document, found)))

    def scrub_all(self, rows: Iterable[tuple[str, Known]]) -> Iterator[Scrubbed]:
        """The texts, each with what is known of its patient, in their order; make a `Circle` once for each patient.

        Quicker than `scrub` on each: every layer goes through some texts (`AT_ONCE`, read ahead of the answers) before
        the next one begins, so that the processor holds what that layer needs.
        """
        waiting = iter(rows)
        while chunk := list(islice(waiting, AT_ONCE)):
            with uncollected():
                done = self.scrubbed(chunk)
            yield from done

    def scrubbed(self, rows: Sequence[tuple[str, Known]]) -> list[Scrubbed]:
        """The texts without what identifies, one layer after the other."""
        self.expect(len(rows))
        simple = [normalise.plain(text) for text, _ in rows]
        read = documents([plain.text for plain in simple])
        sure = self.layers.sure_all(read, [circle(known) for _, known in rows])
        tagged = self.layers.tagged_all(read, sure)
        others = [self.others(document) for document in read]
        found = [one + two + three for one, two, three in zip(sure, tagged, others, strict=True)]
        removed = [settled(document, spans) for document, spans in zip(read, found, strict=True)]
        return [
            answer(text, document, placed(plain, spans))
            for (text, _), plain, document, spans in zip(rows, simple, read, removed, strict=True)
        ]

    def others(self, document: Document) -> list[Span]:
        """Words of no lexicon, and what the installed spaCy model finds."""
        found = self.layers.strangers(document)
        return found if self.entities is None else found + self.entities(document.text)

    def expect(self, texts: int) -> None:
        """Count the texts, and look up ahead once there are many."""
        self.texts += texts
        if self.texts - texts < MANY <= self.texts:
            self.layers.model.read_ahead()
            keep_tables()


@cache
def keep_tables() -> None:
    """Once in a process: search what is there for garbage in cycles, and never again.

    Lexicon and tagger stay as long as the process; each search through them takes as long as some hundred texts.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage in cycles meanwhile: layers leave none; what is in hand would be searched over and over."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def answer(text: str, document: Document, found: list[Span]) -> Scrubbed:
    """The answer to one text."""
    return Scrubbed(spans.replaced(text, found) if found else text, found, review.reasons(document))


def circle(known: Known, *, fuzzy: bool = True) -> Circle | None:
    """The circle of whatever was given; None if that holds nothing."""
    if known is None or isinstance(known, Circle):
        return known
    made = Circle(known, fuzzy=fuzzy)
    return made or None


def placed(simple: Plain, found: list[Span]) -> list[Span]:
    """The spans where they stand in the text as it came."""
    if simple.origin is None:
        return found
    return [Span(*simple.back(span.start, span.end), span.label, span.layer) for span in found]
