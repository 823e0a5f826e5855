"""Which figures must be withheld because several of them together tell how many there are of a few people?

Of visits held and of those with a known booking day the difference is those without one; n less two numerators is who
is in neither. `warehouse.counted` lists what follows so. None of it may be of fewer than k people, nor may a sum of it
that follows from a total over sites, strata or periods.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.beside import PLACE, Flags, complete
from warehouse.counted import Family, Signs, families

Floats = NDArray[np.float64]


def together(
    rows: pd.DataFrame, counts: Floats, people: Floats, enough: Floats, shown: Flags, judged: Flags, k: int
) -> Flags:
    """Figures to withhold, besides those not `shown`.

    counts, people, enough: of n, the numerator, the rest and what follows beside it, a row for each of `rows`. counts:
    nan where not known. people: at least so many are behind the count (0: not known); enough: so many of what is
    counted are of k people, whichever they are. judged: published, or of unknown value and maybe few; the others stand
    for nothing.
    """
    found = np.zeros(len(rows), dtype=bool)
    places_of = rows["metric"].groupby(rows["metric"]).indices
    for family in families():
        every = [places_of[figure] for figure in family.figures if figure in places_of]
        here = np.sort(np.concatenate([*every, np.zeros(0, dtype=np.intp)]))
        here = here[judged[here]]
        if len(here):
            places = _Places(family, rows.iloc[here], counts[here], people[here], enough[here])
            found[here] |= places.few((shown & ~found)[here], k)
    return found


class _Places:
    """The figures of one family, by place: arrays of as many columns as there are places."""

    def __init__(self, family: Family, rows: pd.DataFrame, counts: Floats, people: Floats, enough: Floats) -> None:
        self.family, self.counts, self.people, self.enough = family, counts, people, enough
        self.place = rows.groupby(PLACE, sort=False).ngroup().to_numpy()
        self.places = rows.drop_duplicates(PLACE)[PLACE].reset_index(drop=True)
        self.figure = rows["metric"].map({key: at for at, key in enumerate(family.figures)}).to_numpy()
        self.value = np.full((len(family.told), len(self.places)), np.nan)
        self.asked = np.zeros(self.value.shape, dtype=bool)
        for one, tellers in enumerate(family.tellers):
            for figure, side in tellers:
                at = self.figure == figure
                self.value[one, self.place[at]] = np.fmax(self.value[one, self.place[at]], counts[at, side])
                self.asked[one, self.place[at]] = True

    def few(self, shown: Flags, k: int) -> Flags:
        """Which of them must be withheld?"""
        before, shown = shown, shown.copy()
        value = np.array([self._values(ways) for ways in self.family.ways])
        people = np.array([self._people(one, value[one], k) for one in range(len(value))])
        for one, ways in enumerate(self.family.ways):
            there = np.flatnonzero(~np.isinf(value[one]))
            told = self._told(shown)
            small = told[one] & (value[one] > 0) & ((value[one] < k) | (people[one] < k))
            left = self._left(one, told, value)
            rest, behind = (np.take_along_axis(each, left[None], axis=0)[0, there] for each in (value, people))
            hidden = ~told[one] | small
            hidden[there] = complete(self.places.loc[there], rest[:, None], behind[:, None], hidden[there], k)
            self._break(ways, hidden & told[one], shown)
        return before & ~shown

    def _told(self, shown: Flags) -> Flags:
        """Which sets follow from the figures that are shown, in each place?"""
        known = self._known(shown)
        return np.array([np.any([known[way != 0].all(axis=0) for way in ways], axis=0) for ways in self.family.ways])

    def _left(self, one: int, told: Flags, value: Floats) -> NDArray[np.intp]:
        """Which set is what is not known of this one, where it does not follow: all of it, or less what does?"""
        left = np.full(len(self.places), one)
        least = value[one].copy()
        for part, rest in self.family.parts[one]:
            better = told[part] & ~told[one] & (value[rest] < least)
            left[better], least[better] = rest, value[rest][better]
        return left

    def _values(self, ways: tuple[Signs, ...]) -> Floats:
        """How many there are of a set, by the first way that can be followed.

        nan where a figure that would tell it cannot be said; inf where none is asked, or the one is no part of the
        other after all.
        """
        found = np.full(len(self.places), np.inf)
        for way in ways:
            use = way != 0
            there = self.asked[use].all(axis=0) & ~np.isfinite(found)
            found[there] = way[use] @ self.value[use][:, there]
        return np.where(found < 0, np.inf, found)

    def _people(self, one: int, value: Floats, k: int) -> Floats:
        """At least how many people are behind a set: those of any counted set in it, or k of enough rows."""
        rows = self.family.sets[one]
        behind, needed = np.zeros(len(self.places)), np.full(len(self.places), np.inf)
        for figure, side, counted in self.family.counts:
            at = self.figure == figure
            there = self.place[at]
            inside, around = not (counted & ~rows).any(), not (rows & ~counted).any()
            if inside or around:
                same = inside | (self.counts[at, side] == value[there])
                behind[there] = np.where(same, np.fmax(behind[there], self.people[at, side]), behind[there])
            if around:
                needed[there] = np.fmin(needed[there], self.enough[at, side])
        return np.maximum(behind, np.where(value >= needed, k, 0))

    def _known(self, shown: Flags) -> Flags:
        """Which counted sets are told by a figure that is shown, in each place?"""
        found = np.zeros(self.value.shape, dtype=bool)
        for one, tellers in enumerate(self.family.tellers):
            for figure, _ in tellers:
                found[one, self.place[(self.figure == figure) & shown]] = True
        return found

    def _break(self, ways: tuple[Signs, ...], at: Flags, shown: Flags) -> None:
        """Withholds there what tells one count of each way: that of which the most important figure is the least."""
        first = [min(figure for figure, _ in tellers) for tellers in self.family.tellers]
        for way in ways:
            follows = at & self._known(shown)[way != 0].all(axis=0)
            if follows.any():
                chosen = max(np.flatnonzero(way), key=first.__getitem__)
                tellers = [figure for figure, _ in self.family.tellers[chosen]]
                shown &= ~(np.isin(self.figure, tellers) & follows[self.place])
