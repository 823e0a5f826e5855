"""Does the word follow the plan, in the one order that protects patients?"""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from metrics.verdict import Finding, Foundation, Interval, Line, Role, Word, decide, finding, worse_within_margin

BETTER, SAME, WORSE = Interval(4, 1, 7), Interval(0, -1, 1), Interval(-1, -1.5, -0.5)
HARMED, UNSURE = Interval(-6, -8, -4), Interval(-1, -6, 4)


def guard(
    proof: Interval | None, *, metric: str = "alliance", side: str = "trust", role: Role = Role.MUST_HOLD
) -> Line:
    return Line(metric, metric.capitalize(), side, role, 2.4, proof, reason="Too few answers.", owner="A. Director")


AIM = Line("slots_lost", "Slots lost", "access", Role.AIM, 3.0, BETTER)
TRUST, SAFETY = guard(SAME), guard(SAME, metric="contact", side="safety")
SIGNED = Foundation(signed_by="B. Officer")


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (BETTER, Finding.ENHANCED),
        (SAME, Finding.PRESERVED),
        (WORSE, Finding.PRESERVED),
        (HARMED, Finding.UNDERMINED),
        (UNSURE, Finding.CANNOT_SAY),
        (Interval(0, -2.4, 1), Finding.CANNOT_SAY),  # the margin itself is not excluded
        (Interval(1, 0, 2), Finding.PRESERVED),  # 0 is not better
        (Interval(-3, -4, 0), Finding.CANNOT_SAY),  # no harm is not excluded
        (None, Finding.CANNOT_SAY),
    ],
)
def test_an_interval_says_no_more_than_it_holds(interval: Interval | None, expected: Finding) -> None:
    assert finding(guard(interval)) is expected


def test_worse_within_the_margin_is_said() -> None:
    assert worse_within_margin(guard(WORSE))
    verdict = decide([AIM, guard(WORSE), SAFETY], SIGNED)
    assert verdict.word is Word.PROCEED
    assert any("worse, within the margin" in reason for reason in verdict.why)


def test_all_well_proceeds() -> None:
    verdict = decide([AIM, TRUST, SAFETY], Foundation())
    assert (verdict.word, verdict.sentence) == (Word.PROCEED, "PROCEED")


@pytest.mark.parametrize("wrong", [guard(UNSURE), guard(None), guard(Interval(-2, -2.5, -1.5), side="trust")])
def test_inconclusive_never_means_proceed(wrong: Line) -> None:
    assert decide([AIM, wrong, SAFETY], SIGNED).word is not Word.PROCEED


@pytest.mark.parametrize("aim", [SAME, HARMED, UNSURE, Interval(2, 1, 3), None])
def test_an_aim_not_reached_holds(aim: Interval | None) -> None:
    missed = replace(AIM, proof=aim, reason="Too few weeks.")
    verdict = decide([missed, TRUST, SAFETY], SIGNED)
    assert verdict.word is Word.HOLD
    assert verdict.why[0].startswith("Aim, Slots lost")


def test_a_watched_guardrail_can_halt_and_cannot_hold() -> None:
    watched = guard(UNSURE, metric="burnout", side="staff", role=Role.WATCHED)
    verdict = decide([AIM, TRUST, SAFETY, watched], SIGNED)
    assert verdict.sentence == "PROCEED, 1 guardrail not provable at this size: Burnout (A. Director)"
    harmed = decide([AIM, TRUST, SAFETY, replace(watched, proof=HARMED)], SIGNED)
    assert harmed.word is Word.HALT
    unsigned = decide([AIM, TRUST, SAFETY, watched], Foundation())
    assert unsigned.word is Word.HOLD
    assert "second person must sign" in unsigned.why[0]


def test_the_halting_level_is_shared_over_guardrails() -> None:
    doubtful = replace(guard(Interval(-3, -5, -0.1)), halting=Interval(-3, -6, 0.2))
    assert finding(doubtful) is Finding.CANNOT_SAY
    assert decide([AIM, doubtful, SAFETY], SIGNED).word is Word.HOLD


@pytest.mark.parametrize("missing", ["trust", "safety"])
def test_efficiency_alone_never_proceeds(missing: str) -> None:
    lines = [AIM, *(line for line in (TRUST, SAFETY) if line.side != missing)]
    verdict = decide(lines, SIGNED)
    assert verdict.word is Word.HOLD
    assert f"No guardrail on {missing}" in verdict.why[0]


def test_between_looks_the_word_does_not_become_proceed() -> None:
    assert decide([AIM, TRUST, SAFETY], replace(SIGNED, look=False)).word is Word.HOLD


def test_a_plan_locked_late_is_retrospective_in_the_word() -> None:
    assert decide([AIM, TRUST, SAFETY], replace(SIGNED, retrospective=True)).sentence == "PROCEED, retrospective"


def test_precedence_over_every_combination() -> None:
    """Safety before invalid before a guardrail undermined before hold before proceed, whatever else is the case."""
    choices = itertools.product(
        ((), ("A bot closed a crisis.",)), ((), ("Gate failed.",)), (SAME, HARMED, UNSURE), (BETTER, SAME)
    )
    for safety, broken, trust, aim in choices:
        word = decide([replace(AIM, proof=aim), guard(trust), SAFETY], Foundation(safety=safety, broken=broken)).word
        if safety or (not broken and trust is HARMED):
            expected = Word.HALT
        elif broken:
            expected = Word.INVALID
        else:
            expected = Word.PROCEED if trust is SAME and aim is BETTER else Word.HOLD
        assert word is expected


def test_a_plan_without_its_one_aim_is_an_error() -> None:
    with pytest.raises(ValueError, match="exactly one aim"):
        decide([TRUST, SAFETY], SIGNED)
    with pytest.raises(ValueError, match="stands twice"):
        decide([AIM, TRUST, TRUST, SAFETY], SIGNED)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"margin": -2.4}, "above 0; write 2.4"),
        ({"proof": None, "reason": ""}, "has a reason"),
        ({"role": Role.WATCHED, "owner": ""}, "named owner"),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error(change: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        replace(TRUST, **change)  # type: ignore[arg-type]
