"""Does the planner foresee what the looks will show, and say which dates are poor?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from metrics.effects.chances import Foreseen, chance_to_halt, chances_to_proceed, power
from metrics.effects.courses import Courses
from metrics.effects.design import Rollout
from metrics.effects.exposure import expose
from metrics.effects.future import laid_out, precision
from metrics.effects.reading import read
from metrics.planner import better_dates, forecast
from metrics.verdict import Role
from tests.metrics.rollouts import AIM, TRUST, Practice, monday

PRACTICE = Practice(weeks=150, effects=((AIM, 0.0), (TRUST, 0.0), ("crisis_contact", 0.0)))


def guard(errors: tuple[float | None, ...], margin: float = 0.05, role: Role = Role.MUST_HOLD) -> Foreseen:
    """One course, whose estimates have independent increments."""
    variance = np.array([error**2 for error in errors if error])
    courses = Courses(np.sqrt(variance)[None], np.linalg.cholesky(np.minimum.outer(variance, variance))[None])
    return Foreseen("x", role, margin, errors, courses if len(variance) else None, proves=True)


def test_errors_foreseen_from_the_history_are_those_the_effect_then_has() -> None:
    panel = PRACTICE.panels()[AIM]
    exposed = expose(panel, PRACTICE.change, ())
    reading = read(exposed)
    assert reading.wide_error is not None
    rollout = exposed.rollout
    now = precision(reading.models[0], rollout, panel.priors, 150)
    assert now is not None
    assert now.wide_error == pytest.approx(reading.wide_error, rel=0.10)
    known = expose(panel.until(104), PRACTICE.change, ())
    before = replace(known, rollout=replace(rollout, go_live=dict.fromkeys(rollout.go_live)))
    told = forecast({AIM: panel.until(104)}, PRACTICE.plan(weeks=46))
    line = told.lines[0]
    assert line.errors[-1] == pytest.approx(reading.wide_error, rel=0.35)
    assert before.panel.cells["week"].max() == 103


def test_a_period_that_is_over_and_withheld_does_not_come_any_more() -> None:
    """A site that falls silent before the others adds none of the periods that they have published since."""
    panel = PRACTICE.panels()[AIM].until(104)
    silent = panel.cells[(panel.cells["site"] != "s02") | (panel.cells["week"] < 90)]
    model = read(expose(replace(panel, cells=silent), replace(PRACTICE.change, starts={"s00": monday(90)}), ())).models[
        0
    ]
    cells = laid_out(model, Rollout({"s00": 110, "s01": None, "s02": None}), 120, {"s01": ((110, 112),)})
    weeks = {site: sorted(own["week"]) for site, own in cells.groupby("site")}
    assert weeks["s02"] == [*range(90), *range(104, 120)]
    assert weeks["s01"] == [*range(110), *range(112, 120)]


def test_a_chance_is_that_of_the_looks_by_plain_drawing() -> None:
    """One look only: the chance has a closed form, the normal distribution's."""
    from scipy import stats

    one = guard((0.02,))
    bound = stats.norm.ppf(0.98)
    assert power(one, 1) == pytest.approx(float(stats.norm.cdf(0.05 / 0.02 - bound)), abs=0.01)
    assert chance_to_halt(one, 1, true=-0.1) == pytest.approx(float(stats.norm.cdf(0.1 / 0.02 - bound)), abs=0.01)


def test_more_looks_and_smaller_errors_give_more_power() -> None:
    few, many = guard((0.03, 0.02)), guard((0.03, 0.02, 0.01))
    assert power(few, 2) < power(many, 2)
    assert power(replace(many, proves=False), 2) == 0
    assert power(guard((None, None)), 2) == 0


def test_proceed_needs_the_aim_and_every_guardrail() -> None:
    aim = replace(guard((0.015, 0.01), role=Role.AIM), margin=0.03)
    sure, unsure = guard((0.01, 0.005)), guard((0.05, 0.04))
    alone = chances_to_proceed(aim, [], [0.06])[0]
    assert chances_to_proceed(aim, [sure], [0.06])[0] == pytest.approx(alone, abs=0.02)
    assert chances_to_proceed(aim, [sure, unsure], [0.06])[0] < 0.3
    watched = replace(unsure, role=Role.WATCHED)
    assert chances_to_proceed(aim, [sure, watched], [0.06])[0] == pytest.approx(alone, abs=0.05)
    assert chances_to_proceed(aim, [sure], [0.0])[0] < 0.05


def test_a_go_live_one_year_into_two_is_called_poor_and_later_dates_better() -> None:
    panel = Practice(go_live=(None,), weeks=52, effects=((AIM, 0.0),)).panels()[AIM]
    plan = replace(PRACTICE.plan(), go_live={"s00": monday(53)}, decision_on=monday(53) + timedelta(weeks=52))
    own, better = better_dates(panel, plan, (), monday(52))
    assert own is None or own.inflation > 6
    assert better is not None
    assert min(better.go_live.values()) > monday(53)


def test_a_metric_nobody_measures_is_said_and_not_foreseen() -> None:
    told = forecast({AIM: PRACTICE.panels()[AIM].until(104)}, PRACTICE.plan())
    silent = told.of(TRUST)
    assert silent is not None
    assert silent.smallest is None
    assert silent.reason == "The release holds nothing of this metric."
    assert not silent.must_hold
    assert np.isclose(told.proceed, 0.0)
