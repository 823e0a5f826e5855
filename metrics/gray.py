"""Do more patients of one group leave for this reason, when others leave for another reason first?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from metrics.errors import CellError
from metrics.logrank import LogRank, at_risk_at
from metrics.risk_sets import Floats, RiskSets, causes_of, read


@dataclass(frozen=True)
class _Group:
    """One group at the times at which anybody leaves, in any group; `before` = just before the time."""

    at_risk: Floats
    mine: Floats  # left for the reason asked about
    other: Floats
    in_care: Floats  # before
    incidence: Floats  # before

    @property
    def weight(self) -> Floats:
        """Those at risk as if nobody who left for another reason had gone from sight: Gray's risk set."""
        return self.stand_in * (1 - self.incidence)

    @property
    def stand_in(self) -> Floats:
        return np.divide(self.at_risk, self.in_care, out=np.zeros_like(self.at_risk), where=self.in_care > 0)


def gray_test(groups: Mapping[str, pd.DataFrame], cause: str) -> LogRank:
    """Do the groups differ in the share that leaves for this reason?

    groups: name -> cells as for `cumulative_incidence`. Compares cumulative incidences, where `logrank` with the other
    reasons censored compares hazards: a group can leave less often because it completes sooner. Gray's test [1] with
    rho 0; its variance is that of the linearised statistic under equal incidence, with left limits throughout. R's
    cmprsk::cuminc differs from it in the order of 1/n (by 0.1 % at 205 patients).
    Raises CellError for fewer than two groups, an unknown cause, or where nobody leaves for it.
    [1] Gray 1988, Ann Stat 16:1141.
    """
    if len(groups) < 2:
        raise CellError("a comparison needs two groups or more")
    sets = {name: read(cells, _causes(cells, cause)) for name, cells in groups.items()}
    times = np.unique(np.concatenate([each.time[each.observed.sum(axis=0) > 0] for each in sets.values()]))
    made = [_at(each, times) for each in sets.values()]
    mine = np.sum([each.mine for each in made], axis=0)
    if not mine.sum() > 0:
        raise CellError(f"nobody leaves for {cause!r}: there is nothing to compare")
    weights = np.array([each.weight for each in made])
    together = weights.sum(axis=0)
    share = np.divide(weights, together, out=np.zeros_like(weights), where=together > 0)
    excess = np.array([float((each.mine - share[place] * mine).sum()) for place, each in enumerate(made)])
    step = np.divide(
        mine, np.sum([each.stand_in for each in made], axis=0), out=np.zeros_like(together), where=together > 0
    )
    variance = np.sum([_variance(each, place, weights, share, step) for place, each in enumerate(made)], axis=0)
    kept = np.flatnonzero(np.diag(variance) > 0)[:-1]
    if not len(kept):
        raise CellError(f"only one group is followed while somebody leaves for {cause!r}")
    chi2 = float(excess[kept] @ np.linalg.pinv(variance[np.ix_(kept, kept)]) @ excess[kept])
    return LogRank(chi2, len(kept), float(special.chdtrc(len(kept), chi2)))


def _causes(cells: pd.DataFrame, cause: str) -> tuple[str, ...]:
    """All causes, the one asked about first."""
    causes = causes_of(cells)
    wanted = cause if cause in causes else f"observed_{cause}"
    if wanted not in causes:
        raise CellError(f"there is no cause {cause!r}; the cells have {', '.join(causes) or 'none'}")
    return wanted, *(each for each in causes if each != wanted)


def _at(sets: RiskSets, times: Floats) -> _Group:
    mine, other = np.zeros(len(times)), np.zeros(len(times))
    gone = sets.observed.sum(axis=0) > 0
    places = np.searchsorted(times, sets.time[gone])
    mine[places], other[places] = sets.observed[0, gone], sets.observed[1:, gone].sum(axis=0)
    at_risk = at_risk_at(sets, times)
    some = np.maximum(at_risk, 1.0)
    in_care = np.concatenate([[1.0], np.cumprod(1 - (mine + other) / some)[:-1]])
    incidence = np.concatenate([[0.0], np.cumsum(in_care * mine / some)[:-1]])
    return _Group(at_risk, mine, other, in_care, incidence)


def _variance(group: _Group, place: int, weights: Floats, share: Floats, step: Floats) -> Floats:
    """What one group's chance adds to the covariance of the excesses of all. step: rise of the pooled incidence."""
    own = np.eye(len(weights))[:, [place]]
    weight = weights[place] * (own - share)
    pooled = np.concatenate([[0.0], np.cumsum(step)[:-1]])
    rest = np.maximum(1 - group.incidence, 1e-12)
    later = np.cumsum((weight * step / rest**2)[:, ::-1], axis=1)[:, ::-1]
    later = np.concatenate([later[:, 1:], np.zeros((len(weights), 1))], axis=1)
    for_mine = weight * group.in_care / rest + (group.in_care + pooled - 1) * later
    for_other = -(1 - pooled) * later
    seen = group.at_risk > 0
    some, in_care = np.maximum(group.at_risk, 1.0), np.where(group.in_care > 0, group.in_care, 1.0)
    spread_mine = np.where(seen, step / in_care / some, 0.0)
    return (for_mine * spread_mine) @ for_mine.T + (for_other * (group.other / some**2)) @ for_other.T
