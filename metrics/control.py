"""Is this week's figure news, or the ordinary up and down?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.errors import CellError

MOVING_RANGE_TO_LIMIT = 2.66  # 3 / 1.128: Wheeler & Chambers 1992, individuals charts
MOVING_RANGE_TO_TOP = 3.268
FEWEST_POINTS = 8  # a stretch with fewer has no limits worth drawing
RUN = 8  # points in a row on one side of the centre


@dataclass(frozen=True)
class ControlChart:
    """An XmR chart. points: period, value, stretch (counted from 0), centre, low, high, signal.

    signal: "" | "outside" (beyond the limits) | "run" (the eighth or later in a row on one side of the centre). Centre
    and limits are missing in a stretch that is too short; `reasons` says which. ranges_high: per stretch, the moving
    range above which a step is itself unusual.
    """

    points: pd.DataFrame
    ranges_high: tuple[float | None, ...]
    reasons: tuple[str, ...]


def xmr(values: pd.Series[float], *, rebase_at: Sequence[float] = ()) -> ControlChart:
    """Which points of a series are more than its ordinary variation?

    values: a series with its period as the index, ascending; periods without a value left out. rebase_at: periods of
    logged events (a go-live, a redesign): a new stretch begins there, and nowhere else, however the points fall.
    Limits: centre plus and minus 2.66 mean moving ranges of the stretch [1]; the range across an event is not counted.
    Raises CellError for periods out of order or values that are not numbers.
    [1] Wheeler & Chambers 1992, Understanding Statistical Process Control.
    """
    period, value = values.index.to_numpy(), values.to_numpy(dtype=float)
    if not bool(np.all(period[1:] > period[:-1])) or not bool(np.isfinite(value).all()):
        raise CellError("periods ascend, each once, and each has a value: leave out those that are withheld")
    stretch = np.searchsorted(np.sort(np.asarray(list(rebase_at), dtype=period.dtype)), period, side="right")
    stretch = np.unique(stretch, return_inverse=True)[1] if len(stretch) else stretch
    points = pd.DataFrame({"period": period, "value": value, "stretch": stretch})
    points = points.assign(centre=np.nan, low=np.nan, high=np.nan, signal="")
    tops: list[float | None] = []
    reasons: list[str] = []
    for _, part in points.groupby("stretch"):
        if len(part) < FEWEST_POINTS:
            tops.append(None)
            reasons.append(f"{len(part)} points from {part['period'].iloc[0]} on: {FEWEST_POINTS} are needed")
            continue
        seen = part["value"].to_numpy()
        moves = float(np.abs(np.diff(seen)).mean())
        centre, reach = float(seen.mean()), MOVING_RANGE_TO_LIMIT * moves
        points.loc[part.index, ["centre", "low", "high"]] = centre, centre - reach, centre + reach
        points.loc[part.index, "signal"] = _signals(seen, centre, reach)
        tops.append(MOVING_RANGE_TO_TOP * moves)
    return ControlChart(points, tuple(tops), tuple(reasons))


def _signals(value: np.ndarray, centre: float, reach: float) -> list[str]:
    side, told, run = 0, [], 0
    for each in value:
        now = int(np.sign(each - centre))
        run = run + 1 if now == side and now else int(now != 0)
        side = now
        told.append("outside" if abs(each - centre) > reach else "run" if run >= RUN else "")
    return told
