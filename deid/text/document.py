"""The text cut into words and the gaps between them, with what its words say together."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import reduce
from itertools import accumulate, chain
from operator import attrgetter, or_

from deid.text.spans import Span
from deid.text.words import CAPITAL, COMMON, LOWER, UPPER, WORDS, Word

PLAIN_CUT = re.compile(r"([A-Za-z]+(?:'[A-Za-z]+)*|[0-9]+)").split
CUT = re.compile(r"([^\W\d_]+(?:['’][^\W\d_]+)*|\d+)").split
GATES = attrgetter("gates")
POSSESSIVE = frozenset({"'s", "’s", "'S", "’S"})
TITLE_SHARE = 0.75
TITLE_WORDS = 4
FEWEST_WORDS = 6
ENGLISH_SHARE = 0.35


class Document:
    """One text: `forms[i]` follows `gaps[i]`; the last gap ends the text."""

    __slots__ = ("_caseless", "_english", "_starts", "_style", "forms", "gaps", "gates", "text", "words")

    def __init__(self, text: str) -> None:
        parts = PLAIN_CUT(text) if text.isascii() else CUT(text)
        self.text = text
        self.forms: list[str] = parts[1::2]
        self.gaps: list[str] = parts[0::2]
        self.words: list[Word] = list(map(WORDS.__getitem__, self.forms))
        self.gates: int = reduce(or_, map(GATES, self.words), 0)
        self._starts: list[int] | None = None
        self._caseless: bool | None = None
        self._english: bool | None = None
        self._style: str | None = None

    @property
    def style(self) -> str:
        """Is it `net` (handles, hashtags, links), `phone` (begins in lower case) or `plain`?"""
        if self._style is None:
            net = "@" in self.text or "#" in self.text or "://" in self.text
            phone = bool(self.words) and bool(self.words[0].gates & LOWER)
            self._style = "net" if net else "phone" if phone else "plain"
        return self._style

    @property
    def english(self) -> bool:
        """Is at least a third of the words common English? Names and fewer than six words say nothing."""
        if self._english is None:
            said = LOWER if self.gates & LOWER else UPPER
            gates = [word.gates for word in self.words if word.gates & said]
            common = sum(1 for gate in gates if gate & COMMON)
            self._english = len(gates) < FEWEST_WORDS or common >= ENGLISH_SHARE * len(gates)
        return self._english

    @property
    def starts(self) -> list[int]:
        """Where each word starts."""
        if self._starts is None:
            pieces = chain.from_iterable(zip(self.gaps, self.forms, strict=False))
            self._starts = list(accumulate(map(len, pieces)))[0::2]
        return self._starts

    def end(self, position: int) -> int:
        """Where a word ends."""
        return self.starts[position] + len(self.forms[position])

    def bare_end(self, position: int) -> int:
        """Where a word ends without its possessive ending: "Anna's" ends before the apostrophe."""
        form = self.forms[position]
        cut = 2 if form[-2:] in POSSESSIVE and len(form) > 3 else 0
        return self.starts[position] + len(form) - cut

    @property
    def caseless(self) -> bool:
        """Do capitals say nothing here: none (but the first word's), only capitals, or A Title's?"""
        if self._caseless is None:
            self._caseless = self._says_nothing()
        return self._caseless

    def _says_nothing(self) -> bool:
        if not self.gates & (CAPITAL | UPPER) or not self.gates & LOWER:
            return True
        gates = [word.gates for word in self.words]
        del gates[0]
        capital = sum(1 for gate in gates if gate & (CAPITAL | UPPER))
        lower = sum(1 for gate in gates if gate & LOWER)
        if not capital:
            return not self.words[0].gates & CAPITAL or lower > TITLE_WORDS
        return capital + lower >= TITLE_WORDS and capital >= TITLE_SHARE * (capital + lower)


def covered(document: Document, found: Iterable[Span]) -> set[int]:
    """Positions of the words that another layer already has."""
    starts, taken = document.starts, set()
    for start, end, *_ in found:
        at = max(0, bisect_right(starts, start) - 1)
        if starts and starts[at] + len(document.forms[at]) <= start:
            at += 1
        while at < len(starts) and starts[at] < end:
            taken.add(at)
            at += 1
    return taken
