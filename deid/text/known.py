"""Layer 1. What is known of one patient's circle: names, streets, numbers and dates, however they are written.

Names are found in any case, with a possessive, as a nickname or initials, with one slip from five letters and two from
nine; only within this circle (practice-wide, slips hit one ordinary word in ten). Numbers are found with any separators,
dates in every layout. A name that is an ordinary word (Will, May, Hope) is spared where the sentence uses the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from deid.text import bits, gates, lexicon, nicknames
from deid.text.document import Document
from deid.text.edits import distance, shortenings
from deid.text.patterns.dates import FULL
from deid.text.spans import Span

ONE_SLIP, TWO_SLIPS, SLIP_IF_UNLISTED = 5, 9, 4  # letters
LABEL_OF = {
    "phone": "CONTACT", "phones": "CONTACT", "fax": "CONTACT", "email": "CONTACT", "emails": "CONTACT", "url": "CONTACT", "urls": "CONTACT",
    "street": "PLACE", "streets": "PLACE", "address": "PLACE", "addresses": "PLACE", "city": "PLACE", "cities": "PLACE", "place": "PLACE",
    "places": "PLACE", "employer": "PLACE", "employers": "PLACE", "facility": "PLACE", "facilities": "PLACE", "site": "PLACE", "sites": "PLACE",
    "postal_code": "PLACE", "postal_codes": "PLACE", "zip": "PLACE", "id": "ID", "ids": "ID", "mrn": "ID", "ssn": "ID", "accounts": "ID",
    "health_number": "ID", "health_numbers": "ID",
}  # fmt: skip
CODES = frozenset(
    ["postal_code", "postal_codes", "zip", "id", "ids", "mrn", "accounts", "health_number", "health_numbers"]
)
WORD = re.compile(r"[^\W\d_]+")
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
MODAL = frozenset(["will", "may", "can", "might", "must", "do", "have"])
PRONOUNS = frozenset(["i", "you", "he", "she", "it", "we", "they", "who", "this", "that", "there", "what", "not"])
SPARED_AFTER = PRONOUNS | frozenset(["to", "would", "do", "does", "did", "can", "could", "should", "never", "always"])
SPARED_BEFORE = PRONOUNS | frozenset(
    [
        "be",
        "have",
        "never",
        "always",
        "for",
        "so",
        "the",
        "a",
        "my",
        "your",
        "their",
        "get",
        "make",
        "take",
        "help",
        "come",
        "go",
        "see",
    ]
)
MONTHS = FULL.split("|")
SHORTEST_NUMBER, SMALL_WORD, COMMON = 4, 2, 2
TITLES = frozenset(["dr", "mr", "mrs", "ms", "mx", "prof", "rev", "jr", "sr", "md", "phd", "rn"])


class Circle:
    """The identifiers of one patient's circle, made ready for finding."""

    def __init__(self, known: Mapping[str, object] | Sequence[str] | None, *, fuzzy: bool = True) -> None:
        self.words: dict[str, str] = {}
        self.index: dict[str, set[str]] = {}
        self.longest = 0  # letters of the longest word that may be met with slips
        self.patterns: list[tuple[re.Pattern[str], str]] = []
        items = known.items() if isinstance(known, Mapping) else [("names", known)]
        for key, value in items:
            for text in strings(value):
                self.add(text.strip(), str(key).lower(), fuzzy=fuzzy)

    def __bool__(self) -> bool:
        return bool(self.words or self.patterns)

    def add(self, text: str, key: str, *, fuzzy: bool) -> None:
        """One identifier; what it is follows from its key, or from the way it is written."""
        label = LABEL_OF.get(key, "NAME")
        day = parsed(text)
        digits = sum(map(str.isdigit, text))
        if day:
            self.patterns.append((re.compile(date_pattern(day), re.IGNORECASE), "DATE"))
        elif key in CODES and digits:
            self.add_number(text, label)
        elif "@" in text or (digits >= SHORTEST_NUMBER and label != "PLACE"):
            self.add_number(text, "ID" if label == "NAME" and "@" not in text else "CONTACT" if "@" in text else label)
        elif label == "NAME":
            self.add_name(text, fuzzy=fuzzy)
        elif len(text) > 2:
            self.add_phrase(text, label, fuzzy=fuzzy)

    def add_number(self, text: str, label: str) -> None:
        """A number, code or address of the net, with whatever stands between its characters."""
        characters = [re.escape(c) for c in text if c.isalnum()]
        if "@" in text:
            self.patterns.append((re.compile(re.escape(text), re.IGNORECASE), "CONTACT"))
            return
        ways = [characters]
        digits = [c for c in text if c.isdigit()]
        if label == "CONTACT" and len(digits) >= 10:
            ways += [digits[-10:], digits[-7:]]
        for way in ways:
            joined = r"[\s().\-/_]{0,3}".join(way)
            self.patterns.append((re.compile(rf"(?<!\w){joined}(?!\w)", re.IGNORECASE), label))

    def add_name(self, text: str, *, fuzzy: bool) -> None:
        """Every word of a name, its other forms, its initials, and the whole written as one word."""
        words = [word.lower() for word in WORD.findall(text) if len(word) > 1]
        squeezed = [piece.lower() for piece in re.split(r"[\s,]+", re.sub(r"['’-]", "", text)) if len(piece) > 2]
        listed = {word for word in (*words, *squeezed) if word not in TITLES or len(words) == 1}
        for word in listed:
            self.words[word] = "NAME"
            self.words[word + "s"] = "NAME"
            if fuzzy:
                self.words.update(dict.fromkeys(nicknames.forms(word), "NAME"))
                self.add_slips(word)
        if len(words) > 1:
            self.words["".join(words)] = "NAME"
            initials = [word[0].upper() for word in words if word not in TITLES]
            if 1 < len(initials) < 5:
                self.patterns.append((re.compile(r"\b" + r"\.\s?".join(initials) + r"\b\.?"), "NAME"))

    def add_phrase(self, text: str, label: str, *, fuzzy: bool) -> None:
        """A street, employer or place: the phrase, and its words that are no ordinary words."""
        words = [re.escape(word) for word in WORD.findall(text)]
        if words:
            self.patterns.append((re.compile(r"\b" + r"[\s.,'’-]{1,3}".join(words) + r"\b", re.IGNORECASE), label))
        for word in map(str.lower, WORD.findall(text)):
            if len(word) > 3 and not bits.dictionary(lexicon.look_up(word)):
                self.words.setdefault(word, label)
                if fuzzy:
                    self.add_slips(word)

    def add_slips(self, word: str) -> None:
        """Make a word findable with slips."""
        slips = slips_for(word)
        self.longest = max(self.longest, len(word) + slips)
        for form in shortenings(word, slips) if slips else ():
            self.index.setdefault(form, set()).add(word)

    def label(self, key: str, *, beside: bool = False) -> str | None:
        """The label of a lower-cased word of the text, or None if it is nobody's.

        beside: another word of the circle stands beside it, so that a slip which makes a word ("race Lee") is one.
        """
        exact = self.words.get(key)
        if exact or not SLIP_IF_UNLISTED - 1 <= len(key) <= self.longest:
            return exact
        for form in shortenings(key, 2 if len(key) >= TWO_SLIPS - 2 else 1):
            for word in self.index.get(form, ()):
                if self.slipped(key, word, beside=beside):
                    return self.words.get(word, "NAME")
        return None

    def beside(self, document: Document, at: int) -> bool:
        """Does a word of the circle, exactly written, stand directly beside it?"""
        keys, gaps = document.keys, document.gaps
        before = at > 0 and gaps[at] == " " and keys[at - 1] in self.words
        return before or (at + 1 < len(keys) and gaps[at + 1] == " " and lexicon.stem(keys[at + 1]) in self.words)

    @staticmethod
    def slipped(key: str, word: str, *, beside: bool = False) -> bool:
        """Is the key the word with no more slips than its length allows?

        A four-letter name with a slip must be no word itself; nor may a name that is a word become another ("grade").
        """
        slips = slips_for(word)
        if beside and not lexicon.look_up(key) & bits.FLAG["function"]:
            return distance(key, word, slips) <= slips
        if 0 < bits.dictionary(lexicon.look_up(key)) <= COMMON and bits.dictionary(lexicon.look_up(word)) in (1, 2):
            return False
        if len(word) < ONE_SLIP and lexicon.look_up(key):
            return False
        return distance(key, word, slips) <= slips

    def find(self, document: Document) -> Iterator[Span]:
        """Everything of this circle in the text."""
        for pattern, label in self.patterns:
            yield from (Span(*match.span(), label, "known") for match in pattern.finditer(document.text))
        for at, mark in enumerate(document.marks):
            if not mark & gates.DIGITS and not (self.words and self.spared(document, at)):
                yield from self.found(document, at)

    def spared(self, document: Document, at: int) -> bool:
        """Is the word used as the ordinary word it is? Not "an" or "so" beside another word of the circle ("An Tran")."""
        small = len(document.forms[at]) <= SMALL_WORD
        return ordinary_use(document, at) and not (small and self.beside(document, at))

    def found(self, document: Document, at: int) -> Iterator[Span]:
        """The word at a position, whole or a part of it behind an apostrophe, if it is of the circle."""
        key = document.keys[at]
        start = document.starts[at]
        function = document.words[at].mask & bits.FLAG["function"]
        label = (
            self.words.get(lexicon.stem(key))
            if function
            else self.label(lexicon.stem(key), beside=self.beside(document, at)) or self.label(key.replace("'", ""))
        )
        if label:
            yield Span(start, document.bare_end(at), label, "known")
        elif "'" in key:
            for part in re.finditer(r"[^']{2,}", key):
                if self.label(part[0]):
                    yield Span(start + part.start(), start + part.end(), "NAME", "known")


def slips_for(word: str) -> int:
    """How many slips are forgiven in a word of this length."""
    return 2 if len(word) >= TWO_SLIPS else 1 if len(word) >= SLIP_IF_UNLISTED else 0


def strings(value: object) -> Iterator[str]:
    """Every string in lists and tables of strings; numbers and days as they are written; nothing else."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, date)) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in strings(item))
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        yield from (text for item in value for text in strings(item))


def ordinary_use(document: Document, at: int) -> bool:
    """Does the sentence use a word that could be a name as the word it is ("will you", "I hope", "may be")?"""
    keys, key = document.keys, document.keys[at]
    if not document.words[at].mask & bits.FLAG["function"] and key not in {
        "hope",
        "mark",
        "sue",
        "bill",
        "grant",
        "chase",
    }:
        return False
    before = keys[at - 1] if at else ""
    after = keys[at + 1] if at + 1 < len(keys) else ""
    if document.forms[at][0].isupper() and not document.caseless:
        return after in PRONOUNS and (not at or "." in document.gaps[at] or "?" in document.gaps[at])
    if len(key) <= SMALL_WORD and after and document.gaps[at + 1] == " ":
        return True  # "an", "so", "do" before another word
    return before in SPARED_AFTER or (key in MODAL and after in SPARED_BEFORE)


def parsed(text: str) -> date | None:
    """The day a text names as year-month-day or month/day/year."""
    for pattern, order in ((ISO, (1, 2, 3)), (US, (3, 1, 2))):
        match = pattern.fullmatch(text)
        if match:
            try:
                return date(*(int(match[group]) for group in order))
            except ValueError:
                return None
    return None


def date_pattern(day: date) -> str:
    """A pattern for every layout of a day, with and without its year."""
    y, yy, m, d = f"{day.year}", f"{day.year % 100:02}", f"0?{day.month}", f"0?{day.day}"
    full = MONTHS[day.month - 1]
    name = rf"(?:{full}|{full[:3]}{'t?' if full.startswith('sep') else ''})\.?"
    year = rf"(?:[\s,/.-]{{1,3}}(?:{y}|['’]?{yy}))?"
    ordinal = rf"{d}(?:st|nd|rd|th)?"
    sep = r"[\s/.-]"
    layouts = (
        rf"{y}{sep}?{m}{sep}?{d}", rf"{m}{sep}{d}{sep}(?:{y}|{yy})", rf"{d}{sep}{m}{sep}(?:{y}|{yy})", rf"{m}/{d}",
        rf"{name}[\s-]*{ordinal}{year}", rf"(?:the\s+)?{ordinal}[\s-]+(?:of\s+)?{name}{year}", f"{day.month:02}{day.day:02}{y}", f"{day.month:02}{day.day:02}{yy}",
    )  # fmt: skip
    return rf"(?<!\w)(?:{'|'.join(layouts)})(?!\w)"
