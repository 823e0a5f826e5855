"""What does a lexicon mask say of a word, whatever the word; which gates does a written form of it open?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from deid.text import bits, gates

CLOSED = (
    "function", "honorific", "relation", "month", "weekday", "street", "unit", "idcue", "number", "ordinal", "unit_measure",
    "facility", "geo", "state", "country", "state_code", "demonym", "eponym", "clinical", "namecue", "known_upper", "slang", "foreign", "brand",
)  # fmt: skip
NEVER = bits.FLAG["function"] | bits.FLAG["unit_measure"] | bits.FLAG["weekday"] | bits.FLAG["idcue"]
LAST_LATIN = "\u024f"  # of the first four blocks of Latin letters
SHORTEST_UNKNOWN, SHORTEST_SHOUT, SHORTEST_STRANGE = 3, 6, 3
SHAPES = "xXAImz"
WRITTEN = {"x": gates.LOWER, "X": gates.CAPITAL, "A": gates.UPPER}  # by shape
EITHER = gates.CASED | gates.CASELESS
NO_PART = frozenset({"function", "weekday"})  # no part of a name by standing beside one


def open_class(mask: int) -> str:
    """Ordinary word, name, place, or both, in a word."""
    tier, name = bits.dictionary(mask), max(bits.first(mask), bits.last(mask))
    place = bits.place(mask)
    ordinary = ("", "common", "common", "rare", "rare", "variant")[tier]
    if name >= 2 or bits.first(mask):
        return f"{ordinary}name{name}" if not place else f"{ordinary}nameplace"
    if place:
        return f"{ordinary}place{place}"
    if ordinary:
        return f"{ordinary}weak" if name else f"{ordinary}{tier}"
    if name:
        return "name1"
    return "proper" if mask & bits.FLAG["proper"] else "unknown"


def closed_class(mask: int) -> str | None:
    """The first closed class the word belongs to."""
    if not mask >> bits.FLAG_SHIFT:
        return None
    return next((name for name in CLOSED if mask & bits.FLAG[name]), None)


@dataclass(slots=True)
class Traits:
    """What a mask says, whatever the word."""

    bare: str
    coarse: dict[str, str]  # by shape
    fine: str
    gates: int
    identifies: bool
    given: bool
    never: bool  # not worth the tagger's time, unless a given name with a capital
    small: bool  # worth it in lower case
    caseless: bool  # worth it where capitals say nothing


@cache
def traits(mask: int) -> Traits:
    """The classes of a mask, and whether a word of it is worth the tagger's time."""
    first, last, place, tier = bits.first(mask), bits.last(mask), bits.place(mask), bits.dictionary(mask)
    closed = closed_class(mask)
    given = first >= 2 and not mask & bits.FLAG["weekday"]
    bare = closed or open_class(mask)
    flagged = bool(mask >> bits.FLAG_SHIFT)
    stranger = tier in (0, 5) and not flagged
    small = stranger or (bool(first or last or place) and (tier != 1 or first >= 2 or place == 2))
    common = bool(mask & bits.FLAG["function"]) or tier == 1
    return Traits(
        bare,
        {kind: kind + bare for kind in SHAPES},
        f"{bare}{tier}{first}{last}{place}",
        gates.of_classes(mask) | gates.COMMON * common | gates.STRANGE * (not flagged and tier in (0, 4)),
        tier not in (1, 2) and closed is None,
        given,
        bool(mask & NEVER) and not (given and tier != 1),
        small,
        small or bool(mask & bits.FLAG["proper"] and not tier),
    )


def may_identify(told: Traits, form: str, kind: str, *, named: bool) -> int:
    """Is the form worth the tagger's time (gates: in a text with capitals, in a text without)? named: often a name."""
    if told.never and not (told.given and form[0].isupper() and form[1:].islower()):
        return 0
    if len(form) == 1:
        return gates.CASED if kind == "I" and form != "I" else 0
    return gates.CASED * (told.small or kind != "x" or named) | gates.CASELESS * (
        (told.caseless or named) and not told.never
    )


def foreign(key: str) -> bool:
    """Is it written in another alphabet than the Latin one?"""
    return all(character > LAST_LATIN and not "\u1e00" <= character <= "\u1eff" for character in (key[0], key[-1]))


def strangeness(key: str, kind: str) -> int:
    """The gates of a word of no lexicon; shouted: long and in capitals, so no abbreviation, but a name or a town."""
    if len(key) < SHORTEST_UNKNOWN:
        return 0
    return (
        gates.STRANGER
        | gates.ALIEN * (not key.isascii() and foreign(key))
        | gates.SHOUTED * (kind == "A" and len(key) >= SHORTEST_SHOUT)
    )


def opened(form: str, key: str, mask: int, kind: str, named: bool) -> int:
    """The gates of a form that is no number; `key` is it in lower case, `kind` its shape; named: often with a capital."""
    told = traits(mask)
    opens = told.gates | gates.OPENS.get(key, 0) | may_identify(told, form, kind, named=named)
    if told.bare == "unknown":
        opens |= strangeness(key, kind)
    opens |= WRITTEN.get(kind, 0) if kind != "x" or len(form) > 1 else 0
    if len(key) < SHORTEST_STRANGE:
        opens &= ~gates.STRANGE
    if kind == "A" and mask & bits.FLAG["state_code"]:
        opens |= gates.STATE_CODE
    if told.bare in NO_PART and not opens & EITHER:
        opens |= gates.APART
    return opens
