"""Layer 5. Is a word of no lexicon a way of writing an ordinary one? If not, it goes: it may be a name nobody listed.

Ordinary: drawn out ("soooo"), laughter, a derived form ("unfollowable"), letters dropped before an apostrophe, or one
edit (Damerau) from one of the commonest or clinical words, for words of five letters or more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from deid.text import bits, lexicon


def by_last_letter(endings: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The endings by their last letter."""
    found: dict[str, tuple[str, ...]] = {}
    for ending in endings:
        found[ending[-1]] = (*found.get(ending[-1], ()), ending)
    return found


DRAWN_OUT = re.compile(r"(.)\1{2,}")
LAUGHTER = re.compile(r"(?:a*(?:ha|he|hi|ho|ja){2,}h?|l+o+l+|x+d+|m+h*m+|h+m+|(?:a+|u+|o+|e+)(?:h+|w+|r+g+h+)|z+|b+r+)")
LAUGHS = frozenset("ahjlxmuoezb")  # first letters
SHORTEST_TYPO, LONG_WORD, LONGEST_WORD = 5, 7, 40
PREFIXES = ("un", "re", "non", "over", "under", "mis", "pre", "post", "anti", "co", "self", "super", "sub", "inter", "de", "dis", "micro", "psycho", "neuro", "hyper", "hypo", "out")  # fmt: skip
SUFFIXES = by_last_letter(("s", "es", "ed", "d", "ing", "ly", "er", "ers", "est", "ness", "ish", "able", "like", "less", "ful", "ism", "ist", "ists", "ity", "ation", "ize", "ized", "izing", "wise", "y", "n", "in"))  # fmt: skip
CLINICAL_ENDINGS = tuple(
    ending + plural
    for ending in "azole amide pril sartan olol statin azepam azolam oxetine mycin cillin floxacin gliptin gliflozin glutide tidine prazole setron triptan mab tinib vir idone itis osis emia uria ectomy oscopy opathy plasty algia phobia gram".split()  # noqa: SIM905  read as a line
    for plural in ("", "s")
)
CLINICAL_BY_LETTER = by_last_letter(CLINICAL_ENDINGS)


def ordinary(key: str, tier: int = 2) -> bool:
    """Is it a dictionary word of this tier or commoner, or clinical?"""
    mask = lexicon.table().get(key, 0)
    return 0 < bits.dictionary(mask) <= tier or bool(mask & (bits.FLAG["clinical"] | bits.FLAG["slang"]))


@cache
def common_words() -> frozenset[str]:
    """The commonest, the clinical and the slang words."""
    wanted = bits.FLAG["clinical"] | bits.FLAG["slang"]
    return frozenset(word for word, mask in lexicon.table().items() if mask & wanted or bits.dictionary(mask) == 1)


def shortened(key: str) -> bool:
    """Is it an ordinary word with letters drawn out, or laughter?"""
    if key[0] in LAUGHS and LAUGHTER.fullmatch(key):
        return True
    if not DRAWN_OUT.search(key):
        return False
    return any(lexicon.look_up(DRAWN_OUT.sub(copies, key)) for copies in (r"\1", r"\1\1"))


def derived(key: str) -> bool:
    """Is it an ordinary word with a common beginning or ending?"""
    size = len(key)
    if key.startswith(PREFIXES):
        for prefix in PREFIXES:
            if key.startswith(prefix) and size > len(prefix) + 3 and ordinary(key[len(prefix) :], 3):
                return True
    for suffix in SUFFIXES.get(key[-1], ()):
        if key.endswith(suffix) and size > len(suffix) + 3:
            base = key[: -len(suffix)]
            if ordinary(base) or ordinary(base + "e"):
                return True
    common = common_words()
    for cut in range(3, size - 2):  # noqa: SIM110  a loop is quicker, and runs for each name never met before
        if key[:cut] in common and key[cut:] in common:
            return True
    return False


def halves(size: int) -> tuple[int, int]:
    """How many letters from the start, and how many from the end beside the first, to look a misspelled word up by.

    One edit leaves the one or the other as it was in a word of seven letters or more, and mostly in shorter ones.
    """
    return (3, 3) if size < 8 else (4, 3) if size == 8 else (4, 4) if size == 9 else (5, 4)


@cache
def near_words() -> list[dict[str, list[str]]]:
    """Common and clinical words by length, then by the letters of `halves` of a word as long, a letter longer or shorter."""
    wanted = bits.FLAG["clinical"] | bits.FLAG["function"]
    index: list[dict[str, list[str]]] = [{} for _ in range(LONGEST_WORD + 2)]
    for word, mask in lexicon.table().items():
        tier, size = bits.dictionary(mask), len(word)
        if SHORTEST_TYPO - 1 <= size <= LONGEST_WORD + 1 and (
            tier == 1 or mask & wanted or (tier == 2 and size >= LONG_WORD - 1)
        ):
            for start, end in {halves(near) for near in (size - 1, size, size + 1)}:
                index[size].setdefault(word[:start], []).append(word)
                index[size].setdefault(f"{word[0]}-{word[-end:]}", []).append(word)
            if size < LONG_WORD:
                index[size].setdefault("".join(sorted(word)), []).append(word)  # neighbours exchanged
    return index


def one_edit(one: str, other: str, at: int) -> bool:
    """Is one letter dropped, added, replaced or exchanged with its neighbour? The letters before `at` are the same."""
    shorter = min(len(one), len(other))
    while at < shorter and one[at] == other[at]:
        at += 1
    if len(one) == len(other):
        rest = one[at + 1 :]
        return rest == other[at + 1 :] or (rest[1:] == other[at + 2 :] and one[at : at + 2] == other[at : at + 2][::-1])
    return one[at + 1 :] == other[at:] or one[at:] == other[at + 1 :]


def misspelled(key: str) -> bool:
    """Is it one edit from a very common or clinical word that begins alike?

    Of the words with the same beginning or ending most are ruled out by a letter: but for an edit at the very end, the
    last one is the last or last but one of the key; likewise the second or third one.
    """
    size = len(key)
    if size < SHORTEST_TYPO or not key.isascii():
        return False
    index, (start, end), first = near_words(), halves(size), key[0]
    if size < LONG_WORD:
        for near in index[size].get("".join(sorted(key)), ()):
            if near[0] == first and one_edit(key, near, 1):
                return True
    beginning, ending = key[:start], f"{first}-{key[-end:]}"
    two, last_two, but_last = key[1:3], key[-2:], key[:-1]
    for words in (index[size], index[size - 1], index[size + 1]):
        for near in words.get(beginning, ()):
            if (near[-1] in last_two or near.startswith(but_last)) and one_edit(key, near, start):
                return True
        for near in words.get(ending, ()):
            if (near[1] in two or near[2] in two) and one_edit(key, near, 1):
                return True
    return False


def is_variant(key: str) -> bool:
    """Is this unlisted word a way of writing an ordinary one?"""
    if len(key) > LONGEST_WORD:
        return shortened(key)
    if "'" in key or "’" in key:
        head, _, tail = key.replace("’", "'").partition("'")
        return ordinary(head + tail) or (tail in {"ve", "ll", "d", "re", "t", "m", "in", "n", "em"} and ordinary(head))
    if not key.isascii():
        return False
    clinical = key.endswith(CLINICAL_BY_LETTER.get(key[-1], ())) and not key.startswith(CLINICAL_ENDINGS)
    return clinical or shortened(key) or derived(key) or misspelled(key)
