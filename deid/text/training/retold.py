"""Tell a labelled tweet anew: with other people and places, and the handles and links that had been taken out.

From a few thousand tweets a tagger learns their names; with the names exchanged it learns their sentences. All is
made up by `fill.py`, and drawn from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import cache

from deid.text import bits, lexicon, unknown
from deid.text.training.fill import Filler
from deid.text.training.generate import Labelled, fill, joined

COPIES = 3
LISTED_TOWN = 0.3  # how often a town is any of the lexicon, not one of the generator's
LOWERED = 0.05
SHORTEST_NAME = 4  # letters of a place; shorter ones are abbreviations, which no town stands for
DRESSED = 0.6
# What stands before a tweet, and behind it; nothing for the rest.
OPENINGS = ["@{handle}"] * 7 + ["@{handle} @{handle}"] * 2 + ["RT @{handle}:"] * 4 + [".@{handle}", "#{tag}"] + [""] * 5
CLOSINGS = (
    ["http://t.co/{code}"] * 7 + ["#{tag}"] * 3 + ["#{tag} #{tag}"] * 2 + ["@{handle}", "cc @{handle}", "via @{handle}"]
)
CLOSINGS += ["#{tag} http://t.co/{code}"] + [""] * 4
HANDLES_LOWERED = 0.5


@cache
def towns() -> list[str]:
    """The towns of the lexicon that no usual dictionary knows, with a capital."""
    listed = sorted(lexicon.table().items())
    return [word.capitalize() for word, mask in listed if bits.place(mask) and bits.dictionary(mask) in (0, 4)]


def person(old: str, filler: Filler) -> str:
    """Another person, with as many names."""
    if " " in old:
        return f"{filler.drawn('first')} {filler.drawn('last')}"
    return filler.drawn(filler.rng.choice(["first", "first", "last"]))


def place(old: str, filler: Filler) -> str:
    """Another place."""
    if len(old) < SHORTEST_NAME:
        return old
    return filler.rng.choice(towns()) if filler.rng.random() < LISTED_TOWN else filler.drawn("city")


def mistaken(name: str) -> bool:
    """Would a word of a made-up name pass for an ordinary one misspelled? Of those people write more."""
    words = name.lower().split()
    return any(not lexicon.look_up(word) and unknown.is_variant(word) for word in words)


def other(old: str, label: str, filler: Filler) -> str:
    """Another name in the place of an old one."""
    change = {"NAME": person, "LOCATION": place}.get(label)
    if change is None:
        return old
    new = change(old, filler)
    while new != old and mistaken(new):
        new = change(old, filler)
    return as_written(new, old, filler.rng)


def as_written(new: str, old: str, rng: random.Random) -> str:
    """The new name in lower case or in capitals where the old one was; now and then in lower case."""
    if old.islower() or rng.random() < LOWERED:
        return new.lower()
    return new.upper() if old.isupper() and len(old) >= SHORTEST_NAME else new


def renamed(told: Labelled, filler: Filler) -> Labelled:
    """The tweet with other people and places in it."""
    text, spans, end = "", [], 0
    for start, stop, label in sorted(told.spans):
        if start < end:
            continue
        old = told.text[start:stop]
        new = other(old, label, filler)
        text += told.text[end:start]
        spans.append((len(text), len(text) + len(new), label))
        text, end = text + new, stop
    return Labelled(text + told.text[end:], tuple(spans))


def beside(template: str, filler: Filler) -> Labelled:
    """What stands beside a tweet; handles are mostly neither capitalised nor not."""
    made = fill(template, filler)
    return Labelled(made.text.lower(), made.spans) if filler.rng.random() < HANDLES_LOWERED else made


def dressed(told: Labelled, filler: Filler) -> Labelled:
    """The tweet with handles, a link or hashtags before or behind it."""
    rng = filler.rng
    parts = [beside(rng.choice(OPENINGS), filler), told, beside(rng.choice(CLOSINGS), filler)]
    return joined([part for part in parts if part.text])


def retold(
    texts: Iterable[Labelled], seed: int = 2026, *, copies: int = COPIES, share: float = DRESSED
) -> Iterator[Labelled]:
    """Each text, and copies of each that names somebody or some place, with other names; a share of them dressed."""
    rng = random.Random(seed)  # noqa: S311  a seeded draw, not a secret
    filler = Filler(rng)
    for text in texts:
        naming = any(label in {"NAME", "LOCATION"} for _, _, label in text.spans)
        for told in (text, *(renamed(text, filler) for _ in range(copies if naming else 0))):
            yield dressed(told, filler) if rng.random() < share else told
