"""Look for a pattern only beside the words that make it possible."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deid.text.document import Document

HAS_DIGIT = re.compile(r"\d").search


def windows(
    document: Document, pattern: re.Pattern[str], gate: int, *, before: int, after: int, digit: bool = False
) -> Iterator[re.Match[str]]:
    """Matches within so many characters before and after a word of the gate; one may come twice.

    digit: only where a digit stands before the word.
    """
    text, starts, forms = document.text, document.starts, document.forms
    end = 0  # windows that touch are one
    start = -1
    for at in document.at(gate):
        first = starts[at]
        opens = max(0, first - before)
        if digit and HAS_DIGIT(text, opens, first) is None:
            continue
        if start >= 0 and opens <= end:
            end = first + len(forms[at]) + after
            continue
        if start >= 0:
            yield from pattern.finditer(text, start, end)
        start, end = opens, first + len(forms[at]) + after
    if start >= 0:
        yield from pattern.finditer(text, start, end)
