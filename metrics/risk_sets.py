"""Who was followed up, and who left, at each time? The cells every survival estimator reads, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.errors import CellError

Floats = np.ndarray[Any, np.dtype[np.float64]]
_NOT_CAUSES = ("time", "censored", "at_risk")


@dataclass(frozen=True)
class RiskSets:
    """Per time, ascending: how many were at risk just before it, and how many left; one row of `observed` per cause."""

    time: Floats
    at_risk: Floats
    observed: Floats
    causes: tuple[str, ...]
    delayed_entry: bool


def read(cells: pd.DataFrame, causes: Sequence[str] = ("observed",)) -> RiskSets:
    """The checked risk sets of cells(time, one column per cause, censored[, at_risk]).

    at_risk is derived from those who leave later where it is not given. Raises CellError for a missing column, times
    out of order, counts that are negative or not numbers, and more leaving than were at risk.
    """
    absent = [name for name in ("time", *causes, "censored") if name not in cells]
    if absent:
        raise CellError(f"the cells have no column {', '.join(absent)}")
    if not len(cells):
        raise CellError("there is no time to follow anybody over")
    time, censored = (cells[name].to_numpy(dtype=float) for name in ("time", "censored"))
    observed = np.array([cells[name].to_numpy(dtype=float) for name in causes])
    if not bool(np.all(np.diff(time) > 0)):
        raise CellError("times must ascend, each once")
    if not bool(np.all(observed >= 0) and np.all(censored >= 0)):
        raise CellError("counts cannot be negative or missing")
    gone = observed.sum(axis=0)
    at_risk = cells["at_risk"].to_numpy(dtype=float) if "at_risk" in cells else (gone + censored)[::-1].cumsum()[::-1]
    late = np.flatnonzero(~(gone <= at_risk))
    if len(late):
        raise CellError(f"at time {time[late[0]]:g} more leave than were at risk: is a discharge written twice?")
    return RiskSets(time, at_risk, observed, tuple(causes), "at_risk" in cells)


def causes_of(cells: pd.DataFrame) -> tuple[str, ...]:
    """The columns that count one cause of leaving each: all but time, censored and at_risk."""
    return tuple(str(name) for name in cells.columns if name not in _NOT_CAUSES)
