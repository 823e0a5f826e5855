import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from metrics.errors import CellError
from metrics.intervals import wilson
from metrics.nonresponse import worst_case


def test_bounds_by_hand() -> None:
    found = worst_case(240, 6, 10, low=0, high=100)
    assert (found.among_answers, found.lowest, found.highest) == (40, 24, 64)
    assert (found.response, found.width) == (0.6, 40)
    assert (found.response_low, found.response_high) == wilson(6, 10)


@given(some.lists(some.floats(0, 100), min_size=1, max_size=40), some.data())
def test_whatever_the_silent_would_have_said_lies_between(scores: list[float], draw: some.DataObject) -> None:
    answered = draw.draw(some.integers(0, len(scores)))
    found = worst_case(sum(scores[:answered]), answered, len(scores), low=0, high=100)
    assert found.lowest - 1e-9 <= np.mean(scores) <= found.highest + 1e-9


def test_when_all_answer_nothing_is_unknown() -> None:
    found = worst_case(30, 10, 10, low=1, high=5)
    assert found.width == 0
    assert found.lowest == found.among_answers == 3


def test_nobody_answering_leaves_the_whole_range() -> None:
    found = worst_case(0, 0, 8, low=0, high=100)
    assert (found.among_answers, found.lowest, found.highest) == (None, 0, 100)


@pytest.mark.parametrize(("total", "answered", "invited"), [(1, 3, 2), (0, 0, 0), (900, 6, 10), (-1, 6, 10)])
def test_counts_that_cannot_be_are_refused(total: float, answered: int, invited: int) -> None:
    with pytest.raises(CellError):
        worst_case(total, answered, invited, low=0, high=100)
