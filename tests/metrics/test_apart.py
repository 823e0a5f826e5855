"""Groups that are forecast wrongly: found, and not too often where none is."""

from __future__ import annotations

import math

import numpy as np
from statsmodels.stats.multitest import multipletests

from metrics.apart import WIDTH, Ratio, forecast_wrongly


def ratio(group: str, value: float, se: float) -> Ratio:
    reach = WIDTH / 2 * se
    return Ratio("language", group, value, value * math.exp(-reach), value * math.exp(reach))


def test_group_missed_more_often_than_forecast_is_named_before_one_less_far_off() -> None:
    groups = [ratio("english", 0.96, 0.05), ratio("french", 1.4, 0.07), ratio("other", 0.8, 0.06)]
    assert [each.stratum for each in forecast_wrongly(groups)] == ["french", "other"]


def test_findings_are_those_of_holm_in_statsmodels() -> None:
    random = np.random.default_rng(3)
    z = random.normal(0, 1.6, 40)
    groups = [ratio(str(place), math.exp(0.1 * one), 0.1) for place, one in enumerate(z)]
    p = 2 * (1 - np.vectorize(lambda one: 0.5 * (1 + math.erf(abs(one) / math.sqrt(2))))(z))
    wanted = {str(place) for place in np.flatnonzero(multipletests(p, 0.05, "holm")[0])}
    assert wanted
    assert {each.stratum for each in forecast_wrongly(groups)} == wanted


def test_twenty_groups_forecast_well_are_seldom_accused() -> None:
    random = np.random.default_rng(5)
    draws = 1000
    accused = 0
    for _ in range(draws):
        seen = random.normal(0, 0.1, 20)
        accused += bool(forecast_wrongly([ratio(str(at), math.exp(one), 0.1) for at, one in enumerate(seen)]))
    assert accused / draws < 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)


def test_group_in_which_nothing_happened_is_not_found() -> None:
    assert forecast_wrongly([Ratio("age", "65+", 0.0, 0.0, 0.3)]) == ()
    assert forecast_wrongly([]) == ()
