"""What share leaves for one reason, when leaving for another takes the chance away?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from metrics.errors import CellError
from metrics.risk_sets import Floats, RiskSets, causes_of, read


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
    incidence, variance = _aalen_johansen(sets, causes.index(wanted))
    low, high = _limits(incidence, variance, level)
    columns = {"incidence": incidence, "low": low, "high": high, "standard_error": np.sqrt(variance)}
    return pd.DataFrame({"time": sets.time, **columns})


def _aalen_johansen(sets: RiskSets, place: int) -> tuple[Floats, Floats]:
    """(incidence, variance) after each time. The sums over earlier times are expanded so that one pass is enough."""
    mine, gone, y = sets.observed[place], sets.observed.sum(axis=0), sets.at_risk
    some = y > 0
    y = np.where(some, y, 1.0)
    before = np.concatenate([[1.0], np.cumprod(1 - gone / y)[:-1]])  # still in care just before
    incidence = np.cumsum(before * mine / y)
    rest = y - gone
    all_leave = np.divide(gone, y * rest, out=np.zeros_like(y), where=some & (rest > 0))
    own = before**2 * (y - mine) * mine / y**3
    cross = before * mine / y**2
    # sum over u of (F(t) - F(u))^2 a(u) + own(u) - 2 (F(t) - F(u)) cross(u)
    a0, a1, a2 = (np.cumsum(all_leave * incidence**power) for power in (0, 1, 2))
    c0, c1 = np.cumsum(cross), np.cumsum(cross * incidence)
    variance = incidence**2 * a0 - 2 * incidence * a1 + a2 + np.cumsum(own) - 2 * (incidence * c0 - c1)
    return np.minimum(incidence, 1.0), np.maximum(variance, 0.0)


def _limits(incidence: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    z = float(special.ndtri(0.5 + level / 2))
    rest = 1 - incidence
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * np.sqrt(variance) / np.abs(rest * np.log(rest))
        low, high = 1 - rest ** np.exp(-spread), 1 - rest ** np.exp(spread)
    inside = (incidence > 0) & (rest > 0)
    return np.where(inside, low, np.where(rest > 0, 0.0, 1.0)), np.where(inside, high, np.where(rest > 0, 0.0, 1.0))
