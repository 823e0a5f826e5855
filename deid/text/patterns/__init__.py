"""Layer 2. Everything with a shape: each family of patterns runs only where a character or a word makes it possible."""

from __future__ import annotations

import re

from deid.text.document import Document
from deid.text.patterns import addresses, ages, contacts, dates, ids, numbers, titles
from deid.text.spans import Span

DIGIT = re.compile(r"\d").search
NET = re.compile(r"[@:#]|\.[A-Za-z]|dot|DOT|Dot|\(at\)").search
WORD_GATES = titles.GATE | dates.GATE | dates.ORDINAL_GATE | addresses.TOWN_GATE | ids.NUMBER_GATE


def find(document: Document) -> list[Span]:
    """Every stretch whose shape identifies."""
    text = document.text
    digit = DIGIT(text) is not None
    found: list[Span] = []
    if NET(text):
        found += contacts.find(document)
    if digit:
        found += numbers.find(document)
    if digit or document.gates & WORD_GATES:
        found += dates.find(document, digit=digit)
        found += titles.find(document)
        found += addresses.find(document, digit=digit)
        found += ids.find(document, digit=digit)
        found += ages.find(document, digit=digit)
    return found
