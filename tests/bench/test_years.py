"""What a simulation leaves out changes no word: held against every word of the product."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.validate.rollouts import ALLIANCE, Rolled, Year, roll_out
from bench.validate.years import Looks
from metrics.effects.lookwords import words
from metrics.plan import Plan
from metrics.verdict import Foundation, Word, decide


def last_looks(plan: Plan, rolled: Rolled) -> Plan:
    """The same plan with three looks, so that all of them can be made."""
    return replace(plan, looks_every_weeks=22, decision_on=rolled.until)


@pytest.mark.parametrize(
    ("year", "said"),
    [
        (Year(3, effect=-0.4, visits=3.0), {Word.PROCEED}),
        (Year(3, effect=-0.4, harmed=((ALLIANCE, 2.0),)), {Word.HALT}),
    ],
)
def test_what_is_left_out_changes_no_word(year: Year, said: set[Word]) -> None:
    rolled = roll_out(np.random.default_rng(3), year)
    plan = last_looks(rolled.plan, rolled)
    every = words(rolled.panels, plan, rolled.change, until=rolled.until)
    told = {
        decide([line.as_line() for line in look.lines], Foundation(signed_by="somebody")).word for look in every
    } - {Word.HOLD}
    for first in ("", ALLIANCE):
        looks = Looks(rolled.panels, plan, rolled.change, until=rolled.until)
        assert (Word.HALT in told, Word.PROCEED in told) == (looks.halted(first), looks.proceeded(first))
    assert told == said
