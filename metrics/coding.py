"""Can the codebook be trusted? How far its rules agree with people who read the same comments, beyond chance."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from metrics.agreement import Agreement, cohen_kappa

PREFIX = "agreement."  # rows of declared_value: agreement.THEME.WAY
WORDS = ("coded", "not coded")
WAYS = ("both", "rules", "person", "neither")


def table_of(ways: Mapping[str, float]) -> pd.DataFrame:
    """What `cohen_kappa` reads: the rules down, the person across. ways: counts of WAYS; one left out is 0."""
    both, rules, person, neither = (float(ways.get(way, 0)) for way in WAYS)
    return pd.DataFrame([[both, rules], [person, neither]], index=list(WORDS), columns=list(WORDS))


def agreements(declared: pd.DataFrame) -> dict[str, Agreement]:
    """For each theme a person has coded: how often, and how far, rules and person agree.

    declared: declared_value of a release. Empty where nobody coded a sample, or the comments of too few patients.
    """
    counts: dict[str, dict[str, float]] = {}
    for name, value in zip(declared["name"], declared["value"], strict=True):
        if str(name).startswith(PREFIX):
            theme, _, way = str(name).removeprefix(PREFIX).rpartition(".")
            counts.setdefault(theme, {})[way] = float(value)
    return {theme: cohen_kappa(table_of(ways)) for theme, ways in sorted(counts.items())}
