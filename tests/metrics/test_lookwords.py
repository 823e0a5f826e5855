"""Do words change at planned looks only, from what was known on their day, and does a harm stay?"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest

from metrics.effects import lookwords
from metrics.effects.ahead import ahead
from metrics.effects.exposure import expose
from metrics.effects.looks import obrien_fleming_looks
from metrics.effects.lookwords import LineLook, LookTaken, line_looks, reading_on, watches, words
from metrics.effects.reading import read
from metrics.effects.snapshots import as_snapshot, lines_of, taken_before
from metrics.verdict import Finding, Word
from tests.metrics.rollouts import AIM, SAFETY, TRUST, Practice, monday

HARMED = Practice(effects=((AIM, -0.4), (TRUST, 0.8), (SAFETY, 0.0)))
WELL = Practice(visits=400)


def looks(practice: Practice, *, until: int, **changes: object) -> tuple[LookTaken, ...]:
    return words(practice.panels(), practice.plan(), practice.change, until=monday(until), **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def harmed() -> tuple[LookTaken, ...]:
    return looks(HARMED, until=132)


def test_a_look_is_taken_when_its_day_is_published_and_not_before(harmed: tuple[LookTaken, ...]) -> None:
    plan = HARMED.plan()
    assert plan.looks[0] == monday(104) + timedelta(weeks=8)
    assert plan.looks[-1] == plan.decision_on
    assert [look.on for look in harmed] == list(plan.looks[:6])
    assert [look.number for look in harmed] == [1, 2, 3, 4, 5, 6]


def test_what_came_after_the_day_of_a_look_changes_nothing(harmed: tuple[LookTaken, ...]) -> None:
    again = looks(HARMED, until=120)
    assert [look.verdict for look in again] == [look.verdict for look in harmed[: len(again)]]


def test_a_look_once_taken_is_not_taken_again(harmed: tuple[LookTaken, ...]) -> None:
    later = looks(HARMED, until=132, taken=harmed[:4])
    assert [look.number for look in later] == [5, 6]
    assert [look.lines for look in later] == [look.lines for look in harmed[4:]]


def test_a_guardrail_truly_harmed_halts_and_the_halt_stays(harmed: tuple[LookTaken, ...]) -> None:
    said = [look.verdict.word for look in harmed]
    assert Word.HALT in said
    assert set(said[said.index(Word.HALT) :]) == {Word.HALT}
    line = next(line for line in harmed[-1].lines if line.watch.metric == TRUST)
    assert line.finding is Finding.UNDERMINED
    assert line.shown_at is not None
    assert line.shown_at <= 5


def test_all_well_proceeds_and_what_was_shown_stays_shown() -> None:
    found = looks(WELL, until=140)
    assert found[0].verdict.word is Word.HOLD
    assert found[-1].verdict.word is Word.PROCEED
    for earlier, later in itertools.pairwise(found):
        for before, after in zip(earlier.lines, later.lines, strict=True):
            if before.finding is Finding.ENHANCED:
                assert after.finding in (Finding.ENHANCED, Finding.UNDERMINED)


def test_bounds_are_those_of_the_spending_function_on_the_recorded_shares(harmed: tuple[LookTaken, ...]) -> None:
    """Source: `obrien_fleming_looks`, itself held against published bounds (SEQ-02)."""
    lines = [line for look in harmed for line in look.lines if line.watch.metric == AIM and line.share is not None]
    expected = obrien_fleming_looks([line.share for line in lines if line.share], 1.0, alpha=0.04)
    assert [line.bound for line in lines] == pytest.approx([look.bound for look in expected])
    assert all(line.share < 1 for line in lines if line.share)


def test_a_missed_look_changes_no_later_bound_much_and_a_moved_end_takes_the_band() -> None:
    plan = replace(HARMED.plan(), looks_every_weeks=8)
    rare = words(HARMED.panels(), plan, HARMED.change, until=monday(132))
    assert len(rare) == 3
    moved = looks(HARMED, until=132, moved_end=True)
    wide = [line.bound for line in moved[-1].lines if line.bound]
    assert all(bound > 2.6 for bound in wide)
    assert moved[-1].verdict.word in (Word.HALT, Word.HOLD)


def test_a_look_without_new_information_keeps_what_was_said() -> None:
    practice = WELL
    panels = practice.panels()
    cut = {metric: replace(panel, cells=panel.cells[panel.cells["week"] < 124]) for metric, panel in panels.items()}
    found = words(cut, practice.plan(), practice.change, until=monday(140))
    late = [look for look in found if look.on > monday(128)]
    assert all(not line.counted for look in late for line in look.lines)
    assert {look.verdict.word for look in late} == {late[0].verdict.word}


def test_looks_without_a_new_period_say_what_each_says_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, plan, change = WELL.panels()[TRUST], WELL.plan(), WELL.change
    cells = panel.cells.assign(week=panel.cells["week"] // 12 * 12).groupby(["site", "week"], as_index=False).sum()
    quarters = replace(panel, cells=cells, period_weeks=12)
    watch = next(one for one in watches(plan, {TRUST: quarters}) if one.metric == TRUST)
    due = [look for look in enumerate(plan.looks, start=1) if look[1] <= monday(144)]
    alone: list[LineLook] = []
    for look in due:
        alone += line_looks(watch, quarters, plan, change, (), [look], history=alone)
    days: list[date] = []
    monkeypatch.setattr(
        lookwords,
        "reading_on",
        lambda *told: days.append(told[-1]) or reading_on(*told),  # type: ignore[func-returns-value]
    )
    assert line_looks(watch, quarters, plan, change, (), due) == tuple(alone)
    assert len(days) < len(due) / 2


def test_one_site_with_a_short_history_proves_nothing() -> None:
    practice = Practice(go_live=(60,), weeks=100, visits=400)
    found = words(practice.panels(), practice.plan(), practice.change, until=monday(100))
    assert {look.verdict.word for look in found} <= {Word.HOLD, Word.HALT}
    reading = read(expose(practice.panels()[TRUST], practice.change, ()))
    assert reading.value is None or not reading.proves


def test_looks_are_kept_and_read_as_they_were(harmed: tuple[LookTaken, ...]) -> None:
    foreseen = ahead(HARMED.panels(), HARMED.plan(), HARMED.change, (), harmed)
    rows = [as_snapshot(look, foreseen, "hash", 1, "content") for look in harmed]
    assert taken_before(rows, retrospective=False) == harmed
    assert lines_of(rows[-1]) == harmed[-1].lines
    assert {one.metric for one in foreseen} == {AIM, TRUST, SAFETY}
    assert all(one.smallest and one.smallest > 0 for one in foreseen)
