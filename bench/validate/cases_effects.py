"""Others' figures about shares, series, staggered go-lives and looks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from metrics.effects.did import staggered_did, sun_abraham
from metrics.effects.looks import (
    anytime_band,
    approximate_mixing,
    error_of_peeking,
    obrien_fleming_constant,
    pocock_constant,
)
from metrics.effects.textbook import interrupted_time_series
from metrics.intervals import benjamini_hochberg, clopper_pearson, holm, newcombe_difference, wilson

Figures = Iterator[tuple[str, float, float]]  # what, ours, theirs


def shares(folder: Path, told: Any) -> Figures:
    for case in told:
        for name, function in (("wilson", wilson), ("clopper_pearson", clopper_pearson)):
            for end, ours, theirs in zip(("low", "high"), function(case["x"], case["n"]), case[name], strict=True):
                yield f"{case['x']} of {case['n']}, {name.replace('_', '-')}: {end}", ours, theirs


def differences(folder: Path, told: Any) -> Figures:
    for case in told:
        found = newcombe_difference(case["x1"], case["n1"], case["x2"], case["n2"])
        for end, ours, theirs in zip(("low", "high"), found[1:], case["newcombe10"], strict=True):
            yield f"{case['x1']}/{case['n1']} less {case['x2']}/{case['n2']}: {end}", ours, theirs


def many(folder: Path, told: Mapping[str, Any]) -> Figures:
    for name, function in (("bh", benjamini_hochberg), ("holm", holm)):
        for place, (ours, theirs) in enumerate(zip(function(told["p"]), told[name], strict=True), 1):
            yield f"{name} {place} of {len(told['p'])}", ours, theirs


def smoking(folder: Path, told: Mapping[str, Any]) -> Figures:
    rows = pd.read_csv(folder / "prop99_california.csv").rename(columns={"year": "time", "cigsale": "value"})
    plain = interrupted_time_series(rows, change_at=1989, family="gaussian")
    newey = interrupted_time_series(rows, change_at=1989, family="gaussian", hac_lags=1)
    yield "level", plain.level, told["ols"]["level_change"]
    yield "slope", plain.slope or 0, told["ols"]["slope_change"]
    yield "level: error", plain.level_error, told["ols_se"]["level_change"]
    yield "level: Newey-West error", newey.level_error, told["newey_west_lag1_se"]["level_change"]
    yield "slope: Newey-West error", newey.slope_error or 0, told["newey_west_lag1_se"]["slope_change"]
    yield "level: lower", newey.level_low, told["newey_west_ci95_t27"]["level_change"][0]
    yield "trend after: Newey-West error", newey.post_trend.error, told["post_trend"]["se"]
    yield "effect in 2000", newey.effect_at(2000).value, told["effect_at"]["2000"][0]
    yield "effect in 2000: error", newey.effect_at(2000).error, told["effect_at"]["2000"][1]


def staggered(folder: Path, told: Mapping[str, Any]) -> Figures:
    names = {"id": "site", "year": "period", "year_treated": "first", "y": "value"}
    panel = pd.read_csv(folder / "base_stagg.csv").rename(columns=names)
    regression = sun_abraham(panel, covariates=["x1"])
    yield "Sun-Abraham with covariate", regression.value, told["sun_abraham_with_x1"]["att"]
    yield "Sun-Abraham with covariate: error", regression.error or 0, told["sun_abraham_with_x1"]["se_cluster_id"]
    for control in ("not_yet_treated", "never_treated"):
        found, case = staggered_did(panel, control=control), told[f"cs_{control}_no_covariate"]
        for name, ours in (("simple", found.overall), ("dynamic", found.dynamic)):
            theirs = case[name]["overall"]
            yield f"{name}, against {control.replace('_', ' ')}", ours.value, theirs["att"]
            yield f"{name}, against {control.replace('_', ' ')}: error", ours.error or 0, theirs["se"]


def always_valid(folder: Path, told: Mapping[str, Any]) -> Figures:
    """GrowthBook's example: relative lifts of means and of shares, delta-method errors."""
    (n1, sum1, square1), (n2, sum2, square2) = (3000, 1396.87, 52377.9767), (3461, 2422.7, 134698.29)
    mean1, mean2, p1, p2 = sum1 / n1, sum2 / n2, 1396 / n1, 2422 / n2
    spread1, spread2 = (square1 / n1 - mean1**2) / (n1 - 1), (square2 / n2 - mean2**2) / (n2 - 1)
    for name, tuned, (m1, v1), (m2, v2) in (
        ("mean_relative_rho1000", 1000, (mean1, spread1), (mean2, spread2)),
        ("proportion_relative_rho5000", 5000, (p1, p1 * (1 - p1) / n1), (p2, p2 * (1 - p2) / n2)),
    ):
        error = math.sqrt(v2 / m1**2 + v1 * m2**2 / m1**4)
        found = anytime_band(m2 / m1 - 1, error, share=(n1 + n2) / tuned, mixing=approximate_mixing())
        yield f"{name.split('_')[0]}, relative lift: low", found.low, told[name]["ci"][0]
        yield f"{name.split('_')[0]}, relative lift: high", found.high, told[name]["ci"][1]
        yield f"{name.split('_')[0]}, relative lift: p", found.p, told[name]["p"]


def constants(folder: Path, told: Mapping[str, Any]) -> Figures:
    for name, what, function in (
        ("naive_peeking_type1", "false alarms of {} looks", error_of_peeking),
        ("pocock_constant", "Pocock, {} looks", pocock_constant),
        ("obrien_fleming_constant", "O'Brien-Fleming, {} looks", obrien_fleming_constant),
    ):
        for looks, theirs in told[name].items():
            yield what.format(looks), function(int(looks)), theirs
