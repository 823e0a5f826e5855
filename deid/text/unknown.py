"""Layer 5. Is a word of no lexicon a way of writing an ordinary one? If not, it goes: it may be a name nobody listed.

Ordinary: drawn out ("soooo"), laughter, a derived form ("unfollowable"), letters dropped before an apostrophe, or one
edit (Damerau) from one of the commonest or clinical words, for words of five letters or more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from deid.text import bits, lexicon


def by_last_letter(endings: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The endings by their last letter."""
    found: dict[str, tuple[str, ...]] = {}
    for ending in endings:
        found[ending[-1]] = (*found.get(ending[-1], ()), ending)
    return found


DRAWN_OUT = re.compile(r"(.)\1{2,}")
LAUGHTER = re.compile(r"(?:a*(?:ha|he|hi|ho|ja){2,}h?|l+o+l+|x+d+|m+h*m+|h+m+|(?:a+|u+|o+|e+)(?:h+|w+|r+g+h+)|z+|b+r+)")
LAUGHS = frozenset("aa ah aj aw ar ha he hi ho ja ll lo xx xd mm mh hm hh uu uh uw ur oo oh ow or ee eh ew er z zz bb br".split())  # fmt: skip  # noqa: SIM905  beginnings
SHORTEST_TYPO, LONG_WORD, LONGEST_WORD, SHORTEST_SLANG = 5, 7, 40, 4
SHORTEST_PART = 3  # letters of each of two words written as one
BEGINNING, ENDING = 4, -4  # letters that most names do not share with any ordinary word
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
    mask = lexicon.told().get(key, 0)
    return 0 < bits.dictionary(mask) <= tier or bool(mask & (bits.FLAG["clinical"] | bits.FLAG["slang"]))


@cache
def common_words() -> frozenset[str]:
    """The commonest and the clinical words, and those of talk that are long enough to be no ending of a name."""
    clinical, slang = bits.FLAG["clinical"], bits.FLAG["slang"]
    return frozenset(
        word
        for word, mask in lexicon.told().items()
        if mask & clinical or bits.dictionary(mask) == 1 or (mask & slang and len(word) >= SHORTEST_SLANG)
    )


@cache
def beginnings() -> frozenset[str]:
    """The first letters of all words that an unlisted one may be a derived or misspelled form of."""
    flags = bits.FLAG["clinical"] | bits.FLAG["slang"] | bits.FLAG["function"]
    wanted = {mask for mask in set(lexicon.told().values()) if mask & flags or 0 < bits.dictionary(mask) <= 2}
    return frozenset([word[:BEGINNING] for word, mask in lexicon.told().items() if mask in wanted])


def shortened(key: str) -> bool:
    """Is it an ordinary word with letters drawn out, or laughter?"""
    if key[:2] in LAUGHS and LAUGHTER.fullmatch(key):
        return True
    if not DRAWN_OUT.search(key):
        return False
    return any(lexicon.look_up(DRAWN_OUT.sub(copies, key)) for copies in (r"\1", r"\1\1"))


def derived(key: str) -> bool:
    """Is it an ordinary word with a common beginning or ending, or two of them in one?"""
    size = len(key)
    if key.startswith(PREFIXES):
        for prefix in PREFIXES:
            if key.startswith(prefix) and size > len(prefix) + 3 and ordinary(key[len(prefix) :], 3):
                return True
    common = common_words()
    if size >= 2 * SHORTEST_PART and key[:SHORTEST_PART] in common and key[SHORTEST_PART:] in common:
        return True
    if key[:BEGINNING] not in beginnings():
        return False
    for suffix in SUFFIXES.get(key[-1], ()):
        if key.endswith(suffix) and size >= len(suffix) + BEGINNING:
            base = key[: -len(suffix)]
            if ordinary(base) or ordinary(base + "e"):
                return True
    return any([key[:cut] in common and key[cut:] in common for cut in range(BEGINNING, size - SHORTEST_PART + 1)])


def halves(size: int) -> tuple[int, int]:
    """How many letters from the start, and how many from the end beside the first, to look a misspelled word up by.

    One edit leaves the one or the other as it was in a word of seven letters or more, and mostly in shorter ones.
    """
    return (3, 3) if size < 8 else (4, 3) if size == 8 else (4, 4) if size == 9 else (5, 4)


class Near(NamedTuple):
    """Common and clinical words, to look a misspelled one up by wherever the edit is.

    words: as they are. but_last, but_second: these, and the same without that letter. slips: without either, and those
    of six letters or fewer with two exchanged. endings: the first letter and the last ones. beside: by the beginning
    of `halves` and the last letter; by two letters, a hyphen and the ending of `halves`.
    """

    words: frozenset[str]
    but_last: frozenset[str]
    but_second: frozenset[str]
    slips: frozenset[str]
    endings: frozenset[str]
    beside: dict[str, str]


@cache
def near_words() -> Near:
    """The words that a misspelled one may stand for; one that shares its halves with others behind a blank."""
    wanted = bits.FLAG["clinical"] | bits.FLAG["function"]
    words = [
        word
        for word, mask in lexicon.told().items()
        if SHORTEST_TYPO - 1 <= len(word) <= LONGEST_WORD + 1
        and (bits.dictionary(mask) == 1 or mask & wanted or (bits.dictionary(mask) == 2 and len(word) >= LONG_WORD - 1))
    ]
    but_last, but_second = [word[:-1] for word in words], [word[0] + word[2:] for word in words]
    short = [word for word in words if SHORTEST_TYPO <= len(word) < LONG_WORD]
    return Near(
        frozenset(words),
        frozenset(words + but_last),
        frozenset(words + but_second),
        frozenset(but_last + but_second + [exchanged(word, at) for word in short for at in range(1, len(word) - 1)]),
        frozenset([word[0] + word[ENDING:] for word in words]),
        by_halves(words),
    )


def by_halves(words: list[str]) -> dict[str, str]:
    """The words by what one edit leaves of them (see `Near`)."""
    sizes = [[halves(near) for near in (size - 1, size, size + 1)] for size in range(LONGEST_WORD + 2)]
    parts = [({start for start, _ in found}, {end for _, end in found}) for found in sizes]
    beside: dict[str, str] = {}
    for word in words:
        starts, ends = parts[len(word)]
        for part in [word[:start] + word[-1] for start in starts] + [f"{word[:2]}-{word[-end:]}" for end in ends]:
            held = beside.get(part)
            beside[part] = word if held is None else f"{held} {word}"
    return beside


def exchanged(word: str, at: int) -> str:
    """The word with a letter and the next one exchanged."""
    return f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"


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

    An edit of the last letter or of the second leaves a word that is looked up as it is; any other leaves the beginning
    and the last letter, or the first two letters and the ending. Most names begin and end as no such word does.
    """
    size = len(key)
    if size < SHORTEST_TYPO or not key.isascii():
        return False
    words, but_last, but_second, slips, endings, beside = near_words()
    if key in slips:
        return True
    begins, ends = key[:BEGINNING] in beginnings(), size == SHORTEST_TYPO or key[0] + key[ENDING:] in endings
    if begins and (key[:-1] in but_last or (size >= LONG_WORD and exchanged(key, size - 2) in words)):
        return True
    if ends and (key[0] + key[2:] in but_second or (size >= LONG_WORD and exchanged(key, 1) in words)):
        return True
    start, end = halves(size)
    near = beside.get(key[:start] + key[-1]) if begins or start < BEGINNING else None
    too = beside.get(f"{key[:2]}-{key[-end:]}") if ends or end < -ENDING else None
    return (near is not None and one_edit_away(key, near, start)) or (too is not None and one_edit_away(key, too, 2))


def one_edit_away(key: str, words: str, at: int) -> bool:
    """Is one of the words one edit away? The letters before `at` are the same."""
    size = len(key)
    return any([-2 < len(near) - size < 2 and one_edit(key, near, at) for near in words.split(" ")])


def is_variant(key: str) -> bool:
    """Is this unlisted word a way of writing an ordinary one?"""
    if len(key) > LONGEST_WORD:
        return shortened(key)
    if "'" in key or "’" in key:
        head, _, tail = key.replace("’", "'").partition("'")
        return ordinary(head + tail) or (tail in {"ve", "ll", "d", "re", "t", "m", "in", "n", "em"} and ordinary(head))
    if not key or not key.isascii():
        return False
    clinical = key.endswith(CLINICAL_BY_LETTER.get(key[-1], ())) and not key.startswith(CLINICAL_ENDINGS)
    return clinical or shortened(key) or derived(key) or misspelled(key)
