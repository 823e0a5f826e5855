"""Do panels hold what is published, and nothing that is not; and who is compared with whom?"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metrics.effects.answer import answer
from metrics.effects.declared import DECLARED, panels_of
from metrics.effects.design import BESIDE
from metrics.effects.exposure import expose
from metrics.effects.interventions import Intervention, interventions
from metrics.effects.panels import Panel, Source, gather, half_year_effect
from metrics.effects.reading import read
from metrics.effects.responses import Responses
from metrics.effects.stored import as_row
from tests.metrics.practices import World, simulate
from tests.metrics.releases import GRID, attendance_row, header, monday, repeat_row, retention_row
from warehouse.store import Release

SITES = ("s00", "s01", "s02")


def columns(rows: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    frame = pd.DataFrame(rows)
    found = {name: frame[name].to_numpy() for name in frame}
    for name in ("period_start", "window_start"):
        if name in frame:
            found[name] = pd.to_datetime(frame[name]).to_numpy()
    return found


def source(sites: tuple[str, ...] = SITES, **tables: list[dict[str, Any]]) -> Source:
    told = {**header(), "id": 1, "content_hash": "c"}
    return Source(Release(**told), sites, {name: columns(rows) for name, rows in tables.items()})


def visits(rows: Any) -> dict[str, np.ndarray]:
    return {"n": (rows["attended"] + rows["no_show"]).astype(float), "events": rows["no_show"].astype(float)}


def week(site: str, at: int, grain: str = "week", stratum: str = "all", **counts: Any) -> dict[str, Any]:
    return attendance_row(site, grain, at, stratum, **{"attended": 80, "no_show": 20, **counts})


def test_withheld_weeks_are_left_out_and_never_nought() -> None:
    rows = [week("a", at) for at in range(8)] + [week("a", 8, state="withheld", attended=None, no_show=None)]
    published = source(attendance_cells=rows).rows("attendance_cells")
    cells, length = gather(published, visits, GRID, (1, 4, 12))
    assert length == 1
    assert cells["week"].tolist() == list(range(8))
    assert set(cells["n"]) == {100.0}


def test_weeks_and_four_weeks_together_become_four_weeks() -> None:
    rows = [week("a", at) for at in range(8)] + [week("a", at, "4weeks", attended=300, no_show=50) for at in (8, 12)]
    cells, length = gather(source(attendance_cells=rows).rows("attendance_cells"), visits, GRID, (1, 4, 12))
    assert length == 4
    assert cells[["week", "n", "events"]].to_numpy().tolist() == [
        [0, 400, 80],
        [4, 400, 80],
        [8, 350, 50],
        [12, 350, 50],
    ]


def test_a_period_published_in_part_is_left_out() -> None:
    rows = [week("a", at) for at in (*range(4), 4, 5, 6)] + [week("b", at, "4weeks") for at in (0, 4)]
    cells, length = gather(source(attendance_cells=rows).rows("attendance_cells"), visits, GRID, (4,))
    assert length == 4
    assert list(zip(cells["site"], cells["week"], strict=True)) == [("a", 0), ("b", 0), ("b", 4)]


def test_groups_of_the_whole_practice_are_no_site() -> None:
    rows = [week("*", at) for at in range(8)]
    cells, _ = gather(source(attendance_cells=rows).rows("attendance_cells"), visits, GRID, (1, 4))
    assert cells.empty


def test_the_design_effect_of_half_a_year_is_that_of_the_sites_windows() -> None:
    rows = [
        repeat_row("no_show", site, "24weeks", 0, patients=90, inflation=size) for site, size in (("a", 2), ("b", 4))
    ]
    deff, note = half_year_effect(source(repeat_cells=rows), "no_show")
    assert deff == pytest.approx(3.0, abs=0.15)
    assert not note
    assert half_year_effect(source(), "no_show") == (1.0, "the interval does not know that patients come back")


def test_retention_is_read_from_weekly_risks_in_points_still_in_care() -> None:
    """A third more risk in each week: the points follow from the product of the weeks' risks."""
    risks = np.array([0.06] + [0.02] * 11)
    rows = [
        retention_row("a", "4weeks", at, in_care, at_risk=10_000, unplanned=round(10_000 * risk), patients=99)
        for at in range(0, 24, 4)
        for in_care, risk in enumerate(risks)
    ]
    panel = next(one for one in panels_of(source(retention_cells=rows)) if one.metric == "in_care_12_weeks")
    assert panel.period_weeks == 4
    assert panel.cells["expected"].to_numpy() == pytest.approx(panel.cells["events"].to_numpy())
    assert panel.translation is not None
    mean = float(risks.mean())
    expected = np.prod(1 - risks * 4 / 3) - np.prod(1 - risks)
    assert panel.translation.points(mean / 3) == pytest.approx(expected, abs=1e-9)
    assert panel.translation.points(0.0) == 0


def score(table_site: str, at: int, mean: float, *, n: int = 40) -> dict[str, Any]:
    row = week(table_site, at, "4weeks")
    keys = {name: row[name] for name in ("site", "grain", "period_start", "stratifier", "stratum", "state")}
    squares = n * (mean**2 + 36)
    told = {"answered": n, "points": round(100 * n * mean), "points_squared": round(10_000 * squares)}
    return {**keys, "instrument": "WAI-SR", "scale": "total", "modelled": 0, "expected_points": 0, **told}


def test_what_confounders_let_expect_is_taken_for_all_cells_or_none() -> None:
    known = {"no_show_modelled": 50, "no_show_expected": 9_000_000}
    rows = [week("a", at, **known) for at in range(30)]
    panel = next(one for one in panels_of(source(attendance_cells=rows)) if one.metric == "no_show_rate")
    assert panel.cells["expected"].to_numpy() == pytest.approx(18.0)  # nine of fifty, of a hundred visits
    rows[7] |= {"no_show_modelled": 40}
    panel = next(one for one in panels_of(source(attendance_cells=rows)) if one.metric == "no_show_rate")
    assert "expected" not in panel.cells


def test_alliance_is_in_points_of_its_questionnaire_with_priors_of_its_spread() -> None:
    rows = [score("a", at, 48.0) for at in range(0, 24, 4)]
    panel = next(one for one in panels_of(source(score_cells=rows)) if one.metric == "alliance")
    assert (panel.name, panel.unit, panel.family) == ("Alliance (WAI-SR)", "points of 12 to 60", "gaussian")
    assert panel.cells["total"].iloc[0] / panel.cells["n"].iloc[0] == 48.0
    assert panel.priors.site_slope == pytest.approx(0.12 * 6, rel=0.02)


def test_patients_who_answer_again_and_again_inflate_the_variance_of_a_mean() -> None:
    """Forty patients with twelve answers each, all alike within a patient: twelve answers tell what one does."""
    own = np.random.default_rng(3).normal(4500, 600, 40)
    sums = {"n": 480, "events": round(12 * own.sum()), "patients": 40, "mm": 40 * 144}
    sums |= {"my": round(12 * 12 * own.sum()), "yy": round(144 * (own**2).sum())}
    row = {**repeat_row("score.WAI-SR.total", "a", "24weeks", 0, patients=40, inflation=1), **sums}
    spread = float(own.std())
    deff, _ = half_year_effect(source(repeat_cells=[row]), "score.WAI-SR.total", spread)
    assert deff == pytest.approx(12.0, rel=0.01)


def test_times_to_contact_are_means_of_logarithms_with_their_spread() -> None:
    logs = np.log1p([5.0, 30.0, 120.0, 600.0])
    told = {"contacted": 4, "unreached": 2, "log_minutes": round(1e6 * logs.sum())}
    told |= {"log_minutes_squared": round(1e12 * (logs**2).sum())}
    rows = [{**week("a", at, "12weeks"), **told} for at in range(0, 48, 12)]
    panel = next(one for one in panels_of(source(crisis_cells=rows)) if one.metric == "crisis_contact")
    assert (panel.period_weeks, panel.unit) == (12, "log minutes")
    assert panel.cells["total"].iloc[0] / panel.cells["n"].iloc[0] == pytest.approx(logs.mean(), rel=1e-6)
    assert panel.priors.season == pytest.approx(0.12 * logs.std(ddof=1), rel=1e-4)
    assert panel.notes[-1].startswith("8 signals without human contact yet")


def test_patients_in_crisis_again_and_again_inflate_the_variance_of_the_mean_time() -> None:
    """Thirty patients with four signals each, all alike within a patient: four signals tell what one does."""
    own = np.random.default_rng(3).normal(400, 100, 30)  # hundredths of a logarithm
    logs = np.repeat(own, 4) / 100
    told = {"contacted": 120, "unreached": 0, "log_minutes": round(1e6 * logs.sum())}
    cells = [{**week("a", 0, "12weeks"), **told, "log_minutes_squared": round(1e12 * (logs**2).sum())}]
    sums = {"n": 120, "events": round(4 * own.sum()), "mm": 30 * 16, "my": round(16 * own.sum())}
    repeats = {**repeat_row("crisis.log_minutes", "a", "24weeks", 0, patients=30, inflation=1), **sums}
    repeats["yy"] = round(16 * (own**2).sum())
    found = {one.metric: one for one in panels_of(source(crisis_cells=cells, repeat_cells=[repeats]))}
    assert found["crisis_contact"].repeat_deff == pytest.approx(4.0, rel=0.02)
    assert found["crisis_contact"].notes == ()


def test_a_gap_is_a_group_against_all_others_over_the_same_periods() -> None:
    rows = [week("a", at, "4weeks", "language=english", attended=300, no_show=40) for at in range(0, 48, 4)]
    rows += [week("a", at, "4weeks", "language=french", attended=80, no_show=20) for at in range(0, 48, 4)]
    gaps = {one.metric: one for one in panels_of(source(attendance_cells=rows)) if one.metric.startswith("equity")}
    assert set(gaps) == {"equity_gap:language=english", "equity_gap:language=french"}
    french = gaps["equity_gap:language=french"]
    assert french.against is not None
    assert french.cells["n"].iloc[0] == 100
    assert french.against["n"].iloc[0] == 340
    assert french.cells[["site", "week"]].equals(french.against[["site", "week"]])


def test_every_declared_metric_has_a_panel_or_says_why_not() -> None:
    found = panels_of(source())
    assert [one.metric for one in found] == [one.key for one in DECLARED]
    assert all(one.reason and one.cells.empty for one in found)


def rollout(*rows: tuple[str, str, int, int | None]) -> tuple[Intervention, ...]:
    frame = pd.DataFrame(
        [
            {
                "component": name,
                "site": site,
                "went_live_on": monday(at),
                "ended_on": monday(ended) if ended else None,
                "version": None,
            }
            for name, site, at, ended in rows
        ]
    )
    return interventions(frame, SITES)


def panel(effect: float = -0.4, go_live: tuple[int | None, ...] = (104, 112, None), *, weeks: int = 150) -> Panel:
    cells, _ = simulate(World(weeks=weeks, visits=200, effect=effect), go_live, np.random.default_rng(3))
    return Panel("no_show_rate", "No-show rate", "access", "lower", "difference of shares", "binomial", 1, GRID, cells)


def test_a_component_that_comes_later_ends_what_is_read_there() -> None:
    first, second = rollout(("a", "s00", 104, None), ("a", "s01", 112, None), ("b", "s00", 124, None))
    exposed = expose(panel(), first, (second,))
    at_first = exposed.panel.cells[exposed.panel.cells["site"] == "s00"]
    assert at_first["week"].max() == 123
    assert any("At s00 until 2026-05-18, when b came." in label for label in exposed.labels)
    assert exposed.panel.cells[exposed.panel.cells["site"] == "s01"]["week"].max() == 149


def test_a_component_that_was_there_before_has_a_term_of_its_own() -> None:
    first, second = rollout(("a", "s00", 60, None), ("b", "s00", 104, None), ("b", "s01", 112, None))
    exposed = expose(panel(), second, (first,))
    assert exposed.beside == ("a",)
    assert exposed.panel.cells.groupby("site")[f"{BESIDE}a"].sum().to_dict() == {"s00": 90.0, "s01": 0.0, "s02": 0.0}
    assert read(exposed).value is not None


def test_components_that_came_together_say_so_and_what_they_did_jointly() -> None:
    first, second = rollout(
        ("a", "s00", 104, None), ("a", "s01", 112, None), ("b", "s00", 106, None), ("b", "s01", 113, None)
    )
    told = answer(panel(), first, (second,))
    assert told.adjusted.value is None
    assert told.adjusted.reason.startswith("It went live at the same sites within weeks of b")
    (joint,) = told.companions
    assert joint.name == "together with b"
    assert joint.estimate.high is not None
    assert joint.estimate.high < 0
    assert as_row(told)["state"] == "cannot_say"


def test_a_rollback_is_an_intervention_and_ends_the_first() -> None:
    live, taken = rollout(("a", "s00", 60, 130), ("a", "s01", 60, 130))
    exposed = expose(panel(go_live=(60, 60, None)), live, ())
    assert exposed.panel.cells[exposed.panel.cells["site"] == "s00"]["week"].max() == 129
    back = expose(panel(go_live=(60, 60, None)), taken, ())
    assert back.panel.cells[back.panel.cells["site"] == "s00"]["week"].min() == 60
    assert back.rollout.go_live == {"s00": 130, "s01": 130, "s02": None}
    assert read(back).value is not None


@pytest.mark.parametrize(
    ("lives", "words"),
    [
        ([("a", "s00", -10, None)], "before the data begin"),
        ([("a", "s00", 200, None)], "after the last published period"),
        ([("a", "s00", 40, None)], "Only 40 weeks were seen before the first go-live"),
        ([("a", "s00", 145, None)], "whole weeks were seen since go-live"),
        ([("a", "elsewhere", 104, None)], "No site it went live at has published figures"),
    ],
)
def test_what_cannot_be_said_has_a_sentence(lives: list[tuple[str, str, int, int | None]], words: str) -> None:
    (only,) = rollout(*lives)
    told = answer(panel(), only, ())
    assert told.adjusted.value is None
    assert words in told.adjusted.reason
    assert told.design == "none"


def test_all_sites_on_one_day_and_one_site_answer_with_what_must_be_said() -> None:
    (same,) = rollout(*(("a", site, 104, None) for site in SITES))
    told = answer(panel(go_live=(104, 104, 104)), same, ())
    assert "one experiment" in told.why
    assert told.proves  # two years were seen before
    alone = answer(panel(go_live=(104,)), rollout(("a", "s00", 104, None))[0], ())
    assert alone.why.startswith("One site")
    assert date.fromisoformat("2025-12-29") == monday(104)


@pytest.mark.parametrize(
    ("before", "since", "words"),
    [
        (0.6, 0.55, ""),
        (0.6, 0.15, "only 15% of those asked"),
        (0.9, 0.5, "answers fell from 90% of those asked to 50%"),
    ],
)
def test_answers_that_fall_away_break_what_rests_on_them(before: float, since: float, words: str) -> None:
    rng = np.random.default_rng(1)
    rows = []
    for site in SITES:
        for at in range(0, 152, 4):
            scores = rng.normal(45, 6, 40)
            share = since if at > 104 else before
            rows.append((site, at, 40, scores.sum(), (scores**2).sum(), 40 / share))
    cells = pd.DataFrame(rows, columns=["site", "week", "n", "total", "squares", "invited"])
    told = ("alliance", "Alliance", "trust", "higher", "points", "gaussian", 4, GRID, cells)
    (only,) = rollout(("a", "s00", 104, None), ("a", "s01", 104, None))
    found = answer(Panel(*told), only, ())
    assert words in found.broken
    assert bool(found.broken) == bool(words)


def test_an_estimator_that_fails_says_so_and_leaves_the_others_their_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    import metrics.effects.answer as answers
    from metrics.effects.released import effects_of

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    (only,) = rollout(("a", "s00", 104, None))
    monkeypatch.setattr(answers, "pooled_its", fails)
    (found,) = effects_of((panel(),), (only,))
    assert found.adjusted.reason == "The estimator failed on these cells (ZeroDivisionError). Please report it."


def test_how_far_silence_can_move_an_effect_is_what_the_worst_trimming_moves() -> None:
    """Of 100 answers 20 came from people who would have been silent before; they were the worst there could be."""
    answers = np.r_[np.full(20, -2.0), np.full(80, 0.5)]
    found = Responses(0.4, 0.5, float(answers.std()))
    assert found.farthest == pytest.approx(answers[20:].mean() - answers.mean())
    milder = np.random.default_rng(1).normal(0, 1, 100)
    kept = np.sort(milder)[20:]
    assert kept.mean() - milder.mean() < Responses(0.5, 0.4, float(milder.std())).farthest
    assert "up to 0.5 points" in found.says
    assert "either way" not in Responses(0.5, 0.505, 1.0).says
