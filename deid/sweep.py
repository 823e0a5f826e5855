"""Does a text that is about to be seen hold something that identifies? Which parts of a text must be looked up?

The identifiers of a feed may be millions, the texts that leave are few: so each text gives its *keys* (every run of up
to RUN words, squeezed to letters and digits), and the keys are looked up among the identifiers, not the other way.
A key says nothing alone: "May" is a month and 482913 a sum of fees. What is too common to tell is left out by rules
that can be said (`Ambiguous`), never by a list of exceptions; how much was left out is counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from deid.text import bits, lexicon, patterns
from deid.text.document import Document
from deid.text.normalise import plain
from deid.text.spans import merged

RUN = 8  # words of the longest identifier that is found whole: a street with its unit, an e-mail address
LONGEST, SHORTEST = 64, 4  # characters of a key
FEWEST_DIGITS = 6  # a shorter number stands in every count
JOINED_DIGITS = 9  # digits of a telephone or health number written in groups
EXPECTED_BY_CHANCE = 0.05  # numbers that would be met by chance more often than this cannot be told from counts
COMMONEST, LESS_COMMON = 1, (2, 3)  # tiers of the dictionary; 4 is rare, 0 unlisted
COMMON_NAME, WELL_KNOWN = 3, 2  # tiers of names and of places
_WORD = re.compile(r"[^\W_]+")
_GROUPED = re.compile(r"[ ()./-]{1,3}")  # between the groups of a telephone number; not a list of numbers
_TAG = re.compile(r"<[^<>]*>")
_FRACTION = re.compile(r"\d\.$")
_HEX = re.compile(r"[0-9a-f]+")
_CLOSED = ("clinical", "eponym", "month", "weekday", "demonym", "country", "state", "relation")
_CLOSED_FLAGS = sum(bits.FLAG[name] for name in _CLOSED)

SINGLE_NAMES = frozenset({"given_name", "family_name"})  # looked for in prose, and where a whole value is one
DATES = frozenset({"birth_date"})  # looked for in prose alone: elsewhere days are those of runs and of weeks


def squeezed(text: str) -> str:
    """The letters and digits alone, in lower case: "Maria-José 1" -> "mariajosé1"."""
    return "".join(_WORD.findall(plain(text).text.casefold()))


def words(text: str) -> list[str]:
    """The words of a text, each by itself, in lower case."""
    return _WORD.findall(plain(text).text.casefold())


def bare(key: str) -> str:
    """The key without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", key) if not unicodedata.combining(c))


def spellings(value: str) -> set[str]:
    """The keys under which one identifier may be met: as it is, and without accents."""
    key = squeezed(value)
    return {key, bare(key)}


def turned(name: str) -> set[str]:
    """The keys of a name with what stands last put first, as lists and files write it: "Gonzalez, Maria"."""
    parts = name.split()
    return set().union(*(spellings("".join(parts[at:] + parts[:at])) for at in range(1, len(parts))))


def keys(text: str) -> set[str]:
    """Every run of up to RUN words of one text, squeezed; also as it reads with its tags taken out."""
    found: set[str] = set()
    for read in {text, _TAG.sub(" ", text)} if "<" in text else {text}:
        plainly = plain(read).text.casefold()
        words = [(match.group(), *match.span()) for match in _WORD.finditer(plainly)]
        for start, (word, begins, _) in enumerate(words):
            if not (word.isdecimal() and _FRACTION.search(plainly, max(0, begins - 2), begins)):
                found.update(_runs(plainly, words[start : start + RUN]))
    return found | {bare(key) for key in found if not key.isascii()}


def _runs(text: str, words: list[tuple[str, int, int]]) -> Iterator[str]:
    """The runs that begin with the first word. Short numbers side by side make no longer one, save by hyphens."""
    run, hyphens, grouped, end = "", True, True, words[0][1]
    for word, begins, ends in words:
        between = text[end:begins]
        hyphens = hyphens and between in ("", "-")
        grouped = grouped and (not between or bool(_GROUPED.fullmatch(between)))
        run, end = run + word, ends
        if len(run) > LONGEST:
            return
        joined_numbers = run != word and run.isdecimal() and not hyphens
        if len(run) >= (JOINED_DIGITS if joined_numbers else SHORTEST) and (grouped or not joined_numbers):
            yield run


def shape(key: str) -> tuple[int, int]:
    """Of what alphabet and how long is a key that holds a digit? (10, 6) is a number of six digits."""
    if key.isdecimal():
        return 10, len(key)
    return (16 if _HEX.fullmatch(key) else 36), len(key)


def has_digit(key: str) -> bool:
    return any(character.isdecimal() for character in key)


@dataclass(frozen=True)
class Ambiguous:
    """Which shapes of numbers are too common to tell? `met`: how many different keys of each shape the texts hold;
    `known`: how many identifiers there are of it. A number of 6 digits says nothing where 400,000 are known."""

    met: dict[tuple[int, int], int]
    known: dict[tuple[int, int], int]

    def says_nothing(self, key: str) -> bool:
        """Is a hit on this key no evidence?"""
        if not has_digit(key):
            return False
        return self.too_common(*shape(key))

    def too_common(self, alphabet: int, length: int) -> bool:
        """Are keys of this shape met too often by chance?"""
        if alphabet == 10 and length < FEWEST_DIGITS:
            return True
        chance = self.known.get((alphabet, length), 0) / float(alphabet) ** length
        return chance * self.met.get((alphabet, length), 0) > EXPECTED_BY_CHANCE


def shapes_of(found: set[str]) -> dict[tuple[int, int], int]:
    """How many keys are there of each shape that holds a digit?"""
    counted: dict[tuple[int, int], int] = {}
    for key in found:
        if has_digit(key):
            counted[shape(key)] = counted.get(shape(key), 0) + 1
    return counted


def ordinary(word: str) -> bool:
    """Is this name also an ordinary word, a medical one, a month, a language, a city? Then it says nothing alone."""
    mask = lexicon.look_up(word)
    tier, name = bits.dictionary(mask), max(bits.first(mask), bits.last(mask))
    return (
        tier == COMMONEST
        or (tier in LESS_COMMON and name < COMMON_NAME)
        or bool(mask & _CLOSED_FLAGS)
        or bits.place(mask) == WELL_KNOWN
    )


def a_word_instead(value: str) -> bool:
    """Does a word stand where an address or a number should ("unknown", "none", "n/a", "?")? Then it identifies nobody.

    A word of no dictionary stays an identifier: "SMITHJ" may be somebody's number.
    """
    return not has_digit(value) and "@" not in value and all(map(ordinary, words(value)))


_EMAIL = re.compile(r"@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
_PACKAGE = re.compile(r"@\d")  # a package and its version: bootstrap@1.19.0
_WEB = re.compile(r"://|^www\.|\.[a-z]{2,}(?:/|$)", re.IGNORECASE)
_IP = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?$|::|^(?:[0-9a-f]{0,4}:){7}", re.IGNORECASE)
_SSN = re.compile(r"^\d{3}-\d{2}-\d{4}$")
_HARDWARE = re.compile(r"^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$", re.IGNORECASE)
_VIN = re.compile(r"^(?=.*\d)[A-HJ-NPR-Z0-9]{17}$")
_CARD = re.compile(r"^(?:\d[ -]?){13,19}$")
_PROSE_LABELS = {"DATE": "date", "AGE90+": "age over 89"}


def shapes(text: str, *, prose: bool = False) -> Iterator[str]:
    """The classes of what is written like an identifier in one text; `prose`: written by a person, so dates count too.

    Classes: e-mail, web address, network address, social security number, hardware, vehicle, account, telephone,
    number, date, age over 89.
    """
    document = Document(plain(text).text)
    for span in merged(patterns.find(document)):
        written = document.text[span.start : span.end].strip()
        if span.label in ("CONTACT", "ID"):
            yield _class_of(span.label, written)
        elif prose and span.label in _PROSE_LABELS:
            yield _PROSE_LABELS[span.label]


IN_FILES = {
    "e-mail": re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE),
    "telephone": re.compile(r"(?<![\w.])(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}(?!\w)"),
    "social security number": re.compile(r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])"),
}


def shapes_in_file(text: str) -> set[str]:
    """The same in a line of a log or a report, which are full of other numbers and addresses: three classes alone."""
    return {name for name, looks in IN_FILES.items() if looks.search(text)}


def _class_of(label: str, written: str) -> str:
    classes = (
        (_EMAIL, "e-mail"),
        (_IP, "network address"),
        (_HARDWARE, "hardware"),
        (_SSN, "social security number"),
        (_VIN, "vehicle"),
    )
    for looks, name in classes:
        if looks.search(written):
            return name
    if label == "CONTACT" and not any(character.isdigit() for character in written):
        return "web address"
    if label == "CONTACT":
        return "web address" if _WEB.search(written) or _PACKAGE.search(written) else "telephone"
    return "account" if _CARD.match(written) else "number"
