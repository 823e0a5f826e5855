"""How many different patients does each group hold, and may it be shown by what became of their visits?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deid.disclosure import CHUNK, GRAINS, mixed, standing
from deid.telling import Telling
from etl.release.atoms import EVERYWHERE, UNIT_COLUMN, Counter
from etl.release.rows import Rows, by_group, total
from etl.release.slots import STATUSES

KEPT, MISSED = STATUSES.index("attended"), STATUSES.index("no_show")


def patients_of(rows: Rows, grain: str, *by: str, everywhere: bool = False) -> pd.DataFrame:
    """Distinct patients of each group: site, start and the other keys."""
    unit = UNIT_COLUMN[grain]
    keys = [unit, *by] if everywhere else ["site", unit, *by]
    found = rows.people(*keys).rename(columns={unit: "start"})
    return found.assign(site=EVERYWHERE) if everywhere else found


def kept_and_missed(rows: Rows, *by: str) -> pd.DataFrame:
    """How many visits were kept and missed, per site, week and the other keys; the frame adds to any longer period."""
    keys = ("site", "week", *by)
    group, shape = rows.groups(keys)
    size = int(np.prod(shape, dtype=np.int64))
    kept, missed = (np.bincount(group[rows["status"] == code], minlength=size) for code in (KEPT, MISSED))
    return by_group(keys, shape, held=kept + missed, kept=kept, missed=missed)


def judged(
    people: pd.DataFrame, outcomes: pd.DataFrame, grain: str, k: int, *, everywhere: bool = False
) -> pd.DataFrame:
    """The groups of `patients_of` with `standing` in the place of patients. outcomes: `kept_and_missed`."""
    keys = [name for name in people.columns if name != "patients"]
    sums = outcomes.assign(start=outcomes["week"] // GRAINS[grain] * GRAINS[grain])
    sums = sums.assign(site=EVERYWHERE) if everywhere else sums
    both = people.merge(sums.groupby(keys, as_index=False)[["kept", "missed"]].sum(), on=keys, how="left").fillna(0)
    patients, kept, missed = (both[name].to_numpy(dtype=np.int64) for name in ("patients", "kept", "missed"))
    counted = standing(patients, kept, missed, k)
    return people.assign(patients=counted)


def standing_of(
    guarded: Sequence[Rows],
    sums: pd.DataFrame,
    telling: Sequence[Telling],
    keys: Sequence[str],
    grain: str,
    k: int,
    *,
    everywhere: bool = False,
) -> pd.DataFrame:
    """site, start, stratum and as how many patients each group of a family counts.

    guarded: rows with `stratum`, the first those of the family itself; a group counts as the fewest of those in it who
    are told of by any of them. sums: by site, week, stratum and keys; a group in which everybody shares a telling
    outcome, under any of the keys, counts as SHARED.
    """
    people = _fewest([patients_of(rows, grain, "stratum", everywhere=everywhere) for rows in guarded])
    if not telling or people.empty:
        return people
    start, week = people["start"].to_numpy(), sums["week"].to_numpy(dtype=np.int64) // GRAINS[grain] * GRAINS[grain]
    site = np.full(len(sums), EVERYWHERE) if everywhere else sums["site"].to_numpy()
    theirs = (site - EVERYWHERE, week, sums["stratum"].to_numpy(dtype=np.int64))
    mine = (people["site"].to_numpy() - EVERYWHERE, start, people["stratum"].to_numpy())
    shape = [1 + int(max(one.max(initial=0), other.max(initial=0))) for one, other in zip(theirs, mine, strict=True)]
    kind, kinds = np.zeros(len(sums), dtype=np.int64), 1
    for name in keys:
        codes, words = pd.factorize(sums[name])
        kind, kinds = kind * max(len(words), 1) + codes, kinds * max(len(words), 1)
    place, size = np.ravel_multi_index(theirs, shape) * kinds + kind, int(np.prod(shape)) * kinds
    rarer = [told.rarer(*(total(place, size, sums[name].to_numpy()) for name in told[:2])) for told in telling]
    seen = np.min(rarer, axis=0).reshape(-1, kinds).min(axis=1)  # where nobody was asked, nothing is told
    return people.assign(patients=mixed(people["patients"].to_numpy(), seen[np.ravel_multi_index(mine, shape)], k))


def _fewest(counts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The smallest of several counts of each site, start and stratum; those that count nobody there say nothing."""
    if len(counts) == 1:
        return counts[0]
    at = ["site", "start", "stratum"]
    places = [[frame[name].to_numpy() - (EVERYWHERE if name == "site" else 0) for name in at] for frame in counts]
    shape = [1 + max(int(place[axis].max(initial=0)) for place in places) for axis in range(len(at))]
    fewest = np.full(shape, np.iinfo(np.int64).max)
    for place, frame in zip(places, counts, strict=True):
        fewest[tuple(place)] = np.minimum(fewest[tuple(place)], frame["patients"].to_numpy())
    there = np.nonzero(fewest < np.iinfo(np.int64).max)
    keys = dict(zip(at, there, strict=True))
    return pd.DataFrame(keys | {"site": keys["site"] + EVERYWHERE, "patients": fewest[there]})


def counter(rows: Rows, k: int) -> Counter:
    """Judges the strata of released slots (with `stratum`) in the chunks asked for."""
    outcomes = kept_and_missed(rows, "stratum")
    inside: dict[tuple[int, ...], Rows] = {}  # asked at every grain: what was counted on them stays known

    def count(everywhere: bool, grain: str, chunks: pd.DataFrame) -> pd.DataFrame:
        asked = tuple(chunks["chunk"])
        if asked not in inside:
            inside[asked] = rows.inside(chunks)
        people = patients_of(inside[asked], grain, "stratum", everywhere=everywhere)
        return judged(people, _in_chunks(outcomes, chunks), grain, k, everywhere=everywhere)

    return count


def _in_chunks(outcomes: pd.DataFrame, chunks: pd.DataFrame) -> pd.DataFrame:
    return outcomes[(outcomes["week"] // CHUNK * CHUNK).isin(chunks["chunk"])]
