"""What do the words of a hashtag say when it is cut into them (#chatwithbronwyn, #LoveMyJob): a name, or nothing?

Cut where the capitals stand, and each run of letters into its likeliest words: the cut whose words are commonest in
talk (Viterbi over the steps of commonness in `classes`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from deid.text import bits, classes, lexicon, unknown

HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Natural logarithm of the share of a word in talk, by the step of commonness; of one only the lexicon has; of a
# stranger, and of each of its letters.
SHARES, LISTED, STRANGER, LETTER = (-18.0, -16.0, -14.0, -12.0, -10.0, -8.0), -19.0, -17.0, -3.0
SHORT_WORDS = {"a": -7.0, "i": -7.0}
LONGEST, LONGEST_PIECE, SHORTEST_NAME, SHORTEST_PART = 40, 18, 4, 3
KNOWN = 3  # tier of a common name
MOSTLY_LOWER = frozenset("0123")
FAMILIAR = 2  # step of commonness: more than one in two million words
WIDE = bits.FLAG["state"] | bits.FLAG["country"] | bits.FLAG["state_code"] | bits.FLAG["demonym"]
TIME = bits.FLAG["weekday"] | bits.FLAG["month"] | bits.FLAG["function"]
NAME, PLAIN, OPEN = "name", "plain", ""


@lru_cache(maxsize=4096)
def says(tag: str) -> str:
    """Does the tag name somebody or some town (`name`), is it made of ordinary words (`plain`), or is that open?"""
    humps = [hump.lower() for hump in HUMPS.findall(tag) if len(hump) > 1]
    pieces = [piece for hump in humps for piece in segments(hump)]
    if not pieces:
        return OPEN
    masks = [lexicon.look_up(piece) for piece in pieces]
    several = len(pieces) > 1
    if any(
        len(piece) >= SHORTEST_NAME and (names(mask) or (several and rare_name(mask)))
        for piece, mask in zip(pieces, masks, strict=True)
    ):
        return NAME
    if any(paired(one, two) for one, two in pairwise(masks)):
        return NAME
    if several and all(map(ordinary, pieces)):
        return PLAIN
    strange = any(len(p) >= SHORTEST_NAME and not m and stranger(p) for p, m in zip(pieces, masks, strict=True))
    return NAME if len(humps) > 1 and strange else OPEN


def segments(run: str) -> list[str]:
    """The likeliest words of a run of letters."""
    size = len(run)
    if size > LONGEST:
        return [run]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, size + 1):
        best.append(
            max((best[start][0] + share(run[start:end]), start) for start in range(max(0, end - LONGEST_PIECE), end))
        )
    pieces: list[str] = []
    end = size
    while end:
        start = best[end][1]
        pieces.append(run[start:end])
        end = start
    return pieces[::-1]


def share(piece: str) -> float:
    """The logarithm of the share of a word in talk; short words count only if everybody knows them."""
    if len(piece) == 1:
        return SHORT_WORDS.get(piece, STRANGER)
    told = lexicon.told().get(piece, 0)
    mask = told & lexicon.MASK
    if len(piece) == 2 and not mask & bits.FLAG["function"]:
        return STRANGER
    sort = lexicon.sort_of(told)
    if sort is not classes.NONE and (mask or len(piece) > SHORTEST_PART):
        return SHARES[int(sort.habit[1])]
    return LISTED if mask else STRANGER + LETTER * len(piece)


def stranger(piece: str) -> bool:
    """Is it in no list, and no way of writing an ordinary word?"""
    return lexicon.sort(piece) is classes.NONE and not unknown.is_variant(piece)


def ordinary(piece: str) -> bool:
    """Is it an ordinary word, or one that talk hardly ever writes with a capital?"""
    sort = lexicon.sort(piece)
    familiar = sort.case in MOSTLY_LOWER and int(sort.habit[1]) >= FAMILIAR
    return len(piece) == 1 or familiar or unknown.ordinary(piece) or bool(lexicon.look_up(piece) & TIME)


def names(mask: int) -> bool:
    """Is it a name or a town, and hardly anything else?"""
    tier = bits.dictionary(mask)
    named = (bits.first(mask) >= 2 or bits.last(mask) >= 2) and tier in (0, 4)
    town = bits.place(mask) >= 1 and tier in (0, 4) and not mask & WIDE
    return town or (not closed(mask) and (named or (bits.first(mask) >= 2 and tier == 3)))


def closed(mask: int) -> bool:
    """Is it in a closed class (a weekday, a unit, a country)?"""
    return bool(mask >> bits.FLAG_SHIFT << bits.FLAG_SHIFT & ~bits.FLAG["proper"])


def rare_name(mask: int) -> bool:
    """Is it a name of few, and nothing else? Beside another word it was cut from it is meant."""
    return bool(bits.first(mask) or bits.last(mask)) and not bits.dictionary(mask) and not closed(mask)


def paired(one: int, two: int) -> bool:
    """Are two neighbours a given name and a surname, and not two ordinary words?"""
    ordinary_words = 0 < bits.dictionary(one) <= 2 and 0 < bits.dictionary(two) <= 2
    return (bits.first(one) >= KNOWN and bits.last(two) >= 1) or (
        bits.first(one) >= 2 and bits.last(two) >= 1 and not ordinary_words
    )
