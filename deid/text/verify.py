"""Layer 8. Does anything that must not be there stand in what was written?

A sweep for known identifiers, planted canaries and patterns; it needs no labels and trusts no other layer's word.

During an ingest the feed's identifiers are at hand and every place is searched for them; at any other time canaries and
patterns can be. A hit names the place and the kind, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from deid.text import patterns
from deid.text.document import Document
from deid.text.normalise import plain

SHORTEST = 4  # characters of an identifier that is looked for by itself; a shorter one is found in every number
STRONG = frozenset({"CONTACT", "ID"})


class Hit(NamedTuple):
    """One thing that must not be there: where, and what kind (identifier, canary, or a label)."""

    place: str
    kind: str


class Sweep:
    """Searches texts for whole identifiers, however they are spaced and cased.

    identifiers, canaries: as the feed writes them. shapes: also search for what is written like a contact or a number.
    """

    def __init__(self, identifiers: Iterable[str] = (), canaries: Iterable[str] = (), *, shapes: bool = True) -> None:
        self.kinds: dict[str, str] = {}
        for kind, values in (("identifier", identifiers), ("canary", canaries)):
            for value in values:
                bare = squeezed(value)
                if len(bare) >= SHORTEST:
                    self.kinds[bare] = kind
        self.lengths = {len(bare) for bare in self.kinds}
        self.shapes = shapes

    def hits(self, texts: Iterable[tuple[str, str]]) -> Iterator[Hit]:
        """The hits in (place, text) pairs: table cells, log lines, file names, exports."""
        for place, text in texts:
            yield from (Hit(place, kind) for kind in sorted(self.kinds_in(text)))

    def kinds_in(self, text: str) -> set[str]:
        """The kinds of things found in one text."""
        simple = plain(text).text
        found = set()
        longest = max(self.lengths, default=0)
        words = [squeezed(word) for word in re.findall(r"[^\W_]+", simple)]
        for start in range(len(words)):
            run = ""
            for word in words[start:]:
                run += word
                if len(run) > longest:
                    break
                if len(run) in self.lengths and run in self.kinds:
                    found.add(self.kinds[run])
        if self.shapes:
            document = Document(simple)
            found |= {span.label for span in patterns.find(document) if span.label in STRONG}
        return found


def squeezed(value: str) -> str:
    """The letters and digits alone, in lower case."""
    return "".join(character for character in plain(value).text.casefold() if character.isalnum())
