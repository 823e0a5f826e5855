"""Do the engine's counts equal a slow count in plain Python?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.etl_release.conftest import Made
from tests.etl_release.plain import count, inside, lead_band

LEAD = ("0", "1-2", "3-6", "7-13", "14-29", "30+", "not recorded")
EDGES = {"0": 0, "1": 1, "3": 3, "7": 7, "14": 14, "30": 30}


def lead_label(row: dict[str, Any], labels: list[str]) -> str:
    band = lead_band(row)
    for label in labels:
        for part in label.split(" + "):
            if (part == "not recorded") == (band == 6) and (band == 6 or covers(part, band)):
                return label
    raise AssertionError(labels)


def covers(part: str, band: int) -> bool:
    lows, highs = (0, 1, 3, 7, 14, 30), (0, 2, 6, 13, 29, 10**6)
    low, _, high = part.rstrip("+").partition("-")
    top = 10**6 if part.endswith("+") else int(high or low)
    return int(low) <= lows[band] and highs[band] <= top


def stratum_of(made: Made, name: str, labels: list[str]) -> Callable[[dict[str, Any]], str]:
    def word(value: str | None) -> str:
        told = value or "not recorded"
        return next(label for label in labels if (told if told in named else "all others") in label.split(" + "))

    named = {part for label in labels for part in label.split(" + ")}  # the rest is shared by too few to be named

    return {
        "all": lambda row: "all",
        "modality": lambda row: word(row["modality"]),
        "sex": lambda row: word(made.people[row["patient_id"]]["sex"]),
        "exposure": lambda row: "automation" if row["exposed"] else "none",
        "lead_time": lambda row: lead_label(row, labels),
    }[name]


@pytest.mark.parametrize("stratifier", ["all", "modality", "sex", "lead_time", "exposure"])
def test_every_published_cell_equals_a_plain_count(made: Made, stratifier: str) -> None:
    cells = made.tables.frames["attendance_cells"]
    cells = cells[(cells["stratifier"] == stratifier) & (cells["state"] == "published")]
    assert len(cells) > 10
    stratum = stratum_of(made, stratifier, sorted(cells["stratum"].unique()))
    rows = made.released
    for cell in cells.to_dict("records"):
        here = [row for row in inside(rows, cell["site"], cell["grain"], cell["period_start"])]
        expected = count([row for row in here if stratum(row) == cell["stratum"]], made.rebooked)
        assert {name: int(cell[name]) for name in expected} == expected


def test_some_no_shows_are_rebooked_and_some_are_not(made: Made) -> None:
    missed = [row for row in made.rows if row["status"] == "no_show"]
    assert 0 < len(made.rebooked) < len(missed)


@pytest.mark.parametrize("stratifier", ["modality", "sex", "lead_time", "exposure"])
def test_cells_of_all_sites_and_strata_add_to_the_released_rows(made: Made, stratifier: str) -> None:
    cells = made.tables.frames["attendance_cells"]
    shown = cells[cells["state"] == "published"]
    whole = shown[shown["stratifier"] == "all"]
    assert int(whole["booked"].sum()) == len(made.released)
    parts = shown[shown["stratifier"] == stratifier]
    ends = {start for start in parts["period_start"]}
    assert int(parts["booked"].sum()) <= len(made.released)
    assert ends, "the split is published somewhere"


def test_categories_are_named_after_what_was_merged(made: Made) -> None:
    category = made.tables.frames["category"]
    for name in category["stratifier"].unique():
        labels = category.loc[category["stratifier"] == name].sort_values("position")["stratum"].tolist()
        assert len(labels) >= 2
        assert len(set(labels)) == len(labels)
    assert "not recorded" in " + ".join(category.loc[category["stratifier"] == "sex", "stratum"])
