"""E-mail and web addresses, network addresses, handles; also written out ("jo dot doe at mail dot com")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deid.text import hashtags
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
LONGEST_MAILBOX = 64
MAILBOX_MARKS = "_.+%'’-"
DOTTED = re.compile(r"\.[A-Za-z]")
TRAILING = ".,;:!?)]}'\"’”"


def find(document: Document) -> list[Span]:
    """Every address of the net in the text."""
    text = document.text
    found: list[Span] = []
    if "@" in text:
        found += [Span(*m.span(), "CONTACT", "pattern") for m in mailboxes(text)]
        found += [Span(*m.span(), "CONTACT", "pattern") for m in HANDLE.finditer(text, text.index("@"))]
    dotted = DOTTED.search(text)
    colon = ":" in text
    if dotted or (colon and "://" in text):
        found += addresses(text, dotted)
    if spelled_out(text):
        found += [Span(*m.span(), "CONTACT", "pattern") for m in SPELLED.finditer(text)]
    if "#" in text:
        found += [
            Span(*m.span(), "NAME", "pattern") for m in HASHTAG.finditer(text) if hashtags.says(m[0]) == hashtags.NAME
        ]
    if (colon and text.count(":") > 1) or ("-" in text and text.count("-") >= 5):
        found += network(text)
    return found


def addresses(text: str, dotted: re.Match[str] | None) -> Iterator[Span]:
    """Web addresses; dotted: the first dot that a letter follows."""
    matches = list(URL.finditer(text)) if "://" in text or "www." in text.lower() else []
    while dotted:
        start, end = text.rfind(" ", 0, dotted.start()) + 1, text.find(" ", dotted.end())
        matches += DOMAIN.finditer(text, start, end if end >= 0 else len(text))
        dotted = DOTTED.search(text, end) if end >= 0 else None
    for match in matches:
        yield Span(match.start(), match.start() + len(match[0].rstrip(TRAILING)), "CONTACT", "pattern")


def spelled_out(text: str) -> bool:
    """Is a dot or an @ written as a word? One character is looked for faster than several."""
    return (
        "dot" in text
        or ("D" in text and ("DOT" in text or "Dot" in text))
        or ("(" in text and "(at)" in text)
        or ("[" in text and "[at]" in text)
    )


def mailboxes(text: str) -> Iterator[re.Match[str]]:
    """E-mail addresses, each tried only from the leftmost character before its @ that may begin it."""
    done, at = 0, text.find("@")
    while at >= 0:
        start = end = at - (text[at - 1 : at] == " ")
        first = max(done, end - LONGEST_MAILBOX)
        while start > first and (text[start - 1].isalnum() or text[start - 1] in MAILBOX_MARKS):
            start -= 1
        match = EMAIL.match(text, start) if start < end else None
        if match:
            yield match
            done = match.end()
        at = text.find("@", at + 1)


def network(text: str) -> Iterator[Span]:
    """IPv6 and hardware addresses; a clock time is neither."""
    for match in V6.finditer(text) if "::" in text or text.count(":") >= 7 else ():
        groups = [group for group in match[0].split(":") if group]
        clock = len(groups) <= 3 and all(g.isdigit() and len(g) <= 2 for g in groups)
        if groups and not clock and ("::" in match[0] or len(groups) == 8) and (len(groups) > 1 or match[0] != "::"):
            yield Span(*match.span(), "CONTACT", "pattern")
    if text.count(":") >= 5 or text.count("-") >= 5:
        yield from (Span(*m.span(), "ID", "pattern") for m in MAC.finditer(text))
