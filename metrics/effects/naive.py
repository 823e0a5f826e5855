"""What would a plain before-and-after say? Always shown beside, never alone: its "95 %" interval covers 13-70 %."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from metrics.effects.bounds import estimated
from metrics.effects.design import Rollout, make_design
from metrics.estimate import Estimate, cannot_say
from metrics.intervals import newcombe_difference

_NOTHING = "No site has been seen both before and after."


def before_after(cells: pd.DataFrame, rollout: Rollout, family: str, *, unit: str, level: float = 0.95) -> Estimate:
    """The mean after go-live minus the mean before it, over the sites that went live, and an interval as naive.

    cells: as for `pooled_its`. Shares: Newcombe's interval as if visits were independent; else a normal one.
    """
    if cells.empty:
        return cannot_say(_NOTHING, unit=unit)
    design = make_design(cells, rollout)
    live = {site for site, week in rollout.go_live.items() if week is not None}
    inside = design.cells["site"].isin(live).to_numpy()
    after, before = design.cells[design.treated], design.cells[inside & ~design.treated]
    if after.empty or before.empty:
        return cannot_say(_NOTHING, unit=unit)
    n1, n0 = int(after["n"].sum()), int(before["n"].sum())
    if family == "binomial":
        found = newcombe_difference(int(after["events"].sum()), n1, int(before["events"].sum()), n0)
        return Estimate(*found, n1 + n0, unit)
    (m1, v1), (m0, v0) = (_mean(part, family) for part in (after, before))
    reach = float(stats.norm.ppf(0.5 + level / 2)) * float(np.sqrt(v1 + v0))
    return estimated((m1 - m0, m1 - m0 - reach, m1 - m0 + reach), n1 + n0, unit)


def _mean(part: pd.DataFrame, family: str) -> tuple[float, float]:
    """A mean and the variance of it that independence would give."""
    n = float(part["n"].sum())
    if family == "gaussian":
        mean = float(part["total"].sum()) / n
        return mean, max(float(part["squares"].sum()) / n - mean**2, 0.0) / n
    rate = float(part["events"].sum()) / n
    return rate, rate / n
