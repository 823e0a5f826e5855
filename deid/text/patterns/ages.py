"""Ages of ninety or more, in digits and in words (45 CFR 164.514(b)(2)(i)(C)); younger ages stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deid.text import gates
from deid.text.document import Document
from deid.text.patterns.near import windows
from deid.text.spans import Span

LONGEST_CUE = 40  # characters
OLD = r"(9\d|1[0-2]\d)"
BEFORE = re.compile(
    rf"\b(?:age[ds]?|turn(?:ed|ing|s)?|is now|nearly|almost|lived to(?: be)?|age(?:d)? of|at)(?:\s+(?:is|was|of|at|:))?[\s:]+{OLD}\b(?!\s*(?:%|mg|mcg|ml|kg|lb|/|percent|minutes|days|hours|dollars|st\b|th\b))",
    re.IGNORECASE,
)
AFTER = re.compile(
    rf"\b{OLD}(?:\s*|-)(?:y/?o\b|yrs?[\s-]*old|years?[\s-]*(?:old|of age|young)|year-olds?|yrs?\b|[FM]\b)",
    re.IGNORECASE,
)
BEING = re.compile(
    rf"\b(?:is|am|i['’]m|was|he['’]s|she['’]s|be)\s+{OLD}(?=\s*(?:$|[.,;!?)\n]|and\b|but\b|now\b))", re.IGNORECASE
)
# What may stand directly before the number.
LEADS = frozenset(
    ["age", "aged", "ages", "turn", "turned", "turning", "turns", "now", "nearly", "almost", "to", "be", "of", "at",
     "is", "was", "am", "i'm", "he's", "she's"]
)  # fmt: skip
SPOKEN = r"(ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|a) hundred(?:(?: and)?[- ](?:one|two|three|four|five|six|seven|eight|nine|ten))?)"
IN_WORDS = re.compile(
    rf"\b(?:age[ds]?|turn(?:ed|ing|s)?|age of|is|am|was|i['’]m|she['’]s|he['’]s)\s+{SPOKEN}\b(?!\s+(?:percent|minutes|days|dollars|times|people|miles))|\b{SPOKEN}(?:\s|-)+years?(?:\s|-)+(?:old|of age)",
    re.IGNORECASE,
)


def find(document: Document) -> Iterator[Span]:
    """Every age of ninety or more."""
    text = document.text
    if document.gates & gates.OLD_AGE:
        yield from in_digits(document)
    if document.gates & gates.OLD_IN_WORDS:
        for match in IN_WORDS.finditer(text):
            group = 1 if match[1] else 2
            yield Span(*match.span(group), "AGE90+", "pattern")


def in_digits(document: Document) -> Iterator[Span]:
    """Ages in digits: with a word before them, or with one behind them."""
    numbers = document.at(gates.OLD_AGE)
    led = [at for at in numbers if at and document.key(at - 1) in LEADS]
    for pattern in (BEFORE, BEING) if led else ():
        found = windows(document, pattern, led, before=LONGEST_CUE, after=LONGEST_CUE)
        yield from (Span(*m.span(1), "AGE90+", "pattern") for m in found)
    for at in numbers:
        match = AFTER.match(document.text, document.starts[at])
        if match:
            yield Span(*match.span(1), "AGE90+", "pattern")
