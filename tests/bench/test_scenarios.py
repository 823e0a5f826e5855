"""Which word came at the end of the story: PROCEED, PROCEED with what is only watched, or neither?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bench.validate.report import SIMULATIONS, load
from bench.validate.scenarios import SCENARIOS, SEEDS, _let_go, _plainly
from bench.validate.simulation import together
from metrics.verdict import Foundation, Interval, Line, Role, decide

GOOD = Interval(5.0, 4.0, 6.0)
LINES = (
    Line("slots_lost", "Slots lost", "money", Role.AIM, 3.0, GOOD),
    Line("alliance", "Alliance", "trust", Role.MUST_HOLD, 2.4, GOOD),
    Line("crisis_contact", "Time to a human", "safety", Role.MUST_HOLD, 0.4, GOOD),
)
WATCHED = Line("burnout", "Burnout", "staff", Role.WATCHED, 8.0, Interval(0.0, -9.0, 9.0), owner="the clinical lead")
SIGNED = Foundation(signed_by="a second person")


def told(*lines: Line) -> Any:
    return SimpleNamespace(ended=decide(lines, SIGNED) if lines else None)


def test_plain_proceed_is_told_from_one_that_names_what_is_watched() -> None:
    plain, watched = told(*LINES), told(*LINES, WATCHED)
    assert _let_go(plain)
    assert _plainly(plain)
    assert _let_go(watched)
    assert not _plainly(watched)


def test_no_other_word_counts_as_proceed() -> None:
    unsafe = told(*LINES[:2])
    assert not _let_go(unsafe)
    assert not _plainly(unsafe)
    assert not _let_go(told())


def test_every_line_of_the_story_was_drawn_as_often_as_it_asks_so_that_nothing_is_forgiven() -> None:
    found = load().found
    assert {each.key: found[each.key].draws + found[each.key].unanswered for each in SCENARIOS} == dict.fromkeys(
        [each.key for each in SCENARIOS], SEEDS
    )


def test_what_asks_of_the_same_practices_is_run_by_one_process() -> None:
    groups = together(SIMULATIONS)
    assert sorted(key for group in groups for key in group) == sorted(each.key for each in SIMULATIONS)
    at_twelve = next(group for group in groups if "story_redesign_12" in group)
    assert {"story_wave_1_12", "story_redesign_plain_12"} <= {*at_twelve}
    assert "story_words_at_three" not in at_twelve
