"""Does the attacker find nothing in any table of a practice with rows in all, and something once one is made wrong?"""

from __future__ import annotations

import pandas as pd
import pytest

from deid.attack import within
from deid.attack_families import FAMILIES
from deid.telling import TELLING
from tests.etl_release.conftest import Whole

K = 11
PATIENTS = sorted(name for name, kept in FAMILIES.items() if kept.smallest is None)


def found(whole: Whole, **wrong: pd.DataFrame) -> str:
    frames = {name: whole.frames[name] for name in PATIENTS}
    return " ".join(within(wrong or frames, whole.tables.header["grid_start"], K))


def published(whole: Whole, name: str) -> tuple[pd.DataFrame, pd.Index]:
    cells = whole.frames[name].reset_index(drop=True).copy()
    return cells, cells.index[(cells["state"] == "published") & (cells["patients"] > 0)]


def test_nothing_follows_from_all_tables_together(whole: Whole) -> None:
    assert all(len(whole.frames[name]) for name in PATIENTS)
    assert found(whole) == ""


@pytest.mark.parametrize("name", PATIENTS)
def test_a_small_group_and_a_number_left_in_are_found(whole: Whole, name: str) -> None:
    cells, shown = published(whole, name)
    cells.loc[shown[0], "patients"] = 3
    cells.loc[shown[-1], "state"] = "withheld"
    said = found(whole, **{name: cells})
    assert f"A published group of {name} has between 1 and 10 patients." in said
    assert f"A withheld group of {name} carries a number." in said


OUTCOMES = [(name, at) for name, pairs in TELLING.items() if name in PATIENTS for at in range(len(pairs))]


@pytest.mark.parametrize(("name", "at"), OUTCOMES)
def test_a_group_in_which_everybody_is_alike_is_found(whole: Whole, name: str, at: int) -> None:
    told, kept = TELLING[name][at], FAMILIES[name]
    cells, shown = published(whole, name)
    keys = ["site", "grain", "period_start", "stratifier", "stratum", *kept.groups, *kept.apart]
    totals = cells.loc[shown].groupby(keys)[told.of].sum()
    group = totals[totals > 0].index[0]
    same = (cells[keys].apply(tuple, axis=1) == group) & cells.index.isin(shown)
    cells.loc[same, told.one] = cells.loc[same, told.of]
    assert f"everybody {told.says}" in found(whole, **{name: cells})
    if told.both:
        cells.loc[same, told.one] = 0
        assert f"everybody {told.says}" in found(whole, **{name: cells})
