"""Observed less expected, and what is known of remote visits."""

from pathlib import Path
from typing import Any

import pytest

from metrics.estimate import State
from metrics.intervals import wilson
from tests.metrics.releases import attendance_row
from tests.metrics.test_scores import one, published

RISKS = {"near": 0.10, "far": 0.30}  # of a visit booked this week, and weeks ahead


def visits(week: int, near: int, far: int, effect: float = 0.0) -> dict[str, Any]:
    """So many visits of both kinds, each missed as often as its kind is, plus the effect."""
    n = near + far
    expected = RISKS["near"] * near + RISKS["far"] * far
    missed = round(expected + effect * n)
    counts = {"patients": n, "attended": n - missed, "no_show": missed, "lost_modelled": n}
    counts |= {"no_show_modelled": n, "no_show_expected": round(expected * 1e6), "lost_expected": round(expected * 1e6)}
    return attendance_row("North", "12weeks", week, **counts)


def test_a_mix_that_moves_is_not_taken_for_an_effect(tmp_path: Path) -> None:
    """Lead times move at week 12 (one way: +4 points); the truth is 2 points fewer missed."""
    store = published(tmp_path, "attendance_cells", visits(0, 800, 200), visits(12, 600, 400, effect=-0.02))
    plain, told = (
        [one_of.value for one_of in rows(store, metric)] for metric in ("no_show_rate", "no_show_beyond_expected")
    )
    assert plain[1] - plain[0] == pytest.approx(0.02)  # naive: the wrong way round
    assert told[1] - told[0] == pytest.approx(-0.02)


def rows(store: Any, metric: str) -> list[Any]:
    from metrics.query import results

    return results(store, metric=metric, site="North", period="12weeks")


def test_the_interval_is_that_of_the_share_moved(tmp_path: Path) -> None:
    row = one(published(tmp_path, "attendance_cells", visits(0, 800, 200)), metric="no_show_beyond_expected", site="*")
    low, high = wilson(140, 1000)
    assert (row.value, row.low, row.high) == pytest.approx((0.0, low - 0.14, high - 0.14))


def test_without_a_model_nothing_is_expected(tmp_path: Path) -> None:
    cells = attendance_row("North", "12weeks", 0, patients=50, attended=80, no_show=20)
    for metric in ("no_show_beyond_expected", "slots_lost_beyond_expected"):
        row = one(published(tmp_path / metric, "attendance_cells", cells), metric=metric, site="*")
        assert (row.state, row.value) == (State.MISSING, None)
        assert row.reason.startswith("no risks were modelled")


def test_connections_that_failed_are_a_share_of_remote_visits_known(tmp_path: Path) -> None:
    cells = attendance_row("North", "12weeks", 0, patients=50, attended=80, no_show=20, remote=40, connection_failed=6)
    row = one(published(tmp_path, "attendance_cells", cells), metric="failed_connections", site="*")
    assert (row.value, row.low, row.high) == pytest.approx((0.15, *wilson(6, 40)))


def test_connections_nobody_wrote_down_are_missing(tmp_path: Path) -> None:
    cells = attendance_row("North", "12weeks", 0, patients=50, attended=80, no_show=20)
    store = published(tmp_path, "attendance_cells", cells)
    for metric in ("failed_connections", "reminders_per_visit"):
        assert one(store, metric=metric, site="*").state is State.MISSING
