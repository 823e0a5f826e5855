"""The formulas of the risk report, against published tables and another package."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deid import risk
from etl.proof_risk import _released

# Machanavajjhala et al. 2007, figures 1 and 2; numbers: pycanon 1.3.6 (k_anonymity, l_diversity, t_closeness).
# Columns: cancer, heart disease, viral infection. Rows: the three classes of the 4-anonymous table.
FOUR_ANONYMOUS = np.array([[0, 2, 2], [1, 1, 2], [4, 0, 0]])
_SEEN = (1, 1, 2, 2, 0, 1, 2, 2, 0, 0, 0, 0)
RAW = np.eye(3, dtype=int)[list(_SEEN)]


def test_the_four_anonymous_table_is_as_published() -> None:
    found = risk.class_risk(FOUR_ANONYMOUS.sum(axis=1))
    assert (found.smallest, found.classes, found.people, found.alone) == (4, 3, 12, 0)
    assert found.prosecutor_highest == 0.25
    assert found.marketer == 0.25
    diverse = risk.diversity(FOUR_ANONYMOUS)
    assert diverse.distinct == 1  # everybody in the third class has cancer
    assert diverse.entropy == pytest.approx(1.0)
    assert diverse.closeness == pytest.approx(0.5833333333333333)


def test_the_raw_table_is_as_published() -> None:
    found = risk.class_risk(RAW.sum(axis=1))
    assert (found.smallest, found.alone_share, found.prosecutor_highest) == (1, 1.0, 1.0)
    assert risk.diversity(RAW).closeness == pytest.approx(0.75)


def test_a_class_of_equally_frequent_values_has_as_many_by_entropy() -> None:
    assert risk.diversity(np.array([[5, 5, 5, 0], [2, 2, 2, 2]])).entropy == pytest.approx(3.0)


def test_a_class_of_ten_is_too_small_and_one_of_eleven_is_not() -> None:
    assert risk.class_risk(np.array([10, 11])).over_threshold == 10


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40))
def test_the_average_risk_is_the_mean_of_each_persons(sizes: list[int]) -> None:
    found = risk.class_risk(np.array(sizes))
    mean = sum(size * (1 / size) for size in sizes) / sum(sizes)
    assert found.marketer == pytest.approx(mean)
    assert found.alone_share <= found.marketer <= found.prosecutor_highest
    assert found.over_threshold >= found.alone


@pytest.mark.parametrize("sizes", [[], [0], [3, 0]])
def test_no_class_or_an_empty_one_is_refused(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="sizes of classes"):
        risk.class_risk(np.array(sizes))


@pytest.mark.parametrize(
    ("number", "of", "shown"), [(0, 300, True), (300, 300, True), (3, 300, False), (295, 300, False)]
)
def test_a_share_is_shown_where_it_tells_of_nobody_or_of_k(number: int, of: int, shown: bool) -> None:
    assert risk.may_say(number, of, 11) is shown


def test_colleagues_have_a_smallest_group_of_their_own() -> None:
    def cells(*patients: int) -> pd.DataFrame:
        return pd.DataFrame({"patients": patients})

    found = _released({"attendance_cells": cells(0, 40), "staff_cells": cells(6, 9)}, 11)
    assert [(figure.measure, figure.value) for figure in found[:2]] == [
        ("released: smallest group of staff", 6),
        ("released: smallest group", 40),
    ]
    for wrong in ({"staff_cells": cells(4)}, {"attendance_cells": cells(6)}):
        with pytest.raises(ValueError, match="smaller than k"):
            _released(wrong, 11)
