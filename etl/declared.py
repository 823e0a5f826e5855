"""What does the practice declare of itself? Crisis targets, opening hours, prices, what its comments are read for.

The parts `[crisis]`, `[money]` and `[feedback]` of `rapport.toml`. What stands here by default has a source or is left
out: a price nobody declared is not known.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from etl.strict import Settings

NHS_LIAISON = "NHS England: face to face within 1 hour of referral to liaison in an emergency department"
NHS_VERY_URGENT = "NHS England, consultation response of 22 February 2022: very urgent community crisis, 4 hours"
NHS_URGENT = "NHS England, consultation response of 22 February 2022: urgent community crisis, 24 hours"
TARGET_SOURCES = {"high": NHS_LIAISON, "medium": NHS_VERY_URGENT, "low": NHS_URGENT}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60
CODE_NAME, CURRENCY = r"^[a-z][a-z0-9_]{1,39}$", r"^[A-Z]{3}$"
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DEFAULT_CODES = Path(__file__).with_name("codebook.toml")

Minutes = Annotated[int, Field(ge=1, le=525_600)]
Span = tuple[int, int]


class Targets(Settings):
    """Within how many minutes of being noticed is a human to be in contact, by how grave the danger is?"""

    high: Minutes = 60
    medium: Minutes = 240
    low: Minutes = 1440

    def says(self, severity: str) -> str:
        """Where the target comes from."""
        return "declared by the practice" if severity in self.model_fields_set else TARGET_SOURCES[severity]


class OpeningHours(Settings):
    """When is the practice open? "09:00-12:30, 13:30-17:00" in its own time; "" is closed; "00:00-24:00" is always."""

    monday: str = "09:00-17:00"
    tuesday: str = "09:00-17:00"
    wednesday: str = "09:00-17:00"
    thursday: str = "09:00-17:00"
    friday: str = "09:00-17:00"
    saturday: str = ""
    sunday: str = ""

    @field_validator(*DAYS)
    @classmethod
    def hours_in_order(cls, value: str) -> str:
        spans(value)
        return value

    @property
    def spans(self) -> tuple[tuple[Span, ...], ...]:
        """For each day from Monday: the stretches in which it is open, in minutes after midnight, end exclusive."""
        return tuple(spans(getattr(self, day)) for day in DAYS)


def spans(told: str) -> tuple[Span, ...]:
    """ "09:00-17:00" -> ((540, 1020),). Raises ValueError with what to write instead."""
    found: list[Span] = []
    for part in filter(None, (piece.strip() for piece in told.split(","))):
        match = _SPAN.fullmatch(part)
        hours = [int(number) for number in match.groups()] if match else [99] * 4
        start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        after = found[-1][1] if found else 0
        if max(hours[1], hours[3]) > 59 or not after <= start < end <= DAY_MINUTES:
            raise ValueError('write hours of one day in order, as "09:00-17:00" or "09:00-12:30, 13:30-17:00"')
        found.append((start, end))
    return tuple(found)


class CrisisSettings(Settings):
    """How soon must a human be in contact, and which hours count as outside of the practice's own?"""

    target_minutes: Targets = Targets()
    opening_hours: OpeningHours = OpeningHours()
    closed_on: tuple[date, ...] = ()  # holidays


class Code(Settings):
    """What says that a comment is about this theme? One of the phrases, and none of `unless` around it.

    A phrase is words in order; `*` ends a word that is only the beginning of one (process*). Case and accents do not
    count. It does not hold where a word of `[feedback] negations` stands up to `window` words before, in its sentence.
    """

    phrases: tuple[str, ...] = Field(min_length=1)
    unless: tuple[str, ...] = ()
    window: int = Field(default=3, ge=0, le=20)

    @field_validator("phrases", "unless")
    @classmethod
    def made_of_words(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for phrase in value:
            if (
                not all(re.fullmatch(r"[\w'’-]*[^\W\d_][\w'’-]*\*?", word) for word in phrase.split())
                or not phrase.strip()
            ):
                shown = phrase if len(phrase) <= 40 else f"{phrase[:40]}..."
                raise ValueError(f'{shown!r} is no phrase: write words, say "just a number" or "process*"')
        return value


@cache
def default_codebook() -> dict[str, Any]:
    """The codes Rapport comes with, and the words that negate."""
    return tomllib.loads(_DEFAULT_CODES.read_text(encoding="utf-8"))


class FeedbackSettings(Settings):
    """What are comments read for? A practice's codes stand beside `processed` and `cared_for`, or take their place."""

    codes: dict[Annotated[str, Field(pattern=CODE_NAME)], Code] = Field(default_factory=dict)
    negations: tuple[str, ...] = Field(default_factory=lambda: tuple(default_codebook()["negations"]))

    @model_validator(mode="before")
    @classmethod
    def with_defaults(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        own = data.get("codes", {})
        return {**data, "codes": {**default_codebook()["codes"], **own}} if isinstance(own, dict) else data


class Price(Settings):
    """A price as declared: what it most likely is, and between which limits it lies (equal: it is known)."""

    value: float = Field(ge=0, le=1e9)
    low: float = Field(ge=0, le=1e9)
    high: float = Field(ge=0, le=1e9)
    says: str = Field(default="declared by the practice", max_length=300)

    @model_validator(mode="before")
    @classmethod
    def from_number(cls, data: Any) -> Any:
        if isinstance(data, int | float) and not isinstance(data, bool):
            return {"value": data, "low": data, "high": data}
        if isinstance(data, dict) and "value" in data:
            return {"low": data["value"], "high": data["value"], **data}
        return data

    @model_validator(mode="after")
    def in_order(self) -> Price:
        if not self.low <= self.value <= self.high:
            raise ValueError("write low <= value <= high")
        return self


class MoneySettings(Settings):
    """What does an hour cost the practice? What is not declared is not known, and nothing is reckoned with it."""

    currency: str | None = Field(default=None, pattern=CURRENCY)  # ISO 4217
    staff_hour: Price | None = None
    clinician_hour: Price | None = None
    filled_slot_cost: Price | None = None  # what holding a visit costs beyond the hour itself

    @model_validator(mode="after")
    def priced_in_something(self) -> MoneySettings:
        if self.currency is None and self.prices:
            raise ValueError('prices need a currency: add currency = "CAD" or another of three letters')
        return self

    @property
    def prices(self) -> dict[str, Price]:
        """Those that are declared."""
        found = {name: getattr(self, name) for name in ("staff_hour", "clinician_hour", "filled_slot_cost")}
        return {name: price for name, price in found.items() if price is not None}
