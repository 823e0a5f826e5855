"""Do patients of one group stay in care as long as those of another?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from metrics.errors import CellError
from metrics.risk_sets import Floats, RiskSets, read


class LogRank(NamedTuple):
    """The test statistic, its degrees of freedom, and the chance of one as large if the groups were alike."""

    chi2: float
    df: int
    p: float


def logrank(groups: Mapping[str, pd.DataFrame] | Sequence[Mapping[str, pd.DataFrame]]) -> LogRank:
    """Do the groups differ in how long their patients stay?

    groups: name -> cells as for `kaplan_meier`; or a list of such, one per stratum: groups are then compared within
    each stratum only. Cells with at_risk (delayed entry) need the same times in every group.
    Hypergeometric variance at tied times; equal to R's survdiff [1].
    Raises CellError for fewer than two groups, or where nobody leaves. [1] Mantel 1966, Cancer Chemother Rep 50:163.
    """
    strata = [groups] if isinstance(groups, Mapping) else list(groups)
    names = sorted({name for stratum in strata for name in stratum})
    if len(names) < 2:
        raise CellError("a comparison needs two groups or more")
    excess, variance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for stratum in strata:
        more, spread = _of_stratum({name: read(cells) for name, cells in stratum.items()}, names)
        excess, variance = excess + more, variance + spread
    told = np.diag(variance) > 0
    df = int(told.sum()) - 1
    if df < 1:
        raise CellError("nobody leaves while two groups are followed: there is nothing to compare")
    kept = np.flatnonzero(told)[:-1]  # the excesses add up to 0: the last one says nothing new
    chi2 = float(excess[kept] @ np.linalg.pinv(variance[np.ix_(kept, kept)]) @ excess[kept])
    return LogRank(chi2, df, float(special.chdtrc(df, chi2)))


def _of_stratum(groups: Mapping[str, RiskSets], names: Sequence[str]) -> tuple[Floats, Floats]:
    """(observed minus expected, its covariance), in the order of `names`; 0 for a group the stratum has not."""
    times = np.unique(np.concatenate([group.time for group in groups.values()])) if groups else np.zeros(0)
    left, at_risk = np.zeros((len(names), len(times))), np.zeros((len(names), len(times)))
    for name, group in groups.items():
        place = names.index(name)
        left[place, np.searchsorted(times, group.time)] = group.observed[0]
        at_risk[place] = at_risk_at(group, times)
    gone, everybody = left.sum(axis=0), at_risk.sum(axis=0)
    busy = (gone > 0) & (everybody > 0)
    left, gone, everybody = left[:, busy], gone[busy], everybody[busy]
    share = at_risk[:, busy] / everybody
    tied = np.divide(gone * (everybody - gone), everybody - 1, out=np.zeros_like(gone), where=everybody > 1)
    excess = (left - share * gone).sum(axis=1)
    return excess, np.diag((share * tied).sum(axis=1)) - (share * tied) @ share.T


def at_risk_at(group: RiskSets, times: Floats) -> Floats:
    """How many of the group were at risk just before each of these times, which need not be its own."""
    if not group.delayed_entry:  # those at risk at the group's own next time; nobody after its last
        return np.append(group.at_risk, 0.0)[np.searchsorted(group.time, times)]
    if not np.isin(times, group.time).all():
        raise CellError("cells with at_risk need the same times in every group")
    return group.at_risk[np.searchsorted(group.time, times)]
