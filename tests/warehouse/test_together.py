"""Can somebody outside the practice compute, from several figures together, a count of fewer than eleven people?"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.warehouse.outsider import SHEETS, VISITS, Figures, K, attacked, figures_of, practice
from warehouse import external as leaving
from warehouse.counted import ALIKE, families, family_of
from warehouse.external import ENOUGH, external

PRACTICES = (0, 1, 2, 9, 15, 22, 39, 46, 54, 64, 73, 75, 80, 84)  # in most there is something to find


@pytest.mark.parametrize("figures", [VISITS, SHEETS], ids=["visits", "sheets"])
@pytest.mark.parametrize("seed", PRACTICES)
def test_an_attacker_with_every_figure_computes_no_count_of_a_few_people(seed: int, figures: Figures) -> None:
    rows = practice(seed, figures)
    assert not attacked(figures, rows, external(figures_of(figures, rows), K))


@pytest.mark.parametrize("figures", [VISITS, SHEETS], ids=["visits", "sheets"])
def test_the_attacker_succeeds_where_figures_are_not_looked_at_together(
    figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By subtraction of two, by three together, and where fifteen rows of three people are taken for fifteen people."""
    practices = [practice(seed, figures) for seed in PRACTICES]

    def succeeded(**known: int) -> int:
        given = [external(figures_of(figures, rows).assign(**known), K) for rows in practices]
        return sum(bool(attacked(figures, rows, one)) for rows, one in zip(practices, given, strict=True))

    assert succeeded(**dict.fromkeys(ENOUGH, K)) > 1
    monkeypatch.setattr(leaving, "together", lambda rows, *more: np.zeros(len(rows), dtype=bool))
    assert succeeded() > 3


def test_slots_given_again_by_a_few_are_not_told_by_three_figures() -> None:
    """Of 1,000 slots 100 missed, 60 cancelled late, 155 lost: five were given to somebody else."""
    rows = [row("no_show_rate", 100, 940), row("late_cancel_rate", 60, 1000), row("slots_lost", 155, 1000)]
    assert shown(rows) == {"no_show_rate", "late_cancel_rate"}
    assert shown([*rows[:2], row("slots_lost", 140, 1000)]) == {"no_show_rate", "late_cancel_rate", "slots_lost"}
    many = [one | dict.fromkeys(ENOUGH, 30) for one in (*rows[:2], row("slots_lost", 140, 1000))]
    assert shown(many) == {"no_show_rate", "late_cancel_rate"}, "twenty slots may be of fewer people"


def test_three_figures_leave_where_enough_people_lost_a_slot_that_was_given_again() -> None:
    rows = [row("no_show_rate", 100, 940), row("late_cancel_rate", 60, 1000), row("slots_lost", 140, 1000)]
    unsure = [one | dict.fromkeys(ENOUGH, 30) for one in rows]
    assert len(shown([*unsure[:2], unsure[2] | {"people_beside": 10}])) == 2
    assert len(shown([*unsure[:2], unsure[2] | {"people_beside": 11}])) == 3


def test_visits_between_two_n_are_of_eleven_people_or_none() -> None:
    held, dated = row("no_show_rate", 100, 940), row("wait_from_booking", 0, 900, unit="days", people_with=300)
    assert shown([held, dated]) == {"no_show_rate", "wait_from_booking"}
    assert shown([held | {"enough": 41, "enough_without": 41}, dated]) == {"no_show_rate"}
    assert shown([held | {"enough": 41}, dated | {"n": 940}]) == {"no_show_rate", "wait_from_booking"}


@pytest.mark.parametrize("order", [1, -1])
def test_figures_of_mostly_the_same_rows_differ_by_eleven_people_or_none(order: int) -> None:
    rows = [
        row(name, 0, n, unit="points", people_with=90, enough=41)
        for name, n in (("alliance", 500), ("alliance_goal", 470))
    ]
    numbers = [one["n"] for one in rows][::order]
    assert shown([one | {"n": n} for one, n in zip(rows, numbers, strict=True)]) == {"alliance"}
    assert len(shown([one | {"n": 500} for one in rows])) == 2


def row(metric: str, x: int, n: int, **more: Any) -> dict[str, Any]:
    keys = {"site": "*", "stratifier": "all", "stratum": "all", "period": "all", "unit": "share", "reason": ""}
    people = {"people_with": x, "people_without": n - x, **dict.fromkeys(ENOUGH, K)}
    return {
        "metric": metric,
        "value": x / n,
        "low": 0,
        "high": 1,
        "n": n,
        "state": "published",
        **keys,
        **people,
        **more,
    }


def shown(rows: list[dict[str, Any]]) -> set[str]:
    given = external(pd.DataFrame(rows), K)
    return set(given.loc[given["state"] == "published", "metric"])


def test_every_sum_and_difference_that_is_a_set_is_found() -> None:
    """Three sets, one in the other, and one across: a plain search of the numbers 0 to 7 for each kind of row."""
    a, b, c = (np.array([bool(kind & bit) for kind in range(8)]) for bit in (1, 2, 4))
    found = family_of({"one": (a | b, a), "two": (b & c, None)})
    wanted = set()
    for signs in itertools.product((-1, 0, 1), repeat=3):
        total = sum(sign * each.astype(int) for sign, each in zip(signs, (a | b, a, b & c), strict=True))
        if set(total.tolist()) == {0, 1}:
            wanted.add(tuple(total.tolist()))
    assert {tuple(one) for one in np.unique(np.array(sorted(wanted)), axis=1)} == {
        tuple(one) for one in found.sets.astype(int)
    }
    for one, ways in zip(found.sets, found.ways, strict=True):
        assert all((way @ found.told == one).all() for way in ways)


def test_each_figure_counts_in_one_family_alone() -> None:
    alike = {figure for figures in ALIKE for figure in figures}
    counted = Counter(figure for family in families() for figure in family.figures)
    assert {figure for figure, times in counted.items() if times > 1} <= alike
