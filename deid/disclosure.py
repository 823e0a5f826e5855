"""Which groups of people may be shown, and how long must a period be before they are?

Pure rules over counts of distinct patients. A *group* is shown when it holds nobody, or at least k people who do not
all share the outcome it tells of. The groups of one table and stratifier form atoms that never overlap; everything
shown is a sum of atoms, and no total is stored apart, so nothing withheld can be had by subtraction. Weeks are counted
from the first Monday of the grid: chunks of four weeks, blocks of twelve. A published atom stays as it is: never
refined, coarsened or overlapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WEEK, CHUNK, BLOCK = 1, 4, 12
GRAINS = {"week": WEEK, "4weeks": CHUNK, "12weeks": BLOCK}
EARLY_MARGIN = 2  # a block not over is shown early only with twice k: what is shown can never be coarsened
MIXED_EARLY = 3  # likewise: of the rarer outcome, so that the next week is hardly ever without any
SMALLEST_STAFF_GROUP = 5  # colleagues: no group of one to four is shown
SHARED = 1  # as how many patients a group counts in which everybody shares the outcome: too few, never nobody


@dataclass(frozen=True, order=True)
class Atom:
    """One published or withheld stretch of weeks of one site, or of all sites together (`everywhere`)."""

    start: int
    grain: str
    shown: bool
    everywhere: bool = False

    @property
    def weeks(self) -> range:
        return range(self.start, self.start + GRAINS[self.grain])


@dataclass(frozen=True)
class Rule:
    """What the decisions need to know: weeks settled so far, the smallest group, and the finest grain of the table."""

    until: int
    k: int
    base: str = "week"

    def __post_init__(self) -> None:
        if self.k < 2 or self.base not in GRAINS:
            raise ValueError("k is at least 2 and a table's finest grain is week, 4weeks or 12weeks")

    def over(self, start: int, length: int) -> bool:
        return start + length <= self.until


def may_show(patients: int, k: int) -> bool:
    """May a group of this many distinct patients be shown? Nobody, or at least k."""
    return patients == 0 or patients >= k


def standing(
    patients: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64], k: int
) -> NDArray[np.int64]:
    """As how many patients does each group count when it is decided whether it may be shown?

    patients: distinct patients. one, other: how often each of two outcomes was seen (kept and missed visits). Where
    only one of them was, whoever is known to be in the group is known to share it (l-diversity of 1, Machanavajjhala
    2007): it counts as SHARED patients, too few. Where the rarer was seen less than MIXED_EARLY times the group counts
    as k at most: enough once its period is over, not before. Where neither was seen the outcome tells nothing.
    """
    return mixed(patients, np.where(one + other > 0, np.minimum(one, other), MIXED_EARLY), k)


def mixed(patients: NDArray[np.int64], rarer: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The same, given how often the rarer outcome was seen; MIXED_EARLY or more where no outcome tells anything."""
    counted = np.where(rarer < MIXED_EARLY, np.minimum(patients, k), patients)
    return np.where((rarer == 0) & (patients > 0), SHARED, counted).astype(np.int64)


def decide_block(first: int, patients: Mapping[tuple[str, int], int], taken: Iterable[int], rule: Rule) -> list[Atom]:
    """How may one site's twelve weeks be shown?

    patients: (grain, first week) -> `standing`, absent = 0; all three grains of the block. taken: weeks already
    in an atom, shown or withheld. Weeks where each is 0 or >= k; else the four weeks as one; and if any four weeks
    cannot be shown, the twelve as one, or withheld. Returns new atoms only; no atom for weeks that must wait.
    """
    before = frozenset(taken)
    fresh = before.isdisjoint(range(first, first + BLOCK))
    closed = rule.over(first, BLOCK)
    whole = Atom(first, "12weeks", may_show(patients.get(("12weeks", first), 0), rule.k))
    if rule.base == "12weeks":
        return [whole] if fresh and closed else []
    early = fresh and not closed
    atoms: list[Atom] = []
    failed: list[int] = []
    for start in range(first, first + BLOCK, CHUNK):
        found = _decide_chunk(start, patients, before, rule, early=early)
        if found is None:
            failed.append(start)
        else:
            atoms += found
    if not failed:
        return atoms
    if not fresh:
        return sorted(atoms + [Atom(start, "4weeks", shown=False) for start in failed])
    if not closed:
        return []
    return [whole]


def _decide_chunk(
    start: int, patients: Mapping[tuple[str, int], int], taken: frozenset[int], rule: Rule, *, early: bool
) -> list[Atom] | None:
    """The atoms of four weeks; [] = nothing now; None = these four weeks cannot be shown by themselves."""
    weeks = [week for week in range(start, start + CHUNK) if week < rule.until and week not in taken]
    counts = [patients.get(("week", week), 0) for week in weeks]
    if not taken.isdisjoint(range(start, start + CHUNK)):
        return [Atom(week, "week", may_show(n, rule.k)) for week, n in zip(weeks, counts, strict=True)]
    as_weeks = [Atom(week, "week", shown=True) for week in weeks]
    least = rule.k * (EARLY_MARGIN if early else 1)
    if not rule.over(start, CHUNK):
        comfortable = rule.base == "week" and all(n >= EARLY_MARGIN * rule.k for n in counts)
        return as_weeks if comfortable else []
    total = patients.get(("4weeks", start), 0)
    if early and total == 0:
        return None
    if rule.base == "week" and all(may_show(n, least) for n in counts):
        return as_weeks
    return [Atom(start, "4weeks", shown=True)] if may_show(total, least) else None


def decide_strata(
    first: int,
    smallest: Callable[[bool, str, int], int],
    coarsest: Mapping[int, str],
    taken: Iterable[int],
    rule: Rule,
) -> list[Atom]:
    """How may the strata of one stratifier be shown in twelve weeks? All strata and all sites together, or not at all.

    smallest(everywhere, grain, start): `standing` of the smallest non-empty site x stratum group (or stratum group over
    all sites) in the chunk or block that begins at `start`, over released rows only; 0 = no rows. coarsest: first week
    of a chunk -> coarsest grain of its shown undivided atoms; only chunks decided at every site, with something shown.
    taken: first weeks of chunks already decided. Atoms returned stand for every stratum (and, unless `everywhere`, for
    every site); grain "week" stands for each released week of the chunk.
    """
    before = frozenset(taken)
    starts = [start for start in range(first, first + BLOCK, CHUNK) if start in coarsest and start not in before]
    fresh = before.isdisjoint(range(first, first + BLOCK))
    closed = rule.over(first, BLOCK)
    if not starts:
        return []
    atoms: list[Atom] = []
    failed = [start for start in starts if "12weeks" in (coarsest[start], rule.base)]
    if not failed:
        for start in starts:
            found = _first_fit(start, _ladder(coarsest[start], rule), smallest, rule.k, early=fresh and not closed)
            if found is None:
                failed.append(start)
            else:
                atoms.append(found)
    if not failed:
        return atoms
    if not fresh:
        return sorted(atoms + [Atom(start, "4weeks", shown=False, everywhere=True) for start in failed])
    if not closed:
        return []
    block = _first_fit(first, [(False, "12weeks"), (True, "12weeks")], smallest, rule.k, early=False)
    return [block or Atom(first, "12weeks", shown=False, everywhere=True)]


def _ladder(coarsest: str, rule: Rule) -> list[tuple[bool, str]]:
    grains = ["week", "4weeks"] if coarsest == "week" and rule.base == "week" else ["4weeks"]
    return [(everywhere, grain) for everywhere in (False, True) for grain in grains]


def _first_fit(
    start: int,
    ladder: list[tuple[bool, str]],
    smallest: Callable[[bool, str, int], int],
    k: int,
    *,
    early: bool,
) -> Atom | None:
    for everywhere, grain in ladder:
        fewest = smallest(everywhere, grain, start)
        if fewest >= EARLY_MARGIN * k if early else may_show(fewest, k):
            return Atom(start, grain, shown=True, everywhere=everywhere)
    return None
