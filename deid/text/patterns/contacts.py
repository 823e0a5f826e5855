"""E-mail and web addresses, network addresses, handles; also written out ("jo dot doe at mail dot com")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from deid.text import bits, lexicon, unknown
from deid.text.document import Document
from deid.text.spans import Span

# Endings that are no English word; after those that are ("me", "in", "it") a path must follow.
ENDINGS = (
    "com|org|net|edu|gov|mil|info|biz|io|co|ai|ly|gl|app|dev|xyz|online|site|store|health|care|clinic|tv|ca|uk|au|de|fr"
    "|eu|nl|es|ch|se|fi|dk|pl|cz|sk|hu|ru|ua|jp|cn|kr|br|mx|ar|cl|ie|nz|za|gr|pt|ro|bg|hr|si|lt|lv|ee|il|tr|ir|sa|ae|pk|lk"
    "|ng|ke|gh|eg|th|vn|sg|hk|tw|ph|cat|museum|name|mobi|jobs|travel|int|arpa|asia|tel|cc|ws|fm|su|kz|by|ge|az|md|rs|mk|ba"
)
WORDS_TOO = "me|in|it|us|no|is|at|be|to|so|id|my|am|pm"
EMAIL = re.compile(r"[\w.+%'’-]{1,64} ?@ ?[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
HANDLE = re.compile(r"(?<![\w.])@\w{2,40}")
URL = re.compile(r"(?:https?|ftp)://[^\s<>\"'”)]+|\bwww\.[^\s<>\"'”)]+", re.IGNORECASE)
DOMAIN = re.compile(
    rf"(?<![\w@.-])(?:[\w-]{{1,63}}\.){{1,4}}(?:(?:{ENDINGS})\b(?:[:/?#][^\s<>\"']*)?|(?:{WORDS_TOO})/[^\s<>\"']+)",
    re.IGNORECASE,
)
DOT = r"\s*(?:\bdot\b|\(dot\)|\[dot\]|\{dot\}|\.)\s*"
AT = r"\s*(?:\bat\b|\(at\)|\[at\]|\{at\}|@)\s*"
SPELLED = re.compile(
    rf"\b[\w+-]{{1,40}}(?:{DOT}[\w+-]{{1,40}}){{0,3}}{AT}[\w-]{{1,40}}(?:{DOT}[\w-]{{1,40}}){{0,3}}{DOT}(?:com|org|net|edu|gov|ca|uk|io|co|de|fr)\b",
    re.IGNORECASE,
)
V6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
MAC = re.compile(r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", re.IGNORECASE)
HASHTAG = re.compile(r"#\w*[^\W\d_]{3,}\w*")
PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
WWW = re.compile(r"www\.", re.IGNORECASE)
LONGEST_MAILBOX, LONGEST_DOMAIN = 66, 64
KNOWN, SHORTEST_NAME, LONG_PART, LONGEST_PAIR = 3, 3, 4, 40  # tier of a common name; letters
DOTTED = re.compile(r"\.[A-Za-z]")
WIDE = bits.FLAG["state"] | bits.FLAG["country"] | bits.FLAG["state_code"] | bits.FLAG["demonym"]
TRAILING = ".,;:!?)]}'\"’”"


def find(document: Document) -> Iterator[Span]:
    """Every address of the net in the text."""
    text = document.text
    if "@" in text:
        start = max(0, text.index("@") - LONGEST_MAILBOX)
        for pattern in (EMAIL, HANDLE):
            yield from (Span(*m.span(), "CONTACT", "pattern") for m in pattern.finditer(text, start))
    dotted = DOTTED.search(text)
    if dotted or "://" in text:
        start = max(0, dotted.start() - LONGEST_DOMAIN) if dotted else 0
        for pattern in (URL, DOMAIN) if "://" in text or WWW.search(text) else (DOMAIN,):
            for match in pattern.finditer(text, start if pattern is DOMAIN else 0):
                end = match.start() + len(match[0].rstrip(TRAILING))
                yield Span(match.start(), end, "CONTACT", "pattern")
    if "dot" in text or "DOT" in text or "Dot" in text or "(at)" in text or "[at]" in text:
        yield from (Span(*m.span(), "CONTACT", "pattern") for m in SPELLED.finditer(text))
    if "#" in text:
        yield from (Span(*m.span(), "NAME", "pattern") for m in HASHTAG.finditer(text) if names_someone(m[0]))
    if text.count(":") > 1 or text.count("-") >= 5:
        yield from network(text)


def names_someone(hashtag: str) -> bool:
    """Is a part of the hashtag somebody's name and no ordinary word (#JusticeForMaya), or all of it two names?"""
    parts = [part.lower() for part in PARTS.findall(hashtag) if len(part) > 2]
    masks = [lexicon.look_up(part) for part in parts]
    if any(names_only(mask) for mask in masks):
        return True
    if len(parts) > 1:
        unlisted = any(
            not mask and len(part) >= LONG_PART and not unknown.is_variant(part)
            for part, mask in zip(parts, masks, strict=True)
        )
        return unlisted or any(bits.first(one) >= KNOWN and bits.last(two) >= 1 for one, two in pairwise(masks))
    return len(parts) == 1 and not masks[0] and (two_names(parts[0]) or glued(parts[0]))


def glued(word: str) -> bool:
    """Is it a name or place with an ordinary word before or behind it, written as one (#chatwithbronwyn, #bronwynchat)?"""
    size = len(word)
    if size > LONGEST_PAIR:
        return False
    for cut in range(SHORTEST_NAME, size - SHORTEST_NAME + 1):
        for name, other in ((word[:cut], word[cut:]), (word[cut:], word[:cut])):
            if len(name) >= LONG_PART and ordinary(other):
                mask = lexicon.table().get(name, 0)
                if names_only(mask) or places_only(mask):
                    return True
    return False


def ordinary(run: str) -> bool:
    """Is it an ordinary word, or two of them?"""
    if unknown.ordinary(run):
        return True
    return any(unknown.ordinary(run[:cut]) and unknown.ordinary(run[cut:]) for cut in range(2, len(run) - 1))


def places_only(mask: int) -> bool:
    """Is it a place that is no country, no state and no ordinary word?"""
    return bits.place(mask) >= 1 and bits.dictionary(mask) in (0, 4) and not mask & WIDE


def names_only(mask: int) -> bool:
    """Is it a word that is a name, and hardly anything else?"""
    tier, closed = bits.dictionary(mask), (mask >> bits.FLAG_SHIFT) & ~(bits.FLAG["proper"] >> bits.FLAG_SHIFT)
    named = (bits.first(mask) >= 2 or bits.last(mask) >= 2) and tier in (0, 4)
    return not closed and (named or (bits.first(mask) >= 2 and tier == 3))


def two_names(word: str) -> bool:
    """Is it a given name and a surname written as one, and not two ordinary words?"""
    for cut in range(SHORTEST_NAME, min(len(word), LONGEST_PAIR) - SHORTEST_NAME + 1):
        one, two = lexicon.table().get(word[:cut], 0), lexicon.table().get(word[cut:], 0)
        ordinary = 0 < bits.dictionary(one) <= 2 and 0 < bits.dictionary(two) <= 2
        if bits.first(one) >= 2 and bits.last(two) >= 1 and not ordinary:
            return True
    return False


def network(text: str) -> Iterator[Span]:
    """IPv6 and hardware addresses; a clock time is neither."""
    for match in V6.finditer(text) if "::" in text or text.count(":") >= 7 else ():
        groups = [group for group in match[0].split(":") if group]
        clock = len(groups) <= 3 and all(g.isdigit() and len(g) <= 2 for g in groups)
        if groups and not clock and ("::" in match[0] or len(groups) == 8) and (len(groups) > 1 or match[0] != "::"):
            yield Span(*match.span(), "CONTACT", "pattern")
    if text.count(":") >= 5 or text.count("-") >= 5:
        yield from (Span(*m.span(), "ID", "pattern") for m in MAC.finditer(text))
