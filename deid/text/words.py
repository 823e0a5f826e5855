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
from deid.text.traits import SHAPES, SHORTEST_STRANGE, opened, traits

NINETY, OLDEST = 90, 130
CONTRACTED = frozenset({"s", "m", "d", "ll", "ve", "re"})
CACHE_LIMIT = 300_000
COMMON_STEPS, MOSTLY_NAMES = frozenset("345"), frozenset("56")  # more than one word in 440,000; habits
OFTEN_NAMED = frozenset("3456mA")  # habits: at least two in five times written with a capital
VARIANT = bits.pack(dictionary=5)
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
    """The record of a form of which mask, sort and shape say all; the records of ordinary words hold the word too."""
    told = lexicon.told().get(key, 0)
    if not told & lexicon.MASK and unknown.is_variant(key):
        told |= VARIANT
    kind = "x" if form == key else "X" if form.istitle() else shape(form)
    found = ALIKE[kind].get(told)
    if found is None:
        mask, sort = told & lexicon.MASK, lexicon.sort_of(told)
        if not mask and kind == "A":  # of those in no lexicon long ones are shouted
            return described(form, key, key, mask, sort, kind)
        written = mask, kind, sort.case in OFTEN_NAMED
        opens = OPENED.get(written)
        if opens is None:
            opens = OPENED[written] = opened(form, key, *written)
        word = with_gates(opens, key, mask, sort, kind)
        ALIKE[kind][told] = word, traits(mask).identifies
        return word
    word, whole = found
    return word if whole else word.named(key)


def described(form: str, key: str, stem: str, mask: int, sort: classes.Sort, kind: str) -> Word:
    """The record of a form that is no number: `key` in lower case, `stem` without its possessive ending."""
    return with_gates(opened(form, key, mask, kind, sort.case in OFTEN_NAMED), stem, mask, sort, kind)


def with_gates(opens: int, stem: str, mask: int, sort: classes.Sort, kind: str) -> Word:
    """The record of a form that is no number and opens these gates."""
    told = traits(mask)
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
# Shape -> what the lexicon tells of the words of three Latin letters or more that are no cues -> their record, and
# whether it is the record of them all: that of ordinary words holds the word besides.
ALIKE: dict[str, dict[int, tuple[Word, bool]]] = {kind: {} for kind in SHAPES}
OPENED: dict[tuple[int, str, bool], int] = {}  # the gates of these words, by mask, shape and whether often a name
