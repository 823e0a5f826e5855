"""Days and months in words ("May 3rd", "the third of March", "in October", "on the 15th"); a year alone stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deid.text import gates
from deid.text.document import Document
from deid.text.lexicon import stem
from deid.text.spans import Span

FULL = "january|february|march|april|may|june|july|august|september|october|november|december"
MONTH = rf"(?:{FULL}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
UNIT = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
ORDINAL = rf"(?:twenty[- ](?:{UNIT})|thirty[- ]first|{UNIT}|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)"
CARDINAL = "(?:twenty[- ](?:one|two|three|four|five|six|seven|eight|nine)|thirty[- ]one|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|one|two|three|four|five|six|seven|eight|nine)"
DAY = r"\d{1,2}(?:st|nd|rd|th)?"
YEAR = r"(?:,?\s*(?:of\s+)?(?:(?:19|20)\d\d|['’]\d\d)\b)?"
RANGE = rf"(?:\s?(?:-|–|to|and|&)\s?{DAY}\b)?"
WRITTEN = re.compile(
    rf"\b(?:(?:the\s+)?(?:{DAY}|{ORDINAL}){RANGE}[\s-]+(?:of\s+)?{MONTH}(?:[\s-]+(?:19|20)?\d\d\b)?{YEAR}"
    rf"|{MONTH}[\s-]*(?:the\s+)?(?:{DAY}\b|{ORDINAL}\b|{CARDINAL}\b){RANGE}(?:-(?:19|20)?\d\d\b)?{YEAR}"
    rf"|{MONTH}[\s,-]+(?:of\s+)?(?:19|20)\d\d\b)",
    re.IGNORECASE,
)
STOPPED = re.compile(rf"\b(?:{FULL})\.$", re.IGNORECASE)  # a whole month's name has no stop of its own
ALONE = frozenset([*FULL.split("|"), "sep", "sept", "oct", "nov", "feb", "apr", "jul", "aug"])
LONGEST_LEAD = 10  # words of a date before its month
LEADS = frozenset(
    [*UNIT.split("|"), "the", "of", "to", "and", "st", "nd", "rd", "th", "twenty", "thirty", "tenth", "eleventh", "twelfth",
     "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth", "thirtieth"]
)  # fmt: skip
FOLLOWERS = LEADS | frozenset(
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
     "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
)  # fmt: skip
TELLING = frozenset(
    [
        "in",
        "since",
        "last",
        "next",
        "early",
        "late",
        "mid",
        "until",
        "till",
        "by",
        "of",
        "through",
        "during",
        "from",
        "every",
        "each",
        "around",
        "before",
        "after",
    ]
)
VERB_OR_NAME = frozenset({"may", "march", "august", "april", "june", "mar", "jan", "dec", "sep"})
NUMBERED = re.compile(
    r"\b(?:on|by|until|till|since|from|before|after|for|of|is|was)\s+the\s+(\d{1,2}(?:st|nd|rd|th))\b(?=\s*(?:$|[.,;:!?)\n]|(?:of|at|and|or|in|for|to|is|was|then|but|because|so|with|this|next|if)\b))",
    re.IGNORECASE,
)
ORDINAL_DAY = re.compile(
    rf"\b(?:on|by|until|since)\s+the\s+({ORDINAL})(?=\s*(?:$|[.,;!?]|of\s+(?:this|next|last|the)\s+month|at\s+\d))",
    re.IGNORECASE,
)
ENDINGS = frozenset({"st", "nd", "rd", "th", "ſt"})
THE = re.compile(r"\b(?:on|by|until|since) the ", re.IGNORECASE)


def find(document: Document) -> list[Span]:
    """Every day or month written in words."""
    text, opened = document.text, document.gates
    found = list(months(document)) if opened & gates.MONTH else []
    if opened & gates.DIGITS and marked(document):
        found += [Span(*m.span(1), "DATE", "pattern") for m in NUMBERED.finditer(text)]
    if opened & gates.ORDINAL and THE.search(text):
        found += [Span(*m.span(1), "DATE", "pattern") for m in ORDINAL_DAY.finditer(text)]
    return found


def marked(document: Document) -> bool:
    """Is some number an ordinal behind an article ("the 7th")?"""
    forms, gaps = document.forms, document.gaps
    endings = [at for at in document.digits if at and not gaps[at + 1] and forms[at - 1][-3:].lower() == "the"]
    return any(at + 1 < len(forms) and forms[at + 1][:2].lower() in ENDINGS for at in endings) if endings else False


def months(document: Document) -> Iterator[Span]:
    """Every month: with its day and year, or by itself where it is no other word."""
    text, starts = document.text, document.starts
    for at in document.at(gates.MONTH):
        match = written_at(document, at)
        if match and sensible(match[0]):
            stop = STOPPED.search(match[0]) is not None
            yield Span(match.start(), match.end() - stop, "DATE", "pattern")
        if stem(document.key(at)) in ALONE and stands_alone(text, starts[at], stem(document.forms[at])):
            yield Span(starts[at], document.bare_end(at), "DATE", "pattern")


def written_at(document: Document, at: int) -> re.Match[str] | None:
    """The date around a month's name: from the leftmost word that could be its day."""
    marks, first = document.marks, at
    while first and at - first < LONGEST_LEAD:
        if not (marks[first - 1] & gates.DIGITS or document.key(first - 1) in LEADS):
            break
        first -= 1
    if first == at and not (marks[at + 1 : at + 2] and followed(marks[at + 1], document.key(at + 1))):
        return None
    for start in document.starts[first : at + 1]:
        match = WRITTEN.match(document.text, start)
        if match and match.end() > document.starts[at]:
            return match
    return None


def followed(mark: int, key: str) -> bool:
    """May the word behind a month's name be of its day or year?"""
    return bool(mark & gates.DIGITS) or key.partition("'")[0] in FOLLOWERS


def sensible(written: str) -> bool:
    """ "I may one day" and "march two miles" are no dates: a verb needs a figure, or a capital and an ordinal."""
    word = written.split(maxsplit=1)[0].lower().rstrip(".,")
    if word not in {"may", "march"}:
        return True
    return any(map(str.isdigit, written)) or (written[0].isupper() and not re.search(rf"(?i)\b{CARDINAL}$", written))


def stands_alone(text: str, start: int, month: str) -> bool:
    """Is a month name without a day a month? Words that are verbs or given names too need a word that says so."""
    word = month.lower()
    if word not in VERB_OR_NAME and len(word) > 4:
        return True
    before = text[max(0, start - 12) : start].lower().split()
    if len(word) <= 4 and word not in {"may", "june", "july"} and not month[0].isupper():
        return False
    if word in {"june", "july", "april"} and month[0].isupper() and not before:
        return True
    if word == "may" and before and before[-1] in {"by", "each", "every", "through", "of"}:
        return month == "May"
    return bool(before) and before[-1] in TELLING
