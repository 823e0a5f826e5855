"""How much do the letters of a word look like a name's, how much like a town's? Most names are in no list.

Three letters at a time, weighed in `letters.json`, which `make train-tagger` writes from the lexicon.
"""

from __future__ import annotations

import json
from bisect import bisect
from functools import cache
from itertools import repeat
from operator import itemgetter
from pathlib import Path

MODEL = Path(__file__).with_name("letters.json")
SIZE = 3  # letters
STEP, LOWEST, HIGHEST = 1200, -5, 4  # thousandths of the log-odds; steps
LIMITS = [STEP * step for step in range(LOWEST + 1, HIGHEST + 1)]
UNSAID = HIGHEST + 1  # of a word with letters beyond a to z, or too short
NAME_BITS = 24
NAME = 1 << NAME_BITS  # one thousandth for a name beside those for a town, so that one sum adds up both
LONGEST = 40  # letters: beyond, a word has no more time than others
NOTHING = repeat(0)
# By how many letters a word has: every three of them, its beginning and end marked ("^anna$").
CUT = [itemgetter(*[slice(at, at + SIZE) for at in range(size)]) for size in range(SIZE, LONGEST + 1)]


def pieces(key: str) -> tuple[str, ...]:
    """Every three letters of a word of three or more in lower case, its beginning and end marked."""
    marked, size = f"^{key}$", len(key)
    return CUT[size - SIZE](marked) if size <= LONGEST else tuple(marked[at : at + SIZE] for at in range(size))


@cache
def table() -> tuple[dict[str, int], int]:
    """Three letters -> their weights for a name and for a town, in one number; the biases, and half a `NAME`.

    With that half no sum for a town is below nought.
    """
    model = json.loads(MODEL.read_text(encoding="utf-8"))
    name, town = model["name"]["weights"], model["town"]["weights"]
    both = {piece: packed(name.get(piece, 0.0), town.get(piece, 0.0)) for piece in {*name, *town}}
    return both, packed(model["name"]["bias"], model["town"]["bias"]) + NAME // 2


def packed(name: float, town: float) -> int:
    """Two weights of three decimals in one number."""
    return round(name * 1000) * NAME + round(town * 1000)


def looks(key: str) -> tuple[int, int]:
    """How many steps like a name, and like a town, is a word in lower case, without its possessive ending?"""
    if "'" in key:
        key = key.removesuffix("'s").replace("'", "")
    if len(key) < SIZE or not key.isascii():
        return UNSAID, UNSAID
    weights, biases = table()
    both = sum(map(weights.get, pieces(key), NOTHING), biases)
    return LOWEST + bisect(LIMITS, both >> NAME_BITS), LOWEST + bisect(LIMITS, (both & NAME - 1) - NAME // 2)
