"""What does the lexicon know of a word? One integer: four tiers and a flag for each closed class.

Tiers: `dictionary` 1 (the commonest words) to 4 (rare), 5 misspelled; `first` and `last` names 1 (rare) to 3 (common);
`place` 1 to 2. 0 = not listed. The closed classes are named as in `training/vocabulary.toml`.
"""

from __future__ import annotations

DICTIONARY_MASK = 0b111
FIRST_SHIFT, LAST_SHIFT, PLACE_SHIFT, FLAG_SHIFT = 3, 5, 7, 9
CLASSES = (
    "proper",
    "function",
    "slang",
    "clinical",
    "eponym",
    "honorific",
    "relation",
    "namecue",
    "month",
    "weekday",
    "street",
    "unit",
    "facility",
    "geo",
    "idcue",
    "number",
    "ordinal",
    "unit_measure",
    "state",
    "state_code",
    "country",
    "demonym",
    "known_upper",
    "agecue",
    "foreign",
    "brand",
)
FLAG = {name: 1 << (FLAG_SHIFT + position) for position, name in enumerate(CLASSES)}


def pack(*, dictionary: int = 0, first: int = 0, last: int = 0, place: int = 0, flags: int = 0) -> int:
    """One integer from the tiers and flags."""
    return dictionary | first << FIRST_SHIFT | last << LAST_SHIFT | place << PLACE_SHIFT | flags


def dictionary(mask: int) -> int:
    """The dictionary tier: 0 unlisted, 1 commonest, 4 rare."""
    return mask & DICTIONARY_MASK


def first(mask: int) -> int:
    """The first-name tier: 0 none, 3 common."""
    return mask >> FIRST_SHIFT & 0b11


def last(mask: int) -> int:
    """The last-name tier: 0 none, 3 common."""
    return mask >> LAST_SHIFT & 0b11


def place(mask: int) -> int:
    """The place tier: 0 none, 2 a well-known city."""
    return mask >> PLACE_SHIFT & 0b11
