"""Does one group of patients fare worse than all others? A panel for each group of each fairness stratifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from metrics.effects.panels import Panel, Source, gather, half_year_effect, with_expected
from metrics.effects.visits import add, no_shows
from warehouse.frames import Columns

EQUITY = "equity_gap"
WHO_IS_FAIR_TO_WHOM = ("race_ethnicity", "language", "sex", "age_band", "payer")  # stratifiers a gap is looked for in
SMALLEST_SHARE = 0.05  # of visits: a smaller group's gap cannot be told at any practice's size


def gaps(source: Source) -> Iterator[Panel]:
    """No-shows of one group less those of all others, for each group of each fairness stratifier."""
    start = source.release.grid_start
    table = source.tables.get("attendance_cells")
    if start is None or table is None or not len(table["site"]):
        return
    deff, note = half_year_effect(source, "no_show")
    for stratifier in WHO_IS_FAIR_TO_WHOM:
        rows = source.rows("attendance_cells", stratifier)
        due = add(rows, "attended", "no_show") if rows else np.zeros(0)
        strata = dict.fromkeys(rows["stratum"]) if rows else {}
        for stratum in strata if len(strata) > 1 else ():
            own = rows["stratum"] == stratum
            if due[own].sum() >= SMALLEST_SHARE * due.sum():
                yield _gap(source, stratifier, str(stratum), rows, own, deff, note)


def _gap(
    source: Source, stratifier: str, stratum: str, rows: Columns, own: np.ndarray[Any, Any], deff: float, note: str
) -> Panel:
    start = source.release.grid_start or date.min
    sides = [{name: column[keep] for name, column in rows.items()} for keep in (own, ~own)]
    (cells, length), (rest, other) = (gather(side, no_shows, start, (4, 12)) for side in sides)
    if length != other:
        (cells, length), (rest, _) = (gather(side, no_shows, start, (12,)) for side in sides)
    cells, rest = with_expected(cells), with_expected(rest)
    if ("expected" in cells) != ("expected" in rest):
        cells, rest = (side.drop(columns="expected", errors="ignore") for side in (cells, rest))
    both = cells.merge(rest[["site", "week"]], on=["site", "week"])
    rest = rest.merge(both[["site", "week"]], on=["site", "week"])
    notes = tuple(text for text in (note,) if text)
    name = f"No-show gap, {stratifier.replace('_', ' ')}: {stratum} against all others"
    told = (f"{EQUITY}:{stratifier}={stratum}", name, "fairness", "lower", "difference of shares", "binomial")
    reason = "" if len(both) else "no period is published of this group and of all others"
    panel = Panel(*told, length, source.release.grid_start, both, rest, reason=reason)  # type: ignore[arg-type]
    return replace(panel, repeat_deff=deff, notes=notes)
