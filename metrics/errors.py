"""What can be wrong with a question, or with the counts it is asked of."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class QueryError(Exception):
    """Someone asked for a metric, site, stratifier, period or component that is not there. Names the nearest."""


class CellError(ValueError):
    """Counts that cannot be: more leave than were at risk, more events than visits."""


def unknown(kind: str, asked: str, known: Iterable[str]) -> QueryError:
    """A QueryError that names the nearest known word, or all of them where none is near."""
    words = list(known)
    near = difflib.get_close_matches(asked.lower(), [word.lower() for word in words], n=1, cutoff=0.5)
    if near:
        nearest = next(word for word in words if word.lower() == near[0])
        return QueryError(f"There is no {kind} {asked!r}. Did you mean {nearest!r}?")
    if not words:
        return QueryError(f"There is no {kind} {asked!r}: this release has none.")
    return QueryError(f"There is no {kind} {asked!r}. Known: {', '.join(words)}.")
