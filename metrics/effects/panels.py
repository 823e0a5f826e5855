"""How do a metric's released cells become the panel that an effect is read from? Each metric declares it here.

A panel has one row per site and period in which everything is published; a period that is withheld, or published in
part only, is left out and never nought.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from metrics.effects.design import Priors
from metrics.grid import Ints, lengths, weeks_since
from warehouse.frames import Columns
from warehouse.schema import ALL, ALL_SITES, PUBLISHED
from warehouse.store import Release

Floats = np.ndarray[Any, np.dtype[np.float64]]
Frame = pd.DataFrame

ENOUGH_MODELLED = 0.5  # of a cell's visits: below it the known ones say too little of the others
ENOUGH = 0.9  # of the site-weeks published at the coarsest length: a finer one that covers so many is taken
COLUMNS = ("site", "week", "n")


@dataclass(frozen=True)
class Translation:
    """A change of the fitted quantity as a change of what the metric counts: monotone, 0 to 0."""

    points: Callable[[float], float]


@dataclass(frozen=True)
class Panel:
    """What an effect on one metric is read from.

    cells: site, week (whole weeks from `start`, the period's first), n, and events (shares) or total and squares
    (means), optionally expected. against: the panel of the rest, where the metric is a gap to the rest.
    unit: what the effect is counted in. better: which direction is good. reason: why there is none.
    """

    metric: str
    name: str
    side: str
    better: Literal["higher", "lower"]
    unit: str
    family: str
    period_weeks: int
    start: date | None
    cells: Frame
    against: Frame | None = None
    repeat_deff: float = 1.0
    priors: Priors = field(default_factory=Priors)
    translation: Translation | None = None
    notes: tuple[str, ...] = ()
    reason: str = ""

    def until(self, week: int) -> Panel:
        """The same as it stood in that week: later periods are not yet known."""
        parts = {"cells": _before(self.cells, week, self.period_weeks)}
        if self.against is not None:
            parts["against"] = _before(self.against, week, self.period_weeks)
        return replace(self, **parts)  # type: ignore[arg-type]

    def week_of(self, day: date) -> int:
        """In which week of the panel does this day lie?"""
        if self.start is None:
            raise ValueError("a panel without a first Monday has no weeks")
        return (day - self.start).days // 7


@dataclass(frozen=True)
class Source:
    """What one release holds for panels: its header and tables by column, each undivided and split."""

    release: Release
    sites: tuple[str, ...]
    tables: Mapping[str, Columns]

    def rows(self, table: str, stratifier: str = ALL, **equals: str) -> Columns:
        """The published rows of one split of a table."""
        rows = self.tables.get(table)
        if rows is None or not len(rows["site"]):
            return {}
        keep = (rows["stratifier"] == stratifier) & (rows["state"] == PUBLISHED)
        for name, value in equals.items():
            keep &= rows[name] == value
        return {name: column[keep] for name, column in rows.items()}


Sums = Callable[[Columns], dict[str, Floats]]  # a table's rows -> what is added, per row


def _before(cells: Frame, week: int, length: int) -> Frame:
    return cells[cells["week"] + length <= week]


def gather(rows: Columns, sums: Sums, start: date, lengths_tried: tuple[int, ...]) -> tuple[Frame, int]:
    """(site × period with the sums, weeks a period has): the finest period that loses little of what is published.

    A row longer than the period cannot be divided and is left out; so is a period that is published in part only.
    """
    made = {length: _summed(rows, sums, start, length) for length in lengths_tried}
    weeks = {length: len(frame) * length for length, frame in made.items()}
    most = max(weeks.values(), default=0)
    length = next((each for each in lengths_tried if weeks[each] >= ENOUGH * most), lengths_tried[-1])
    return made[length], length


def _summed(rows: Columns, sums: Sums, start: date, length: int) -> Frame:
    if not rows or not len(rows["site"]):
        return Frame(columns=list(COLUMNS))
    weeks = lengths(rows["grain"])
    first = weeks_since(start, rows["period_start"])
    frame = Frame({"site": rows["site"], "week": first // length * length, **sums(rows)})
    covered = _covered(rows["site"], first, weeks, length)
    frame = frame[(weeks <= length) & (rows["site"] != ALL_SITES)]
    added = frame.groupby(["site", "week"], as_index=False).sum()
    if added.empty:
        return Frame(columns=list(COLUMNS))
    whole = [covered.get(key, 0) >= length for key in zip(added["site"], added["week"], strict=True)]
    return added[np.array(whole, dtype=bool)].reset_index(drop=True)


def _covered(site: np.ndarray[Any, Any], first: Ints, weeks: Ints, length: int) -> dict[tuple[str, int], int]:
    """How many weeks of each site's period are published in pieces no longer than it?"""
    pieces = Frame({"site": site, "first": first, "weeks": weeks})
    pieces = pieces[pieces["weeks"] <= length].drop_duplicates()
    pieces["week"] = pieces["first"] // length * length
    return {(str(key[0]), int(key[1])): int(n) for key, n in pieces.groupby(["site", "week"])["weeks"].sum().items()}  # type: ignore[index]


def with_expected(cells: Frame) -> Frame:
    """The cells with what their confounders let expect of all n, or without it where it is known of too few in any.

    Half a panel with and half without would pass for an effect; so it is all of them or none.
    """
    if "modelled" not in cells:
        return cells
    n, modelled = cells["n"].to_numpy(float), cells["modelled"].to_numpy(float)
    plain = cells.drop(columns=["modelled", "expected"])
    used = n > 0
    if not used.any() or (modelled[used] < ENOUGH_MODELLED * n[used]).any():
        return plain
    share = np.where(used, n / np.maximum(modelled, 1e-9), 0.0)
    return plain.assign(expected=cells["expected"].to_numpy(float) * share)


def half_year_effect(source: Source, outcome: str, spread: float | None = None) -> tuple[float, str]:
    """By how much do patients who come back inflate the variance of half a year's mean? (and a note, if not known)

    spread: the standard deviation of one score, in the unit of its sums; None for shares.

    The mean over sites' windows of 24 weeks, each no less than 1; else the practice's; else 1, which is said.
    """
    rows = source.rows("repeat_cells", outcome=outcome)
    if rows:
        for own in (rows["site"] != ALL_SITES, rows["site"] == ALL_SITES):
            n, y, mm, my, yy = (rows[name][own].astype(float) for name in ("n", "events", "mm", "my", "yy"))
            with np.errstate(divide="ignore", invalid="ignore"):
                p = y / n
                single = p * (1 - p) if spread is None else spread**2
                deff = (yy - 2 * p * my + p * p * mm) / (n * single)
            known = np.isfinite(deff)
            if known.any():
                return float(np.average(np.maximum(deff[known], 1.0), weights=n[known])), ""
    return 1.0, "the interval does not know that patients come back"
