"""What does one written form look like? Its lexicon mask, its classes and the gates it opens; computed once per form.

`coarse` is the class that takes part in pairs (a few dozen); `fine` adds every lexicon tier; `token` is the word itself
where it is an ordinary word, and its coarse class where it may identify: the tagger can never learn a patient's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from deid.text import bits, lexicon, unknown

# Gates: what the words of a text, taken together, make worth looking for.
CASED, CASELESS, CAPITAL, LOWER, UPPER, FOREIGN, COMMON, CUE = (1 << position for position in range(8))
DIGITS, FIVE_DIGITS, OLD_AGE, STATE_CODE, STREET_ABROAD = (1 << position for position in range(8, 13))
GATE_SHIFT = 13
CLOSED = (
    "function", "honorific", "relation", "month", "weekday", "street", "unit", "idcue", "number", "ordinal", "unit_measure",
    "facility", "geo", "state", "country", "state_code", "demonym", "eponym", "clinical", "namecue", "known_upper", "slang", "foreign",
)  # fmt: skip
NEVER = bits.FLAG["function"] | bits.FLAG["unit_measure"] | bits.FLAG["weekday"] | bits.FLAG["idcue"]
# The words that may open a cue of `review.CUES`.
CUE_WORDS = frozenset(
    [
        "mayor",
        "congressman",
        "congresswoman",
        "senator",
        "councilman",
        "councilwoman",
        "councilor",
        "governor",
        "sheriff",
        "judge",
        "bishop",
        "ambassador",
        "chief",
        "superintendent",
        "court",
        "lawsuit",
        "trial",
        "custody",
        "restraining",
        "news",
        "newspaper",
        "paper",
        "headlines",
        "viral",
        "arrested",
        "indicted",
        "convicted",
        "only",
        "first",
        "sole",
        "youngest",
        "oldest",
        "plane",
        "mass",
        "school",
        "house",
        "drowned",
        "kidnapped",
        "kidnapping",
        "kidnapper",
        "kidnappers",
        "hostage",
        "amber",
        "tornado",
        "murder",
        "murdered",
        "homicide",
        "overdosed",
        "triplets",
        "quadruplets",
        "conjoined",
        "lottery",
        "famous",
        "celebrity",
        "olympic",
        "olympics",
        "olympian",
        "professional",
        "nfl",
        "nba",
        "nhl",
        "mlb",
        "tv",
        "recording",
        "bestselling",
        "influencer",
        "ceo",
        "founder",
        "owner",
        "one",
        "rare",
        "wheelchair",
        "amputee",
        "amputated",
        "amputation",
        "transplant",
    ]
)
# Words that open a street's name abroad ("rue de la Paix").
ABROAD_WORDS = frozenset(
    [
        "rue",
        "rua",
        "rúa",
        "calle",
        "via",
        "viale",
        "piazza",
        "ul",
        "ulica",
        "avenida",
        "avda",
        "strada",
        "chemin",
        "quai",
        "allée",
        "cité",
        "cite",
        "camino",
        "carrer",
        "jalan",
        "jl",
        "impasse",
        "corso",
        "largo",
        "praça",
    ]
)
NINETY, OLDEST = 90, 130
CONTRACTED = frozenset({"s", "m", "d", "ll", "ve", "re"})
CACHE_LIMIT = 300_000


@dataclass(slots=True, eq=False)
class Word:
    """One written form; see the module. Compared and hashed as the object it is: the tagger looks up sums by it.

    Never changed once made; not frozen because that makes it four times as slow to make.
    """

    gates: int
    key: str
    mask: int
    coarse: str
    bare: str  # the coarse class without regard to capitals
    fine: str
    token: str


def shape(form: str) -> str:
    """x lower, X capitalised, A all capitals, I a single capital, m mixed, z no case (not Latin, Greek or Cyrillic)."""
    if form.islower():
        return "x"
    if form.isupper():
        return "I" if len(form) == 1 else "A"
    if form[:1].isupper():
        return "X" if form[1:].islower() or "'" in form or "’" in form else "m"
    return "m" if any(map(str.isupper, form)) else "z"


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


class Traits(NamedTuple):
    """What a mask says, whatever the word."""

    bare: str
    fine: str
    common: bool
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
    stranger = tier in (0, 5) and not mask >> bits.FLAG_SHIFT
    small = stranger or (bool(first or last or place) and (tier != 1 or first >= 2 or place == 2))
    return Traits(
        bare,
        f"{bare}{tier}{first}{last}{place}",
        bool(mask & bits.FLAG["function"]) or tier == 1,
        tier not in (1, 2) and closed is None,
        given,
        bool(mask & NEVER) and not (given and tier != 1),
        small,
        small or bool(mask & bits.FLAG["proper"] and not tier),
    )


def may_identify(told: Traits, form: str) -> tuple[bool, bool]:
    """Is the form worth the tagger's time (in a text with capitals, in a text without)?"""
    if told.never and not (told.given and form[0].isupper() and form[1:].islower()):
        return False, False
    if len(form) == 1:
        return form.isupper() and form != "I", False
    return told.small or not form.islower(), told.caseless and not told.never


def foreign(key: str) -> bool:
    """Is it written in another alphabet than the Latin one?"""
    return all(character > "\u024f" and not "\u1e00" <= character <= "\u1eff" for character in (key[0], key[-1]))


def is_contraction(key: str) -> bool:
    """Is it a small word with its verb ("i've", "who's", "don't")?"""
    head, mark, tail = key.partition("'")
    return bool(mark) and (
        (tail in CONTRACTED and bool(lexicon.look_up(head) & bits.FLAG["function"]))
        or (tail == "t" and head.endswith("n"))
    )


def numeral(form: str) -> Word:
    """The record of a run of digits: how many there are."""
    size = f"n{min(len(form), 6)}"
    old = len(form) in (2, 3) and form.isdecimal() and OLDEST > int(form) >= NINETY
    gates = DIGITS | FIVE_DIGITS * (len(form) >= 5) | OLD_AGE * old
    return Word(gates, size, 0, size, size, size, size)


def describe(form: str) -> Word:
    """The record of one written form."""
    if form[0].isdigit():
        return numeral(form)
    key = form.lower().replace("’", "'")
    mask = lexicon.look_up(key)
    if "'" in key and is_contraction(key):
        mask |= bits.FLAG["function"] | 1
    if not mask and unknown.is_variant(key):
        mask = bits.pack(dictionary=5)
    kind = shape(form)
    told = traits(mask)
    cased, caseless = may_identify(told, form)
    gates = CASED * cased | CASELESS * caseless | mask >> bits.FLAG_SHIFT << GATE_SHIFT
    gates |= LOWER * (len(form) > 1) if kind == "x" else CAPITAL if kind == "X" else UPPER if kind == "A" else 0
    if not key.isascii() and foreign(key):
        gates |= FOREIGN
    if told.common:
        gates |= COMMON
    if key in CUE_WORDS:
        gates |= CUE
    if key in ABROAD_WORDS:
        gates |= STREET_ABROAD
    if kind == "A" and mask & bits.FLAG["state_code"]:
        gates |= STATE_CODE
    token = told.bare if told.identifies else lexicon.stem(key)
    return Word(gates, key, mask, kind + told.bare, told.bare, told.fine, token)


class Words(dict[str, Word]):
    """Written form -> record, filled as forms are met; emptied when full."""

    def __missing__(self, form: str) -> Word:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        word = self[form] = describe(form)
        return word


WORDS = Words()
