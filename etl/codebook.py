"""Of what does a comment speak? By rules anyone can read: words and phrases, what they must not be part of, negation.

A code holds where one of its phrases stands in a clause, not within one of its `unless`, and with no word of negation
up to `window` words before it in that clause. Clauses end with . ! ? ; : , a line, or a "but". Case and accents do not
count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from etl.declared import Code, FeedbackSettings

_CLAUSE = re.compile(r"[.!?;:,\n]+|\b(?:but|however|although|though|yet|still)\b")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_MADE = re.compile(r"\[[A-Z_ ]+\]|<[A-Z_ ]+>")  # what stands where an identifier was taken out
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Codebook:
    """The codes of a practice, ready to read comments with."""

    codes: Mapping[str, tuple[tuple[Phrase, ...], tuple[Phrase, ...], int]]  # theme -> phrases, unless, window
    negations: frozenset[str]

    @classmethod
    def of(cls, settings: FeedbackSettings) -> Codebook:
        codes = {theme: _code(code) for theme, code in sorted(settings.codes.items())}
        return cls(codes, frozenset(word for told in settings.negations for word in words(told)))

    @property
    def themes(self) -> tuple[str, ...]:
        return tuple(self.codes)

    def read(self, text: str) -> frozenset[str]:
        """The themes of one comment, already scrubbed."""
        said = list(clauses(text))
        return frozenset(theme for theme in self.codes if any(self._holds(theme, clause) for clause in said))

    def _holds(self, theme: str, clause: Sequence[str]) -> bool:
        phrases, unless, window = self.codes[theme]
        said = [(start, phrase) for phrase in phrases for start in _places(phrase, clause)]
        void: set[int] = set()
        for phrase in unless if said else ():
            void.update(at for start in _places(phrase, clause) for at in range(start, start + len(phrase)))
        return any(
            void.isdisjoint(range(start, start + len(phrase)))
            and self.negations.isdisjoint(clause[max(0, start - window) : start])
            for start, phrase in said
        )


def clauses(text: str) -> Iterator[list[str]]:
    """The words of each clause."""
    for part in _CLAUSE.split(_plain(_MADE.sub(" ", text))):
        if found := _WORD.findall(part):
            yield found


def words(text: str) -> Phrase:
    """The words of a phrase, as they are compared: "Don’t care*" -> ("don't", "care*")."""
    return tuple(_plain(text).split())


def _code(code: Code) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...], int]:
    return tuple(map(words, code.phrases)), tuple(map(words, code.unless)), code.window


def _places(phrase: Phrase, clause: Sequence[str]) -> Iterator[int]:
    """Where in the clause does the phrase begin?"""
    for start in range(len(clause) - len(phrase) + 1):
        if _is(phrase[0], clause[start]) and all(_is(wanted, clause[start + at]) for at, wanted in enumerate(phrase)):
            yield start


def _is(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFD", text.casefold().replace("\u2019", "'").replace("\u2018", "'"))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
