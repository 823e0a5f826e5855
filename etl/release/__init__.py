"""Counts, not rows: what leaves the boundary."""

from etl.release.build import make_release
from etl.release.frames import PreviousRelease, ReleaseTables

__all__ = ["PreviousRelease", "ReleaseTables", "make_release"]
