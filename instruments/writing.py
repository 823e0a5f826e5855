"""How does a declared questionnaire travel with the results, so that whoever reads them knows what was asked?

As TOML: a reader needs nothing but `instruments.read`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from instruments.declaration import Instrument, declare
from instruments.errors import InstrumentError


def write(data: Mapping[str, Any]) -> str:
    """The lines a questionnaire was declared in, one field a line: what `declare` reads, as TOML."""
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in data.items())


def read(key: str, text: str) -> Instrument:
    """The questionnaire that `write` wrote down. Raises InstrumentError where the text is no such thing."""
    try:
        return declare(key, tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        raise InstrumentError(f"{key}: the stored declaration is not TOML") from None


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _key(name: str) -> str:
    return json.dumps(str(name), ensure_ascii=False)
