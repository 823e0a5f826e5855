"""An outsider who holds figures given out, and totals: which counts of fewer than eleven people can he compute?"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from deid.attack import recoverable
from warehouse.external import ENOUGH

K = 11
SITES = "abc"
Figures = dict[str, tuple[set[int], set[int] | None]]  # figure -> kinds of rows in n, and in the numerator
Row = tuple[str, int, int]  # site, kind, person

HELD, MISSED, LATE, LATE_REFILLED, MISSED_REFILLED = range(5)
VISITS: Figures = {
    "no_show_rate": ({HELD, MISSED, MISSED_REFILLED}, {MISSED, MISSED_REFILLED}),
    "late_cancel_rate": (set(range(5)), {LATE, LATE_REFILLED}),
    "slots_lost": (set(range(5)), {MISSED, LATE}),
}
UNANSWERED, FIRST, LATER, WORSE = range(4)
SHEETS: Figures = {
    "alliance_answered": (set(range(4)), {FIRST, LATER, WORSE}),
    "alliance": ({FIRST, LATER, WORSE}, None),
    "alliance_ruptures": ({LATER, WORSE}, {WORSE}),
}


def kinds_of(figures: Figures) -> list[int]:
    return sorted(set().union(*(n for n, _ in figures.values())))


def practice(seed: int, figures: Figures) -> list[Row]:
    """Rows of sites large and small; some kinds rare, some of the same few people, some people at several sites."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for number, site in enumerate(SITES):
        for kind in kinds_of(figures):
            people, many = chance.choice([3, 12, 40, 80]), chance.choice([0, 4, 15, 60]) if kind else 200
            rows += [(site, kind, 60 * number + chance.randrange(people)) for _ in range(many)]
    return rows


def figures_of(figures: Figures, rows: list[Row]) -> pd.DataFrame:
    """Each figure of each site and the practice, with what is known of people: all there is."""
    found = [_figure(name, *sets, site, rows) for name, sets in figures.items() for site in ("*", *SITES)]
    return pd.DataFrame(found)


def _figure(metric: str, of: set[int], events: set[int] | None, site: str, rows: list[Row]) -> dict[str, Any]:
    here = [(kind, person) for at, kind, person in rows if site in ("*", at) and kind in of]
    numerator = of if events is None else events
    sides = [here, [row for row in here if row[0] in numerator], [row for row in here if row[0] not in numerator]]
    persons = [[person for _, person in side] for side in sides]
    return {
        "metric": metric,
        "site": site,
        "n": len(here),
        "value": len(sides[1]) / len(here) if here else None,
        "unit": "points" if events is None else "share",
        "people_with": len(set(persons[1])),
        "people_without": len(set(persons[2])),
        **dict(zip(ENOUGH, map(_enough, persons), strict=True)),
        **dict.fromkeys(("stratifier", "stratum", "period"), "all"),
        **{"low": 0, "high": 1, "state": "published" if here else "zero", "reason": ""},
    }


def _enough(people: Iterable[int]) -> int:
    """One more than k - 1 people have of these rows at most."""
    return sum(sorted(Counter(people).values())[-(K - 1) :]) + 1


def attacked(figures: Figures, rows: list[Row], given: pd.DataFrame) -> list[str]:
    """Counts of one to ten people that follow from the figures given and from all totals that are no such count.

    Asked for are each set of kinds at each set of sites, and one set of kinds at one site with another at another. What
    follows from the totals alone is not asked for: no figure that is given tells it.
    """
    cells = list(itertools.product(SITES, kinds_of(figures)))

    def marked(sites: Iterable[str], kinds: set[int]) -> Any:
        return np.array([site in sites and kind in kinds for site, kind in cells], dtype=float)

    def people(these: Any) -> int:
        wanted = {cell for cell, one in zip(cells, these, strict=True) if one}
        return len({person for site, kind, person in rows if (site, kind) in wanted})

    known, totals = [], []
    for row in given.to_dict("records"):
        sites = SITES if row["site"] == "*" else row["site"]
        sets = [marked(sites, kinds) for kinds in figures[row["metric"]] if kinds is not None]
        known += sets if row["state"] == "published" else []
        totals += [one for one in sets if row["site"] == "*" and people(one) >= K]
    some = [*_subsets(kinds_of(figures))]
    asked = [marked(sites, kinds) for sites in _subsets(SITES) for kinds in some]
    for one, other in itertools.combinations(SITES, 2):
        asked += [marked(one, kinds) + marked(other, more) for kinds in some for more in some]
    wanted = np.array(asked)
    follows = recoverable(np.array(known + totals), wanted) & ~recoverable(np.array(totals), wanted)
    return [str(one) for one in wanted[follows] if 0 < people(one) < K]


def _subsets(things: Iterable[Any]) -> list[set[Any]]:
    every = list(things)
    return [set(some) for size in range(1, len(every) + 1) for some in itertools.combinations(every, size)]
