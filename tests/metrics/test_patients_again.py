"""Intervals know that patients come back: sheets, connections, reminders, new bookings, levels of urgency, times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special

from metrics.agreement import credits, kappas
from metrics.intervals import newcombe_difference, wilson
from metrics.many_curves import many_curves
from metrics.query import results
from metrics.repeats import NOT_KNOWN
from tests.metrics.families import place
from tests.metrics.releases import header, repeat_row
from tests.metrics.test_scores import one, published, sheets
from warehouse.families import WITHIN

WAI = {"instrument": "WAI-SR", "scale": "total"}
AT = {"site": "North", "window": "all", "stratifier": "all", "stratum": "all", "state": "published"}


def rebookings(**how: int) -> list[dict[str, Any]]:
    return [
        place("North", 0, question="rebooking", how=name, time=3) | {"observed": n, "censored": 0}
        for name, n in how.items()
    ]


def levels(*pairs: tuple[int, int, int]) -> list[dict[str, Any]]:
    return [place("North", 0, automation_level=a, clinician_level=c) | {"requests": n} for a, c, n in pairs]


SHARES: dict[str, tuple[str, str, list[dict[str, Any]]]] = {  # metric -> outcome, table, a quarter of 400
    "alliance_answered": (
        "answered.WAI-SR",
        "score_cells",
        [place("North", 0, **WAI) | sheets([40.0] * 100) | {"invited": 400}],
    ),
    "failed_connections": (
        "failed_connections",
        "attendance_cells",
        [place("North", 0) | {"attended": 400, "remote": 400, "connection_failed": 100}],
    ),
    "rebooked": ("rebooked", "attendance_cells", [place("North", 0) | {"no_show": 400, "rebooked": 100, "waits": 400}]),
    "rebooked_by_staff": ("rebooking.by_staff", "time_cells", rebookings(staff=100, automation=300)),
    "triage_under": ("triage.under", "triage_cells", levels((3, 1, 100), (2, 2, 300))),
    "triage_over": ("triage.over", "triage_cells", levels((1, 3, 100), (2, 2, 300))),
}


@pytest.mark.parametrize("metric", list(SHARES))
def test_a_share_of_what_patients_do_again_divides_n_by_the_design_effect(tmp_path: Path, metric: str) -> None:
    outcome, table, rows = SHARES[metric]
    own = pd.DataFrame([repeat_row(outcome, "North", "all", 0, patients=50, inflation=3.0)])
    row = one(published(tmp_path / "known", table, *rows, repeat_cells=own), metric=metric, site="North")
    assert (row.value, row.low, row.high) == pytest.approx((0.25, *wilson(100, 400, design_effect=3.0)), abs=1e-3)
    assert "come back" not in row.reason
    alone = one(published(tmp_path / "not known", table, *rows), metric=metric, site="North")
    assert (alone.low, alone.high) == pytest.approx(wilson(100, 400))
    assert NOT_KNOWN in alone.reason


def test_reminders_are_counted_beside_the_visits_they_are_for(tmp_path: Path) -> None:
    """Ten patients of ten visits, of whom half get three for each and half one: two a visit, of ten patients."""
    sums = {"n": 100, "events": 200, "patients": 10, "mm": 1000, "my": 2000, "yy": 5 * 30**2 + 5 * 10**2}
    own = AT | {"outcome": "reminders", "window_start": header()["grid_start"]}
    rows = place("North", 0) | {"attended": 100, "reminders_known": 100, "reminders": 200}
    store = published(tmp_path, "attendance_cells", rows, repeat_cells=pd.DataFrame([own | sums]))
    row = one(store, metric="reminders_per_visit", site="North")
    times = (10 * 10**2) * 10 / 9 / 200  # the sum of (y - 2 m)^2, beside 200 reminders
    assert row.low == pytest.approx(times * special.gammaincinv(200 / times, 0.025) / 100)
    assert row.high == pytest.approx(times * special.gammaincinv(200 / times + 1, 0.975) / 100)


def test_gap_between_groups_knows_that_forecasts_are_of_the_same_patients(tmp_path: Path) -> None:
    rows = [
        place("*", 0, ("modality", name), model="v1", horizon="48-72", bin=10) | {"scored": 400, "reminded": n}
        for name, n in (("video", 100), ("in_person", 60))
    ]
    rows.append(place("*", 0, model="v1", horizon="48-72", bin=10) | {"scored": 800, "reminded": 160})
    names = pd.DataFrame({"stratum": ["video", "in_person"], "position": [0, 1], "merged_categories": 1})
    own = pd.DataFrame([repeat_row("forecast.v1.reminded", "*", "all", 0, patients=100, inflation=3.0)])
    more = {"repeat_cells": own, "category": names.assign(stratifier="modality")}
    found = results(published(tmp_path, "prediction_cells", *rows, **more), metric="reminded_gap", by="modality")
    row = next(row for row in found if row.stratum == "video" and row.site == "*")
    told = newcombe_difference(100, 400, 60, 400, design_effect=3.0)
    assert (row.value, row.low, row.high) == pytest.approx(told, abs=2e-3)
    assert "come back" not in row.reason


@pytest.mark.parametrize("effect", [1.0, 4.0])
def test_times_with_a_design_effect_have_the_limits_of_so_many_fewer(effect: float) -> None:
    random = np.random.default_rng(2)
    place_, time = random.integers(0, 4, 300), random.integers(1, 40, 300)
    over = (random.random(300) < 0.8) * 1.0
    many = many_curves(place_, time, over, 1 - over, 4).widened(np.full(4, effect))
    fewer = many_curves(place_, time, over / effect, (1 - over) / effect, 4)
    for found, expected in zip(many.quantile(0.5), fewer.quantile(0.5), strict=True):
        assert found == pytest.approx(expected, nan_ok=True)
    assert many.low == pytest.approx(fewer.low)
    assert many.high == pytest.approx(fewer.high)


def test_median_takes_the_design_effect_of_the_nearest_time_that_is_known(tmp_path: Path) -> None:
    rows = [
        place("North", 0, question="crisis", how="", time=time) | {"observed": 8, "censored": 0}
        for time in range(1, 50)
    ]
    nearest = {limit: 4.0 if limit == 30 else 1.0 for limit in WITHIN["crisis"]}  # the median is 25
    own = [
        repeat_row(f"crisis.within_{limit}", "North", "all", 0, patients=49, inflation=inflation)
        for limit, inflation in nearest.items()
    ]
    store = published(tmp_path / "known", "time_cells", *rows, repeat_cells=pd.DataFrame(own))
    wide = one(store, metric="crisis_median", site="North")
    fewer = many_curves(np.zeros(49, int), np.arange(1, 50), np.full(49, 2.0), np.zeros(49), 1)
    assert (wide.value, wide.low, wide.high) == pytest.approx([one_[0] for one_ in fewer.quantile(0.5)])
    assert NOT_KNOWN not in wide.reason
    plain = one(published(tmp_path / "not known", "time_cells", *rows), metric="crisis_median", site="North")
    assert plain.low > wide.low
    assert plain.high < wide.high
    assert NOT_KNOWN in plain.reason


def test_a_time_that_never_came_takes_the_design_effect_of_the_longest(tmp_path: Path) -> None:
    """Thirty of 64 are reached, most after five hours: by when half are is not known, only before when not."""
    rows = [
        place("North", 0, question="crisis", how="", time=time) | {"observed": seen, "censored": open_}
        for time, seen, open_ in ((1, 6, 0), (300, 24, 0), (20_160, 0, 34))
    ]
    told = []
    for wide in ("960", "5"):
        own = [
            repeat_row(
                f"crisis.within_{limit}", "North", "all", 0, patients=40, inflation=9.0 if limit == wide else 1.0
            )
            for limit in map(str, WITHIN["crisis"])
        ]
        store = published(tmp_path / wide, "time_cells", *rows, repeat_cells=pd.DataFrame(own))
        told.append(one(store, metric="crisis_median", site="North"))
    assert [row.value for row in told] == [None, None]
    assert [row.reason.partition("but ")[2] for row in told] == ["not before 1 minutes", "not before 300 minutes"]


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_patients_judged_the_same_way_again_count_once(tmp_path: Path, weights: str | None) -> None:
    """Forty patients whose three requests are all alike: forty cases, not 120."""
    pairs = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (2, 3), (3, 4), (1, 2), (5, 4), (4, 2)]
    counts = np.zeros((5, 5))
    for given, right in pairs:
        counts[given - 1, right - 1] += 12
    told = {
        "same": [float(a == c) for a, c in pairs],
        "apart": [(a - c) ** 2 for a, c in pairs],
        "away": [(a - 3) ** 2 + (c - 3) ** 2 for a, c in pairs],
    }
    told["apart_and_away"] = [x + y for x, y in zip(told["apart"], told["away"], strict=True)]
    own = [
        AT
        | {"outcome": f"triage.{name}", "window_start": header()["grid_start"], "n": 120, "patients": 40, "mm": 360}
        | {"events": 12 * sum(each), "my": 36 * sum(each), "yy": 36 * sum(value * value for value in each)}
        for name, each in told.items()
    ]
    rows = levels(*((a, c, 12) for a, c in pairs))
    metric = "triage_kappa_weighted" if weights else "triage_kappa"
    store = published(tmp_path, "triage_cells", *rows, repeat_cells=pd.DataFrame(own))
    row = one(store, metric=metric, site="North")
    _, value, variance = kappas(counts[None], credits(5, weights))
    assert row.value == pytest.approx(value[0])
    if weights is None:
        reach = 1.959964 * np.sqrt(variance[0] * 3 * 40 / 39)
        assert (row.low, row.high) == pytest.approx((value[0] - reach, value[0] + reach))
    else:  # on Fisher's z, jackknifed: the limits of a third of the cases, but for the degrees of freedom
        alone = one(published(tmp_path / "alone", "triage_cells", *rows), metric=metric, site="North")
        widths = [np.arctanh(found.high) - np.arctanh(found.low) for found in (row, alone)]
        assert widths[0] / widths[1] == pytest.approx(np.sqrt(3 * 40 / 39))
