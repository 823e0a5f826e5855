"""What may pass of each column, under which law, and why?

The allow-list is data: `policy.toml`, one line a canonical column. There is no switch: a column without a line, a line
without a column, and an action too weak for its class all raise, at start. A profile may only be stricter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any


class PolicyError(ValueError):
    """The policy does not fit the tables, or itself."""


class Privacy(StrEnum):
    """What could a column give away?"""

    DIRECT = "direct"  # names or finds a person: never kept
    PSEUDONYM = "pseudonym"  # a number for a person or a record: never kept as written
    QUASI = "quasi"  # narrows down who, together with others: never kept and shown as written
    SENSITIVE = "sensitive"  # clinical or financial, says nothing of who
    FREE_TEXT = "free text"  # may hold anything: dropped, or kept with identifiers removed
    SAFE = "safe"  # says nothing of a person


class Action(StrEnum):
    """What is done with a column before it is kept, or before it is shown?"""

    DROP = "drop"
    PSEUDONYM = "pseudonym"
    YEAR_ONLY = "year_only"
    TOP_CODE_90 = "top_code_90"
    ZIP3 = "zip3"
    PROVINCE = "province"
    BAND = "band"
    MERGE = "merge"
    SCRUB = "scrub"
    ALIAS = "alias"
    KEEP = "keep"


_SHOWN_REDUCED = frozenset({Action.BAND, Action.MERGE, Action.ALIAS})
_REDUCED = frozenset({Action.YEAR_ONLY, Action.TOP_CODE_90, Action.ZIP3, Action.PROVINCE})
ENOUGH: Mapping[Privacy, frozenset[Action]] = {  # which actions protect a class well enough
    Privacy.DIRECT: frozenset({Action.DROP}),
    Privacy.PSEUDONYM: frozenset({Action.DROP, Action.PSEUDONYM}),
    Privacy.QUASI: frozenset({Action.DROP, *_REDUCED, *_SHOWN_REDUCED}),
    Privacy.SENSITIVE: frozenset({Action.DROP, Action.KEEP, *_SHOWN_REDUCED}),
    Privacy.FREE_TEXT: frozenset({Action.DROP, Action.SCRUB}),
    Privacy.SAFE: frozenset({Action.DROP, Action.KEEP, *_SHOWN_REDUCED}),
}
_NOT_STORED = frozenset({Action.DROP, Action.SCRUB})
DEFAULT = "safe_harbor"


@dataclass(frozen=True)
class Rule:
    """One line of the policy."""

    table: str
    column: str
    privacy: Privacy
    action: Action
    reason: str

    @property
    def kept(self) -> bool:
        """May a value, reduced where it must be, pass into the vault? A scrubbed text goes another way."""
        return self.action not in _NOT_STORED


@dataclass(frozen=True)
class Profile:
    """Under which law is de-identified, and how small may a group of patients be?"""

    name: str
    title: str
    law: str
    smallest_group: int


Rules = Mapping[tuple[str, str], Rule]


@cache
def profiles() -> Mapping[str, Profile]:
    """Every profile by name."""
    found = {name: Profile(name, **said) for name, said in _shipped()["profiles"].items()}
    return MappingProxyType(found)


def profile(name: str) -> Profile:
    """One profile. Raises PolicyError where there is none of that name."""
    if name not in profiles():
        raise PolicyError(f'There is no privacy profile "{name}": write {" or ".join(profiles())}.')
    return profiles()[name]


@cache
def rules(name: str = DEFAULT) -> Rules:
    """What is done with each (table, column) under this profile? Raises PolicyError where a line is too weak."""
    return read(_shipped()["tables"], profile(name).name, tuple(profiles()))


def read(tables: Mapping[str, Mapping[str, Any]], name: str, names: Iterable[str]) -> Rules:
    """The rules of one profile from the parsed file. Raises PolicyError naming the line and what would be enough."""
    others = set(names)
    found = {
        (table, column): _rule(table, column, said, name, others)
        for table, columns in tables.items()
        for column, said in columns.items()
    }
    return MappingProxyType(found)


def check(columns: Iterable[tuple[str, str]], found: Rules) -> None:
    """Has every column a line, and every line a column? Raises PolicyError with the one line to add or to take out."""
    wanted = list(columns)
    missing = [each for each in wanted if each not in found]
    if missing:
        raise PolicyError("; ".join(_add(*each) for each in missing))
    stale = sorted(set(found) - set(wanted))
    if stale:
        raise PolicyError("; ".join(f"deid/policy.toml: {t}.{c} is no column: take its line out" for t, c in stale))


def _add(table: str, column: str) -> str:
    return (
        f"deid/policy.toml says nothing of {table}.{column}, so nothing can be read. Add under [tables.{table}]: "
        f'{column} = {{ class = "free text", action = "drop", why = "..." }}, or the class and action that fit'
    )


def _rule(table: str, column: str, said: Mapping[str, Any], name: str, names: set[str]) -> Rule:
    where = f"deid/policy.toml, [tables.{table}] {column}"
    unknown = set(said) - {"class", "action", "why", *names}
    absent = {"class", "action", "why"} - set(said)
    if unknown or absent:
        raise PolicyError(f"{where}: write class, action and why (and {', '.join(sorted(names))} where stricter).")
    try:
        privacy, base, action = (
            Privacy(said["class"]),
            Action(said["action"]),
            Action(said.get(name, said["action"])),
        )
    except ValueError:
        raise PolicyError(f"{where}: classes are {_listed(Privacy)}; actions are {_listed(Action)}.") from None
    for each in (base, action):
        if each not in ENOUGH[privacy]:
            enough = ", ".join(sorted(ENOUGH[privacy]))
            raise PolicyError(f'{where}: "{each}" is not enough for class "{privacy}": write one of {enough}.')
    if (base in _NOT_STORED) != (action in _NOT_STORED):
        raise PolicyError(f"{where}: the vault has the same columns under every profile; {name} may only reduce more.")
    return Rule(table, column, privacy, action, said["why"])


def _listed(words: Iterable[str]) -> str:
    return ", ".join(str(word) for word in words)


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("policy.toml").read_text(encoding="utf-8"))
