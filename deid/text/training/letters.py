"""How do the letters of names, of towns and of other words follow each other? Weighs every three: `letters.json`.

Names and towns of the lexicon that no dictionary knows, against dictionary words that name nobody, and against the
words that talk hardly ever writes with a capital.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from deid.text import bits, lexicon
from deid.text.letters import MODEL, SIZE, pieces
from deid.text.training.fit import fit

FEWEST = 100  # words that hold the three letters
LOWER = frozenset("01")  # habits
WORD, NAME, TOWN = "word", "name", "town"
DICTIONARY = range(1, 5)  # tiers


def sample() -> Iterator[tuple[str, str]]:
    """Words in lower case, and what each is."""
    for key, mask in sorted(lexicon.table().items()):
        tier, named, town = bits.dictionary(mask), bits.first(mask) or bits.last(mask), bits.place(mask)
        if plain(key) and tier in DICTIONARY and not named and not town:
            yield key, WORD
        elif plain(key) and not tier and (named or town):
            yield key, TOWN if town else NAME
    for key, told in sorted(lexicon.told().items()):
        if plain(key) and not told & lexicon.MASK and lexicon.sort_of(told).case in LOWER:
            yield key, WORD


def plain(key: str) -> bool:
    """Is it long enough, and of the letters a to z alone?"""
    return len(key) >= SIZE and key.isascii() and key.isalpha()


def main() -> None:
    """Fit both, write them down."""
    words = [(pieces(key), kind) for key, kind in sample()]
    model = {}
    for wanted in (NAME, TOWN):
        rows = [(held, 0.0, kind == wanted) for held, kind in words]
        weights, _, bias = fit(rows, least=FEWEST, penalty=3.0, positive=1.0, digits=1, smallest=0.1)
        model[wanted] = {"bias": bias, "weights": weights}
    MODEL.write_text(json.dumps(model, indent=0, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{MODEL.stat().st_size:,} bytes in {MODEL.name}")  # noqa: T201  a build step says what it made


if __name__ == "__main__":
    main()
