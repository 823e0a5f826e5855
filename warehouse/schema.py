"""Which tables does the warehouse hold? Counts and sums of released groups; never a row about one person.

Every cell table carries release_id. `site` is the published alias, or ALL_SITES for a group over the whole practice.
`grain` is the length of the period that begins on the Monday `period_start`. `stratifier` and `stratum` are both
"all" for the undivided group. A group's state is "published" or "withheld"; withheld groups carry no numbers.
The groups of one table and stratifier never overlap: every other figure is a sum of them (docs/privacy.md).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, ForeignKey, Integer, MetaData, String, Table

ALL = "all"
ALL_SITES = "*"
PUBLISHED = "published"
WITHHELD = "withheld"
GRAINS = ("week", "4weeks", "12weeks")
WEEKS = {"week": 1, "4weeks": 4, "12weeks": 12, "24weeks": 24}
WINDOWS = ("4weeks", "12weeks", "24weeks", ALL)  # 24, not 26: two whole 12-week periods (docs/decisions)

METADATA = MetaData()


def _release_key() -> Column[int]:
    return Column("release_id", Integer, ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)


def _keys(*names: str) -> list[Column[str]]:
    return [Column(name, String, primary_key=True) for name in names]


def _counts(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger) for name in names]  # sums of squares and of cents pass 2^31


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
    _release_key(),
    *_keys("site"),
    Column("position", Integer, nullable=False),
    Column("merged_sites", Integer, nullable=False),  # 1, or how many small sites it stands for
)

CATEGORY = Table(
    "category",
    METADATA,
    _release_key(),
    *_keys("stratifier", "stratum"),
    Column("position", Integer, nullable=False),
    Column("merged_categories", Integer, nullable=False),
)

ROLLOUT = Table(
    "rollout",
    METADATA,
    _release_key(),
    *_keys("site", "component"),
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
)

ATTENDANCE_CELLS = Table(
    "attendance_cells",
    METADATA,
    _release_key(),
    *_keys("site", "grain"),
    Column("period_start", Date, primary_key=True),
    *_keys("stratifier", "stratum"),
    Column("state", String, nullable=False),
    *_counts(*ATTENDANCE_COUNTS),
)

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
    _release_key(),
    *_keys("site", "grain"),
    Column("period_start", Date, primary_key=True),
    *_keys("stratifier", "stratum"),
    Column("week_in_care", Integer, primary_key=True),
    Column("state", String, nullable=False),
    *_counts("patients", *RETENTION_COUNTS),
)

CONTRAST_CELLS = Table(
    "contrast_cells",
    METADATA,
    _release_key(),
    *_keys("component", "outcome", "confounder", "stratum"),
    Column("exposed", Boolean, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", String, nullable=False),
    *_counts("patients", "n", "events"),
)

CONTRAST_REPEATS = Table(
    "contrast_repeats",
    METADATA,
    _release_key(),
    *_keys("component", "outcome", "scope"),  # scope: "all", or "comparable" = strata where both arms are seen
    *_counts("n1", "y1", "patients1", "mm1", "my1", "yy1"),  # exposed: visits, events, patients, sums over patients
    *_counts("n0", "y0", "patients0", "mm0", "my0", "yy0"),
    *_counts("patients", "m1m0", "y1y0", "m1y0", "y1m0"),
)

REPEAT_CELLS = Table(
    "repeat_cells",
    METADATA,
    _release_key(),
    *_keys("outcome", "site", "window"),
    Column("window_start", Date, primary_key=True),  # grid_start for the window "all"
    *_keys("stratifier", "stratum"),
    Column("state", String, nullable=False),
    *_counts("n", "events", "patients", "mm", "my", "yy"),
)

RECONCILIATION = Table(
    "reconciliation",
    METADATA,
    _release_key(),
    *_keys("table_name"),
    *_counts("rows_read", "kept", "dropped_by_policy", "changed", "waiting"),
    Column("latest_on", Date),
)

QUARANTINE_COUNT = Table(
    "quarantine_count",
    METADATA,
    _release_key(),
    *_keys("table_name", "reason"),
    *_counts("rows"),
)

QUALITY_RESULT = Table(
    "quality_result",
    METADATA,
    _release_key(),
    *_keys("check_name", "table_name"),
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
    _release_key(),
    *_keys("table_name", "reason"),
    *_counts("rows"),
)

POLICY_COLUMN = Table(  # the de-identification policy in force, column by column
    "policy_column",
    METADATA,
    _release_key(),
    *_keys("table_name", "column_name"),
    Column("privacy_class", String, nullable=False),  # direct, quasi, sensitive, free text, pseudonym, safe
    Column("action", String, nullable=False),
    Column("mapped", Boolean, nullable=False),
    Column("reason", String),
)

PRIVACY_CHECK = Table(  # one row per item of 45 CFR 164.514(b)(2)(i), 1-18
    "privacy_check",
    METADATA,
    _release_key(),
    Column("item", Integer, primary_key=True),
    Column("title", String, nullable=False),
    Column("state", String, nullable=False),  # passed, failed, not applicable
    Column("checked", String, nullable=False),  # what was looked at, in words
    *_counts("looked_at", "hits"),
)

SWEEP_RESULT = Table(  # who was looked for where; a hit fails the release, so a released row has none
    "sweep_result",
    METADATA,
    _release_key(),
    *_keys("place", "needle"),  # warehouse, logs, exports, file names x known identifiers, canaries, patterns
    Column("made_at", DateTime, nullable=False),
    *_counts("needles", "looked_at", "hits"),
)

RISK_FIGURE = Table(  # the re-identification risk report's summary; the report itself stays inside the boundary
    "risk_figure",
    METADATA,
    _release_key(),
    *_keys("measure"),
    Column("value", Float),
    Column("state", String, nullable=False),  # published, withheld, not applicable
    Column("meaning", String, nullable=False),
)

ATTESTATION = Table(
    "attestation",
    METADATA,
    _release_key(),
    Column("position", Integer, primary_key=True),
    Column("about", String, nullable=False),
    Column("attested_by", String, nullable=False),
    Column("attested_on", Date, nullable=False),
    Column("says", String, nullable=False),
)

QUOTE = Table(  # approved comments: judged against the 18 items, so no date but the year, and no site
    "quote",
    METADATA,
    _release_key(),
    Column("quote_id", BigInteger, primary_key=True),  # random; not the comment's number in the vault
    Column("year", Integer, nullable=False),
    Column("kind", String),
    Column("text", String, nullable=False),
)

CELL_TABLES = (ATTENDANCE_CELLS, RETENTION_CELLS, CONTRAST_CELLS, CONTRAST_REPEATS, REPEAT_CELLS)
INGEST_TABLES = (RECONCILIATION, QUARANTINE_COUNT, POLICY_DROP, QUALITY_RESULT)
PRIVACY_TABLES = (POLICY_COLUMN, PRIVACY_CHECK, SWEEP_RESULT, RISK_FIGURE, ATTESTATION)
RELEASED_TABLES = (SITE, CATEGORY, ROLLOUT, *CELL_TABLES, *INGEST_TABLES, *PRIVACY_TABLES, QUOTE)
