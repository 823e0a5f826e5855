"""Which outcomes tell of everybody in a group, once everybody in it shares them?

A group of a table is not shown where everybody in it has the first of a pair: everybody past the cut-off of a
questionnaire of depression tells of each of them that he is depressed. That nobody has it is what is true of most
groups and most people, and is shown. Why these and no others: docs/decisions/0010.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deid.disclosure import MIXED_EARLY


class Telling(NamedTuple):
    """`one` of `of`: two counts of a row. What everybody shares where they are equal and not 0 is said in `says`.

    both: that nobody has it tells as much. unless_always: nothing is told where it is so of the whole table, as in a
    register of complaints, in which nothing else is written down.
    """

    one: str
    of: str
    says: str
    both: bool = False
    unless_always: bool = False

    def rarer(self, one: NDArray[np.int64], of: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often was the rarer outcome seen in each group? MIXED_EARLY where the outcome tells nothing."""
        others = np.minimum(of - one, one) if self.both else of - one
        return np.where(of > 0, others, MIXED_EARLY).astype(np.int64)


TELLING: Mapping[str, tuple[Telling, ...]] = MappingProxyType(
    {
        "score_cells": (
            Telling("past_cutoff", "answered", "is past the cut-off"),
            Telling("ruptures", "compared", "got reliably worse"),
        ),
        "outcome_cells": (
            Telling("at_caseness", "paired", "was at caseness at first"),
            Telling("deteriorated", "paired", "got reliably worse"),
        ),
        "staff_cells": (Telling("past_cutoff", "answered", "is past the cut-off"),),
        "contact_cells": (Telling("opted_out", "sent", "asked for no more messages"),),
        "feedback_cells": (Telling("complaints", "given", "complained", unless_always=True),),
        "prediction_cells": (Telling("missed", "scored", "kept, or missed, their visits", both=True),),
    }
)
