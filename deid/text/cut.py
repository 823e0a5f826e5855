"""Cut a text into words and the gaps between them. What a word is, `CUT` says; the quick way for most texts agrees.

The quick way translates the bytes of an ASCII text, once to its words and once to its gaps, and splits both at blanks.
It cannot tell where digits touch letters ("7th"), nor which apostrophes part words: such texts are cut by the pattern.
"""

from __future__ import annotations

import re
from string import ascii_letters, digits

PLAIN_CUT = re.compile(r"([A-Za-z]++(?:'[A-Za-z]++)*+|[0-9]++)").split  # of an ASCII text
CUT = re.compile(r"([^\W\d_]++(?:['’][^\W\d_]++)*+|\d++)").split
WORD_CHARACTERS = (ascii_letters + digits).encode()
BLANKS = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"  # where `str.split` parts
STAND_INS = bytes(range(0xC0, 0xC0 + len(BLANKS)))
# Each byte as a letter "a", a digit "0" or itself; as part of a word or a blank; as part of a gap or a blank.
KINDS = bytes.maketrans(WORD_CHARACTERS, b"a" * len(ascii_letters) + b"0" * len(digits))
WORDS = bytes(byte if byte in WORD_CHARACTERS + b"'" else ord(" ") for byte in range(256))
GAPS = bytes.maketrans(WORD_CHARACTERS + b"'" + BLANKS, b" " * len(WORD_CHARACTERS + b"'") + STAND_INS)
BACK = dict(zip(STAND_INS, BLANKS.decode(), strict=True))
MOST_GAPS = 10_000


class Gaps(dict[str, str]):
    """A gap with stand-ins for its blanks -> the gap."""

    def __missing__(self, written: str) -> str:
        if len(self) >= MOST_GAPS:
            self.clear()
        gap = self[written] = written.translate(BACK)
        return gap


GAP = Gaps()


def cut(text: str) -> tuple[list[str], list[str]]:
    """The words, and the gaps: before the first word, between each two, and behind the last; some are empty."""
    if not text.isascii():
        parts = CUT(text)
        return parts[1::2], parts[0::2]
    raw = text.encode()
    kinds = raw.translate(KINDS)
    if b"a0" in kinds or b"0a" in kinds or (b"'" in kinds and kinds.count(b"'") != kinds.count(b"a'a")):
        parts = PLAIN_CUT(text)
        return parts[1::2], parts[0::2]
    forms = raw.translate(WORDS).decode().split()
    gaps = list(map(GAP.__getitem__, raw.translate(GAPS).decode("latin-1").split()))
    if kinds[:1] in b"a0":
        gaps.insert(0, "")
    if kinds[-1:] in b"a0" and forms:
        gaps.append("")
    return forms, gaps
