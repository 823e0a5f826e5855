"""Layer 0. One way of writing for many: full-width and styled letters, look-alikes, invisible characters.

Every change keeps a map, so that what is found in the plain text is replaced in the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff\ufe0e\ufe0f"))  # fmt: skip
# Cyrillic and Greek letters that look like Latin ones; used only inside a word that also has Latin letters.
LOOK_ALIKE = dict(zip("аеорсухіјѕԁһӏАВЕКМНОРСТХІЈЅαοιυνκρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdhlABEKMHOPCTXIJSaoiuvkpABEZHIKMNOPTYX", strict=True))  # fmt: skip
MIXING = re.compile(f"[{''.join(LOOK_ALIKE)}]")
WORD = re.compile(r"[^\W\d_]{2,}")
SPACES = {"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ", "\u2007": " "}
DASHES = dict.fromkeys("‐‑‒﹣－", "-")
# The parts of an HTML tag that never hold a person: its name, and attributes of looks. Other attributes stay to be read.
TAG = re.compile(r"<(?:/?[a-zA-Z][\w:]{0,20}(?:\s[^<>]{0,4000})?/?|!--.{0,4000}?--)>", re.DOTALL)
LOOKS = re.compile(
    r"</?[a-zA-Z][\w:]*|\b(?:style|class|dir|lang|id|face|size|color|bgcolor|width|height|rel|target|align|valign|border|type|role)"
    r"\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[\w#-]+)|\b[\w:-]+\s*=\s*\"(?:true|false|\d{1,3})\"|\b(?:href|src)\s*=\s*|/?>$",
)
TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "big",
        "blockquote",
        "body",
        "br",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "hr",
        "html",
        "i",
        "img",
        "input",
        "ins",
        "label",
        "li",
        "link",
        "meta",
        "ol",
        "option",
        "p",
        "pre",
        "q",
        "s",
        "script",
        "section",
        "select",
        "small",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "tt",
        "u",
        "ul",
        "xml",
    ]
)
TAG_NAME = re.compile(r"</?([\w:]+)")
# The usual ones, which hold nothing, and as many blanks.
BARE_TAGS = {tag: " " * len(tag) for name in TAGS for tag in (f"<{name}>", f"</{name}>", f"<{name}/>")}
# Letters of Latin alphabets, common punctuation and pictures stay as they are.
UNUSUAL = re.compile(
    r"[^\x00-\x9f\u00a1-\u00ac\u00ae-\u024f\u1e00-\u1eff\u2013\u2014\u2018\u2019\u201c\u201d\u2026\U0001f000-\U0001faff]"
)
# What may have another plain form, asked character by character.
CHANGING = re.compile(r"[^\x00-\x9f\u00a1-\u00ac\u00ae-\u024f\u2013\u2014\u2018\u2019\u201c\u201d\u2026]")
ENTITY = re.compile(
    r"&(?:nbsp|amp|quot|lt|gt|apos|rsquo|lsquo|rdquo|ldquo|ndash|mdash|hellip|#\d{2,5}|#x[0-9a-fA-F]{2,4});"
)


# What stands where something was removed before: nobody's name, and left as it is.
TOKEN = re.compile(r"\[(?:CONTACT|ID|DATE|AGE90\+|NAME|PLACE)\]")


class Plain(NamedTuple):
    """The plain text; `origin[i]` is where its i-th character came from (None: nothing has moved)."""

    text: str
    origin: list[int] | None

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the plain text stands in the text as written."""
        if self.origin is None:
            return start, end
        return self.origin[start], self.origin[end - 1] + 1 if end > start else self.origin[start]


def look_alikes(text: str) -> str:
    """Latin letters for look-alikes in words that mix alphabets; the length stays."""

    def change(match: re.Match[str]) -> str:
        word = match[0]
        mixed = any("a" <= c.lower() <= "z" for c in word) and any(c in LOOK_ALIKE for c in word)
        return "".join(LOOK_ALIKE.get(c, c) for c in word) if mixed else word

    return WORD.sub(change, text) if MIXING.search(text) else text


def plain(text: str) -> Plain:
    """The text in plain characters, with the way back."""
    bare = without_markup(text) if ("<" in text and ">" in text) or "&" in text else text
    if "[" in bare:
        bare = TOKEN.sub(lambda token: f"[{' ' * (len(token[0]) - 2)}]", bare)
    if bare.isascii():
        return Plain(bare, None)
    return characters(bare) if UNUSUAL.search(bare) else Plain(bare, None)


def without_markup(text: str) -> str:
    """HTML tags and entities as blanks of the same length."""

    bare = TAG.sub(without_looks, text) if "<" in text else text
    return ENTITY.sub(lambda entity: " " * len(entity[0]), bare) if "&" in text else bare


def without_looks(tag: re.Match[str]) -> str:
    """The tag with blanks for what never holds a person; anything else in angle brackets as it is."""
    blanks = BARE_TAGS.get(tag[0])
    if blanks:
        return blanks
    name = TAG_NAME.match(tag[0])
    if name is None or not (name[1].lower() in TAGS or ":" in name[1]):
        return tag[0]
    return LOOKS.sub(lambda part: " " * len(part[0]), tag[0])


def characters(text: str) -> Plain:
    """Every character in its plain form, invisible ones left out."""
    pieces: list[str] = []
    origin: list[int] = []
    end = 0
    for match in CHANGING.finditer(text):
        at, changed = match.start(), plain_character(match[0])
        pieces += (text[end:at], changed)
        origin += range(end, at)
        origin += [at] * len(changed)
        end = at + 1
    pieces.append(text[end:])
    origin += range(end, len(text))
    result = look_alikes("".join(pieces))
    return Plain(result, None if len(result) == len(text) == len(origin) else origin)


@lru_cache(maxsize=4096)
def plain_character(character: str) -> str:
    """The plain form of a character; nothing for an invisible one."""
    if ord(character) in INVISIBLE:
        return ""
    return SPACES.get(character) or DASHES.get(character) or unicodedata.normalize("NFKC", character)
