"""Days and months in words ("May 3rd", "the third of March", "in October", "on the 15th"); a year alone stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deid.text import bits
from deid.text.document import Document
from deid.text.spans import Span
from deid.text.words import GATE_SHIFT

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
ALONE = re.compile(rf"\b(?:{FULL}|sept?|oct|nov|feb|apr|jul|aug)\b", re.IGNORECASE)
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
MARKED = re.compile(r"\d(?:st|nd|rd|th)\b", re.IGNORECASE)
THE = re.compile(r"\b(?:on|by|until|since) the ", re.IGNORECASE)
ORDINAL_GATE = bits.FLAG["ordinal"] >> bits.FLAG_SHIFT << GATE_SHIFT
GATE = bits.FLAG["month"] >> bits.FLAG_SHIFT << GATE_SHIFT


def find(document: Document, *, digit: bool) -> Iterator[Span]:
    """Every day or month written in words."""
    text = document.text
    if document.gates & GATE:
        yield from (Span(*m.span(), "DATE", "pattern") for m in WRITTEN.finditer(text) if sensible(m[0]))
        for match in ALONE.finditer(text):
            if stands_alone(text, match):
                yield Span(*match.span(), "DATE", "pattern")
    if digit and MARKED.search(text):
        yield from (Span(*m.span(1), "DATE", "pattern") for m in NUMBERED.finditer(text))
    if document.gates & ORDINAL_GATE and THE.search(text):
        yield from (Span(*m.span(1), "DATE", "pattern") for m in ORDINAL_DAY.finditer(text))


def sensible(written: str) -> bool:
    """ "I may one day" and "march two miles" are no dates: a verb needs a figure, or a capital and an ordinal."""
    word = written.split(maxsplit=1)[0].lower().rstrip(".,")
    if word not in {"may", "march"}:
        return True
    return any(map(str.isdigit, written)) or (written[0].isupper() and not re.search(rf"(?i)\b{CARDINAL}$", written))


def stands_alone(text: str, match: re.Match[str]) -> bool:
    """Is a month name without a day a month? Words that are verbs or given names too need a word that says so."""
    word = match[0].lower()
    if word not in VERB_OR_NAME and len(word) > 4:
        return True
    before = text[max(0, match.start() - 12) : match.start()].lower().split()
    if len(word) <= 4 and word not in {"may", "june", "july"} and not match[0][0].isupper():
        return False
    if word in {"june", "july", "april"} and match[0][0].isupper() and not before:
        return True
    if word == "may" and before and before[-1] in {"by", "each", "every", "through", "of"}:
        return match[0] == "May"
    return bool(before) and before[-1] in TELLING
