"""What share leaves for one reason, when leaving for another takes the chance away?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from metrics.errors import CellError
from metrics.risk_sets import Floats, causes_of, read


def cumulative_incidence(cells: pd.DataFrame, cause: str, *, level: float = 0.95) -> pd.DataFrame:
    """What share of patients has left for this reason by each time?

    cells: as for `kaplan_meier`, with one column of counts per cause in the place of `observed` (`unplanned`,
    `completed`; a leading `observed_` may be left out of `cause`); at_risk where patients enter late.
    Aalen-Johansen: DataFrame(time, incidence, low, high, standard_error), a share in [0, 1] just after each time.
    Delta-method variance [1]: with a single cause it is Greenwood's, and the limits, on the log(-log(1 - share))
    scale, are one minus those of `kaplan_meier`. One minus Kaplan-Meier would overstate the share.
    Raises CellError for a cause that is not there, and as `kaplan_meier`.
    [1] Marubini & Valsecchi 1995, Analysing Survival Data, 10.2.
    """
    causes = causes_of(cells)
    wanted = cause if cause in causes else f"observed_{cause}"
    if wanted not in causes:
        raise CellError(f"there is no cause {cause!r}; the cells have {', '.join(causes) or 'none'}")
    sets = read(cells, causes)
    mine, gone = sets.observed[causes.index(wanted)], sets.observed.sum(axis=0)
    incidence, variance = aalen_johansen(mine, gone, sets.at_risk)
    low, high = incidence_limits(incidence, variance, level)
    columns = {"incidence": incidence, "low": low, "high": high, "standard_error": np.sqrt(variance)}
    return pd.DataFrame({"time": sets.time, **columns})


def aalen_johansen(mine: Floats, gone: Floats, at_risk: Floats) -> tuple[Floats, Floats]:
    """(incidence, variance) after each time, along the last axis: of one curve or of many.

    mine: left for the reason asked about; gone: for any. The sums over earlier times are expanded so that one pass is
    enough.
    """
    some = at_risk > 0
    y = np.where(some, at_risk, 1.0)
    before = np.cumprod(1 - gone / y, axis=-1)  # still in care just before
    before = np.concatenate([np.ones_like(before[..., :1]), before[..., :-1]], axis=-1)
    incidence = np.cumsum(before * mine / y, axis=-1)
    rest = y - gone
    all_leave = np.divide(gone, y * rest, out=np.zeros_like(y), where=some & (rest > 0))
    own = before**2 * (y - mine) * mine / y**3
    cross = before * mine / y**2
    # sum over u of (F(t) - F(u))^2 a(u) + own(u) - 2 (F(t) - F(u)) cross(u)
    a0, a1, a2 = (np.cumsum(all_leave * incidence**power, axis=-1) for power in (0, 1, 2))
    c0, c1 = np.cumsum(cross, axis=-1), np.cumsum(cross * incidence, axis=-1)
    variance = incidence**2 * a0 - 2 * incidence * a1 + a2 + np.cumsum(own, axis=-1) - 2 * (incidence * c0 - c1)
    return np.minimum(incidence, 1.0), np.maximum(variance, 0.0)


def incidence_limits(incidence: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits on the scale of log(-log(1 - share)): they never leave [0, 1]."""
    z = float(special.ndtri(0.5 + level / 2))
    rest = 1 - incidence
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * np.sqrt(variance) / np.abs(rest * np.log(rest))
        low, high = 1 - rest ** np.exp(-spread), 1 - rest ** np.exp(spread)
    inside = (incidence > 0) & (rest > 0)
    return np.where(inside, low, np.where(rest > 0, 0.0, 1.0)), np.where(inside, high, np.where(rest > 0, 0.0, 1.0))
