"""Who works and is seen at the synthetic practice? Invented people with everything an export gives away about them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rapport.demo.scenario import Scenario

WORDS: dict[str, list[str]] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
AREA_CODES = ("416", "647", "905", "613")
FIELDS: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "sex": (("Female", "Male", "Non-binary", ""), (0.58, 0.38, 0.02, 0.02)),
    "race_ethnicity": (
        ("White", "Black", "South Asian", "East Asian", "Indigenous", ""),
        (0.42, 0.1, 0.09, 0.09, 0.04, 0.26),
    ),
    "language": (("English", "French", "Other"), (0.80, 0.14, 0.06)),
    "payer": (("OHIP", "Private insurance", "Self-pay"), (0.55, 0.33, 0.12)),
}
OLDEST_SHARE = 0.02  # born so that they are 90 or older


def clinicians(scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    """clinician, name, site (position in the scenario), role: as many at every site."""
    number = len(scenario.sites) * scenario.clinicians_per_site
    names = _names(number, rng)
    return pd.DataFrame(
        {
            "clinician": [f"K{100 + position}" for position in range(number)],
            "name": [f"{given} {family}" for given, family in names],
            "site": np.repeat(np.arange(len(scenario.sites)), scenario.clinicians_per_site),
            "role": rng.choice(["Therapist", "Prescriber", "Nurse", "Peer worker"], number, p=[0.7, 0.12, 0.1, 0.08]),
        }
    )


def identities(number: int, scenario: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    """One row per patient: `patient` (the practice's number) and what the practice knows of them, words as exported."""
    names = _names(number, rng)
    fields: dict[str, Any] = {
        "patient": [f"C{10_000 + position}" for position in range(number)],
        "given": [given for given, _ in names],
        "family": [family for _, family in names],
        "phone": [_phone(position) for position in rng.integers(0, 400, number)],
        "email": [f"{_plain(given)}.{position}@example.org" for position, (given, _) in enumerate(names)],
        "street": [f"{house} {WORDS['street'][way]}" for house, way in rng.integers(1, 7, (number, 2))],
        "postal_code": [f"X0X {first}X{second}" for first, second in rng.integers(0, 10, (number, 2))],
        "health_number": [_health_number(position) for position in rng.permutation(number)],
        "birth_date": _birth_dates(number, scenario.extracted_on, rng),
    }
    for name, (words, shares) in FIELDS.items():
        fields[name] = rng.choice(words, number, p=shares)
    return pd.DataFrame(fields)


def _names(number: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    given = rng.integers(0, len(WORDS["given"]), number)
    family = rng.integers(0, len(WORDS["family"]), number)
    return [(WORDS["given"][first], WORDS["family"][last]) for first, last in zip(given, family, strict=True)]


def _phone(position: int) -> str:
    """555-0100 to 555-0199 are kept for fiction by the North American Numbering Plan."""
    return f"({AREA_CODES[position // 100]}) 555-01{position % 100:02d}"


def _health_number(position: int) -> str:
    """No Ontario health number begins with 0."""
    return f"0000-{position // 1000:03d}-{position % 1000:03d}-ZZ"


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalpha())


def _birth_dates(number: int, today: date, rng: np.random.Generator) -> list[date]:
    age_days = np.clip(rng.gamma(6.0, 6.2, number) + 8, 12, 89) * 365.25
    oldest = rng.random(number) < OLDEST_SHARE
    age_days[oldest] = rng.uniform(90.5, 99, oldest.sum()) * 365.25
    return [today - timedelta(days=int(days)) for days in age_days]
