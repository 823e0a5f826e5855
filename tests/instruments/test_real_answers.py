"""Published answers of 185 people to the PHQ-9, scored at once and by plain arithmetic."""

import csv
from pathlib import Path

import numpy as np

from instruments import find, score, score_many

ITEMS = [f"phq{place}" for place in range(1, 10)]


def test_published_answers_are_scored_as_plain_arithmetic_does(shared_dir: Path) -> None:
    with (shared_dir / "data" / "aa14_phq9_ambulatory.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    sheets = sorted({(row["user_id"], *(row[item] for item in ITEMS)) for row in rows})  # repeated on every diary entry
    answers = [[None if answer == "NA" else float(answer) for answer in sheet[1:]] for sheet in sheets]
    assert len(rows) > 16_000
    assert 185 <= len(answers) < 400
    many = score_many(find("PHQ-9"), np.array(answers, dtype=float))
    for place, given in enumerate(answers):
        known = [answer for answer in given if answer is not None]
        expected = sum(known) * 9 / len(known) if len(known) >= 7 else None
        found = score("PHQ-9", given)
        assert found.missing == 9 - len(known) == many.missing[place]
        if expected is None:
            assert found.total is None
            assert np.isnan(many.total[place])
        else:
            assert abs((found.total or 0) - expected) < 1e-9
            assert abs(many.total[place] - expected) < 1e-9
            assert ("caseness" in found.flags) == (expected >= 10) == bool(many.flags["caseness"][place])
