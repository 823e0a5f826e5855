"""Cut a text into words and the gaps between them. What a word is, `CUT` says; the quicker ways for most texts agree.

Both need a text whose characters beyond ASCII are all letters. One translates its bytes, once to its words and once to
its gaps, and splits both at blanks; it reads no digits that touch letters ("7th"), and no apostrophes but those inside
words. The other is a pattern that need not look up what a character is.
"""

from __future__ import annotations

import re
from string import ascii_letters, digits

CUT = re.compile(r"([^\W\d_]++(?:['’][^\W\d_]++)*+|\d++)").split
BARE_CUT = re.compile(r"([A-Za-z\x80-\U0010ffff]++(?:'[A-Za-z\x80-\U0010ffff]++)*+|[0-9]++)").split
ASCII = bytes(range(0x80))
LETTERS, DIGITS = ascii_letters.encode() + bytes(range(0x80, 0x100)), digits.encode()
IN_WORDS = LETTERS + DIGITS + b"'"
BLANKS = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"  # where `str.split` parts
STAND_INS = LETTERS[: len(BLANKS)]  # letters are in no gap
BETWEEN = b"0"  # nor are digits
TOUCHING = b"a0", b"0a"  # in the kinds of bytes
WORDY = b"a0"
# Each byte as a letter "a", a digit "0" or itself; as part of a word or a blank; as part of a gap or a blank.
KINDS = bytes.maketrans(LETTERS + DIGITS, b"a" * len(LETTERS) + b"0" * len(DIGITS))
WORDS = bytes(byte if byte in IN_WORDS else ord(" ") for byte in range(256))
GAPS = bytes.maketrans(IN_WORDS + BLANKS, b" " * len(IN_WORDS) + STAND_INS)
BACK = bytes.maketrans(STAND_INS, BLANKS)


def cut(text: str) -> tuple[list[str], list[str]]:
    """The words, and the gaps: before the first word, between each two, and behind the last; some are empty."""
    raw = text.encode() if text.isascii() else lettered(text)
    if not raw:
        parts = CUT(text)
        return parts[1::2], parts[0::2]
    kinds = raw.translate(KINDS)
    if (b"0" in kinds and (TOUCHING[0] in kinds or TOUCHING[1] in kinds)) or (
        b"'" in kinds and kinds.count(b"'") != kinds.count(b"a'a")
    ):
        parts = BARE_CUT(text)
        return parts[1::2], parts[0::2]
    forms = raw.translate(WORDS).decode().split()
    between = BETWEEN.join(raw.translate(GAPS).split())
    gaps = between.translate(BACK).decode().split("0") if between else []
    if kinds[0] in WORDY:
        gaps.insert(0, "")
    if kinds[-1] in WORDY:
        gaps.append("")
    return forms, gaps


def lettered(text: str) -> bytes:
    """The bytes of a text that has only letters beyond ASCII; none of another text."""
    raw = text.encode("utf-8", "surrogatepass")
    return raw if raw.translate(None, ASCII).decode("utf-8", "surrogatepass").isalpha() else b""
