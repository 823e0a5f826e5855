"""Between which words does this word stand, and how is it mostly written? Two classes, read once from `classes.tsv.gz`.

The path is its Brown cluster: given names, towns, products or verbs share a beginning. The habit tells how often it is
written with a capital, and how often at all. Counted over open talk; sources and licences: `LEXICON.md`.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

PACKED = Path(__file__).with_name("classes.tsv.gz")
MIDDLE = 7  # steps from the root of the tree of clusters


@dataclass(frozen=True, slots=True, eq=False)
class Sort:
    """What talk says of a word; one object for all words of which it says the same."""

    path: str
    habit: str
    middle: str  # the first steps of the path
    case: str  # the half of the habit that tells how it is mostly written


def sort(path: str, habit: str) -> Sort:
    """The sort of a line."""
    return Sort(path, habit, path[:MIDDLE], habit[:1])


NONE = sort("", "-")


def numbered(shift: int) -> tuple[list[Sort], dict[str, int]]:
    """The sorts by number, of which number 0 is `NONE`; word in lower case -> that of its sort, so many bits up."""
    sorts, words = [NONE], {}
    with gzip.open(PACKED, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            head, _, listed = line.rstrip("\n").partition("\t")
            sorts.append(sort(*head.split(" ")))
            words.update(dict.fromkeys(listed.split(" "), number << shift))
    return sorts, words
