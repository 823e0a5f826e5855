"""In which stretches of weeks is it told how often the same patients come back? Adds the new rows of `repeat_cells`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from etl.release import atoms, repeats
from etl.release.repeats import LENGTHS, STRATA_WINDOWS, Repeated
from etl.release.rows import Rows
from etl.release.work import Work
from warehouse.schema import ALL


@dataclass(frozen=True)
class Split:
    """Rows with `stratum`, the stratifier and its strata, the atoms they are published in, and their sites.

    until: weeks that are known of them, where what became of them is followed longer than others.
    """

    rows: Rows
    name: str
    labels: Sequence[str]
    decided: atoms.Decided
    sites: Sequence[str] | None = None  # None: those of the release
    until: int | None = None  # None: as far as the release is settled


def repeat_cells(work: Work, split: Split, undivided: atoms.Undivided, of: Callable[[Rows], Repeated]) -> None:
    """The windows no earlier release holds. of: what is counted on the rows; only released ones are."""
    nothing = of(split.rows.where(split.rows["patient"] < 0))
    published = work.before("repeat_cells")
    if len(published):
        mine = published["outcome"].isin(list(nothing.outcomes)) & (published["stratifier"] == split.name)
        published = published[mine]
    population, every = undivided.population, split.decided.all
    sites = work.sites.labels if split.sites is None else split.sites
    until = work.grid.until if split.until is None else split.until
    lengths = [window for window in LENGTHS if split.name == ALL or window in STRATA_WINDOWS]
    wanted: dict[str, pd.DataFrame] = {}
    for window in lengths:
        asked = repeats.windows(every, population, undivided.waiting, until, window)
        wanted[window] = repeats.not_yet(asked, published, window, sites, work.grid)
    if work.previous is None:
        wanted[ALL] = repeats.whole(every)
    if all(asked.empty for asked in wanted.values()):
        return
    inside = split.rows.inside(atoms.region(every, population))
    found = repeats.window_cells(inside, of, every, wanted, work.k)
    if len(found):
        work.add("repeat_cells", repeats.labelled(found, split.name, split.labels, sites, work.grid))
