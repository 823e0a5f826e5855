"""Do the tables of questionnaires, danger, messages and forecasts tell more than they should?

The rules are those of attendance. Rows that divide a group (a scale, a number of minutes, a bin of scores) are taken
together first: the group is what is shown or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from deid.disclosure import GRAINS, SMALLEST_STAFF_GROUP
from deid.telling import TELLING

Frames = Mapping[str, pd.DataFrame]

AT = ("stratifier", "stratum", "site", "grain", "period_start")
EVERYWHERE = "*"
THE_PRACTICE = "the practice"


@dataclass(frozen=True)
class Kept:
    """Of one table: its own keys that name groups, those that divide a group, and what counts its rows.

    Without counts its groups are those of another table, and its numbers are events inside them. apart: divisions whose
    outcomes are told apart (scales): what everybody shares is looked for in each. smallest: the smallest
    group, where it is not that of patients.
    """

    groups: tuple[str, ...]
    divides: tuple[str, ...]
    counts: tuple[str, ...]
    apart: tuple[str, ...] = ()
    smallest: int | None = None

    def k(self, k: int) -> int:
        """The smallest group of this table, where that of patients is k."""
        return k if self.smallest is None else self.smallest

    @property
    def keys(self) -> tuple[str, ...]:
        return (*AT, *self.groups, *self.divides)


FAMILIES: Mapping[str, Kept] = {
    "score_cells": Kept(("instrument",), ("scale",), ("invited",), ("scale",)),
    "outcome_cells": Kept(("instrument",), (), ("finished",)),
    "staff_cells": Kept(("instrument",), ("scale",), ("invited",), ("scale",), SMALLEST_STAFF_GROUP),
    "staff_time_cells": Kept((), (), ("people_weeks",), (), SMALLEST_STAFF_GROUP),
    "crisis_cells": Kept((), (), ("signals",)),
    "time_cells": Kept(("question",), ("how", "time"), ("observed", "censored")),
    "triage_cells": Kept((), ("automation_level", "clinician_level"), ("requests",)),
    "contact_cells": Kept((), ("kind", "automated", "personalised"), ("sent",)),
    "feedback_cells": Kept((), (), ("given",)),
    "feedback_themes": Kept((), ("theme",), ()),  # groups of feedback_cells
    "prediction_cells": Kept(("model",), ("horizon", "bin"), ("scored",)),
}


def undivided(frames: Frames) -> Iterator[tuple[str, pd.DataFrame]]:
    """(its name, one row per group with `booked`, what it counts) of every table and kind of group."""
    for name, kept in FAMILIES.items():
        rows = frames.get(name)
        if rows is None or rows.empty or not kept.counts:
            continue
        rows = rows.assign(booked=rows[list(kept.counts)].sum(axis=1, min_count=1))
        how = "max" if kept.apart else "sum"  # each scale counts the same sheets
        groups = rows.groupby([*AT, *kept.groups, "state"], as_index=False).agg(
            booked=("booked", how), patients=("patients", "max")
        )
        if set(groups["site"]) == {EVERYWHERE}:
            groups = groups.assign(site=THE_PRACTICE)
        for key, here in groups.groupby(list(kept.groups)) if kept.groups else [((), groups)]:
            yield " ".join([name, *map(str, key)]), here


def everybody_alike(frames: Frames) -> Iterator[str]:
    """Published groups of which everybody shares an outcome that tells something of each (`deid.telling`)."""
    for name, pairs in TELLING.items():
        rows, kept = frames.get(name), FAMILIES[name]
        if rows is None or rows.empty:
            continue
        shown = rows[rows["state"] == "published"]
        sums = shown.groupby([*AT, *kept.groups, *kept.apart])
        for told in pairs:
            one, of = (sums[column].sum().to_numpy(dtype="int64") for column in (told.one, told.of))
            always = told.unless_always and one.sum() == of.sum()
            if not always and (told.rarer(one, of) == 0).any():
                yield f"In a published group of {name} everybody {told.says}."


def added(old: pd.DataFrame, come: pd.DataFrame, name: str) -> bool:
    """Does the later release hold rows over weeks, of one site and kind of group, that the earlier one decided?

    old: the keys of the earlier release's rows. come: those of the later one's that the earlier has not.
    """
    kept = FAMILIES[name]
    return bool(_weeks(old, kept) & _weeks(come, kept))


def _weeks(rows: pd.DataFrame, kept: Kept) -> set[tuple[object, ...]]:
    groups = rows[["stratifier", "site", *kept.groups, "grain", "period_start"]].drop_duplicates()
    return {
        (*row[:-2], pd.Timestamp(row[-1]) + pd.Timedelta(weeks=week))
        for row in groups.itertuples(index=False, name=None)
        for week in range(GRAINS[str(row[-2])])
    }
