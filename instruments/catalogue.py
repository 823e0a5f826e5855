"""Which questionnaires does Rapport know? Ten, each a file of numbers in `keys/`; a practice adds its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from instruments.declaration import Instrument, alone, declare, nearest
from instruments.errors import InstrumentError

KEYS = Path(__file__).with_name("keys")
NONE_OWN: Mapping[str, Instrument] = MappingProxyType({})


@cache
def built_in() -> Mapping[str, Instrument]:
    """Name -> questionnaire, scales that are given alone among them (`CBI work`)."""
    found: dict[str, Instrument] = {}
    for path in sorted(KEYS.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        whole = declare(str(data["name"]), data)
        found[whole.key] = whole
        found |= {part.key: part for part in (alone(whole, name) for name in whole.alone)}
    return MappingProxyType(found)


def find(key: str, own: Mapping[str, Instrument] = NONE_OWN) -> Instrument:
    """Which questionnaire is this, however its name is written (`PHQ-9`, `phq9`, `PHQ_9`)?

    own: those a practice has declared; they go before the built-in ones. Raises InstrumentError naming the nearest.
    """
    known = {**built_in(), **own}
    plain = {_plain(name): name for name in known}
    if _plain(key) in plain:
        return known[plain[_plain(key)]]
    raise InstrumentError(f"There is no questionnaire {key!r}; {nearest(key, list(known))}")


def declared(key: str, told: Mapping[str, Any]) -> Instrument:
    """A questionnaire of a practice's own, or one that is known with a reliable change the practice stands for.

    told: as `declare` reads it; for a known one `reliable_change` (and `source`) alone. Raises InstrumentError.
    """
    if not told or not set(told) <= {"reliable_change", "source"}:
        return declare(key, told)
    known = find(key)
    if known.total is None:
        raise InstrumentError(f"{key}: it has no total whose change could be reliable; leave reliable_change out")
    low, high = known.limits(known.total)
    change = told.get("reliable_change")
    if isinstance(change, bool) or not isinstance(change, int | float) or not 0 < change <= high - low:
        raise InstrumentError(f"{key}: reliable_change must be a number of points above 0, up to {high - low:g}")
    return replace(known, reliable_change=float(change), source=str(told.get("source", "declared by the practice")))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
