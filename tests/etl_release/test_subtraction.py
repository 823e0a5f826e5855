"""Can an attacker with every published figure compute a withheld one? On a wrong release yes, on ours no."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from deid.attack import faults, recoverable
from etl.release import ReleaseTables, make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice
from tests.etl_release.plain import WEEKS, lead_band

K = 11
NAMES = ("sex", "lead_time", "exposure")
BANDS = ("0", "1-2", "3-6", "7-13", "14-29", "30+", "not recorded")


class Attacker:
    """Knows every published sum of kept and missed slots; asks which small groups follow from them.

    Finest groups: site x week x sex x lead time x exposure, as recorded.
    """

    def __init__(self, rows: list[dict[str, Any]], sex: dict[int, str | None]) -> None:
        self.patients: dict[tuple[Any, ...], set[int]] = defaultdict(set)
        for row in rows:
            monday = row["starts_on"] - timedelta(days=row["starts_on"].weekday())
            exposure = "automation" if row["exposed"] else "none"
            lead = BANDS[lead_band(row)]
            self.patients[(row["site_id"], monday, sex[row["patient_id"]] or "not recorded", lead, exposure)].add(
                row["patient_id"]
            )
        self.groups = list(self.patients)

    def vector(self, site: str, weeks: set[date], stratifier: str = "all", stratum: str = "all") -> np.ndarray:
        at = {"sex": 2, "lead_time": 3, "exposure": 4}
        return np.array(
            [
                site in ("*", group[0])
                and group[1] in weeks
                and (stratifier == "all" or in_label(group[at[stratifier]], stratum, stratifier))
                for group in self.groups
            ],
            dtype=float,
        )

    def people(self, vector: np.ndarray) -> int:
        return len(set().union(*(self.patients[g] for g, v in zip(self.groups, vector, strict=True) if v)))

    def published(self, tables: ReleaseTables) -> np.ndarray:
        cells = tables.frames["attendance_cells"]
        rows = [
            self.vector(site, weeks_from(start, grain), name, stratum)
            for site, grain, start, name, stratum in cells.loc[
                cells["state"] == "published", ["site", "grain", "period_start", "stratifier", "stratum"]
            ].itertuples(index=False)
        ]
        return np.array(rows + self.contrast(tables))

    def contrast(self, tables: ReleaseTables) -> list[np.ndarray]:
        cells = tables.frames["attendance_cells"]
        region = shared_region(cells)
        found = tables.frames["contrast_cells"]
        shown = found[found["state"] == "published"]
        return [
            np.array(
                [
                    (group[0], group[1]) in region
                    and in_label(group[3], stratum, "lead_time")
                    and (group[4] == "automation") == exposed
                    for group in self.groups
                ],
                dtype=float,
            )
            for stratum, exposed in shown[["stratum", "exposed"]].itertuples(index=False)
        ]

    def targets(self, tables: ReleaseTables) -> np.ndarray:
        """Every group of 1 to k-1 patients somebody might want: by site or not, by stratum or not, any length."""
        category = tables.frames["category"]
        splits = [("all", "all"), *category[["stratifier", "stratum"]].itertuples(index=False, name=None)]
        mondays = sorted({group[1] for group in self.groups})
        found = []
        for grain, length in (("week", 1), ("4weeks", 4), ("12weeks", 12)):
            for start in mondays[::length]:
                for site in ("*", *sorted({group[0] for group in self.groups})):
                    for name, stratum in splits:
                        vector = self.vector(site, weeks_from(start, grain), name, stratum)
                        if 0 < self.people(vector) < K:
                            found.append(vector)
        return np.array(found)


def weeks_from(start: date, grain: str) -> set[date]:
    return {start + timedelta(weeks=n) for n in range(WEEKS[grain])}


def in_label(value: str, label: str, stratifier: str) -> bool:
    if stratifier != "lead_time":
        return value in label.split(" + ")
    lows = {band: low for band, low in zip(BANDS, (0, 1, 3, 7, 14, 30), strict=False)}
    for part in label.split(" + "):
        if part == "not recorded" or value == "not recorded":
            if part == value:
                return True
            continue
        low, _, high = part.rstrip("+").partition("-")
        top = 10**6 if part.endswith("+") else int(high or low)
        if int(low) <= lows[value] <= top:
            return True
    return False


def shared_region(cells: pd.DataFrame) -> set[tuple[str, date]]:
    """Site-weeks where the undivided, the lead-time and the exposure groups are all published."""
    sites = set(cells.loc[cells["site"] != "*", "site"])
    regions = []
    for name in ("all", "lead_time", "exposure"):
        rows = cells[(cells["stratifier"] == name) & (cells["state"] == "published")]
        regions.append(
            {
                (place, week)
                for site, grain, start in rows[["site", "grain", "period_start"]].itertuples(index=False)
                for week in weeks_from(start, grain)
                for place in (sites if site == "*" else [site])
            }
        )
    return set.intersection(*regions)


@pytest.fixture(scope="module")
def sparse() -> tuple[list[dict[str, Any]], dict[int, str | None], ReleaseTables]:
    """A practice so small that much must be withheld."""
    shape: dict[str, Any] = {"weeks": 24, "sites": {"north": 22, "south": 7, "west": 3}, "patients": 120, "seed": 7}
    con = practice.practice(**shape)
    sex = {person["patient_id"]: person["sex"] for person in practice.people(120)}
    chosen = ReleaseSettings(stratifiers=Stratifiers(names=NAMES))
    return practice.appointments(**shape), sex, make_release(con, practice.settings(release=chosen), None, practice.NOW)


def test_nothing_small_follows_from_the_published_figures(sparse: Any) -> None:
    rows, sex, tables = sparse
    attacker = Attacker(rows, sex)
    targets = attacker.targets(tables)
    assert len(targets) > 100, "there is something to hide"
    assert not recoverable(attacker.published(tables), targets).any()


def test_one_total_too_many_gives_a_small_group_away(sparse: Any) -> None:
    rows, sex, tables = sparse
    attacker = Attacker(rows, sex)
    published, targets = attacker.published(tables), attacker.targets(tables)
    by_week = [attacker.vector("*", {group[1]}, "all") for group in attacker.groups[:1]]
    by_site = [attacker.vector(site, {attacker.groups[0][1]}) for site in ("north", "south")]
    wrong = np.vstack([published, *by_week, *by_site])
    assert recoverable(wrong, targets).any()


def test_a_contrast_over_weeks_with_withheld_strata_would_give_them_away() -> None:
    """Lead time split in block 1 only, the contrast over blocks 1 and 2: the difference is the split of block 2."""
    band_in_block_1, band_in_block_2 = np.eye(2)
    over_both = band_in_block_1 + band_in_block_2
    assert recoverable(np.array([band_in_block_1, over_both]), band_in_block_2[None])[0]
    assert not recoverable(np.array([band_in_block_1]), band_in_block_2[None])[0]


def test_released_groups_do_not_overlap_and_none_is_small(sparse: Any) -> None:
    _, _, tables = sparse
    cells = tables.frames["attendance_cells"]
    assert faults(numbered(cells, tables), K) == []
    assert (cells["state"] == "withheld").any() or (cells["grain"] != "week").any()


def test_the_check_sees_an_overlap_a_small_group_and_a_number_in_a_withheld_one(sparse: Any) -> None:
    _, _, tables = sparse
    cells = numbered(tables.frames["attendance_cells"], tables)
    wide = cells[cells["stratifier"] == "all"].head(1)
    assert "overlaps a group of one site" in " ".join(faults(pd.concat([cells, wide.assign(site="*")]), K))
    assert "overlap" in " ".join(faults(pd.concat([cells, wide]), K))
    assert "between 1 and 10" in faults(wide.assign(patients=4), K)[0]
    assert "withheld" in faults(wide.assign(state="withheld"), K)[0]


def numbered(cells: pd.DataFrame, tables: ReleaseTables) -> pd.DataFrame:
    start = tables.header["grid_start"]
    return cells.assign(week=[(day - start).days // 7 for day in cells["period_start"]])
