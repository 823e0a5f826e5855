"""How do numbers become the words of an export? All rows of a column at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rapport.demo.scenario import Scenario

SITE_SHARED = "Location"


def numbered(prefix: str, first: int, begin: int, end: int) -> list[str]:
    """Record numbers of rows begin to end: "A500000", "A500001" ..."""
    return [f"{prefix}{number}" for number in range(first + begin, first + end)]


def codes(sites: pd.Series, scenario: Scenario) -> np.ndarray:
    """The code of each site."""
    return words([site.code for site in scenario.sites], sites)


def words(known: Sequence[str], places: pd.Series | np.ndarray) -> np.ndarray:
    """The word at each place."""
    return np.array(known, dtype=object)[np.asarray(places)]


def yes_no(values: pd.Series | np.ndarray, yes: str = "Yes", no: str = "No") -> np.ndarray:
    """Two words for true and false."""
    return words([no, yes], np.asarray(values).astype("int8"))


def shown(values: np.ndarray, where: pd.Series | np.ndarray) -> np.ndarray:
    """The values where they apply, nothing elsewhere."""
    return np.where(np.asarray(where), values, "")


def plain(values: pd.Series | np.ndarray) -> list[str]:
    """Whole numbers as they are; others with the digits they have."""
    return [f"{value:g}" if isinstance(value, float) else str(value) for value in np.asarray(values).tolist()]
