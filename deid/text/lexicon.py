"""Is this word an ordinary word, a name, a place, a medical term? One dictionary, read once from `lexicon.tsv.gz`.

Sources and licences: `LEXICON.md`. Looked up in lower case; a possessive is looked up without its ending.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

PACKED = Path(__file__).with_name("lexicon.tsv.gz")


@cache
def table() -> dict[str, int]:
    """Word -> mask (see `bits`)."""
    words: dict[str, int] = {}
    with gzip.open(PACKED, "rt", encoding="utf-8") as lines:
        for line in lines:
            mask, _, listed = line.rstrip("\n").partition("\t")
            words.update(dict.fromkeys(listed.split(" "), int(mask, 16)))
    return words


def stem(key: str) -> str:
    """The word without a possessive ending or its bare apostrophe: `anna's` -> `anna`."""
    for ending in ("'s", "’s", "'", "’"):
        if key.endswith(ending) and len(key) > len(ending):
            return key[: -len(ending)]
    return key


def look_up(key: str) -> int:
    """The mask of a lower-cased word, 0 if nothing is known of it."""
    words = table()
    mask = words.get(key)
    if mask is None:
        return words.get(stem(key), 0) if "'" in key or "’" in key else 0
    return mask
