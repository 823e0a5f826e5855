"""What does a written form look like? Its lexicon mask, its classes and the gates it opens.

`coarse` is the class that takes part in pairs (a few dozen); `fine` adds every lexicon tier; `token` is the word itself
where it is an ordinary word, and its coarse class where it may identify: the tagger can never learn a patient's name.
Forms of which the same is known share one record: thousands of names, each new, cost one look-up and no memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from deid.text import bits, classes, gates, lexicon, unknown

CLOSED = (
    "function", "honorific", "relation", "month", "weekday", "street", "unit", "idcue", "number", "ordinal", "unit_measure",
    "facility", "geo", "state", "country", "state_code", "demonym", "eponym", "clinical", "namecue", "known_upper", "slang", "foreign", "brand",
)  # fmt: skip
NEVER = bits.FLAG["function"] | bits.FLAG["unit_measure"] | bits.FLAG["weekday"] | bits.FLAG["idcue"]
NINETY, OLDEST = 90, 130
CONTRACTED = frozenset({"s", "m", "d", "ll", "ve", "re"})
CACHE_LIMIT = 300_000
LAST_LATIN = "\u024f"  # of the first four blocks of Latin letters
SHORTEST_UNKNOWN, SHORTEST_SHOUT, SHORTEST_STRANGE = 3, 6, 3
SHAPES = "xXAImz"
COMMON_STEPS, MOSTLY_NAMES = frozenset("345"), frozenset("56")  # more than one word in 440,000; habits
OFTEN_NAMED = frozenset("3456mA")  # habits: at least two in five times written with a capital
WRITTEN = {"x": gates.LOWER, "X": gates.CAPITAL, "A": gates.UPPER}  # by shape
VARIANT = bits.pack(dictionary=5)
EITHER = gates.CASED | gates.CASELESS
NO_PART = frozenset({"function", "weekday"})  # no part of a name by standing beside one
# What is counted in a text, and how many bits each count has.
WAYS = (gates.LOWER, gates.LOWER | gates.COMMON, gates.UPPER, gates.UPPER | gates.COMMON, gates.CAPITAL)
COUNTED = gates.LOWER | gates.UPPER | gates.CAPITAL | gates.COMMON
COUNT_BITS, COUNT_MASK = 12, (1 << 12) - 1  # five of them together are added fastest


@dataclass(slots=True, eq=False)
class Word:
    """What is known of a written form; compared and hashed as the object it is: the tagger looks up sums by it.

    Never changed once made; not frozen because that makes it four times as slow to make.
    """

    gates: int
    count: int
    mask: int
    coarse: str
    bare: str  # the coarse class without regard to capitals
    fine: str
    token: str
    sort: classes.Sort

    def named(self, token: str) -> Word:
        """The record of another word of which the same is known."""
        return Word(self.gates, self.count, self.mask, self.coarse, self.bare, self.fine, token, self.sort)


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


def may_identify(told: Traits, form: str, kind: str, sort: classes.Sort) -> int:
    """Is the form worth the tagger's time (gates: in a text with capitals, in a text without)?"""
    if told.never and not (told.given and form[0].isupper() and form[1:].islower()):
        return 0
    if len(form) == 1:
        return gates.CASED if kind == "I" and form != "I" else 0
    named = sort.case in OFTEN_NAMED
    return gates.CASED * (told.small or kind != "x" or named) | gates.CASELESS * (
        (told.caseless or named) and not told.never
    )


def foreign(key: str) -> bool:
    """Is it written in another alphabet than the Latin one?"""
    return all(character > LAST_LATIN and not "\u1e00" <= character <= "\u1eff" for character in (key[0], key[-1]))


def is_contraction(key: str) -> bool:
    """Is it a small word with its verb ("i've", "who's", "don't")?"""
    head, mark, tail = key.partition("'")
    return bool(mark) and (
        (tail in CONTRACTED and bool(lexicon.look_up(head) & bits.FLAG["function"]))
        or (tail == "t" and head.endswith("n"))
    )


def numeral(form: str) -> Word:
    """The record of a run of digits."""
    size = len(form)
    return of_digits(size, size in (2, 3) and form.isdecimal() and OLDEST > int(form) >= NINETY)


@cache
def of_digits(size: int, old: bool) -> Word:
    """The record of all runs of so many digits; old: it may be an age of ninety or more."""
    told = f"n{min(size, 6)}"
    opens = gates.DIGITS | gates.FIVE_DIGITS * (size >= 5) | gates.OLD_AGE * old
    return shared(opens, 0, told, told, told, told, classes.NONE)


def shared(opens: int, mask: int, coarse: str, bare: str, fine: str, token: str, sort: classes.Sort) -> Word:
    """The one record of all forms of which this is known."""
    name = (opens, mask, coarse, token, sort)
    word = RECORDS.get(name)
    if word is None:
        word = RECORDS[name] = Word(opens, counted(opens & COUNTED), mask, coarse, bare, fine, token, sort)
    return word


def strangeness(key: str, kind: str) -> int:
    """The gates of a word of no lexicon; shouted: long and in capitals, so no abbreviation, but a name or a town."""
    if len(key) < SHORTEST_UNKNOWN:
        return 0
    return (
        gates.STRANGER
        | gates.ALIEN * (not key.isascii() and foreign(key))
        | gates.SHOUTED * (kind == "A" and len(key) >= SHORTEST_SHOUT)
    )


def describe(form: str) -> Word:
    """The record of one written form."""
    if form[0].isdigit():
        return numeral(form)
    key = form.lower()
    if alone_tells(key):
        return alike(form, key)
    if "’" in key:
        key = key.replace("’", "'")
    mask, stem = lexicon.look_up(key), lexicon.stem(key)
    if "'" in key and is_contraction(key):
        mask |= bits.FLAG["function"] | 1
    if not mask and unknown.is_variant(key):
        mask = VARIANT
    return described(form, key, stem, mask, lexicon.sort(stem), shape(form))


def alone_tells(key: str) -> bool:
    """Do its mask, its sort and its shape say all of a word: three Latin letters or more, and itself no cue?"""
    return len(key) >= SHORTEST_STRANGE and key.isalpha() and key.isascii() and key not in gates.OPENS


def alike(form: str, key: str) -> Word:
    """The record of a form of which its mask, its sort and its shape say all; those of ordinary words hold the word too."""
    told = lexicon.told().get(key, 0)
    if not told & lexicon.MASK and unknown.is_variant(key):
        told |= VARIANT
    kind = "x" if form == key else "X" if form.istitle() else shape(form)
    found = ALIKE[kind].get(told)
    if found is None:
        mask = told & lexicon.MASK
        word = described(form, key, key, mask, lexicon.sort_of(told), kind)
        if mask or kind != "A":  # of those in no lexicon long ones are shouted
            ALIKE[kind][told] = word, traits(mask).identifies
        return word
    word, whole = found
    return word if whole else word.named(key)


def described(form: str, key: str, stem: str, mask: int, sort: classes.Sort, kind: str) -> Word:
    """The record of a form that is no number: `key` in lower case, `stem` without its possessive ending."""
    told = traits(mask)
    opens = told.gates | gates.OPENS.get(key, 0) | may_identify(told, form, kind, sort)
    if told.bare == "unknown":
        opens |= strangeness(key, kind)
    opens |= WRITTEN.get(kind, 0) if kind != "x" or len(form) > 1 else 0
    if len(key) < SHORTEST_STRANGE:
        opens &= ~gates.STRANGE
    if kind == "A" and mask & bits.FLAG["state_code"]:
        opens |= gates.STATE_CODE
    if told.bare in NO_PART and not opens & EITHER:
        opens |= gates.APART
    token = told.bare if told.identifies else stem
    return shared(opens, mask, told.coarse[kind], told.bare, told.fine, token, sort)


@cache
def counted(opens: int) -> int:
    """One for each of `WAYS` among the gates, each in a field of its own, so that a sum counts them all."""
    return sum(1 << COUNT_BITS * field for field, way in enumerate(WAYS) if opens & way == way)


def counts(words: list[Word]) -> tuple[int, ...]:
    """How many of the words are written each way of `WAYS`."""
    if len(words) > COUNT_MASK:
        parts = [counts(words[at : at + COUNT_MASK]) for at in range(0, len(words), COUNT_MASK)]
        return tuple(map(sum, zip(*parts, strict=True)))
    total = sum([word.count for word in words])
    return (
        total & COUNT_MASK,
        total >> COUNT_BITS & COUNT_MASK,
        total >> 2 * COUNT_BITS & COUNT_MASK,
        total >> 3 * COUNT_BITS & COUNT_MASK,
        total >> 4 * COUNT_BITS,
    )


class Words(dict[str, Word]):
    """Written form -> record, filled as forms are met; emptied when full."""

    def __missing__(self, form: str) -> Word:
        if len(self) >= CACHE_LIMIT:
            self.clear()
            RECORDS.clear()
            for held in ALIKE.values():
                held.clear()
        word = self[form] = describe(form)
        return word


def usual() -> Iterator[str]:
    """The commonest words of talk and the commoner names, as they are mostly written."""
    for key, told in lexicon.told().items():
        sort = lexicon.sort_of(told)
        if sort.habit[1:] in COMMON_STEPS:
            yield key.upper() if sort.case == "A" else key.capitalize() if sort.case in MOSTLY_NAMES else key
        if bits.first(told) >= 2 or bits.last(told) >= 2:
            yield key.capitalize()


WORDS = Words()
RECORDS: dict[tuple[int, int, str, str, classes.Sort], Word] = {}
# Shape -> what the lexicon tells of the words of three Latin letters or more that are no cues -> their record, and whether
# it is the record of them all: that of ordinary words holds the word besides.
ALIKE: dict[str, dict[int, tuple[Word, bool]]] = {kind: {} for kind in SHAPES}
