"""Do the ways of looking beside the main line find what is there, and nothing where nothing is?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from metrics.effects.companions import coarsened, period_model, permutation, without_each_site
from metrics.effects.design import Rollout
from metrics.effects.its import EffectPlan
from tests.metrics.practices import World, simulate

SIX = [60, 66, 72, 78, 84, None]


def plan(go_live: Sequence[int | None]) -> EffectPlan:
    return EffectPlan(Rollout({f"s{at:02d}": week for at, week in enumerate(go_live)}))


def test_four_week_periods_hold_all_visits_but_those_of_phase_in() -> None:
    panel, _ = simulate(World(weeks=104), [60, None], np.random.default_rng(1))
    cells, rollout = coarsened(panel, plan([60, None]).rollout)
    phase_in = panel[(panel["site"] == "s00") & (panel["week"] == 60)]
    assert cells["n"].sum() == panel["n"].sum() - phase_in["n"].sum()
    assert rollout.period_weeks == 4
    assert set(cells["week"] % 4) == {0}


def test_period_model_covers_the_truth_though_shocks_are_shared() -> None:
    """40 practices, 60 % of every shock common to all sites; nominal 95 %."""
    held = 0
    for seed in range(40):
        panel, truth = simulate(World(weeks=130, shared=0.6, phi=3), SIX, np.random.default_rng(seed))
        found = period_model(panel, plan(SIX))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert held >= 34


@pytest.mark.parametrize(("go_live", "word"), [([104], "nobody to be compared with"), ([104] * 3, "went live at once")])
def test_period_model_needs_somebody_not_live_at_the_same_time(go_live: list[int | None], word: str) -> None:
    panel, _ = simulate(World(), go_live, np.random.default_rng(2))
    assert word in period_model(panel, plan(go_live)).reason


def test_permutation_sees_a_large_effect_and_keeps_its_error_rate() -> None:
    """With no effect p is spread evenly: at most 7 of 40 at or under 0.05 (expected 2)."""
    panel, _ = simulate(World(weeks=130, effect=-0.5, visits=300), SIX, np.random.default_rng(3))
    found = permutation(panel, plan(SIX))
    assert found.exact
    assert found.draws == 720
    assert found.p is not None
    assert found.p <= 0.05
    low = 0
    for seed in range(40):
        panel, _ = simulate(World(weeks=130), SIX, np.random.default_rng(seed))
        p = permutation(panel, plan(SIX)).p
        assert p is not None
        low += p <= 0.05
    assert low <= 7


def test_permutation_says_when_it_cannot_reach_five_per_cent() -> None:
    panel, _ = simulate(World(), [104, 112, None], np.random.default_rng(2))
    found = permutation(panel, plan([104, 112, None]))
    assert found.p is None
    assert "Needs 6 sites and 3 go-live dates" in found.reason


def test_more_sites_than_can_be_tried_are_drawn_and_reproducible() -> None:
    go_live = [60, 64, 68, 72, 76, 80, 84, None]
    panel, _ = simulate(World(weeks=120, visits=40), go_live, np.random.default_rng(4))
    first, again = permutation(panel, plan(go_live), seed=7), permutation(panel, plan(go_live), seed=7)
    assert first == again
    assert not first.exact
    assert first.draws == 999


def test_one_site_left_out_at_a_time_and_none_of_two() -> None:
    go_live = [104, 110, None]
    panel, _ = simulate(World(), go_live, np.random.default_rng(5))
    found = without_each_site(panel, plan(go_live))
    assert [each.site for each in found] == ["s00", "s01", "s02"]
    assert all(each.effect.value is not None for each in found)
    assert without_each_site(panel, plan([104, 110])) == ()
