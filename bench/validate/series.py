"""Simulations of the textbook series model and of looking again and again; the pooled model has its own."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from bench.validate.simulation import Draw, Simulation, held
from metrics.effects.looks import anytime_band, obrien_fleming_looks
from metrics.effects.textbook import interrupted_time_series

WEEKS, CHANGE = 104, 65


def _weekly(random: np.random.Generator, remembers: float) -> pd.DataFrame:
    shock = random.normal(size=WEEKS)
    for week in range(1, WEEKS):
        shock[week] = remembers * shock[week - 1] + math.sqrt(1 - remembers**2) * shock[week]
    time = np.arange(WEEKS)
    n = random.poisson(100, WEEKS)
    odds = -1.7 + 0.1 * time / 52 - 0.3 * (time >= CHANGE) + 0.15 * shock * (remembers > 0)
    return pd.DataFrame({"time": time, "events": random.binomial(n, 1 / (1 + np.exp(-odds))), "n": n})


def _jump(random: np.random.Generator, remembers: float, lags: int | None) -> Draw:
    found = interrupted_time_series(_weekly(random, remembers), change_at=CHANGE, family="binomial", hac_lags=lags)
    return held(-0.3, found.level, found.level_low, found.level_high)


_SHARES = np.arange(4, 53, 4) / 52
_BOUNDS = np.array([look.bound for look in obrien_fleming_looks(_SHARES.tolist(), 1.0)])
_REACH = np.array([anytime_band(0.0, 1 / math.sqrt(week), share=week / 26).high for week in range(1, 53)])


def _year_of_looks(random: np.random.Generator) -> Draw:
    path = np.cumsum(random.normal(size=13)) / np.sqrt(np.arange(1, 14))
    return 0.0, math.nan, bool((np.abs(path) <= _BOUNDS).all())


def _year_of_fixed(random: np.random.Generator) -> Draw:
    path = np.cumsum(random.normal(size=13)) / np.sqrt(np.arange(1, 14))
    return 0.0, math.nan, bool((np.abs(path) <= 1.96).all())


def _year_of_weeks(random: np.random.Generator) -> Draw:
    means = np.cumsum(random.normal(size=52)) / np.arange(1, 53)
    return 0.0, math.nan, bool((np.abs(means) <= _REACH).all())


ALONE = "104 weeks of 100 visits, the change at week 65, no season"

SERIES = (
    Simulation("its", "jump of one series, errors by dispersion", ALONE, lambda random: _jump(random, 0.0, None)),
    Simulation(
        "its_shocks",
        "the same with shocks that last (lag-one .35), Newey-West 4",
        ALONE,
        lambda random: _jump(random, 0.35, 4),
        known=True,
        note="why the verdict rests on the pooled model",
    ),
    Simulation("looks", "13 locked looks in a year without effect: none errs", "O'Brien-Fleming", _year_of_looks),
    Simulation(
        "looks_fixed",
        "the same with a fixed 95 % interval",
        "",
        _year_of_fixed,
        known=True,
        note="why the word changes at locked looks only",
    ),
    Simulation("anytime", "the band read every week of a year: it never errs", "", _year_of_weeks, (0.95, 1.0)),
)
