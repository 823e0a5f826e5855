"""The text cut into words and the gaps between them, with what its words say together."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import reduce
from itertools import accumulate
from operator import attrgetter, or_

from deid.text import gates
from deid.text.spans import Span
from deid.text.words import WORDS, Word, counts

PLAIN_CUT = re.compile(r"([A-Za-z]++(?:'[A-Za-z]++)*+|[0-9]++)").split
CUT = re.compile(r"([^\W\d_]++(?:['’][^\W\d_]++)*+|\d++)").split
GATES = attrgetter("gates")
POSSESSIVE = frozenset({"'s", "’s", "'S", "’S"})
TITLE_SHARE = 0.75
TITLE_WORDS = 4
FEWEST_WORDS = 6
ENGLISH_SHARE, ENGLISH_SHARE_LONG, LONG_TEXT = 0.35, 0.6, 60  # shares of words; words


class Document:
    """One text: `forms[i]` follows `gaps[i]`; the last gap ends the text. `marks[i]` are the gates of `words[i]`."""

    __slots__ = (
        "_caseless",
        "_counts",
        "_keys",
        "_starts",
        "forms",
        "gaps",
        "gates",
        "marks",
        "parts",
        "text",
        "words",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[str] = PLAIN_CUT(text) if text.isascii() else CUT(text)
        self.forms: list[str] = self.parts[1::2]
        self.gaps: list[str] = self.parts[0::2]
        self.words: list[Word] = list(map(WORDS.__getitem__, self.forms))
        self.marks: list[int] = list(map(GATES, self.words))
        self.gates: int = reduce(or_, self.marks, 0)
        self._counts: list[int] | None = None
        self._keys: list[str] | None = None
        self._starts: list[int] | None = None
        self._caseless: bool | None = None

    def at(self, gate: int) -> list[int]:
        """Positions of the words that open one of the gates."""
        return [at for at, mark in enumerate(self.marks) if mark & gate]

    @property
    def style(self) -> str:
        """Is it `net` (handles, hashtags, links), `phone` (begins in lower case) or `plain`?"""
        if "@" in self.text or "#" in self.text or "://" in self.text:
            return "net"
        return "phone" if self.marks and self.marks[0] & gates.LOWER else "plain"

    @property
    def keys(self) -> list[str]:
        """Each word in lower case."""
        if self._keys is None:
            self._keys = list(map(str.lower, self.forms))
            if "’" in self.text:
                self._keys = [key.replace("’", "'") for key in self._keys]
        return self._keys

    @property
    def counts(self) -> list[int]:
        """How many words are written each way of `words.WAYS`."""
        if self._counts is None:
            self._counts = counts(self.words)
        return self._counts

    @property
    def english(self) -> bool:
        """Is at least a third of the words common English, of a long text six in ten (half may be another language)?

        Names, and fewer than six words, say nothing.
        """
        lower, lower_common, upper, upper_common, _ = self.counts
        said, common = (lower, lower_common) if lower else (upper, upper_common)
        return said < FEWEST_WORDS or common >= said * (ENGLISH_SHARE if said < LONG_TEXT else ENGLISH_SHARE_LONG)

    @property
    def starts(self) -> list[int]:
        """Where each word starts."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self.parts)))[0:-1:2]
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
        lower, _, upper, _, capital = self.counts
        capital += upper
        if not capital or not lower:
            return True
        first = self.marks[0]  # its capital says nothing
        capital -= bool(first & (gates.CAPITAL | gates.UPPER))
        lower -= bool(first & gates.LOWER)
        if not capital:
            return not first & gates.CAPITAL or lower > TITLE_WORDS
        return capital + lower >= TITLE_WORDS and capital >= TITLE_SHARE * (capital + lower)


def covered(document: Document, found: Iterable[Span]) -> set[int]:
    """Positions of the words that another layer already has."""
    starts, forms, taken = document.starts, document.forms, set[int]()
    for start, end, *_ in found:
        at = max(0, bisect_right(starts, start) - 1)
        if starts and starts[at] + len(forms[at]) <= start:
            at += 1
        while at < len(starts) and starts[at] < end:
            taken.add(at)
            at += 1
    return taken
