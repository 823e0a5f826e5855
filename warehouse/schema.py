"""Which tables does the warehouse hold? Counts and sums of released groups; never a row about one person.

Every cell table carries release_id. `site` is the published alias, or ALL_SITES for a group over the whole practice.
`grain` is the length of the period that begins on the Monday `period_start`. `stratifier` and `stratum` are both
"all" for the undivided group. A group's state is "published" or "withheld"; withheld groups carry no numbers.
The groups of one table and stratifier never overlap: every other figure is a sum of them (docs/privacy.md).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer, String, Table

from warehouse.columns import (
    ALL,
    ALL_SITES,
    GRAINS,
    METADATA,
    PUBLISHED,
    WEEKS,
    WINDOWS,
    WITHHELD,
    counts,
    keys,
    period_cells,
    release_key,
)
from warehouse.families import DECLARED, FAMILIES
from warehouse.governance import EFFECT_TABLES, KEPT_TABLES

__all__ = ["ALL", "ALL_SITES", "GRAINS", "METADATA", "PUBLISHED", "WEEKS", "WINDOWS", "WITHHELD"]

RELEASE = Table(
    "release",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("made_at", DateTime, nullable=False),  # UTC
    Column("practice", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("extracted_on", Date, nullable=False),
    Column("data_start", Date),
    Column("data_end", Date),
    Column("grid_start", Date),  # the Monday all periods are counted from
    Column("published_until", Date),  # first day not yet published
    Column("restated_on", Date),  # last day on which published periods were made anew
    Column("smallest_group", Integer, nullable=False),
    Column("settle_days", Integer, nullable=False),
    Column("lapse_days", Integer, nullable=False),
    Column("late_cancel_hours", Integer, nullable=False),
    Column("rebook_days", Integer, nullable=False),
    Column("vault_state", String, nullable=False),  # which state of the vault it was made from
    Column("settings_hash", String, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("privacy_profile", String),  # safe_harbor or ontario; null for releases made before it was recorded
    sqlite_autoincrement=True,
)

SITE = Table(
    "site",
    METADATA,
    release_key(),
    *keys("site"),
    Column("position", Integer, nullable=False),
    Column("merged_sites", Integer, nullable=False),  # 1, or how many small sites it stands for
)

CATEGORY = Table(
    "category",
    METADATA,
    release_key(),
    *keys("stratifier", "stratum"),
    Column("position", Integer, nullable=False),
    Column("merged_categories", Integer, nullable=False),
)

ROLLOUT = Table(
    "rollout",
    METADATA,
    release_key(),
    *keys("site", "component"),
    Column("went_live_on", Date, primary_key=True),
    Column("ended_on", Date),
    Column("version", String),
)

ATTENDANCE_COUNTS = (
    "patients",  # guards the k-rule only: never added, never a denominator
    "booked",  # slots that were to begin in the period, whatever became of them
    "attended",
    "no_show",
    "late_cancel",
    "cancelled_patient",
    "cancelled_practice",
    "rescheduled",
    "unknown",
    "refilled",  # missed or late-cancelled slots that went to someone else
    "refill_known",  # missed or late-cancelled slots of which that is recorded
    "rebooked",  # no-shows whose patient had a new visit booked within rebook_days
    "exposed",  # attended or missed slots touched by any automation component
    "waits",  # attended or missed slots with a known booking day
    "wait_days",
    "wait_days_squared",
    "fees",  # attended slots with a known fee
    "fee_cents",
    "lost_fee_cents",  # fees of slots lost after refill
    "remote",  # attended or missed visits by video or phone of which it is known whether they connected
    "connection_failed",  # of those, could not
    "reminders_known",  # attended or missed visits of which it is known how many reminders were sent
    "reminders",  # sent for those
    "no_show_modelled",  # attended or missed visits whose confounders are known; none where there is no model
    "no_show_expected",  # millionths: the misses those let expect, as before the first go-live
    "lost_modelled",  # attended, missed or late-cancelled visits whose confounders are known
    "lost_expected",  # millionths: the slots lost after refill those let expect
)

ATTENDANCE_CELLS = period_cells("attendance_cells", sums=ATTENDANCE_COUNTS[1:])

RETENTION_COUNTS = (
    "at_risk",  # episodes in care at the start of this week in care, that week beginning in the period
    "unplanned",  # of those, ended unplanned in that week
    "completed",
    "transferred",
    "administrative",
    "censored",  # in care and not followed further
    "starts_followed",  # week 0 only: first visits in the period, followed for lapse_days
    "left_after_first",  # week 0 only: of those, never seen again, unplanned
)

RETENTION_CELLS = Table(
    "retention_cells",
    METADATA,
    release_key(),
    *keys("site", "grain"),
    Column("period_start", Date, primary_key=True),
    *keys("stratifier", "stratum"),
    Column("week_in_care", Integer, primary_key=True),
    Column("state", String, nullable=False),
    *counts("patients", *RETENTION_COUNTS),
)

CONTRAST_CELLS = Table(
    "contrast_cells",
    METADATA,
    release_key(),
    *keys("component", "outcome", "confounder", "stratum"),
    Column("exposed", Boolean, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", String, nullable=False),
    *counts("patients", "n", "events"),
)

CONTRAST_REPEATS = Table(
    "contrast_repeats",
    METADATA,
    release_key(),
    *keys("component", "outcome", "scope"),  # scope: "all", or "comparable" = strata where both arms are seen
    *counts("n1", "y1", "patients1", "mm1", "my1", "yy1"),  # exposed: visits, events, patients, sums over patients
    *counts("n0", "y0", "patients0", "mm0", "my0", "yy0"),
    *counts("patients", "m1m0", "y1y0", "m1y0", "y1m0"),
)

REPEAT_CELLS = Table(
    "repeat_cells",
    METADATA,
    release_key(),
    *keys("outcome", "site", "window"),
    Column("window_start", Date, primary_key=True),  # grid_start for the window "all"
    *keys("stratifier", "stratum"),
    Column("state", String, nullable=False),
    *counts("n", "events", "patients", "mm", "my", "yy"),
)

RECONCILIATION = Table(
    "reconciliation",
    METADATA,
    release_key(),
    *keys("table_name"),
    *counts("rows_read", "kept", "dropped_by_policy", "changed", "waiting"),
    Column("latest_on", Date),
)

QUARANTINE_COUNT = Table(
    "quarantine_count",
    METADATA,
    release_key(),
    *keys("table_name", "reason"),
    *counts("rows"),
)

QUALITY_RESULT = Table(
    "quality_result",
    METADATA,
    release_key(),
    *keys("check_name", "table_name"),
    Column("state", String, nullable=False),  # passed, failed, error, not applicable
    Column("numerator", Float),
    Column("denominator", Float),
    Column("threshold", Float),
    Column("failed_rows", Integer),
    Column("detail", String),
)

POLICY_DROP = Table(  # why rows that could be read were left out on purpose; sums to dropped_by_policy
    "policy_drop",
    METADATA,
    release_key(),
    *keys("table_name", "reason"),
    *counts("rows"),
)

POLICY_COLUMN = Table(  # the de-identification policy in force, column by column
    "policy_column",
    METADATA,
    release_key(),
    *keys("table_name", "column_name"),
    Column("privacy_class", String, nullable=False),  # direct, quasi, sensitive, free text, pseudonym, safe
    Column("action", String, nullable=False),
    Column("mapped", Boolean, nullable=False),
    Column("reason", String),
)

PRIVACY_CHECK = Table(  # one row per item of 45 CFR 164.514(b)(2)(i), 1-18
    "privacy_check",
    METADATA,
    release_key(),
    Column("item", Integer, primary_key=True),
    Column("title", String, nullable=False),
    Column("state", String, nullable=False),  # passed, failed, not applicable
    Column("checked", String, nullable=False),  # what was looked at, in words
    *counts("looked_at", "hits"),
)

SWEEP_RESULT = Table(  # who was looked for where; a hit fails the release, so a released row has none
    "sweep_result",
    METADATA,
    release_key(),
    *keys("place", "needle"),  # warehouse, logs, exports, file names x known identifiers, canaries, patterns
    Column("made_at", DateTime, nullable=False),
    *counts("needles", "looked_at", "hits"),
)

RISK_FIGURE = Table(  # the re-identification risk report's summary; the report itself stays inside the boundary
    "risk_figure",
    METADATA,
    release_key(),
    *keys("measure"),
    Column("value", Float),
    Column("state", String, nullable=False),  # published, withheld, not applicable
    Column("meaning", String, nullable=False),
)

ATTESTATION = Table(
    "attestation",
    METADATA,
    release_key(),
    Column("position", Integer, primary_key=True),
    Column("about", String, nullable=False),
    Column("attested_by", String, nullable=False),
    Column("attested_on", Date, nullable=False),
    Column("says", String, nullable=False),
)

QUOTE = Table(  # approved comments: judged against the 18 items, so no date but the year, and no site
    "quote",
    METADATA,
    release_key(),
    Column("quote_id", BigInteger, primary_key=True),  # random; not the comment's number in the vault
    Column("year", Integer, nullable=False),
    Column("kind", String),
    Column("text", String, nullable=False),
)

CELL_TABLES = (ATTENDANCE_CELLS, RETENTION_CELLS, CONTRAST_CELLS, CONTRAST_REPEATS, REPEAT_CELLS, *FAMILIES)
INGEST_TABLES = (RECONCILIATION, QUARANTINE_COUNT, POLICY_DROP, QUALITY_RESULT)
PRIVACY_TABLES = (POLICY_COLUMN, PRIVACY_CHECK, SWEEP_RESULT, RISK_FIGURE, ATTESTATION)
RELEASED_TABLES = (SITE, CATEGORY, ROLLOUT, *CELL_TABLES, *DECLARED, *INGEST_TABLES, *PRIVACY_TABLES, QUOTE)
# Made from what is released, and no part of it; see warehouse/governance.py.
GOVERNANCE_TABLES = (*EFFECT_TABLES, *KEPT_TABLES)
