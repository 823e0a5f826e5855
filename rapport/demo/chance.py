"""Which number does chance give to this visit for this purpose? The same in every scenario.

A number depends on the seed, the purpose and the record alone, never on what was drawn before (splitmix64 [1], counted
by the record's key). Two scenarios of one seed therefore differ only where an effect makes them differ, and the effect
itself can be counted by laying them side by side.

[1] Steele, Lea & Flood 2014, OOPSLA: Fast splittable pseudorandom number generators.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaincinv, ndtri

Numbers = np.ndarray[Any, np.dtype[np.float64]]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_TO_UNIT = 2.0**-53


@dataclass(frozen=True)
class Chance:
    """One practice's chance; `on` gives it to records."""

    seed: int

    def on(self, table: str, keys: np.ndarray) -> Draws:
        """keys: a whole number per record, of which no two are the same in this table."""
        return Draws(f"{self.seed}/{table}", np.asarray(keys).astype("uint64"))


@dataclass(frozen=True)
class Draws:
    """Independent numbers for records, by purpose. Records may be left out without a change for the others."""

    table: str
    keys: np.ndarray

    def only(self, where: np.ndarray) -> Draws:
        return Draws(self.table, self.keys[np.asarray(where)])

    def share(self, purpose: str) -> Numbers:
        """Between 0 and 1, neither included."""
        salt = hashlib.blake2b(f"{self.table}/{purpose}".encode(), digest_size=8).digest()
        with np.errstate(over="ignore"):
            mixed = self.keys * _STEP + np.uint64(int.from_bytes(salt, "little"))
            mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[0]
            mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
            mixed ^= mixed >> np.uint64(31)
        return np.asarray(((mixed >> np.uint64(11)).astype("float64") + 0.5) * _TO_UNIT)

    def happens(self, purpose: str, chance: float | np.ndarray) -> np.ndarray:
        return np.asarray(self.share(purpose) < chance)

    def whole(self, purpose: str, low: int, below: int) -> np.ndarray:
        """A whole number from low, under below."""
        return (low + np.floor(self.share(purpose) * (below - low))).astype("int64")

    def place(self, purpose: str, shares: Sequence[float]) -> np.ndarray:
        """A place in a list whose entries have these shares; the last takes what is left."""
        return np.searchsorted(np.cumsum(shares)[:-1], self.share(purpose), side="right")

    def normal(self, purpose: str, spread: float = 1.0) -> Numbers:
        return np.asarray(ndtri(self.share(purpose)) * spread)

    def table_of_normals(self, purpose: str, columns: int, spread: float = 1.0) -> Numbers:
        """Shape (records, columns)."""
        return np.column_stack([self.normal(f"{purpose} {column}", spread) for column in range(columns)])

    def exponential(self, purpose: str, mean: float) -> Numbers:
        return np.asarray(-np.log(self.share(purpose)) * mean)

    def gamma(self, purpose: str, shape: float, scale: float) -> Numbers:
        return np.asarray(gammaincinv(shape, self.share(purpose)) * scale)
