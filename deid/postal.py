"""What is kept of a postal code? Three digits where many live, 000 where few do, a province, or nothing.

45 CFR 164.514(b)(2)(i)(B): the first three digits of a ZIP stay where the census counts more than 20,000 people behind
them; else they become 000. The census file is an allow-list: digits behind which it counts nobody (military mail,
numbers not given out) become 000 too. The data and their sources: `postal.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from deid.policy import Action, PolicyError

SPARSE = "000"
ZIP = "[0-9]{5}([- ]?[0-9]{4})?"
CANADIAN = "[ABCEGHJKLMNPRSTVXY][0-9][A-Z]([- ]?[0-9][A-Z][0-9])?"


def postal_area(written: str | None, action: Action, timezone: str) -> str | None:
    """The area a code as written becomes under this action in a practice of this time zone; None where it is dropped.

    zip3: ZIP and Canadian codes. province: Canadian codes alone (three digits of a ZIP are less than a state).
    """
    if not written or not read_here(timezone):
        return None
    code = written.strip().upper()
    if re.fullmatch(CANADIAN, code):
        return provinces()[code[0]]
    if action is Action.ZIP3 and re.fullmatch(ZIP, code):
        return code[:3] if code[:3] in kept_prefixes() else SPARSE
    return None


def read_here(timezone: str) -> bool:
    """Is a code of this shape a ZIP or a Canadian code in a practice of this time zone?"""
    zones = _shipped()["read_in"]["zones"]
    return any(timezone.startswith(zone) if zone.endswith("/") else timezone == zone for zone in zones)


def census() -> tuple[int, int, str]:
    """On which count does this rest? (year, year from which on a newer one is due, source)."""
    said = _shipped()["census"]
    return said["year"], said["next_count"], said["source"]


@cache
def kept_prefixes() -> frozenset[str]:
    """Which three digits stay? Raises PolicyError where the census file is not the one that was counted."""
    said, named = _shipped()["census"], _shipped()["named"]["prefixes"]
    people = _people(said["file"])
    if len(people) != said["areas"] or sum(people.values()) != said["people"]:
        raise PolicyError(f"deid/{said['file']} does not add up to what deid/postal.toml says: restore both files.")
    return frozenset(prefix for prefix, count in people.items() if count > said["more_than"]) - set(named)


def provinces() -> Mapping[str, str]:
    """Province or territory by the first letter of a Canadian code."""
    return {letter: name for letter, name in _shipped()["provinces"].items() if len(letter) == 1}


def _people(file: str) -> dict[str, int]:
    lines = resources.files(__package__).joinpath(file).read_text(encoding="utf-8").split()
    return {prefix: int(count) for prefix, count in (line.split(",") for line in lines[1:])}


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("postal.toml").read_text(encoding="utf-8"))
