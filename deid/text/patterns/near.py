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
    document: Document, pattern: re.Pattern[str], positions: list[int], *, before: int, after: int
) -> Iterator[re.Match[str]]:
    """Matches within so many characters before and after the words at the positions; one may come twice."""
    text, starts, forms = document.text, document.starts, document.forms
    end = 0  # windows that touch are one
    start = -1
    for at in positions:
        first = starts[at]
        opens = max(0, first - before)
        if start >= 0 and opens <= end:
            end = first + len(forms[at]) + after
            continue
        if start >= 0:
            yield from pattern.finditer(text, start, end)
        start, end = opens, first + len(forms[at]) + after
    if start >= 0:
        yield from pattern.finditer(text, start, end)
