"""What does the operator declare about the exports and the release? The part of `rapport.toml` that `etl` reads.

Parsed and worded for the operator in `rapport.config`; here only names, types and bounds.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from deid import policy
from deid.disclosure import SMALLEST_STAFF_GROUP
from etl.declared import CrisisSettings, FeedbackSettings, MoneySettings
from etl.strict import Settings
from instruments import Instrument, declared

SMALLEST_GROUP = 11  # CMS cell-size suppression policy (resdac.org/node/1506): no cell of 1-10
Confounder = Literal["lead_time", "new_patient", "modality", "weekday", "age_band", "sex", "payer", "language", "site"]
TOP_AGE = 90  # 45 CFR 164.514(b)(2)(i)(C): ages over 89 become one group


class ComponentRule(Settings):
    """Which values of an export's column say that an automation component touched this appointment?"""

    column: str
    exposed: tuple[str, ...]


class Condition(Settings):
    """When does a rule hold for a row of an export? Every part that is given must hold; words without case.

    `equals`: the column holds one of these. `filled`: it holds something (true) or nothing (false).
    `below` and `above`: it holds a number under, or over, this one.
    """

    column: str
    equals: tuple[str, ...] = ()
    filled: bool | None = None
    below: float | None = None
    above: float | None = None


class StatusRule(Settings):
    """What became of an appointment when all of these hold? Rules are tried in order; the first that holds decides."""

    when: Condition | tuple[Condition, ...]
    status: str

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return self.when if isinstance(self.when, tuple) else (self.when,)


class TableSource(Settings):
    """Where one canonical table comes from, and how its columns and words are called there.

    Exactly one of `file` (relative to the toml; .csv, .tsv, .txt or .zip) and `url` (SQLAlchemy; `${NAME}` is read from
    the environment) is set. `columns` maps canonical to source column; `constants` gives one value to every row.
    `values[column][word]` gives the canonical word of a source word, compared without case and outer spaces.
    A canonical column may be made of several: "Date + Time", joined by a space, and item answers that stand in a
    column each, "q1 + q2 + q3". `divide[column]` divides a number (seconds into minutes: 60). `status_rules` come
    before the status column. `leave_out[name]` says which rows are no record of this table (a lunch break in a
    calendar): counted as dropped by policy, reason `left_out_<name>`.
    `formats[column]` is one strptime format or a list, tried in order; also "iso", "epoch_s", "epoch_ms". `repeats`
    says the file holds several rows of one key on purpose (patients listed on their appointments).
    """

    file: str | None = None
    url: str | None = None
    query: str | None = None
    database_table: str | None = None
    preset: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    timezone: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    formats: dict[str, str | list[str]] = Field(default_factory=dict)
    components: dict[str, ComponentRule] = Field(default_factory=dict)
    divide: dict[str, float] = Field(default_factory=dict)
    status_rules: tuple[StatusRule, ...] = ()
    leave_out: dict[str, Condition] = Field(default_factory=dict)
    repeats: bool = False
    worst_quarantined_share: float | None = Field(default=None, ge=0, le=1)
    largest_drop: float | None = Field(default=None, ge=0, le=1)


class Stratifiers(Settings):
    """By what may results be split (one at a time), and in which bands?"""

    names: tuple[str, ...] = (
        "modality",
        "age_band",
        "sex",
        "race_ethnicity",
        "language",
        "payer",
        "lead_time",
        "exposure",
    )
    lead_time_days: tuple[int, ...] = (0, 1, 3, 7, 14, 30)  # lower ends of the bands
    age_years: tuple[int, ...] = (0, 18, 25, 35, 45, 55, 65, 75, 90)


class ReleaseSettings(Settings):
    """How vault rows become published counts."""

    smallest_group: int = Field(default=SMALLEST_GROUP, ge=SMALLEST_GROUP)
    smallest_staff_group: int = Field(default=SMALLEST_STAFF_GROUP, ge=SMALLEST_STAFF_GROUP)
    settle_days: int = Field(default=14, ge=0, le=365)
    lapse_days: int = Field(default=60, ge=14, le=365)
    late_cancel_hours: int = Field(default=24, ge=1, le=168)
    rebook_days: int = Field(default=14, ge=1, le=90)
    stratifiers: Stratifiers = Stratifiers()
    confounder: Literal["lead_time"] = "lead_time"
    confounders: tuple[Confounder, ...] = ("lead_time", "new_patient", "modality", "weekday")


WHO_SAYS = "first and last name, role"  # in the lines that a refusal shows; to be replaced, never to stand
WHAT_IT_HOLDS = "what it holds instead, and how that is known"
KNOWS_NOTHING = "I know of nothing ..."
_NAME = re.compile(r"[^\W\d_]+")


class Attestation(Settings):
    """What does a named person vouch for, and when? `table` and `column` of the export where it is about a column."""

    about: Literal["actual_knowledge", "not_psychotherapy_notes", "not_part_2"]
    by: str = Field(max_length=120)
    on: date
    says: str = Field(max_length=1000)
    table: str = ""
    column: str = ""

    @field_validator("by")
    @classmethod
    def _a_person(cls, by: str) -> str:
        if by.strip() == WHO_SAYS or len(_NAME.findall(by)) < 2:
            raise ValueError('write the name of the person who says it, say by = "Ada Example, privacy officer"')
        return by

    @field_validator("says")
    @classmethod
    def _in_their_words(cls, says: str) -> str:
        if says.strip() in (WHAT_IT_HOLDS, KNOWS_NOTHING) or len(says.strip()) < 10:
            raise ValueError("write what that person says, in a sentence of theirs")
        return says


class OptOutList(Settings):
    """Which patients asked to be left out? A CSV beside the toml; `column` holds the practice's patient numbers.

    since: the column of the day on which they asked, where there is one. Automation that touched them before is not
    held against their wish; out of the analytics they are with everything, whenever they asked.
    """

    file: str
    column: str = "patient_id"
    since: str | None = None


class PrivacySettings(Settings):
    """Under which rules does the practice de-identify, and who vouches for what no program can know?

    safe_harbor: 45 CFR 164.514(b)(2). ontario: PHIPA; groups of at least 20, postal areas reduced to the province.
    opt_out_analytics: these patients are left out of everything. opt_out_automation: they asked that no automation
    touch them; what touched them all the same is counted and reported.
    """

    profile: Literal["safe_harbor", "ontario"] = "safe_harbor"
    attestations: tuple[Attestation, ...] = ()
    opt_out_analytics: OptOutList | None = None
    opt_out_automation: OptOutList | None = None


class IngestSettings(Settings):
    """Everything one ingest needs, with paths made absolute."""

    practice: str
    timezone: str
    synthetic: bool = False
    extracted_on: date | None = None  # the day the exports were made; the day of the ingest where absent
    base_dir: Path
    data_dir: Path
    warehouse_url: str
    site_aliases: dict[str, str] = Field(default_factory=dict)
    tables: dict[str, TableSource]
    release: ReleaseSettings = ReleaseSettings()
    privacy: PrivacySettings = PrivacySettings()
    crisis: CrisisSettings = CrisisSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    money: MoneySettings = MoneySettings()
    instruments: dict[str, dict[str, Any]] = Field(default_factory=dict)
    memory_limit: str = "800MB"

    @property
    def smallest_group(self) -> int:
        """How small may a shown group of patients be? What is configured, and never under what the profile asks."""
        return max(self.release.smallest_group, policy.profile(self.privacy.profile).smallest_group)

    @property
    def own_instruments(self) -> dict[str, Instrument]:
        """The questionnaires of the practice's own, beside those Rapport knows."""
        return {key: declared(key, told) for key, told in self.instruments.items()}
