"""How does one patient's answer compare with the one before, and the fourth of a course with its first?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etl.release.rows import Column, Rows

COURSE_GAP_DAYS = 91  # an answer a quarter or more after the one before begins a new course
FOURTH = (
    4  # of a course: change over the first sessions foretells who leaves (Flückiger et al. 2018, Psychotherapy 55:316)
)
MICROSECONDS_PER_DAY = 86_400_000_000


def compared(
    rows: Rows, scale: str, worse_by: int | None, known_from: int, *, higher_is_better: bool
) -> dict[str, Column]:
    """compared, rupture, fourth and early (change, in hundredths) of the answers on one scale.

    rows: patient, moment (microseconds), order (which of two at one moment is the later), and the scale's answered and
    points. worse_by: hundredths that count as reliably worse, None where no figure is agreed on: then nothing is
    compared. known_from: moment from which the beginning of a course is known; one that begins earlier may have begun
    before the data and has no fourth answer here.
    """
    answered = rows[f"{scale}.answered"]
    at = np.flatnonzero(answered)
    at = at[np.lexsort((rows["order"][at], rows["moment"][at], rows["patient"][at]))]
    patient, moment, points = (rows[name][at] for name in ("patient", "moment", f"{scale}.points"))
    points = points.astype(np.int64)
    same = np.zeros(len(at), dtype=bool)
    same[1:] = (patient[1:] == patient[:-1]) & (moment[1:] - moment[:-1] < COURSE_GAP_DAYS * MICROSECONDS_PER_DAY)
    first = np.maximum.accumulate(np.where(same, 0, np.arange(len(at)))) if len(at) else at
    fourth = (np.arange(len(at)) - first == FOURTH - 1) & (moment[first] >= known_from)
    early = np.where(fourth, points - points[first], 0)
    rise = np.diff(points, prepend=points[:1])
    fall = -rise if higher_is_better else rise
    asked = same if worse_by is not None else np.zeros_like(same)
    rupture = asked & (fall >= (worse_by or 0))
    found = {"compared": asked, "rupture": rupture, "fourth": fourth, "early": early.astype(np.int32)}
    return {f"{scale}.{name}": _placed(values, at, len(rows)) for name, values in found.items()}


def _placed(values: NDArray[np.generic], at: NDArray[np.int64], size: int) -> Column:
    whole = np.zeros(size, dtype=values.dtype)
    whole[at] = values
    return whole
