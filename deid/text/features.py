"""What does the tagger look at? The word, its neighbours two to each side, the gaps beside it: each feature one string.

Training counts these strings; `tagger.py` adds up their weights another way, for speed; a test shows both agree.
"""

from __future__ import annotations

from functools import lru_cache

from deid.text import gates, letters
from deid.text.classes import MIDDLE, NONE, Sort
from deid.text.document import Document
from deid.text.words import Word

EDGE = Word(0, 0, 0, "|", "|", "|", "|", NONE)
GAPS = {
    " ": "_",
    "": "join",
    "-": "hyphen",
    "@": "at",
    " @": "at",
    "@ ": "at",
    " @ ": "at",
    " #": "hash",
    "#": "hash",
    ", ": ",",
}
STOPS = ".!?"
END3, END2, LONGEST_SIZE = -3, -2, 9
UNASKED = frozenset({"function", "variant5"})
SHORT, LONG = 4, 10  # steps of a path from the root of the tree of clusters


@lru_cache(maxsize=4096)
def gap_class(gap: str) -> str:
    """The gap between two words in one short name."""
    if gap in GAPS:
        return GAPS[gap]
    if "\n" in gap:
        return "line"
    if any(stop in gap for stop in STOPS):
        return "." if gap == ". " else "stop"
    bare = gap.strip()
    return bare[:1] or "_"


def own_features(word: Word, key: str, *, cased: bool) -> tuple[str, ...]:
    """What the word says by itself; `key` is its form in lower case (of a number: how many digits)."""
    lead = word.coarse[0] if cased else ""
    if word.gates & gates.DIGITS:
        key = word.coarse
    kind = word.coarse if cased else word.bare
    return (
        f"self {lead}{word.fine}",
        f"token {lead}{word.token}",
        f"end3 {kind[:5]} {key[END3:]}",
        f"end2 {kind[:2]} {key[END2:]}",
        f"size {kind} {min(len(key), LONGEST_SIZE)}",
        "possessive" if key[-2:] in {"'s", "’s"} else "plain",
    )


def letter_features(word: Word, key: str, *, cased: bool) -> list[str]:
    """What the letters of a word say (see `letters`)."""
    if not by_letters(word):
        return []
    name, town = letters.looks(key)
    kind, way = way_written(word, cased=cased)
    return [
        f"as-name {kind}/{name}",
        f"as-town {kind}/{town}",
        f"as-name-way {way}/{name}",
        f"as-town-way {way}/{town}",
    ]


def by_letters(word: Word) -> bool:
    """Are the letters of a word asked: is it no number, no small word, no way of writing an ordinary one?"""
    return word.bare not in UNASKED and not word.gates & gates.DIGITS


def way_written(word: Word, *, cased: bool) -> tuple[str, str]:
    """The kind of a word; how it is written here and mostly."""
    return (word.coarse, word.coarse[0] + word.sort.case) if cased else (word.bare, word.sort.case)


def sort_features(sort: Sort, lead: str) -> list[str]:
    """What talk says of a word of some sort by itself; `lead` is how it is written here."""
    return [*habit_features(sort.habit, lead), *cluster_features(sort.path, lead)]


def habit_features(habit: str, lead: str) -> list[str]:
    """How often talk has a word, and how it mostly writes it."""
    return [f"habit {lead}{habit}"]


def cluster_features(path: str, lead: str) -> list[str]:
    """What the path of a word's own sort says."""
    if not path:
        return []
    return [f"c4 {lead}{path[:SHORT]}", f"c7 {lead}{path[:MIDDLE]}", f"c10 {lead}{path[:LONG]}", f"c {lead}{path}"]


def neighbour_features(word: Word, slot: str, *, cased: bool) -> list[str]:
    """What a neighbour says; `slot` is p1, p2 (before) or n1, n2 (after)."""
    kind = word.coarse if cased else word.bare
    return [f"{slot} {kind}", f"{slot}t {word.token}", *path_features(word.sort.path, slot)]


def path_features(path: str, slot: str) -> list[str]:
    """What the path of a neighbour says."""
    return [f"{slot}c4 {path[:SHORT]}", f"{slot}c7 {path[:MIDDLE]}", f"{slot}c {path}"] if path else []


def features(document: Document, at: int, *, cased: bool) -> list[str]:
    """Every feature of the word at a position."""
    words = document.words
    count = len(words)
    p2 = words[at - 2] if at > 1 else EDGE
    p1 = words[at - 1] if at else EDGE
    n1 = words[at + 1] if at + 1 < count else EDGE
    n2 = words[at + 2] if at + 2 < count else EDGE
    word = words[at]
    kind, before, after = (w.coarse if cased else w.bare for w in (word, p1, n1))
    left = gap_class(document.gaps[at]) if at else "edge"
    right = gap_class(document.gaps[at + 1]) if at + 1 < count else "edge"
    found = [*own_features(word, document.keys[at], cased=cased)]
    found += letter_features(word, document.keys[at], cased=cased)
    found += sort_features(word.sort, word.coarse[0] if cased else "")
    for neighbour, slot in ((p1, "p1"), (n1, "n1"), (p2, "p2"), (n2, "n2")):
        found += neighbour_features(neighbour, slot, cased=cased)
    found += [
        f"p1+ {before}/{kind}",
        f"n1+ {after}/{kind}",
        f"p1t+ {p1.token}/{kind}",
        f"n1t+ {n1.token}/{kind}",
        f"case {word.sort.case}/{kind}",
        f"p1c+ {p1.sort.middle}/{kind}",
        f"n1c+ {n1.sort.middle}/{kind}",
        f"left {left}/{kind}",
        f"right {right}/{kind}",
        f"around {before}/{after}",
        f"two {p2.token}/{p1.token}",
        f"style {document.style}/{kind}",
    ]
    return found
