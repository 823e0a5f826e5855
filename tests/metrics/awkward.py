"""A small release in which much is not plain: mixed periods, withheld groups and weeks, windows missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tests.metrics.releases import MODALITIES, attendance_row, frames, monday
from warehouse.schema import ATTENDANCE_COUNTS, RETENTION_COUNTS

REPEAT_COUNTS = ["n", "events", "patients", "mm", "my", "yy"]


def awkward() -> dict[str, pd.DataFrame]:
    """Frames of a release: South is coarser from week 12 on, partly for the practice alone, partly withheld."""
    made = frames(4)
    return {
        **made,
        "attendance_cells": _attendance(made["attendance_cells"]),
        "retention_cells": _retention(made["retention_cells"]),
        "repeat_cells": _repeats(made["repeat_cells"]),
    }


def _attendance(cells: pd.DataFrame) -> pd.DataFrame:
    later = (cells["site"] == "South") & (cells["period_start"] >= monday(12))
    rows: list[dict[str, Any]] = []
    for (week, stratifier, stratum), part in _by_four_weeks(cells[later]):
        if stratifier == "all" or week < 16:
            sums = {name: int(part[name].sum()) for name in ATTENDANCE_COUNTS}
            rows.append(attendance_row("South", "4weeks", int(week), _named(stratifier, stratum), **sums))
    for stratum in MODALITIES:
        everywhere = dict.fromkeys(ATTENDANCE_COUNTS, 7)
        rows.append(attendance_row("*", "4weeks", 16, f"modality={stratum}", **everywhere))
        rows.append(attendance_row("South", "4weeks", 20, f"modality={stratum}", state="withheld"))
    return pd.concat([cells[~later].astype(dict.fromkeys(ATTENDANCE_COUNTS, object)), pd.DataFrame(rows)])


def _by_four_weeks(cells: pd.DataFrame) -> Any:
    weeks = [(day - monday(0)).days // 28 * 4 for day in cells["period_start"]]
    return cells.assign(week=weeks).groupby(["week", "stratifier", "stratum"])


def _named(stratifier: str, stratum: str) -> str:
    return stratum if stratifier == stratum == "all" else f"{stratifier}={stratum}"


def _retention(cells: pd.DataFrame) -> pd.DataFrame:
    counts = ["patients", *RETENTION_COUNTS]
    cells = cells.astype(dict.fromkeys(counts, object))
    lacking = (cells["site"] == "South") & (cells["period_start"] == monday(8))
    thin = (cells["site"] == "North") & (cells["period_start"] == monday(4)) & (cells["week_in_care"] > 40)
    cells.loc[lacking | thin, "state"] = "withheld"
    cells.loc[lacking | thin, counts] = None
    unknown = (cells["site"] == "North") & (cells["period_start"] == monday(0)) & (cells["week_in_care"] == 0)
    cells.loc[unknown, ["starts_followed", "left_after_first"]] = None
    return cells[~lacking | (cells["week_in_care"] == 0)]


def _repeats(cells: pd.DataFrame) -> pd.DataFrame:
    random = np.random.default_rng(5)
    kept = cells[random.random(len(cells)) < 0.5].astype(dict.fromkeys(REPEAT_COUNTS, object))
    hidden = random.random(len(kept)) < 0.1
    kept.loc[hidden, "state"] = "withheld"
    kept.loc[hidden, REPEAT_COUNTS] = None
    return kept
