"""Half of the staff answered. What could the other half have said?"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.errors import CellError
from metrics.intervals import wilson


@dataclass(frozen=True)
class Bounds:
    """What a survey can say when not all answer. response: share with Wilson limits, inclusive.

    among_answers: mean of those who answered. lowest, highest: the mean of all invited if each who did not answer had
    the lowest, or highest, score there is. Nothing is assumed of them: the truth lies between, sampling error apart.
    """

    invited: int
    answered: int
    response: float
    response_low: float
    response_high: float
    among_answers: float | None
    lowest: float
    highest: float

    @property
    def width(self) -> float:
        """How much is not known because people did not answer, in points."""
        return self.highest - self.lowest


def worst_case(total: float, answered: int, invited: int, *, low: float, high: float) -> Bounds:
    """Between which means does that of all invited lie, whatever those who did not answer would have said?

    total: the sum of the scores of those who answered; low, high: the range of the score (0 and 1 for a share above a
    cut-off, with total = how many are above). Bounds of Manski [1]. Raises CellError for more answers than invitations,
    nobody invited, or a total that the range does not allow. [1] Manski 1989, J Hum Resour 24:343.
    """
    if not 0 <= answered <= invited or invited == 0:
        raise CellError("answers lie between 0 and the number invited, and somebody must have been invited")
    if not low < high or not low * answered - 1e-9 <= total <= high * answered + 1e-9:
        raise CellError("the total does not fit the range of the score: is the range that of one answer?")
    silent = invited - answered
    response = wilson(answered, invited)
    return Bounds(
        invited,
        answered,
        answered / invited,
        *response,
        total / answered if answered else None,
        (total + low * silent) / invited,
        (total + high * silent) / invited,
    )
