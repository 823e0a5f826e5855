"""Do the groups of two tables that count the same rows agree, so that nothing follows from one less the other?

Pure rules over places (a site in a week). Each table decides its groups by itself, by whom its other sums are about. If
one shows the strata of two sites together and the other those of one of them, the difference is the strata of the
second, which neither shows.
"""

from __future__ import annotations

import pandas as pd

PLACE = ["site", "week"]


def meeting(mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Which of my groups lie over the same places as which of theirs, and do they agree?

    mine, theirs: group (a number), site and week, one row per place of each group; the groups of one table never
    overlap. One row per pair that meets: group, theirs, family (a number that all share who meet, or meet somebody who
    does) and agrees: whether the two tables lie over the same places in the whole family, and of each pair one lies
    inside the other. Then every difference of shown sums is a sum of shown groups, or of nobody.
    """
    met = mine.merge(theirs.rename(columns={"group": "theirs"}), on=PLACE)
    pairs = met.groupby(["group", "theirs"]).size().rename("both").reset_index()
    pairs = pairs.assign(family=_families(pairs))
    own = pairs["group"].map(mine.groupby("group").size())
    other = pairs["theirs"].map(theirs.groupby("group").size())
    nested = (pairs["both"] == own) | (pairs["both"] == other)
    whole = _alone(pairs, "group", own) & _alone(pairs, "theirs", other)
    return pairs.assign(agrees=(nested & whole).groupby(pairs["family"]).transform("all")).drop(columns="both")


def _families(pairs: pd.DataFrame) -> pd.Series:
    found = pairs["group"]
    while True:
        wider = found
        for by in ("theirs", "group"):
            wider = wider.groupby(pairs[by]).transform("min")
        if wider.equals(found):
            return found
        found = wider


def _alone(pairs: pd.DataFrame, by: str, size: pd.Series) -> pd.Series:
    """Are all places of a group among those it shares with the other table?"""
    return pairs.groupby(by)["both"].transform("sum") == size
