"""The text cut into words and the gaps between them, with what its words say together."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import reduce
from itertools import accumulate
from operator import add, or_

from deid.text import gates
from deid.text.cut import cut
from deid.text.spans import Span
from deid.text.words import WORDS, Word, counts

POSSESSIVE = frozenset({"'s", "’s", "'S", "’S"})
TITLE_SHARE = 0.75
TITLE_WORDS = 4
FEWEST_WORDS = 6
ENGLISH_SHARE, ENGLISH_SHARE_LONG, LONG_TEXT = 0.35, 0.6, 60  # shares of words; words


Read = tuple[list[str], list[str], list[Word]]  # the words, the gaps, what is known of each word


class Document:
    """One text: `forms[i]` follows `gaps[i]`; the last gap ends the text. `marks[i]` are the gates of `words[i]`.

    open: positions of the words that open a gate of `gates.RARE`. gates: those of them that any word opens.
    counts: how many words are written each way of `words.WAYS`.
    """

    __slots__ = (
        "_digits",
        "_keys",
        "_starts",
        "caseless",
        "counts",
        "english",
        "forms",
        "gaps",
        "gates",
        "marks",
        "open",
        "style",
        "text",
        "words",
    )

    def __init__(self, text: str, read: Read | None = None) -> None:
        self.text = text
        self.forms, self.gaps, self.words = read or reading([text])[0]
        self.marks = marks = [word.gates for word in self.words]
        rare = gates.RARE
        self.open: list[int] = [at for at, mark in enumerate(marks) if mark & rare]
        self.gates: int = reduce(or_, map(marks.__getitem__, self.open), 0) & rare
        self.counts = counts(self.words)
        self.english = english(self.counts)
        first = marks[0] if marks else 0
        self.caseless = caseless(self.counts, first)
        self.style = style(text, first)
        self._digits: list[int] | None = None
        self._keys: list[str] | None = None
        self._starts: list[int] | None = None

    @property
    def lower(self) -> bool:
        """Is any word written in lower case?"""
        return self.counts[0] > 0

    @property
    def upper(self) -> bool:
        """Is any word written in capitals?"""
        return self.counts[2] > 0

    @property
    def digits(self) -> list[int]:
        """Positions of the runs of decimal digits."""
        if self._digits is None:
            forms, marks, gate = self.forms, self.marks, gates.DIGITS
            self._digits = [at for at in self.open if marks[at] & gate and forms[at].isdecimal()]
        return self._digits

    @property
    def keys(self) -> list[str]:
        """Each word in lower case."""
        if self._keys is None:
            self._keys = list(map(str.lower, self.forms))
            if "’" in self.text:
                self._keys = [key.replace("’", "'") for key in self._keys]
        return self._keys

    @property
    def starts(self) -> list[int]:
        """Where each word starts."""
        if self._starts is None:
            sizes = map(add, [0, *map(len, self.forms)], map(len, self.gaps[:-1]))  # of each gap and the word before it
            self._starts = list(accumulate(sizes))
        return self._starts

    def key(self, position: int) -> str:
        """One word in lower case; quicker than `keys` for a few."""
        if self._keys is not None:
            return self._keys[position]
        key = self.forms[position].lower()
        return key.replace("’", "'") if "’" in key else key

    def at(self, gate: int) -> list[int]:
        """Positions of the words that open one of the gates, which are all among `gates.RARE`."""
        marks = self.marks
        return [at for at in self.open if marks[at] & gate]

    def end(self, position: int) -> int:
        """Where a word ends."""
        return self.starts[position] + len(self.forms[position])

    def bare_end(self, position: int) -> int:
        """Where a word ends without its possessive ending: "Anna's" ends before the apostrophe."""
        return self.starts[position] + bare_length(self.forms[position])


def documents(texts: list[str]) -> list[Document]:
    """The texts as documents."""
    return [Document(text, read) for text, read in zip(texts, reading(texts), strict=True)]


def reading(texts: list[str]) -> list[Read]:
    """The texts cut into words; then, all at once, what is known of each."""
    parts = [cut(text) for text in texts]
    return [(forms, gaps, list(map(WORDS.__getitem__, forms))) for forms, gaps in parts]


def bare_length(form: str) -> int:
    """How many characters a word has without its possessive ending."""
    size = len(form)
    return size - 2 if size > 3 and form[-2:] in POSSESSIVE else size


def style(text: str, first: int) -> str:
    """Is it `net` (handles, hashtags, links), `phone` (begins in lower case) or `plain`? By the first word's gates."""
    if "@" in text or "#" in text or (":" in text and "://" in text):
        return "net"
    return "phone" if first & gates.LOWER else "plain"


def english(counted: tuple[int, ...]) -> bool:
    """Is at least a third of the words common English, of a long text six in ten (half may be another language)?

    Names, and fewer than six words, say nothing.
    """
    lower, lower_common, upper, upper_common, _ = counted
    said, common = (lower, lower_common) if lower else (upper, upper_common)
    return said < FEWEST_WORDS or common >= said * (ENGLISH_SHARE if said < LONG_TEXT else ENGLISH_SHARE_LONG)


def caseless(counted: tuple[int, ...], first: int) -> bool:
    """Do capitals say nothing here: none (but the first word's), only capitals, or A Title's?"""
    lower, _, upper, _, capital = counted
    capital += upper
    if not capital or not lower:
        return True
    capital -= bool(first & (gates.CAPITAL | gates.UPPER))  # the first word's capital says nothing
    lower -= bool(first & gates.LOWER)
    if not capital:
        return not first & gates.CAPITAL or lower > TITLE_WORDS
    return capital + lower >= TITLE_WORDS and capital >= TITLE_SHARE * (capital + lower)


def covered(document: Document, found: Sequence[Span]) -> set[int]:
    """Positions of the words that another layer already has."""
    taken: set[int] = set()
    if not found:
        return taken
    starts, forms = document.starts, document.forms
    for start, end, _, _ in found:
        at = bisect_right(starts, start) - 1
        if at < 0 or starts[at] + len(forms[at]) <= start:
            at += 1
        taken.update(range(at, bisect_left(starts, end)))
    return taken
