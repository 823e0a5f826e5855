"""How much do the letters of a word look like a name's, how much like a town's? Most names are in no list.

Three letters at a time, weighed in `letters.json`, which `make train-tagger` writes from the lexicon.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import repeat
from math import floor
from pathlib import Path

MODEL = Path(__file__).with_name("letters.json")
SIZE = 3  # letters
STEP, LOWEST, HIGHEST = 1.2, -5, 4  # of the log-odds; steps
NOTHING = repeat(0j)
UNSAID = HIGHEST + 1  # of a word with letters beyond a to z, or too short


def pieces(key: str) -> list[str]:
    """Every three letters of a word in lower case, its beginning and end marked."""
    marked = f"^{key}$"
    return [marked[at : at + SIZE] for at in range(len(marked) - SIZE + 1)]


@cache
def table() -> tuple[dict[str, complex], complex]:
    """Three letters -> their weights for a name and (imaginary part) for a town, added up at once; the biases."""
    model = json.loads(MODEL.read_text(encoding="utf-8"))
    name, town = model["name"]["weights"], model["town"]["weights"]
    both = {piece: complex(name.get(piece, 0.0), town.get(piece, 0.0)) for piece in {*name, *town}}
    return both, complex(model["name"]["bias"], model["town"]["bias"])


def looks(key: str) -> tuple[int, int]:
    """How many steps like a name, and like a town, is a word in lower case, without its possessive ending?"""
    if "'" in key:
        key = key.removesuffix("'s").replace("'", "")
    if len(key) < SIZE or not key.isascii():
        return UNSAID, UNSAID
    weights, biases = table()
    total = sum(map(weights.get, pieces(key), NOTHING), biases)
    return steps(total.real), steps(total.imag)


def steps(log_odds: float) -> int:
    """The step of the log-odds."""
    step = floor(log_odds / STEP)
    return LOWEST if step < LOWEST else HIGHEST if step > HIGHEST else step
