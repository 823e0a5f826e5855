"""Layer 2. Everything with a shape: each family of patterns runs only where a character or a word makes it possible."""

from __future__ import annotations

from deid.text.document import Document
from deid.text.patterns import addresses, ages, contacts, dates, ids, numbers, titles
from deid.text.spans import Span
from deid.text.words import DIGITS, STATE_CODE

WORD_GATES = titles.GATE | titles.RELATION_GATE | dates.GATE | dates.ORDINAL_GATE | ids.NUMBER_GATE | STATE_CODE


def find(document: Document) -> list[Span]:
    """Every stretch whose shape identifies."""
    digit = bool(document.gates & DIGITS)
    found: list[Span] = list(contacts.find(document))
    if digit:
        found += numbers.find(document)
    if digit or document.gates & WORD_GATES:
        found += dates.find(document, digit=digit)
        found += titles.find(document)
        found += addresses.find(document, digit=digit)
        found += ids.find(document, digit=digit)
        found += ages.find(document)
    return found
