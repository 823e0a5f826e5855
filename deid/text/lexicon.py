"""Is this word an ordinary word, a name, a place, a medical term? One dictionary, read once from `lexicon.tsv.gz`.

It also tells what `classes` says of the word.

Sources and licences: `LEXICON.md`. Looked up in lower case; a possessive is looked up without its ending.
"""

from __future__ import annotations

import gzip
from functools import cache
from itertools import repeat
from pathlib import Path

from deid.text import bits, classes
from deid.text.classes import Sort

PACKED = Path(__file__).with_name("lexicon.tsv.gz")
MASK_BITS = bits.FLAG_SHIFT + len(bits.CLASSES)
MASK = (1 << MASK_BITS) - 1


class Masked(dict[int, int]):
    """What is told of a word so far -> the same with a mask; one object for all words of which the same is told."""

    def __init__(self, mask: int) -> None:
        super().__init__()
        self.mask = mask

    def __missing__(self, told: int) -> int:
        both = self[told] = told | self.mask
        return both


@cache
def read() -> tuple[dict[str, int], list[Sort]]:
    """Word -> what is told of it: its mask (see `bits`) and, above that, the number of its sort; the sorts by number.

    Both in one number because each look-up of a word met for the first time waits for memory.
    """
    sorts, words = classes.numbered(MASK_BITS)
    with gzip.open(PACKED, "rt", encoding="utf-8") as lines:
        for line in lines:
            mask, _, listed = line.rstrip("\n").partition("\t")
            masked, found = Masked(int(mask, 16)), listed.split(" ")
            words.update(zip(found, map(masked.__getitem__, map(words.get, found, repeat(0))), strict=True))
    return words, sorts


@cache
def told() -> dict[str, int]:
    """Word -> its mask and the number of its sort."""
    return read()[0]


@cache
def sorts() -> list[Sort]:
    """The sorts by number."""
    return read()[1]


def sort_of(told: int) -> Sort:
    """The sort in what is told of a word."""
    return sorts()[told >> MASK_BITS]


@cache
def table() -> dict[str, int]:
    """Word -> mask, of the words that have one."""
    return {word: told & MASK for word, told in told().items() if told & MASK}


def stem(key: str) -> str:
    """The word without a possessive ending or its bare apostrophe: `anna's` -> `anna`."""
    for ending in ("'s", "’s", "'", "’"):
        if key.endswith(ending) and len(key) > len(ending):
            return key[: -len(ending)]
    return key


def look_up(key: str) -> int:
    """The mask of a lower-cased word, 0 if nothing is known of it."""
    words = told()
    mask = words.get(key, 0) & MASK
    return mask or (words.get(stem(key), 0) & MASK if "'" in key or "’" in key else 0)


def sort(key: str) -> Sort:
    """The sort of a lower-cased word without its possessive ending."""
    return sort_of(told().get(key, 0))
