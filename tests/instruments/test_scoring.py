import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from instruments import InstrumentError, built_in, find, score, score_many

PHQ = [2, 1, 3, 0, 2, 1, 0, 1, 1]


def test_phq_9_adds_its_items_names_its_band_and_flags_item_9() -> None:
    found = score("PHQ-9", PHQ)
    assert (found.total, found.missing, found.band) == (11, 0, "moderate")
    assert found.flags == ("caseness", "item_9_positive")


def test_alliance_has_a_sum_for_goal_task_bond_and_all() -> None:
    found = score("WAI-SR", [2, 5, 4, 2, 1, 4, 2, 3, 4, 2, 2, 5])
    assert dict(found.subscales) == {"goal": 11, "task": 14, "bond": 11}
    assert found.total == 36


@pytest.mark.parametrize("name", ["PHQ-9", "phq9", "PHQ_9", "phq 9"])
def test_a_name_is_understood_however_it_is_written(name: str) -> None:
    assert find(name).name == "PHQ-9"


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InstrumentError, match="did you mean 'GAD-7'"):
        score("GAD-9", [1])


def test_core_10_reverses_items_2_and_3() -> None:
    assert score("CORE-10", [0] * 10).total == 8
    assert score("CORE-10", [0, 4, 4, 0, 0, 0, 0, 0, 0, 0]).total == 0


def test_core_10_makes_up_for_one_missing_item_and_not_for_two() -> None:
    one = score("CORE-10", [None, 4, 4, 2, 2, 2, 2, 2, 2, 2])
    assert one.total == pytest.approx(10 * 14 / 9)
    assert (one.missing, "prorated" in one.flags) == (1, True)
    two = score("CORE-10", [None, None, 4, 2, 2, 0, 2, 2, 2, 2])
    assert (two.total, two.missing, two.flags) == (None, 2, ("too_few_answered",))


def test_burnout_scales_are_means_of_the_answered_and_item_7_of_work_is_reversed() -> None:
    found = score("CBI", {"work": [100, 100, 100, 100, None, None, 0], "client": [0, 25, None, None, None, None]})
    assert found.subscales["work"] == 100
    assert found.subscales["client"] is None
    assert found.total is None
    assert found.flags == ("work_high", "prorated", "too_few_answered")


def test_a_scale_of_the_burnout_inventory_stands_alone() -> None:
    assert score("CBI work", [100, 100, 100, 100, 100, 100, 0]).total == 100


def test_which_items_are_reversed_follows_the_way_answers_are_numbered() -> None:
    answers = [1, 2, 3, 4, 1, 2, 3, 4, 4, 3, 2, 1, 4, 3, 2, 1]
    turned = [5 - answer for answer in answers]
    agree, disagree = score("OLBI", answers), score("OLBI", turned, coding="1 = strongly disagree")
    assert dict(agree.subscales) == dict(disagree.subscales)
    with pytest.raises(InstrumentError, match="coding must be one of"):
        score("OLBI", answers, coding="backwards")


def test_a_stated_total_that_differs_is_flagged_and_the_items_win() -> None:
    found = score("PHQ-9", PHQ, total=12)
    assert (found.total, "stated_total_differs" in found.flags) == (11, True)
    assert "stated_total_differs" not in score("PHQ-9", PHQ, total=11).flags
    assert score("PHQ-9", {"items": PHQ, "total": 12}) == found


def test_a_stated_total_alone_is_taken_and_said() -> None:
    for found in (score("PHQ-9", 14), score("PHQ-9", total=14), score("PHQ-9", [None] * 9, total=14)):
        assert (found.total, found.band, found.missing) == (14, "moderate", 9)
        assert found.flags == ("caseness", "stated_total_only")


def test_too_few_answers_are_not_rescued_by_a_stated_total() -> None:
    found = score("GAD-7", [3, 3, None, None, None, None, None], total=6)
    assert (found.total, found.missing, found.flags) == (None, 5, ("too_few_answered",))


def test_answers_may_be_numbered() -> None:
    assert score("GAD-7", {1: 3, "2": 2, "gad3": 1, 4: 0, 5: 0, 6: 0, 7: 1}).total == 7


@pytest.mark.parametrize(("key", "answers"), [("GAD-7", [4, 0, 0, 0, 0, 0, 0]), ("CBI", [30] + [0] * 18)])
def test_an_impossible_answer_is_refused_by_its_item_and_never_its_value(key: str, answers: list[float]) -> None:
    with pytest.raises(InstrumentError, match="item 1: the answer must lie between") as refused:
        score(key, answers)
    assert f"{answers[0]:g}," not in str(refused.value)
    assert f" {answers[0]:g} " not in str(refused.value)


def test_words_instead_of_numbers_are_refused_without_repeating_them() -> None:
    with pytest.raises(InstrumentError, match="item 2: the answer must be a number") as refused:
        score("GAD-7", [1, "often", 0, 0, 0, 0, 0])  # type: ignore[list-item]
    assert "often" not in str(refused.value)


def test_a_wrong_number_of_answers_is_refused() -> None:
    with pytest.raises(InstrumentError, match="has 7 items and 3 answers came"):
        score("GAD-7", [1, 2, 3])


def test_a_stated_mean_where_a_sum_is_meant_is_refused() -> None:
    with pytest.raises(InstrumentError, match="the total is a sum and lies between 12 and 60"):
        score("WAI-SR", 3.4)
    with pytest.raises(InstrumentError, match="has no total"):
        score("CBI", 40)


def test_boundaries_are_inclusive_as_their_source_says() -> None:
    assert "below_cutoff" not in score("SRS", [9, 9, 9, 9]).flags
    assert "below_cutoff" in score("SRS", [9, 9, 9, 8.9]).flags
    assert "caseness" in score("GAD-7", [2, 2, 2, 2, 0, 0, 0]).flags
    assert "burnout" in score("Mini-Z", [3]).flags


def test_many_sheets_are_scored_as_one_by_one_and_refused_ones_have_no_score() -> None:
    sheets = np.array([PHQ, [0] * 9, [9] + [0] * 8, [np.nan] * 9, [np.nan] * 2 + [3.0] * 7])
    found = score_many(find("PHQ-9"), sheets, np.array([11, 2, 3, 17, np.nan]))
    assert found.total == pytest.approx([11, 0, np.nan, 17, 27], nan_ok=True)
    assert list(found.refused) == ["", "", "out_of_range", "", ""]
    assert list(found.flags["stated_total_differs"]) == [False, True, False, False, False]
    assert list(found.flags["stated_total_only"]) == [False, False, False, True, False]
    assert list(found.flags["prorated"]) == [False, False, False, False, True]
    assert list(found.missing) == [0, 0, 0, 9, 2]


@pytest.mark.parametrize("key", sorted(built_in()))
@settings(max_examples=25, deadline=None)
@given(draw=some.data())
def test_every_total_lies_within_the_range_of_its_questionnaire(key: str, draw: some.DataObject) -> None:
    instrument = find(key)
    steps = int((instrument.highest - instrument.lowest) / (instrument.step or 0.1))
    drawn = draw.draw(
        some.lists(some.none() | some.integers(0, steps), min_size=instrument.items, max_size=instrument.items)
    )
    found = score(key, [None if i is None else instrument.lowest + i * (instrument.step or 0.1) for i in drawn])
    for name, value in {**found.subscales, "total": found.total}.items():
        if value is not None:
            low, high = instrument.limits(instrument.scales[name])
            assert low - 1e-9 <= value <= high + 1e-9


def test_a_score_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        score("PHQ-9", PHQ).total = 0.0  # type: ignore[misc]


def test_nan_is_a_missing_answer() -> None:
    assert score("GAD-7", [math.nan, 1, 1, 1, 1, 1, 1]).missing == 1
