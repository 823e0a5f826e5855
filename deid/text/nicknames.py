"""Which short forms stand for a given name? The pairs of `nicknames.toml`, both ways, and plain shortenings."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

LISTED = Path(__file__).with_name("nicknames.toml")


@cache
def pairs() -> dict[str, set[str]]:
    """Name -> the other names the same person may go by."""
    found: dict[str, set[str]] = defaultdict(set)
    for formal, short in tomllib.loads(LISTED.read_text(encoding="utf-8")).items():
        for name in short.split():
            found[formal].add(name)
            found[name].add(formal)
    return found


def forms(name: str) -> set[str]:
    """Other names for a lower-cased given name: listed ones, and its beginning (`steph`, `stephy`)."""
    others = set(pairs().get(name, ()))
    others |= {short for formal in list(others) for short in pairs().get(formal, ()) if short[0] == name[0]}
    if len(name) >= 6:
        others |= {name[:4], name[:5]} | {name[:4] + ending for ending in ("y", "ie", "i")}
    return others - {name}
