"""The practices that are made up for validation are what their description says."""

import numpy as np
import pytest

from bench.validate.practices import World, make
from bench.validate.rollouts import ALLIANCE, CRISIS, GAP, RETENTION, Rolled, Year, roll_out
from metrics.effects.panels import Panel
from metrics.plan import DEFAULTS


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


def _change(panel: Panel, live: dict[str, int | None]) -> float:
    """The mean after less the mean before, cells as they come."""
    cells = panel.cells
    after = (cells["week"] >= cells["site"].map(live)).to_numpy()
    value = cells["total"] if panel.family == "gaussian" else cells["events"]
    mean = [value[rows].sum() / cells.loc[rows, "n"].sum() for rows in (after, ~after)]
    return float(mean[0] - mean[1])


def test_a_guardrail_is_harmed_by_as_many_margins_as_asked() -> None:
    harmed = tuple((metric, 2.0) for metric in (ALLIANCE, CRISIS, GAP, RETENTION))
    made: dict[bool, Rolled] = {
        harm: roll_out(np.random.default_rng(4), Year(12, harmed=harmed if harm else ())) for harm in (True, False)
    }
    starts = made[True].change.starts
    live = {site: None if day is None else made[True].panels[ALLIANCE].week_of(day) for site, day in starts.items()}
    moved = {
        metric: _change(made[True].panels[metric], live) - _change(made[False].panels[metric], live)
        for metric in (ALLIANCE, CRISIS, GAP, RETENTION)
    }
    assert moved[ALLIANCE] == pytest.approx(-4.8, abs=1.0)
    assert moved[CRISIS] == pytest.approx(2 * np.log(1.5), abs=0.2)
    assert moved[GAP] == pytest.approx(0.10, abs=0.03)
    translated = made[True].panels[RETENTION].translation
    assert translated is not None
    assert translated.points(moved[RETENTION]) == pytest.approx(-0.16, abs=0.04)


def test_the_plan_has_every_default_guardrail(random: np.random.Generator) -> None:
    rolled = roll_out(random, Year(3))
    assert len(rolled.plan.guardrails) == len(DEFAULTS)
    assert {one.metric for one in rolled.plan.guardrails} < set(rolled.panels)
    assert all(panel.cells["week"].max() < 104 for panel in rolled.before.values())
