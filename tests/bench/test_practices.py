"""The practices that are made up for validation are what their description says."""

import numpy as np
import pytest

from bench.validate.practices import World, make


@pytest.fixture(scope="module")
def random() -> np.random.Generator:
    return np.random.default_rng(5)


def test_the_truth_is_the_relative_effect_on_the_cells_after_go_live(random: np.random.Generator) -> None:
    practice = make(random, World(3, effect=-0.4))
    live = practice.rollout.go_live
    after = practice.panel[practice.panel["week"] >= practice.panel["site"].map(live)]
    at = after.index.to_numpy()
    assert np.allclose(practice.chance[at], 0.6 * practice.without[at])
    before = practice.panel.index.difference(after.index).to_numpy()
    assert np.array_equal(practice.chance[before], practice.without[before])
    weights = after["n"].to_numpy()
    assert practice.truth(after) == pytest.approx(np.average(-0.4 * practice.without[at], weights=weights))


def test_patients_who_come_back_inflate_the_variance_and_strangers_do_not(random: np.random.Generator) -> None:
    assert make(random, World(3)).repeat_deff > 1.8
    assert make(random, World(3, patient_sd=0.0, phi=1.0)).repeat_deff == pytest.approx(1.0, abs=0.1)


def test_a_ramp_reaches_the_whole_effect_in_its_last_week(random: np.random.Generator) -> None:
    practice = make(random, World(1, effect=-0.5, ramp=4))
    change = 1 - practice.chance / practice.without
    assert change[104:109] == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.5])


def test_from_twelve_sites_on_some_never_go_live(random: np.random.Generator) -> None:
    lives = [week is None for week in make(random, World(12)).rollout.go_live.values()]
    assert sum(lives) == 2
