"""What the words of a metric say of the very edge, the counts do: "at least" counts it, "below" and "more than" do not.

The edge and the word for it are read from the metric's own sentences, so that neither can change without the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from etl.release.courses import compared
from etl.release.outcomes import became
from etl.release.rows import Rows
from etl.release.sheets import scored
from instruments import find
from metrics.declare import Metric
from metrics.registry import metric_named

WITH = r"(?:by )?at least (?P<with>[\d.]+)|(?P<with2>[\d.]+) (?:points )?or (?:more|above)"
WITHOUT = r"below (?P<without>[\d.]+)|more than (?P<without2>[\d.]+)"
DAY = 86_400_000_000


def edge(text: str, pattern: str = "") -> tuple[float, bool]:
    """The edge a sentence names, and does the sentence count it?"""
    found = re.search(f"{pattern}(?:{WITH}|{WITHOUT})", text)
    assert found is not None, text
    told = {name.rstrip("2"): float(value) for name, value in found.groupdict().items() if value}
    return (told["with"], True) if "with" in told else (told["without"], False)


def answers(*points: float, days: tuple[int, ...] = (0, 7), patients: tuple[int, ...] = (1, 1)) -> Rows:
    return Rows(
        {
            "patient": np.array(patients),
            "moment": np.array(days) * DAY,
            "order": np.arange(len(points)),
            "total.answered": np.ones(len(points), dtype=bool),
            "total.points": np.rint(np.array(points) * 100).astype(np.int64),
        }
    )


def fell(rows: Rows, worse_by: float, *, higher: bool) -> tuple[int, int]:
    """(pairs compared, ruptures)."""
    found = compared(rows, "total", round(worse_by * 100), 0, higher_is_better=higher)
    return int(found["total.compared"].sum()), int(found["total.rupture"].sum())


def past(key: str, items: list[float]) -> bool:
    sheet = pa.array([[f"{answer:g}" for answer in items]], type=pa.list_(pa.string()))
    return bool(scored(find(key), sheet, np.array([np.nan]))["total.past"][0])


@pytest.mark.parametrize("key", ["worse_phq_9", "worse_gad_7", "worse_ors", "worse_core_10"])
def test_a_fall_of_exactly_the_points_named_counts_as_the_words_say(key: str) -> None:
    metric = metric_named(key)
    points, counts = edge(metric.numerator)
    instrument = find(metric.only[0][1][0])
    assert instrument.reliable_change == points
    sign = -1 if instrument.better == "higher" else 1
    assert fell(answers(20, 20 + sign * points), points, higher=sign < 0) == (1, int(counts))
    assert fell(answers(20, 20 + sign * (points - 0.01)), points, higher=sign < 0) == (1, 0)


@pytest.mark.parametrize("key", ["alliance_ruptures", "session_ruptures"])
def test_ruptures_are_held_against_the_same_course_by_at_least_the_reliable_change(key: str) -> None:
    words = metric_named(key).numerator
    assert fell(answers(30, 24), 6, higher=True) == (1, int("at least" in words))
    course = "of the same course of care" in words
    another = fell(answers(30, 24, days=(0, 91)), 6, higher=True)  # a quarter later: a new course of the same patient
    assert another == ((0, 0) if course else (1, 1))
    assert fell(answers(30, 24, patients=(1, 2)), 6, higher=True) == (0, 0)


@pytest.mark.parametrize(
    ("key", "instrument", "items", "step"),
    [
        ("session_below_cutoff", "SRS", [9.0] * 4, -0.1),
        ("burnt_out_mini_z", "Mini-Z", [3.0], -1.0),
    ],
)
def test_the_cutoff_itself_is_past_it_where_the_words_say_so(
    key: str, instrument: str, items: list[float], step: float
) -> None:
    value, counts = edge(metric_named(key).numerator)
    assert sum(items) == value
    assert past(instrument, items) is counts
    beyond = [items[0] + (step if not counts else 0), *items[1:]]
    assert past(instrument, beyond)
    inside = [items[0] + (step if counts else 0), *items[1:]]
    assert not past(instrument, inside)


def outcome(metric: Metric, first: float, last: float) -> dict[str, int]:
    found = became(np.array([first]), np.array([last]), find(metric.only[0][1][0]))
    return {name: int(values[0]) for name, values in found.items()}


@pytest.mark.parametrize("who", ["depression", "anxiety"])
def test_outcomes_at_the_very_edge_are_as_their_words_say(who: str) -> None:
    improved, recovered = (metric_named(f"{who}_{name}") for name in ("improved", "recovered"))
    points, counts = edge(improved.numerator)
    case, is_case = edge(recovered.denominator, "the first at ")
    well, is_well = edge(recovered.numerator)
    assert outcome(improved, 20, 20 - points)["improved"] == int(counts)
    assert outcome(improved, 20, 20 - points + 1)["improved"] == 0
    assert outcome(recovered, case, case)["at_caseness"] == int(is_case)
    assert outcome(recovered, case - 1, 0)["at_caseness"] == 0
    assert outcome(recovered, 20, well)["recovered"] == int(is_well)
    assert outcome(recovered, 20, well - 1)["recovered"] == 1


@pytest.mark.parametrize(
    ("check", "instead"),
    [
        (lambda text: edge(text)[1], "answers worse than the one before by more than 6 points"),
        (lambda text: "of the same course of care" in text, "answers lower than the one before of the same patient"),
    ],
)
def test_other_words_are_seen(check: Callable[[str], bool], instead: str) -> None:
    assert not check(instead)
