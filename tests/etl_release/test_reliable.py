"""What counts as a rupture is worked out once, from first answers before anything went live."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etl.release import reliable
from etl.release.rows import Rows
from instruments import find

SRS = find("SRS")


def answers(patients: int, chance: np.random.Generator) -> Rows:
    """Two answers a patient, the second far worse, and one of each before the first that gave no score."""
    patient = np.repeat(np.arange(patients), 3)
    turn = np.tile([0, 1, 2], patients)
    first = np.repeat(chance.normal(34, 4, patients).round(1), 3)
    points = np.where(turn == 1, first, np.where(turn == 2, 2.0, 0.0))
    order = chance.permutation(3 * patients)
    rows = Rows(
        {
            "patient": patient,
            "week": turn * 2,
            "moment": turn * 1_000_000,
            "order": turn,
            "total.answered": turn > 0,
            "total.points": np.rint(points * 100).astype(np.int64),
        }
    )
    return Rows({name: values[order] for name, values in rows.columns.items()})


def work(monkeypatch: pytest.MonkeyPatch, previous: pd.DataFrame | None = None, last: int = 20) -> Any:
    monkeypatch.setattr(reliable, "last_week", lambda work: last)
    added: list[pd.DataFrame] = []
    return SimpleNamespace(
        previous=previous,
        before=lambda table: previous,
        grid=SimpleNamespace(day=lambda week: date(2024, 5, 6)),
        add=lambda table, rows: added.append(rows),
        added=added,
    )


def test_it_is_jacobson_truax_on_the_spread_of_first_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = answers(200, np.random.default_rng(1))
    first = rows["total.points"][rows["week"] == 2] / 100
    found = reliable.reliable_change(work(monkeypatch), SRS, rows)
    assert found == pytest.approx(1.96 * np.sqrt(2) * first.std(ddof=1) * np.sqrt(0.12), abs=0.1)


def test_answers_since_the_first_go_live_do_not_move_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = answers(200, np.random.default_rng(1))
    moved = rows.having(**{"total.points": np.where(rows["week"] >= 3, 4000, rows["total.points"])})
    assert reliable.reliable_change(work(monkeypatch, last=3), SRS, moved) == reliable.reliable_change(
        work(monkeypatch, last=3), SRS, rows
    )


def test_few_patients_give_none_and_it_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    one = work(monkeypatch)
    assert reliable.reliable_change(one, SRS, answers(49, np.random.default_rng(2))) is None
    assert set(one.added[0]["reason"]) == {reliable.TOO_FEW}


def test_it_is_carried_over_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    first = work(monkeypatch)
    before = reliable.reliable_change(first, SRS, answers(100, np.random.default_rng(3)))
    second = work(monkeypatch, previous=first.added[0])
    assert reliable.reliable_change(second, SRS, answers(100, np.random.default_rng(4))) == before
    pd.testing.assert_frame_equal(second.added[0], first.added[0])


def test_a_figure_agreed_on_goes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    one = work(monkeypatch)
    assert reliable.reliable_change(one, find("ORS"), answers(100, np.random.default_rng(5))) == 5
    assert one.added == []
