"""A believable made-up practice for the pages: three sites, 96 weeks, staggered go-lives, one site small."""

from __future__ import annotations

from datetime import date, datetime
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from tests.dashboard import proof
from tests.metrics import releases
from tests.metrics.releases import GRID, monday
from warehouse.store import Store

WEEKS = 96
SITES = ("Harbour", "Oak Street", "Riverside")
SIZES = {"Harbour": 22, "Oak Street": 70, "Riverside": 140}
LIVE = {"Harbour": 64, "Oak Street": 56, "Riverside": 48}
STRATA = {
    "modality": {"in_person": 0.55, "video": 0.40, "phone": 0.05},
    "lead_time": {"0": 0.12, "1-2": 0.14, "3-6": 0.22, "7-13": 0.24, "14-29": 0.18, "30+": 0.10},
    "age_band": {"18-24": 0.18, "25-34": 0.27, "35-44": 0.2, "45-54": 0.15, "55-64": 0.14, "65+": 0.06},
}
RISKS = {"0": 0.05, "1-2": 0.1, "3-6": 0.15, "7-13": 0.19, "14-29": 0.24, "30+": 0.29, "18-24": 0.24, "65+": 0.09}


def header() -> dict[str, object]:
    """A release of 96 published weeks of a synthetic practice."""
    return releases.header(
        practice="Example practice",
        made_at=datetime(2025, 12, 1, 9, 30),  # noqa: DTZ001  stored as UTC without a zone
        extracted_on=date(2025, 11, 28),
        data_start=GRID,
        data_end=date(2025, 11, 27),
        published_until=monday(WEEKS),
        restated_on=date(2025, 11, 28),
        privacy_profile="safe_harbor",
    )


def attendance() -> pd.DataFrame:
    """Weekly groups; Harbour's first 12 weeks are withheld, its next 24 only in steps of four weeks."""
    random = np.random.default_rng(7)
    rows = []
    for site, week in product(SITES, range(WEEKS)):
        grain, length = ("4weeks", 4) if site == "Harbour" and 12 <= week < 36 else ("week", 1)
        if site == "Harbour" and week < 12:
            if week == 0:
                rows.append(releases.attendance_row(site, "12weeks", 0, state="withheld"))
                rows += [
                    releases.attendance_row(site, "12weeks", 0, f"{by}={name}", state="withheld")
                    for by in STRATA
                    for name in STRATA[by]
                ]
            continue
        if length == 4 and week % 4:
            continue
        rows += _groups(random, site, grain, week, SIZES[site] * length)
    return pd.DataFrame(rows)


def _groups(random: np.random.Generator, site: str, grain: str, week: int, size: int) -> list[dict[str, object]]:
    season = 0.02 * np.sin(2 * np.pi * week / 52)
    effect = -0.035 if week >= LIVE[site] else 0.0
    rows, total = [], None
    for by, strata in STRATA.items():
        for name, share in strata.items():
            risk = max(RISKS.get(name, 0.17) + season + effect, 0.02)
            counts = releases.visits(random, max(size * share, 1), risk)
            rows.append(releases.attendance_row(site, grain, week, f"{by}={name}", **counts))
            if by == "lead_time":
                total = counts if total is None else {key: total[key] + counts[key] for key in counts}
    return [releases.attendance_row(site, grain, week, **(total or {})), *rows]


def categories() -> pd.DataFrame:
    """Every stratum of every stratifier, in order."""
    rows = [(by, name, place, 1) for by in STRATA for place, name in enumerate(STRATA[by])]
    return pd.DataFrame(rows, columns=["stratifier", "stratum", "position", "merged_categories"])


def rollouts() -> pd.DataFrame:
    """AI scheduling goes live site after site; reminders were always there."""
    rows = [(site, "ai_scheduling", monday(LIVE[site]), None, "1") for site in SITES]
    return pd.DataFrame(rows, columns=["site", "component", "went_live_on", "ended_on", "version"])


def quality() -> dict[str, pd.DataFrame]:
    """What the ingest found: one gate that failed nothing, one that could not be asked."""
    tables = {
        "table_name": ["appointment", "patient", "episode"],
        "rows_read": [60123, 4210, 5120],
        "kept": [60061, 4210, 5118],
        "dropped_by_policy": [21, 0, 0],
        "changed": [812, 40, 66],
        "waiting": [37, 0, 0],
        "latest_on": [date(2025, 11, 27), None, date(2025, 11, 26)],
    }
    reasons = ["booked_after_start", "starts_at_unreadable", "status_unknown_word", "ragged_row"]
    reasons.append("ended_before_started")
    results = pd.DataFrame(
        [
            ("quarantined_share", "appointment", "passed", 41, 60123, 0.05, 41, ""),
            ("volume_against_last_run", "appointment", "passed", 60123, 59311, 0.5, 0, ""),
            ("missing_against_last_run", "appointment", "passed", 2, 21, 0.1, 0, ""),
            ("new_words", "appointment", "not applicable", None, None, None, None, "there is no earlier run"),
            ("quarantined_share", "patient", "passed", 0, 4210, 0.05, 0, ""),
            ("quarantined_share", "episode", "passed", 2, 5120, 0.05, 2, ""),
        ],
        columns=["check_name", "table_name", "state", "numerator", "denominator", "threshold", "failed_rows", "detail"],
    )
    counts = pd.DataFrame(
        {"table_name": ["appointment"] * 4 + ["episode"], "reason": reasons, "rows": [22, 9, 7, 3, 2]}
    )
    return {"reconciliation": pd.DataFrame(tables), "quarantine_count": counts, "quality_result": results}


def frames() -> dict[str, pd.DataFrame]:
    """The whole release."""
    cells = releases.contrast()
    repeats = [
        releases.repeats(sites=SITES, weeks=WEEKS, outcome=name) for name in ("no_show", "late_cancel", "slots_lost")
    ]
    return {
        "site": pd.DataFrame({"site": SITES, "position": range(3), "merged_sites": 1}),
        "category": categories(),
        "rollout": rollouts(),
        "attendance_cells": attendance(),
        "retention_cells": releases.retention(weeks=WEEKS, sites=SITES),
        "repeat_cells": pd.concat(repeats),
        "contrast_cells": cells,
        "contrast_repeats": releases.contrast_repeats(cells),
        **quality(),
        **proof.frames(),
    }


def publish_at(folder: Path) -> Store:
    """A warehouse with this practice's release in it."""
    store = releases.store_at(folder)
    store.publish(header(), frames())
    return store
