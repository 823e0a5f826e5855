"""Validation that can fail: a wrong interval, a biased estimate and a figure outside its tolerance are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.validate import references, report
from bench.validate.references import Line
from bench.validate.simulation import Draw, Simulation, held, met, run
from bench.validate.verdicts import VERDICTS


def mean_of(shift: float, reach: float) -> Simulation:
    def draw(random: np.random.Generator) -> Draw:
        value = random.normal() + shift
        return held(0.0, value, value - reach, value + reach)

    return Simulation("made_up", "a mean", "", draw)


def test_an_honest_interval_is_told_from_a_narrow_and_a_wide_one() -> None:
    for reach, honest in ((1.96, True), (1.6, False), (2.6, False)):
        simulation = mean_of(0, reach)
        assert met(simulation, run(simulation, 2000, 1)) is honest


def test_a_biased_estimate_is_told() -> None:
    found = run(mean_of(0.2, 2.0), 2000, 1)
    assert found.bias == pytest.approx(0.2, abs=0.05)
    assert not met(mean_of(0.2, 2.0), found)


def test_what_is_drawn_less_often_is_held_to_what_it_promises() -> None:
    simulation = replace(mean_of(0, 1.96), draws=500)
    found = run(simulation, 2000, 1)
    assert found.draws == 500
    assert not met(simulation, replace(found, covered=0.93))
    assert met(simulation, replace(found, covered=0.93, draws=100))


def test_the_same_seed_draws_the_same() -> None:
    assert run(mean_of(0, 1.96), 50, 3) == run(mean_of(0, 1.96), 50, 3)
    assert run(mean_of(0, 1.96), 50, 3) != run(mean_of(0, 1.96), 50, 4)


def test_draws_without_an_answer_are_counted_and_left_out() -> None:
    silent = Simulation("silent", "", "", lambda random: (0.0, None if random.random() < 0.5 else 0.0, True))
    found = run(silent, 100, 1)
    assert 30 < found.unanswered < 70
    assert found.draws + found.unanswered == 100


def test_a_figure_outside_its_tolerance_is_told() -> None:
    line = Line("X", "figure", 1.1, 1.0, 0.05, True, "nowhere")
    assert not line.inside
    assert "not: X, figure" in report.printed(report.Results({}, [line]))


SHORT = [each for each in report.SIMULATIONS if each.draws == 2000]
WHOLE_PRACTICES = [each for each in report.SIMULATIONS if each.key.endswith(("_1", "_3")) and each.draws < 2000]


@pytest.mark.parametrize("simulation", [*SHORT, *WHOLE_PRACTICES], ids=lambda each: each.key)
def test_every_simulation_runs_and_is_not_far_off(simulation: Simulation) -> None:
    found = run(simulation, 1 if simulation in VERDICTS else 30 if simulation in SHORT else 10, 7)
    assert found.covered > (0.2 if simulation.known else 0.8 if simulation in SHORT else 0.6)


def test_every_open_reference_figure_is_inside_its_tolerance() -> None:
    if not references.FOLDER.is_dir():
        pytest.skip("the folder of reference data is not beside the project")
    assert [line for line in references.lines() if not line.inside] == []


def test_the_page_is_what_the_kept_results_say_and_all_of_it_was_met() -> None:
    results = report.load()
    assert report.DOCUMENT.read_text(encoding="utf-8") == report.document(results)
    for simulation in report.SIMULATIONS:
        assert simulation.known or met(simulation, results.found[simulation.key]), simulation.key
