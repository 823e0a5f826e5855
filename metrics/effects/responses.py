"""Did enough people answer, before and since, for their answers to speak for the others?

Who stops answering may be who is unhappy: a mean of those left then looks better than care is.
"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.effects.design import make_design
from metrics.effects.exposure import Exposed

FEWEST_ANSWERED = 0.20  # of those asked: with fewer, four in five could feel otherwise
LARGEST_FALL = 1 / 3  # of the share that answered before


@dataclass(frozen=True)
class Responses:
    """Shares of those asked who answered, before go-live and since, at the sites that went live."""

    before: float
    since: float

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
    return Responses(float(before["n"].sum()) / asked[0], float(since["n"].sum()) / asked[1])
