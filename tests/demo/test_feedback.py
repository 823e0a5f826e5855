"""Do the synthetic practice's comments give people away, and move as the truth says?"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any


def comments(practice: Path) -> list[dict[str, str]]:
    with (practice / "feedback.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_comments_name_patients_and_strangers(practice: Path, truth: dict[str, Any]) -> None:
    written = " ".join(row["Comment"] for row in comments(practice))
    assert truth["feedback"]["comments_that_name_somebody"] > 100
    assert all(stranger in written for stranger in truth["feedback"]["canaries"])
    assert "@example.org" in written
    assert "555-01" in written


def test_there_are_as_many_answers_as_the_truth_says(practice: Path, truth: dict[str, Any]) -> None:
    sound = {row["Answer ID"]: row for row in comments(practice) if row["Answer ID"].startswith("F")}
    rows = list(sound.values())
    assert len(rows) == truth["feedback"]["answers"]
    assert sum(row["Comment"] != "" for row in rows) == truth["feedback"]["comments"]
    assert all(1 <= int(row["Rating"]) <= 10 for row in rows)


def test_experience_falls_where_scheduling_is_automated_and_comes_back(truth: dict[str, Any]) -> None:
    fell = truth["effects"]["ai_scheduling on experience_rating"]["until_next"]["difference"]
    back = truth["effects"]["human_connection on experience_rating"]["after_go_live"]["difference"]
    assert fell < -0.7
    assert abs(fell + back) < 0.4
