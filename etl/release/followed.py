"""Which weeks in care of which groups are shown? No week in which 1 to k-1 patients of a group are at risk.

The curve of a group thins out week by week, so its first HEAD_WEEKS and the rest are two tables with periods of their
own: the first per four weeks where they bear it, the rest per twelve. A week too thin even then is withheld: the curve
is cut there. A stratum too thin in a week takes others with it, so that it does not follow by subtraction, and strata
are counted over weeks that are shown undivided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deid.disclosure import GRAINS
from etl.release.atoms import EVERYWHERE, Counter
from etl.release.rows import Rows
from warehouse.totals import FIRST_WEEKS

HEAD_WEEKS = FIRST_WEEKS  # weeks in care of the head: the horizon of "still in care at 12 weeks"
LAST_WEEK = 52  # of weeks in care shown
FOLLOWED_WEEKS = 26  # up to here a finer period or a single site must bear the curve; later weeks may be cut


@dataclass(frozen=True)
class Part:
    """One of the two tables: weeks in care from `first` up to `end` (exclusive), undivided by periods of `base`."""

    first: int
    end: int
    base: str

    def of(self, rows: Rows) -> Rows:
        week = rows["week_in_care"]
        return rows.where((week >= self.first) & (week < self.end))

    def rows(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Those of `retention_cells`."""
        return cells[cells["week_in_care"].between(self.first, self.end - 1)] if len(cells) else cells


PARTS = (Part(0, HEAD_WEEKS, "4weeks"), Part(HEAD_WEEKS, LAST_WEEK + 1, "12weeks"))


def lone(rows: Rows) -> Rows:
    """The rows with `lone`: each patient once per twelve weeks and week in care, whatever the site or course of care.

    So its sum over any groups is never more than their distinct patients; `starts_lone` likewise of first visits.
    """
    first = np.flatnonzero(rows["first_visit"])
    starts = np.zeros(len(rows), dtype=bool)
    starts[first[_once(rows.where(rows["first_visit"]), "patient", "block")]] = True
    return rows.having(lone=_once(rows, "patient", "block", "week_in_care"), starts_lone=starts)


def _once(rows: Rows, *by: str) -> NDArray[np.bool_]:
    """True for one row of each group."""
    group, _ = rows.groups(by)
    order = np.argsort(group, kind="stable")
    found = np.zeros(len(rows), dtype=bool)
    found[order] = np.append(True, group[order][1:] != group[order][:-1])[: len(rows)]
    return found


def by_period(sums: pd.DataFrame, grain: str, *, everywhere: bool) -> pd.DataFrame:
    """Sums by chunk added per site (or over all together) and period, and whatever other keys they have."""
    rows = sums.assign(start=sums["chunk"] // GRAINS[grain] * GRAINS[grain]).drop(columns="chunk")
    rows = rows.assign(site=EVERYWHERE) if everywhere else rows
    keys = [name for name in ("site", "start", "stratum", "week_in_care") if name in rows]
    return rows.groupby(keys, as_index=False).sum()


def judged(sums: pd.DataFrame, grain: str, k: int, *, everywhere: bool = False, last: bool = False) -> pd.DataFrame:
    """site, start and stratum of each group, and how many patients it counts as. sums: `retention.sums_by_chunk`.

    A group counts as its thinnest week in care up to FOLLOWED_WEEKS; where `last`, nothing coarser being left, as its
    fullest week, for single weeks are cut. (That a week's patients all stayed is no reason to hide it; that they all
    left is.)
    """
    weeks = by_period(sums, grain, everywhere=everywhere)
    weeks = weeks[weeks["at_risk"] > 0]
    keys = ["site", "start", "stratum"]
    fullest = weeks.groupby(keys)["lone"].max()
    asked = weeks[weeks["week_in_care"] < FOLLOWED_WEEKS]
    counted = fullest if last else asked.groupby(keys)["lone"].min().reindex(fullest.index, fill_value=k)
    return counted.rename("patients").astype("int64").reset_index()


def counter(sums: pd.DataFrame, k: int) -> Counter:
    """Judges the strata of released weeks in care in the chunks asked for; over all sites week by week, in `cut`."""

    def count(everywhere: bool, grain: str, chunks: pd.DataFrame) -> pd.DataFrame:
        found = judged(sums[sums["chunk"].isin(chunks["chunk"])], grain, k, everywhere=everywhere, last=everywhere)
        return found.assign(patients=k) if everywhere else found

    return count


def cut(cells: pd.DataFrame, k: int) -> pd.DataFrame:
    """The rows of `retention.cells` with `shown` per week in care, and `starts_shown`.

    A week is shown where nobody, or at least k patients, are at risk and not all of them leave in it; the first visits
    of a period likewise. Where fewer than k are in any week of a group, its weeks without anybody are hidden as well;
    so are all strata of a week in which only one has anybody and may not be shown.
    """
    keys = ["site", "start", "grain", "stratum"]
    groups = cells.drop_duplicates(keys).set_index(keys)["patients"]
    whole = groups.rename("people").reset_index(["site", "start", "grain"])
    thin = _hidden(whole.assign(n=whole["people"], left=0).reset_index(drop=True), k).to_numpy()
    alone = pd.MultiIndex.from_frame(cells[keys]).isin(groups.index[thin])
    weeks = cells.rename(columns={"lone": "people", "at_risk": "n", "unplanned": "left"})
    starts = cells[["site", "start", "grain"]].assign(
        people=cells["starts_lone"], n=cells["starts_followed"], left=cells["left_after_first"]
    )
    weeks = weeks[["site", "start", "grain", "week_in_care", "people", "n", "left"]]
    hidden = _hidden(_accompanied(weeks, alone), k)
    hidden |= _whole(weeks, hidden | alone)
    first = _hidden(_accompanied(starts, alone), k)
    first = (first | _whole(starts, first | alone)).groupby([cells[name] for name in keys]).transform("any")
    return cells.assign(shown=cells["shown"].astype(bool) & ~hidden & ~alone, starts_shown=~first & ~alone)


def _accompanied(rows: pd.DataFrame, alone: NDArray[np.bool_]) -> pd.DataFrame:
    """The rows for `_hidden`, those taken for too small that are withheld whole and by themselves of all strata here.

    A group is withheld with others so that their sum tells of none; where nobody of the others is at risk, another
    stratum must go with it.
    """
    whole = [name for name in rows.columns if name not in ("people", "n", "left")]
    here = pd.Series(alone, index=rows.index) & (rows["n"] > 0)
    lonely = here & (here.groupby([rows[name] for name in whole]).transform("sum") == 1)
    return rows.assign(people=rows["people"].mask(lonely, 0))


def _whole(rows: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """Of which weeks are all strata withheld, those without anybody too? Where all who are at risk are of one stratum
    and it is withheld: the others' zeros would say that it is what all are together."""
    keys = [rows[name] for name in rows.columns if name not in ("people", "n", "left")]
    somebody = rows["n"] > 0
    lone = somebody.groupby(keys).transform("sum") == 1
    return lone & (somebody & hidden).groupby(keys).transform("any")


def _hidden(rows: pd.DataFrame, k: int) -> pd.Series:
    """Which strata are withheld, so that no small one follows from what all strata are together?

    rows: one per stratum; people, n, left; the other columns name the whole. A stratum too small takes the next
    smallest with it until they hold k people together and are at least two: what follows by subtraction is then the
    sum of a group that could itself be shown. All of them where everybody in one, or in those withheld, left.
    """
    whole = [name for name in rows.columns if name not in ("people", "n", "left")]
    found = rows[rows["n"] > 0].sort_values([*whole, "people"])
    by = found.groupby(whole, sort=False)
    small = found["people"] < k
    before = by["people"].cumsum() - found["people"]
    company = by.cumcount() < 2
    hidden = small.groupby([found[name] for name in whole]).transform("any") & (small | company | (before < k))
    alone = found.assign(n=found["n"].where(hidden, 0), left=found["left"].where(hidden, 0))
    rest = alone.groupby(whole)[["n", "left", "people"]].transform("sum")
    all_left = (rest["n"] > 0) & (rest["n"] == rest["left"])
    some_left = (found["n"] == found["left"]).groupby([found[name] for name in whole]).transform("any")
    return (hidden | all_left | some_left).reindex(rows.index, fill_value=False)
