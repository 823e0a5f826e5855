"""Layer 2. Everything with a shape: each family of patterns runs only where a character or a word makes it possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_

from deid.text import gates
from deid.text.document import Document
from deid.text.patterns import addresses, ages, contacts, dates, ids, numbers, titles
from deid.text.spans import Span

# Each family, and the gates of which one must be open.
FAMILIES: tuple[tuple[Callable[[Document], Iterable[Span]], int], ...] = (
    (numbers.find, gates.DIGITS),
    (dates.find, gates.DIGITS | gates.MONTH | gates.ORDINAL),
    (titles.find, gates.TITLE),
    (addresses.find, gates.DIGITS | gates.STATE_CODE),
    (ids.find, gates.DIGITS | gates.NUMBER),
    (ages.find, gates.OLD_AGE | gates.OLD_IN_WORDS),
)
ANY = reduce(or_, [gate for _, gate in FAMILIES])


def find(document: Document) -> list[Span]:
    """Every stretch whose shape identifies."""
    return find_all([document])[0]


def find_all(documents: Sequence[Document]) -> list[list[Span]]:
    """The same of several documents, one family after the other."""
    found = [contacts.find(document) for document in documents]
    asked = [(each.gates, each, spans) for each, spans in zip(documents, found, strict=True) if each.gates & ANY]
    for family, gate in FAMILIES:
        for opened, document, spans in asked:
            if opened & gate:
                spans.extend(family(document))
    return found
