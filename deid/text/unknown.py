"""Layer 5. Is a word of no lexicon a way of writing an ordinary one? If not, it goes: it may be a name nobody listed.

Ordinary: drawn out ("soooo"), laughter, a derived form ("unfollowable"), letters dropped before an apostrophe, or one
edit (Damerau) from one of the commonest or clinical words, for words of five letters or more.
"""

from __future__ import annotations

import re

from deid.text import bits, lexicon

DRAWN_OUT = re.compile(r"(.)\1{2,}")
LAUGHTER = re.compile(r"(?:a*(?:ha|he|hi|ho|ja){2,}h?|l+o+l+|x+d+|m+h*m+|h+m+|(?:a+|u+|o+|e+)(?:h+|w+|r+g+h+)|z+|b+r+)")
SHORTEST_TYPO, LONG_WORD = 5, 7
PREFIXES = ("un", "re", "non", "over", "under", "mis", "pre", "post", "anti", "co", "self", "super", "sub", "inter", "de", "dis", "micro", "psycho", "neuro", "hyper", "hypo", "out")  # fmt: skip
SUFFIXES = ("s", "es", "ed", "d", "ing", "ly", "er", "ers", "est", "ness", "ish", "able", "like", "less", "ful", "ism", "ist", "ists", "ity", "ation", "ize", "ized", "izing", "wise", "y", "n", "in")  # fmt: skip
CLINICAL_ENDINGS = re.compile(
    r"\w{2,}(?:azole|amide|pril|sartan|olol|statin|azepam|azolam|oxetine|mycin|cillin|floxacin|gliptin|gliflozin|glutide"
    r"|tidine|prazole|setron|triptan|mab|tinib|vir|idone|itis|osis|emia|uria|ectomy|oscopy|opathy|plasty|algia|phobia|gram)s?"
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def ordinary(key: str, tier: int = 2) -> bool:
    """Is it a dictionary word of this tier or commoner, or clinical?"""
    mask = lexicon.table().get(key, 0)
    return 0 < bits.dictionary(mask) <= tier or bool(mask & (bits.FLAG["clinical"] | bits.FLAG["slang"]))


def shortened(key: str) -> bool:
    """Is it an ordinary word with letters drawn out, or laughter?"""
    if LAUGHTER.fullmatch(key):
        return True
    if not DRAWN_OUT.search(key):
        return False
    return any(lexicon.look_up(DRAWN_OUT.sub(copies, key)) for copies in (r"\1", r"\1\1"))


def derived(key: str) -> bool:
    """Is it an ordinary word with a common beginning or ending?"""
    for prefix in PREFIXES:
        if key.startswith(prefix) and len(key) > len(prefix) + 3 and ordinary(key[len(prefix) :], 3):
            return True
    for suffix in SUFFIXES:
        base = key[: -len(suffix)]
        if key.endswith(suffix) and len(base) > 3 and (ordinary(base) or ordinary(base + "e")):
            return True
    return any(ordinary(key[:cut], 1) and ordinary(key[cut:], 1) for cut in range(3, len(key) - 2))


def edits(key: str) -> set[str]:
    """Every string one deletion, exchange, replacement or insertion away."""
    halves = [(key[:cut], key[cut:]) for cut in range(len(key) + 1)]
    changed = {a + b[1:] for a, b in halves if b}
    changed |= {a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1}
    changed |= {a + c + b[1:] for a, b in halves if b for c in LETTERS}
    return changed | {a + c + b for a, b in halves for c in LETTERS}


def misspelled(key: str) -> bool:
    """Is it one edit from a very common or clinical word?"""
    if len(key) < SHORTEST_TYPO or not key.isascii():
        return False
    words = lexicon.table()
    wanted = bits.FLAG["clinical"] | bits.FLAG["function"]
    for near in edits(key):
        mask = words.get(near, 0)
        tier = bits.dictionary(mask)
        common = tier == 1 or (tier == 2 and len(key) >= LONG_WORD)
        if mask and near[0] == key[0] and (common or mask & wanted):
            return True
    return False


def is_variant(key: str) -> bool:
    """Is this unlisted word a way of writing an ordinary one?"""
    if "'" in key or "’" in key:
        head, _, tail = key.replace("’", "'").partition("'")
        return ordinary(head + tail) or (tail in {"ve", "ll", "d", "re", "t", "m", "in", "n", "em"} and ordinary(head))
    if not key.isascii():
        return False
    return shortened(key) or bool(CLINICAL_ENDINGS.fullmatch(key)) or derived(key) or misspelled(key)
