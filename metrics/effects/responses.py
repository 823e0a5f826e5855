"""Did enough people answer, before and since, for their answers to speak for the others?

Who stops answering may be who is unhappy: a mean of those left then looks better than care is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from metrics.effects.design import Priors, make_design
from metrics.effects.exposure import Exposed

FEWEST_ANSWERED = 0.20  # of those asked: with fewer, four in five could feel otherwise
SMALLEST_MOVE = 0.01  # of the share that answers: below it there is nobody else to speak of
LARGEST_FALL = 1 / 3  # of the share that answered before


@dataclass(frozen=True)
class Responses:
    """Shares of those asked who answered, before go-live and since, at the sites that went live. spread: the standard
    deviation of one answer, in the metric's unit."""

    before: float
    since: float
    spread: float

    @property
    def farthest(self) -> float:
        """How far can the effect on those who would have answered either way lie from the effect on the answers?

        The period in which more answered holds a share q of answers by people who would have been silent in the other,
        if nobody falls silent because others speak. Without any share q the mean of what is left lies within
        spread sqrt(q / (1 - q)) of the whole (Cauchy-Schwarz; trimming as Lee 2009, Rev Econ Stud 76:1071).
        """
        extra = 1 - min(self.before, self.since) / max(self.before, self.since)
        return self.spread * math.sqrt(extra / (1 - extra)) if extra < 1 else math.inf

    @property
    def says(self) -> str:
        """What must be known of the answers, in a sentence or two."""
        told = f"Of those asked {self.before:.0%} answered before go-live and {self.since:.0%} since: this is "
        told += "the effect on the mean of the answers there are, and who is put off may be silent."
        if abs(self.since - self.before) < SMALLEST_MOVE:
            return told
        return f"{told} On those who would have answered either way it may differ by up to {self.farthest:.1f} points."

    @property
    def broken(self) -> str:
        """Why no verdict may rest on these answers, in a sentence; "" where it may."""
        if self.since < FEWEST_ANSWERED:
            return f"only {self.since:.0%} of those asked answered since go-live; {FEWEST_ANSWERED:.0%} are needed."
        if self.since < (1 - LARGEST_FALL) * self.before:
            return f"answers fell from {self.before:.0%} of those asked to {self.since:.0%} since go-live."
        return ""


def responses(exposed: Exposed) -> Responses | None:
    """Of a questionnaire's panel; None for any other, or where it is not known who was asked."""
    cells = exposed.panel.cells
    if exposed.reason or "invited" not in cells or not cells["invited"].sum():
        return None
    design = make_design(cells, exposed.rollout)
    live = design.cells["site"].isin(set(design.cells["site"][design.treated]))
    since, before = design.cells[design.treated], design.cells[~design.treated & live]
    asked = [float(part["invited"].sum()) for part in (before, since)]
    if min(asked) <= 0:
        return None
    earlier, later = (float(part["n"].sum()) / told for part, told in zip((before, since), asked, strict=True))
    return Responses(earlier, later, exposed.panel.priors.beside / Priors().beside)
