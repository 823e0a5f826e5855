"""How do the known practice systems call their columns and words? One TOML file each, with source and confidence.

Confidence A: read in the vendor's own schema or manual; B: read in public code that handles the export; C: not checked
against the vendor: compare it with your export first.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from etl.errors import InputError


@dataclass(frozen=True)
class Preset:
    """One practice system."""

    name: str
    title: str
    confidence: str
    source: str
    notes: str
    tables: dict[str, dict[str, Any]]


NAMES = (
    "athenahealth",
    "cliniko",
    "epic",
    "fhir_r4",
    "hix",
    "intakeq",
    "jane",
    "nextgen",
    "nhs",
    "openemr",
    "simplepractice",
    "theranest",
    "therapynotes",
)


@cache
def preset(name: str) -> Preset:
    """One preset by name. Raises InputError naming the nearest where there is none."""
    if name not in NAMES:
        from etl.mapping import nearest  # mapping imports this module

        raise InputError(f'preset = "{name}" is unknown.{nearest(name, NAMES)} The presets are: {", ".join(NAMES)}.')
    read = tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    return Preset(name=name, **read)


def table(name: str, canonical: str) -> dict[str, Any]:
    """What a preset says of one canonical table. Raises InputError where it says nothing of it."""
    found = preset(name)
    if canonical not in found.tables:
        raise InputError(f'preset = "{name}" says nothing of {canonical}; it knows {", ".join(found.tables)}')
    return found.tables[canonical]
