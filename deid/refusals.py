"""Does a name say that what it names must not be read? Names only: no value of any row is looked at.

The cue words and their sources are data: `refusals.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_COMBINING = re.compile(r"[\u0300-\u036f]")
_LONG = 8  # letters from which a phrase is also looked for with nothing between its words


@dataclass(frozen=True)
class Refused:
    """A kind of record that is not read unless somebody vouches that it is none."""

    about: str  # what an attestation must be about
    what: str
    law: str
    cues: tuple[str, ...]

    def cue_in(self, name: str) -> str | None:
        """Which cue does this name hold? None where it holds none."""
        words, run_together = _words(name), "".join(_words(name))
        return next((cue for cue in self.cues if _holds(words, run_together, cue)), None)


@cache
def refused() -> tuple[Refused, ...]:
    """Everything that is refused by its name, in the order in which it is said."""
    kinds = {about: said for about, said in _shipped().items() if "law" in said}
    return tuple(Refused(about, said["what"], said["law"], tuple(said["words"])) for about, said in kinds.items())


def names_staff(header: str, *, bare: bool = True) -> bool:
    """Does a column of this name say which member of staff a row is about?

    "Employee ID", "Clinician", "e-mail" do; "Staff hours", "Site name", "Number of staff" do not. bare: also where the
    person stands alone ("Clinician"); in a query that may be the name of a table.
    """
    cues, words = _shipped()["staff_person"], _words(header)
    spaced, run_together = f" {' '.join(words)} ", "".join(words)
    if run_together in _run_together() or (bare and spaced.strip() in cues["alone"]):
        return True
    if any(f" {phrase} " in spaced for phrase in cues["anywhere"]):
        return True
    if "of" in words:
        return False
    rest = [word for word in words if word not in cues["numbers"]]
    who = {_singular(word) for word in rest} & set(cues["persons"])
    return bool(who) and (len(rest) < len(words) or (bare and len(rest) == 1))


def identifies(header: str) -> bool:
    """Does a column of this name hold what names or finds a patient: a name, an address, a number, a birth date?"""
    cues, words = _shipped()["identifier"], _words(header)
    return " ".join(words) in cues["alone"] or any(_holds(words, "".join(words), cue) for cue in cues["words"])


def identifiers(query: str) -> list[str]:
    """The names in a query's text: quoted, or bare words; the parts of dotted ones apart."""
    quoted = r'"([^"]+)"|\[([^\]]+)\]|`([^`]+)`|([^\W\d][\w$]*)'
    return [next(filter(None, found)) for found in re.findall(quoted, query)]


@cache
def _run_together() -> frozenset[str]:
    """The same names without anything between their words: "employeeid", "firstname"."""
    cues = _shipped()["staff_person"]
    plain = {phrase.replace(" ", "") for phrase in cues["anywhere"]}
    return frozenset(plain | {who + number for who in cues["persons"] for number in cues["numbers"]})


def _holds(words: list[str], run_together: str, cue: str) -> bool:
    parts = cue.split()
    if cue.endswith("*"):
        return any(word.startswith(cue[:-1]) for word in words) or (len(cue) > _LONG and cue[:-1] in run_together)
    if len("".join(parts)) >= _LONG and "".join(parts) in run_together:
        return True
    starts = range(len(words) - len(parts) + 1)
    return any([_singular(word) for word in words[at : at + len(parts)]] == parts for at in starts)


def _words(name: str) -> list[str]:
    """The words of a name in lower case, without accents: "NotesDeSéance", "notes_de_seance" are the same."""
    plain = _COMBINING.sub("", unicodedata.normalize("NFKD", name))
    return [word.lower() for word in _WORD.findall(plain)]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("refusals.toml").read_text(encoding="utf-8"))
