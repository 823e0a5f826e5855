"""What are the tables of the warehouse made of? Their words, and the columns that every one of them shares."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Integer, MetaData, String, Table

ALL = "all"
ALL_SITES = "*"
PUBLISHED = "published"
WITHHELD = "withheld"
GRAINS = ("week", "4weeks", "12weeks")
WEEKS = {"week": 1, "4weeks": 4, "12weeks": 12, "24weeks": 24}
WINDOWS = ("4weeks", "12weeks", "24weeks", ALL)  # 24, not 26: two whole 12-week periods (docs/decisions)

METADATA = MetaData()


def release_key() -> Column[int]:
    """The release a row belongs to, and goes with."""
    return Column("release_id", Integer, ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)


def keys(*names: str) -> list[Column[str]]:
    return [Column(name, String, primary_key=True) for name in names]


def counts(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger) for name in names]  # sums of squares and of cents pass 2^31


def period_cells(name: str, *own_keys: Column[str] | Column[int], sums: tuple[str, ...]) -> Table:
    """A table of groups: site x period x stratum, its own keys, the state, distinct patients and the sums."""
    return Table(
        name,
        METADATA,
        release_key(),
        *keys("site", "grain"),
        Column("period_start", Date, primary_key=True),
        *keys("stratifier", "stratum"),
        *own_keys,
        Column("state", String, nullable=False),
        *counts("patients", *sums),
    )
