"""By how many points must a score fall to be beyond the questionnaire's own error?

Where no figure is agreed on it is worked out as Jacobson and Truax do (1991, J Consult Clin Psychol 59:12), from a
published reliability and the spread between this practice's own patients at their first answer, before anything went
live. It is worked out once, with everything made anew, and carried over until then: what counts as a rupture must not
move with what is measured.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from etl.release import confounders
from etl.release.expected import TABLE, last_week
from etl.release.rows import Rows
from etl.release.sheets import HUNDREDTHS
from etl.release.work import Work
from instruments import Instrument
from instruments.change import smallest_reliable
from instruments.declaration import TOTAL

OUTCOME = "reliable_change"
FEWEST_PATIENTS = 50  # the spread is then known to a fifth of itself
TOO_FEW = f"fewer than {FEWEST_PATIENTS} patients answered before the first go-live"


def reliable_change(work: Work, instrument: Instrument, rows: Rows) -> float | None:
    """In points of the total; None where it cannot be known. Adds what it rests on to `confounder_fit`.

    rows: patient, week, moment, order, total.answered and total.points. How many patients there were is not told.
    """
    if instrument.reliable_change is not None or instrument.reliability is None:
        return instrument.reliable_change
    outcome = f"{OUTCOME}.{instrument.key}"
    if work.previous is not None:
        before = work.before(TABLE)
        told = before[before["outcome"] == outcome][list(confounders.COLUMNS)] if len(before) else before
    else:
        last = last_week(work)
        told = _told(outcome, first_points(rows, last), instrument.reliability, work.grid.day(last))
    work.add(TABLE, told)
    points = [] if told.empty else told.loc[told["term"] == "points", "coefficient"].dropna().tolist()
    return float(points[0]) if points else None


def first_points(rows: Rows, last: int) -> np.ndarray:
    """The total, in points, of each patient's first answer before week `last`."""
    at = np.flatnonzero(rows[f"{TOTAL}.answered"] & (rows["week"] < last))
    at = at[np.lexsort((rows["order"][at], rows["moment"][at], rows["patient"][at]))]
    _, first = np.unique(rows["patient"][at], return_index=True)
    return np.asarray(rows[f"{TOTAL}.points"][at[first]] / HUNDREDTHS)


def _told(outcome: str, points: np.ndarray, reliability: float, until: date) -> pd.DataFrame:
    known = len(points) >= FEWEST_PATIENTS
    spread = round(float(points.std(ddof=1)), 1) if known else 0.0
    points_told = round(smallest_reliable(spread, reliability), 1) if spread else None
    values = (("points", points_told), ("spread", spread or None))
    rows = [(outcome, term, value, None, None, None, until, None if value else TOO_FEW) for term, value in values]
    return pd.DataFrame(rows, columns=list(confounders.COLUMNS))
