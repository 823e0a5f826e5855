"""A name behind its title ("Dr. Osei", "ms. lee"), and initials that stand for one ("pt J.D.")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deid.text import bits, gates
from deid.text.document import POSSESSIVE, Document
from deid.text.spans import Span
from deid.text.words import WORDS

PARTED = re.compile(r"[\s.]")
AFTER = re.compile(r"\.?\s{1,2}((?:[^\W\d_]\.\s?)*[^\W\d_]+(?:['’-][^\W\d_]+)*)")
INITIALS = re.compile(r"\.?\s+((?:[A-Z]\.\s?){2,3}|[A-Z]{2}\b(?=\s+(?:is|was|has|presents|reports|c/o)))")
OWNERS = frozenset(
    [
        "my",
        "the",
        "a",
        "your",
        "our",
        "his",
        "her",
        "their",
        "another",
        "i",
        "you",
        "we",
        "they",
        "to",
        "this",
        "that",
        "dont",
        "will",
    ]
)
MODAL = frozenset(
    [
        "will",
        "may",
        "can",
        "must",
        "might",
        "do",
        "does",
        "did",
        "has",
        "have",
        "is",
        "was",
        "so",
        "an",
        "in",
        "on",
        "to",
    ]
)
ORDINARY = (
    bits.FLAG["function"] | bits.FLAG["clinical"] | bits.FLAG["relation"] | bits.FLAG["slang"] | bits.FLAG["weekday"]
)


def find(document: Document) -> Iterator[Span]:
    """Every name that directly follows a title."""
    for at in document.at(gates.TITLE) if document.gates & gates.TITLE else ():
        key, end = document.key(at), document.end(at)
        match = AFTER.match(document.text, end) if key in gates.TITLES else None
        if match:
            before = document.key(at - 1) if at else ""
            if key == "miss" and document.forms[at] == key and before in OWNERS:
                continue
            if is_name(match[1], document.caseless, own=before in OWNERS):
                ending = 2 if match[1][-2:] in POSSESSIVE else 0
                yield Span(match.start(1), match.end(1) - ending, "NAME", "pattern")
        initials = INITIALS.match(document.text, end) if key in gates.BEFORE_INITIALS else None
        if initials:
            yield Span(*initials.span(1), "NAME", "pattern")


def is_name(after: str, caseless: bool, *, own: bool = False) -> bool:
    """Is the word after a title a name? With capitals, a capital says so; without, it must not be an ordinary word.

    own: the title follows "my", "the", "i" and the like, so it may stand for the person by itself ("my dr will call").
    """
    form = PARTED.split(after)[-1]
    if not form:
        return False
    word, key = WORDS[form], form.lower().replace("’", "'")
    surname = bits.last(word.mask) >= 2 and key not in MODAL
    small = caseless or word.coarse[0] == "x"
    if word.mask & ORDINARY and (not surname or (small and own)):
        return False
    named = bits.first(word.mask) >= 2 or bits.last(word.mask) >= 1
    if small:
        tier = bits.dictionary(word.mask)
        return tier in (0, 4) or (named and tier != 1) or (surname and not own)
    return len(form) > 1
