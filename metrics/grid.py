"""Which weeks of which site are published, and in pieces how long? One array of site x week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from metrics.cells import Cells
from metrics.estimate import State
from metrics.tables import Source
from warehouse.frames import Columns
from warehouse.schema import ALL_SITES, PUBLISHED, WEEKS

BLOCK_WEEKS = 12  # what is published of twelve weeks is decided at once
HELD_BACK = -1  # marks a week whose group is withheld
_SOME_MONDAY = date(2000, 1, 3)  # where a release has published nothing and so has no grid

Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Grid:
    """span[site, week]: how many weeks long the published group is that covers it; 0 none, HELD_BACK withheld.

    Site 0 is the practice's own groups (those published for all sites together). Weeks are counted from `start`.
    until: first week not yet decided. known: weeks [from, to) the exports reach; outside them nothing can be known.
    """

    start: date
    until: int
    known: tuple[int, int]
    span: Ints
    too_few: str  # in words

    def judge(self, place: int, first: int, length: int, *, whole: bool) -> tuple[State, str]:
        """May the sum over `length` weeks from `first` be shown for a site (0 = the practice), and if not, why?

        whole: everything published, however much that is.
        """
        begin = max(first, self.known[0])
        span = self.span[:, begin : min(first + length, self.known[1])]
        own = span if place == 0 else span[[place]]
        if int(own.max(initial=0)) > length:
            return State.WITHHELD, f"published only per {int(own.max())} weeks"
        covered = int((own > 0).any(axis=0).sum())
        if covered and (whole or covered == span.shape[1]):
            return State.PUBLISHED, _left_out(span, place, covered, self.until // BLOCK_WEEKS * BLOCK_WEEKS - begin)
        if covered:
            return State.WITHHELD, "part of this period is withheld or not yet published"
        return self._nothing(span, own, first, whole=whole)

    def _nothing(self, span: Ints, own: Ints, first: int, *, whole: bool) -> tuple[State, str]:
        if not self.span.any():
            return State.WITHHELD, "nothing of this kind is published"
        if (own == HELD_BACK).any() or (span[0] == HELD_BACK).any():
            return State.WITHHELD, f"{self.too_few} in a group here, or all with one outcome"
        if (span[0] > 0).any():
            return State.WITHHELD, "published only for the practice as a whole"
        if not whole and (first // BLOCK_WEEKS + 1) * BLOCK_WEEKS > self.until:
            return State.WITHHELD, "not yet published: waits until its twelve weeks are over"
        return State.ZERO, "nobody was seen here in this period"


def make_grid(spans: Columns, cells: Cells, source: Source) -> Grid:
    """The grid of one cell table, or of a part of it. spans: its rows of released_spans, of one split."""
    release = cells.release
    start = release.grid_start or _SOME_MONDAY
    first = weeks_since(start, spans["period_start"])
    length = lengths(spans["grain"])
    ends = first + length * spans["periods"]
    published = spans["state"] == PUBLISHED
    until = _week(start, release.published_until, 0)
    to = min(until, _week(start, release.data_end, until - 1) + 1)
    if source.followed and release.data_end:
        # the last week in care that begins in a week must be followed to its end, six days later
        to = min(until, ((release.data_end - start).days - release.lapse_days - 5) // 7)
        until = max(to, 0)
    until = max([until, *ends[published].tolist()])
    to = max([to, 0, *ends[published & (length == 1)].tolist()])
    begin = min(max(_week(start, release.data_start, 0), 0), to)
    numbers = {name: place for place, name in enumerate((ALL_SITES, *cells.sites))}
    span = np.zeros((len(numbers), until), dtype=np.int64)
    site = [numbers[name] for name in spans["site"]]
    # a group whose numbers are withheld for some weeks in care alone is a published one: those come last
    for run in (*np.flatnonzero(~published), *np.flatnonzero(published)):
        span[site[run], max(first[run], 0) : ends[run]] = length[run] if published[run] else HELD_BACK
    if source.sparse:
        _fill(span)
    if source.followed:
        to = max(to, int(np.flatnonzero((span > 0).any(axis=0)).max(initial=-1)) + 1)
    smallest = f"fewer than {release.smallest_group} patients" if source.people == "patients" else "too few of them"
    return Grid(start, until, (begin, to), span, smallest)


def _fill(span: Ints) -> None:
    """Weeks of a finished block in which a site that is otherwise shown has no group: nobody was there."""
    decided = span[:, : span.shape[1] // BLOCK_WEEKS * BLOCK_WEEKS]
    shown = (span > 0).any(axis=1, keepdims=True)
    nobody = (decided == 0) & shown
    nobody[1:] &= decided[0] == 0  # published for all sites together
    nobody[0] &= (decided[1:] == 0).all(axis=0)
    decided[nobody] = 1


def weeks_since(start: date, days: np.ndarray[Any, Any]) -> Ints:
    """How many whole weeks after `start` is each of these days?"""
    elapsed = days.astype("datetime64[D]") - np.datetime64(start, "D")
    return elapsed.astype(np.int64) // 7


def lengths(grains: np.ndarray[Any, Any]) -> Ints:
    """How many weeks long is a period of each of these grains?"""
    return np.array([WEEKS[grain] for grain in grains], dtype=np.int64)


def _left_out(span: Ints, place: int, covered: int, finished: int) -> str:
    """What a published sum does not contain, in words; "" where it is whole. finished: weeks of finished blocks."""
    notes = []
    if covered < span.shape[1]:
        notes.append(f"{covered} of {span.shape[1]} weeks; the rest is withheld or not yet published")
    if place == 0:
        lacking = int(((span[1:] == HELD_BACK).any(axis=1)).sum())
        if lacking:
            notes.append(f"without some weeks of {lacking} of {len(span) - 1} sites, withheld")
        late = span[1:, max(finished, 0) :]
        waiting = int(((late == 0) & (late > 0).any(axis=0)).any(axis=1).sum())
        if waiting:
            notes.append(f"without some weeks of {waiting} of {len(span) - 1} sites, not yet published")
    return "; ".join(notes)


def _week(start: date, day: date | None, otherwise: int) -> int:
    return otherwise if day is None else (day - start).days // 7
