"""Layer 2. Everything with a shape: each family of patterns runs only where a character or a word makes it possible."""

from __future__ import annotations

from deid.text import gates
from deid.text.document import Document
from deid.text.patterns import addresses, ages, contacts, dates, ids, numbers, titles
from deid.text.spans import Span

DATES = gates.DIGITS | gates.MONTH | gates.ORDINAL
ADDRESSES = gates.DIGITS | gates.STATE_CODE
NUMBERS = gates.DIGITS | gates.NUMBER
AGES = gates.OLD_AGE | gates.OLD_IN_WORDS


def find(document: Document) -> list[Span]:
    """Every stretch whose shape identifies."""
    opened = document.gates
    digit = bool(opened & gates.DIGITS)
    found: list[Span] = list(contacts.find(document))
    if digit:
        found += numbers.find(document)
    if opened & DATES:
        found += dates.find(document, digit=digit)
    if opened & gates.TITLE:
        found += titles.find(document)
    if opened & ADDRESSES:
        found += addresses.find(document, digit=digit)
    if opened & NUMBERS:
        found += ids.find(document, digit=digit)
    if opened & AGES:
        found += ages.find(document)
    return found
