"""Which categories, or sites, are too small to stand alone, and with which others are they joined?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

ENOUGH = 0.95  # share of non-empty groups that must reach k

Groups = list[tuple[int, ...]]


def merge_categories(patients: NDArray[np.int64], k: int, *, ordered: bool, loose: Sequence[int] = ()) -> Groups:
    """Which categories are published together, practice-wide?

    patients: unit (site x four weeks) x category. Smallest into next smallest (ordered: into the smaller neighbour)
    until 95 % of the non-empty groups reach k or two are left. `loose` categories (not recorded) have no neighbour:
    they join the smallest. Returns groups of column numbers in order; one group = the stratifier says nothing.
    A person seen in two merged categories counts twice here: the k-rule itself is judged on exact counts later.
    """

    def enough(columns: NDArray[np.int64]) -> bool:
        filled = columns[columns > 0]
        return filled.size == 0 or float(np.mean(filled >= k)) >= ENOUGH

    return _merge(patients, lambda columns: columns.shape[1] <= 2 or enough(columns), ordered, frozenset(loose))


def merge_sites(patients: NDArray[np.int64], k: int) -> Groups:
    """Which sites are published together? patients: twelve-week block x site.

    A site is too small where the median of its non-empty blocks is under k. The small sites are joined, and with the
    next smallest site while they are still too few together.
    """
    order = sorted(range(patients.shape[1]), key=lambda column: (int(patients[:, column].sum()), column))
    small = [column for column in order if _typical(patients[:, column]) < k]
    if not small:
        return [(column,) for column in range(patients.shape[1])]
    rest = [column for column in order if column not in small]
    while rest and (len(small) == 1 or _typical(patients[:, small].sum(axis=1)) < k):
        small.append(rest.pop(0))
    return [(column,) for column in sorted(rest)] + [tuple(sorted(small))]


def merge_arms(lowest: NDArray[np.int64], k: int) -> Groups:
    """Which neighbouring strata of a two-armed comparison are joined so that each arm is 0 or >= k?

    lowest: stratum x arm, distinct patients. The largest member is a lower bound of a union, so no union judged
    sufficient is too small. One group that still fails is returned as no group: the comparison is withheld.
    """
    groups: Groups = [(row,) for row in range(lowest.shape[0])]

    def bound(group: tuple[int, ...]) -> NDArray[np.int64]:
        return np.asarray(lowest[list(group)].max(axis=0))

    def fails(group: tuple[int, ...]) -> bool:
        return bool(np.any((bound(group) > 0) & (bound(group) < k)))

    while any(fails(group) for group in groups):
        if len(groups) == 1:
            return []
        at = next(i for i, group in enumerate(groups) if fails(group))
        beside = [i for i in (at - 1, at + 1) if 0 <= i < len(groups)]
        small = (bound(groups[at]) > 0) & (bound(groups[at]) < k)
        other = max(beside, key=lambda i: int(bound(groups[i])[small].min()))  # the one with most in the small arm
        low, high = sorted((at, other))
        groups[low : high + 1] = [groups[low] + groups[high]]
    return groups


def nested(groups: Groups, others: Sequence[Sequence[int]]) -> Groups:
    """Which groups must be joined so that each lies inside, around or beside every one of the others?

    Two ways of cutting the same total give what lies between the cuts: "0-2" less "0" is "1-2", though "1-2" was too
    small to stand alone and was joined with "3-6". others: groups published elsewhere over the same rows.
    """
    members = {code for group in groups for code in group}
    found = [set(group) for group in groups]
    for other in [set(group) & members for group in others] * len(groups):  # a join may cross an earlier one
        touched = [group for group in found if group & other]
        if any(not (group <= other or other <= group) for group in touched):
            found = [group for group in found if group not in touched] + [set().union(*touched)]
    return sorted(tuple(sorted(group)) for group in found)


def _typical(column: NDArray[np.int64]) -> float:
    filled = column[column > 0]
    return float(np.median(filled)) if filled.size else 0.0


def _merge(
    patients: NDArray[np.int64],
    done: Callable[[NDArray[np.int64]], bool],
    ordered: bool,
    loose: frozenset[int],
) -> Groups:
    groups: Groups = [(column,) for column in range(patients.shape[1])]
    columns = patients.copy()
    while len(groups) > 1 and not done(columns):
        totals = columns.sum(axis=0)
        at = int(np.argmin(totals))
        into = _partner(at, groups, totals, ordered, loose)
        columns[:, into] += columns[:, at]
        groups[into] = tuple(sorted(groups[into] + groups[at]))
        del groups[at]
        columns = np.delete(columns, at, axis=1)
    return sorted(groups)


def _partner(at: int, groups: Groups, totals: NDArray[np.int64], ordered: bool, loose: frozenset[int]) -> int:
    others = [i for i in range(len(groups)) if i != at]
    banded = [i for i in others if not set(groups[i]) <= loose]
    if ordered and not set(groups[at]) <= loose and banded:
        low = [i for i in banded if min(groups[i]) < min(groups[at])]
        high = [i for i in banded if min(groups[i]) > min(groups[at])]
        others = [*low[-1:], *high[:1]]
    return min(others, key=lambda i: (int(totals[i]), i))
