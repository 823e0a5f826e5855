"""Look for a pattern only beside the words that make it possible."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deid.text.document import Document


def lettered(document: Document) -> bool:
    """Does a letter stand directly before a digit?"""
    gaps = document.gaps
    return any([at and not gaps[at] for at in document.digits])


def windows(
    document: Document, pattern: re.Pattern[str], gate: int, *, before: int, after: int, digit: bool = False
) -> Iterator[re.Match[str]]:
    """Matches within so many characters before and after a word of the gate; one may come twice.

    digit: only where a number stands before the word, with which a match begins.
    """
    text, starts, forms = document.text, document.starts, document.forms
    digits = document.digits if digit else []
    end = 0  # windows that touch are one
    start = -1
    for at in document.at(gate):
        first = starts[at]
        opens = max(0, first - before)
        if digit:
            near = [starts[number] for number in digits if number < at and starts[number] >= opens]
            if not near:
                continue
            opens = near[0]
        if start >= 0 and opens <= end:
            end = first + len(forms[at]) + after
            continue
        if start >= 0:
            yield from pattern.finditer(text, start, end)
        start, end = opens, first + len(forms[at]) + after
    if start >= 0:
        yield from pattern.finditer(text, start, end)
