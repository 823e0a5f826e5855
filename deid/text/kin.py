"""What belongs to a name the tagger found: the other half of it, and the same name wherever the text repeats it.

"Pat" before Tillman and "Long" behind Deshawn are ordinary words to a model of neighbours; beside a found name they are
not. A name that no dictionary knows is the same name in every sentence.
"""

from __future__ import annotations

from deid.text import bits, gates
from deid.text.document import POSSESSIVE, Document

# Never a half of a name.
VERBS = frozenset("friday monday sunday will may can did does do has have is was are my an so".split())
MODAL = frozenset(["will", "may"])
STRANGE = (0, 4)  # dictionary tiers: none, rare
GIVEN, SURNAME = 2, 2  # tiers of commonness
SHORTEST_FREE = 4  # letters
BEHIND_INITIAL = ". "


def add(document: Document, hits: set[int], taken: set[int]) -> None:
    """Add to the hits the halves beside them and their repetitions."""
    hits.update([near for at, near in edges(document, hits) if near not in taken and half(document, at, near)])
    forms, gaps = document.forms, document.gaps
    for at in [at for at in hits if gaps[at + 1] == BEHIND_INITIAL and single(forms[at])]:
        if at + 1 not in taken and behind_initial(document, at + 1):
            hits.add(at + 1)
    repetitions(document, hits, taken)


def edges(document: Document, hits: set[int]) -> list[tuple[int, int]]:
    """Each hit with a word beside it that is none and may be a half: by a hyphen, with a capital, behind it a letter."""
    marks, gaps = document.marks, document.gaps
    last = len(marks) - 1
    found: list[tuple[int, int]] = []
    for at in hits:
        near = at - 1
        if near not in hits and at:
            gap = gaps[at]
            if gap == "-" or (gap == " " and marks[near] & gates.CAPITAL):
                found.append((at, near))
        near = at + 1
        if near not in hits and at < last:
            gap = gaps[near]
            if gap == "-" or (gap == " " and not marks[near] & gates.LOWER):
                found.append((at, near))
    return found


def half(document: Document, at: int, near: int) -> bool:
    """Does the word at `near` belong to the hit it stands beside?"""
    words = document.words
    gap = document.gaps[max(at, near)]
    if document.forms[min(at, near)][-2:] in POSSESSIVE:
        return False
    word, key = words[near], document.key(near)
    if gap == "-":
        short = len(key) < SHORTEST_FREE and words[at].coarse[0] == "X" and near > at
        return word.coarse[0] in "XA" or short or bits.dictionary(word.mask) in STRANGE
    if near > at and gap == " " and single(key) and document.gaps[near + 1] == BEHIND_INITIAL:
        return True
    if word.coarse[0] != "X" or gap != " " or words[at].coarse[0] not in "XAm" or document.caseless:
        return False
    if near < at:
        return bits.first(word.mask) >= GIVEN and (key not in VERBS or named_will(document, at, near))
    shy = bits.last(words[at].mask) <= bits.first(words[at].mask)
    return shy and bits.last(word.mask) >= SURNAME and key not in VERBS


def named_will(document: Document, at: int, near: int) -> bool:
    """Is a capitalised "Will" or "May" before a hit a given name: inside a sentence, or before a surname?"""
    key = document.key(near)
    if key not in MODAL:
        return False
    inside = near > 0 and document.gaps[near] == " "
    return inside or not bits.first(document.words[at].mask)


def single(form: str) -> bool:
    """Is it one letter?"""
    return len(form) == 1 and form.isalpha()


def behind_initial(document: Document, at: int) -> bool:
    """Is the word behind an initial a surname, known or unknown?"""
    if at >= len(document.words):
        return False
    word = document.words[at]
    return document.gaps[at] == BEHIND_INITIAL and (bits.last(word.mask) >= 1 or bits.dictionary(word.mask) in STRANGE)


def repetitions(document: Document, hits: set[int], taken: set[int]) -> None:
    """The same word once more, if it only names something and is long enough to be told from an abbreviation."""
    others = [at for at in document.at(gates.STRANGE) if at not in hits and at not in taken]
    if others:
        key, marks = document.key, document.marks
        found = {key(at) for at in hits if marks[at] & gates.STRANGE}
        hits.update([at for at in others if key(at) in found])
