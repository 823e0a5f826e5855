"""How many different patients does each group hold, and may it be shown by what became of their visits?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deid.disclosure import CHUNK, GRAINS, MIXED_EARLY, mixed, standing
from deid.telling import Telling
from etl.release.atoms import EVERYWHERE, UNIT_COLUMN, Counter
from etl.release.rows import Rows, by_group
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
    at = ["site", "start", "stratum"]
    people, *others = (patients_of(rows, grain, "stratum", everywhere=everywhere) for rows in guarded)
    if others:
        people = pd.concat([people, *others], ignore_index=True).groupby(at)["patients"].min().reset_index()
    if not telling:
        return people
    sums = sums.assign(start=sums["week"] // GRAINS[grain] * GRAINS[grain])
    sums = sums.assign(site=EVERYWHERE) if everywhere else sums
    counts = list(dict.fromkeys(name for told in telling for name in (told.one, told.of)))
    by_key = sums.groupby([*at, *keys], as_index=False)[counts].sum()
    rarer = [told.rarer(by_key[told.one].to_numpy(), by_key[told.of].to_numpy()) for told in telling]
    fewest = by_key.assign(rarer=np.min(rarer, axis=0)).groupby(at, as_index=False)["rarer"].min()
    both = people.merge(fewest, on=at, how="left").fillna({"rarer": MIXED_EARLY})
    patients, seen = (both[name].to_numpy(dtype=np.int64) for name in ("patients", "rarer"))
    return people.assign(patients=mixed(patients, seen, k))


def counter(rows: Rows, k: int) -> Counter:
    """Judges the strata of released slots (with `stratum`) in the chunks asked for."""
    outcomes = kept_and_missed(rows, "stratum")

    def count(everywhere: bool, grain: str, chunks: pd.DataFrame) -> pd.DataFrame:
        people = patients_of(rows.inside(chunks), grain, "stratum", everywhere=everywhere)
        return judged(people, _in_chunks(outcomes, chunks), grain, k, everywhere=everywhere)

    return count


def _in_chunks(outcomes: pd.DataFrame, chunks: pd.DataFrame) -> pd.DataFrame:
    return outcomes[(outcomes["week"] // CHUNK * CHUNK).isin(chunks["chunk"])]
