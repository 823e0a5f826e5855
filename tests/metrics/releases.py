"""Small made-up releases for tests: frames as the release writes them, and a warehouse that holds them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from warehouse.schema import ATTENDANCE_COUNTS, RETENTION_COUNTS
from warehouse.store import Store, open_store

GRID = date(2024, 1, 1)  # a Monday
SITES = ("North", "South")
MODALITIES = ("in_person", "video", "not recorded")
COMPONENT = "sms_reminder"


def monday(week: int) -> date:
    return GRID + timedelta(weeks=week)


def header(**changes: Any) -> dict[str, Any]:
    """A release header of 24 published weeks; any field can be changed."""
    plain = {
        "made_at": datetime(2024, 8, 1, 12, 0),  # noqa: DTZ001  stored as UTC without a zone
        "practice": "Example practice",
        "timezone": "Europe/Amsterdam",
        "synthetic": True,
        "extracted_on": date(2024, 7, 31),
        "data_start": date(2024, 1, 2),
        "data_end": date(2024, 7, 31),
        "grid_start": GRID,
        "published_until": monday(24),
        "restated_on": date(2024, 7, 31),
        "smallest_group": 11,
        "settle_days": 14,
        "lapse_days": 60,
        "late_cancel_hours": 24,
        "rebook_days": 14,
        "vault_state": "v1",
        "settings_hash": "s1",
    }
    return {**plain, **changes}


def attendance_row(site: str, grain: str, week: int, stratum: str = "all", **counts: Any) -> dict[str, Any]:
    """One attendance group; `stratum` may be "stratifier=stratum"; counts not named are 0, or None if withheld."""
    stratifier, _, value = stratum.rpartition("=")
    state = counts.pop("state", "published")
    empty = 0 if state == "published" else None
    return {
        "site": site,
        "grain": grain,
        "period_start": monday(week),
        "stratifier": stratifier or value,
        "stratum": value,
        "state": state,
        **{name: counts.get(name, empty) for name in ATTENDANCE_COUNTS},
    }


def visits(random: np.random.Generator, n: int, share: float) -> dict[str, int]:
    """Plausible counts of one group of about n booked slots."""
    due = int(random.poisson(n))
    missed = int(random.binomial(due, share))
    late = int(random.binomial(due, 0.06))
    refilled = int(random.binomial(missed + late, 0.25))
    days = random.poisson(9, due)
    return {
        "patients": due,
        "booked": due + late,
        "attended": due - missed,
        "no_show": missed,
        "late_cancel": late,
        "refilled": refilled,
        "refill_known": missed + late,
        "waits": due,
        "wait_days": int(days.sum()),
        "wait_days_squared": int((days**2).sum()),
    }


def attendance(seed: int = 1, *, weeks: int = 24, sites: tuple[str, ...] = SITES) -> pd.DataFrame:
    """Weekly groups of every site: all visits, and split by modality into the same visits."""
    return _attendance(seed, weeks, sites).copy()


@lru_cache
def _attendance(seed: int, weeks: int, sites: tuple[str, ...]) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for site, week in product(sites, range(weeks)):
        parts = [visits(random, size, 0.18) for size in (60, 30, 15)]
        total = {name: sum(part[name] for part in parts) for name in parts[0]}
        rows.append(attendance_row(site, "week", week, **total))
        for modality, part in zip(MODALITIES, parts, strict=True):
            rows.append(attendance_row(site, "week", week, f"modality={modality}", **part))
    return pd.DataFrame(rows)


def retention_row(
    site: str, grain: str, week: int, in_care: int, stratum: str = "all", **counts: Any
) -> dict[str, Any]:
    """One retention group's row for one week in care."""
    row = attendance_row(site, grain, week, stratum, state=counts.pop("state", "published"))
    row = {name: row[name] for name in ("site", "grain", "period_start", "stratifier", "stratum", "state")}
    empty = 0 if row["state"] == "published" else None
    numbers = {name: counts.get(name, empty) for name in ("patients", *RETENTION_COUNTS)}
    return {**row, "week_in_care": in_care, **numbers}


def retention(seed: int = 1, *, weeks: int = 24, sites: tuple[str, ...] = SITES) -> pd.DataFrame:
    """Four-week groups of every site: a weekly hazard of leaving that falls from 6 % to 2 %."""
    return _retention(seed, weeks, sites).copy()


@lru_cache
def _retention(seed: int, weeks: int, sites: tuple[str, ...]) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for site, week, stratum in product(sites, range(0, weeks, 4), ("all", "modality=in_person", "modality=video")):
        at_risk = 60
        for in_care in range(53):
            left = int(random.binomial(at_risk, 0.06 if in_care < 6 else 0.02))
            first = {"starts_followed": at_risk, "left_after_first": left // 2} if in_care == 0 else {}
            rows.append(
                retention_row(
                    site, "4weeks", week, in_care, stratum, patients=60, at_risk=at_risk, unplanned=left, **first
                )
            )
            at_risk = max(at_risk - left, 12)
    return pd.DataFrame(rows)


def repeats(
    *, sites: tuple[str, ...] = SITES, weeks: int = 24, outcome: str = "no_show", inflation: float = 2.0
) -> pd.DataFrame:
    """Sums over patients whose design effect is `inflation`: 8 visits each, the spread of their misses set to fit."""
    rows = []
    spans = [("4weeks", 4), ("12weeks", 12), ("24weeks", 24), ("all", weeks)]
    for site, (window, length), stratum in product(
        ("*", *sites), spans, ("all", "modality=in_person", "modality=video")
    ):
        for start in range(0, weeks, length):
            rows.append(repeat_row(outcome, site, window, start, stratum, patients=50 * length, inflation=inflation))
    return pd.DataFrame(rows)


def repeat_row(
    outcome: str, site: str, window: str, week: int, stratum: str = "all", *, patients: int, inflation: float
) -> dict[str, Any]:
    """One window: every patient has 8 visits and a quarter of all visits are missed."""
    stratifier, _, value = stratum.rpartition("=")
    n, events = 8 * patients, 2 * patients
    spread = inflation * n * 0.25 * 0.75 * (patients - 1) / patients  # sum over patients of (y - p m)^2
    yy = spread + 2 * 0.25 * (8 * events) - 0.25**2 * (64 * patients)
    return {
        "outcome": outcome,
        "site": site,
        "window": window,
        "window_start": monday(week),
        "stratifier": stratifier or value,
        "stratum": value,
        "state": "published",
        "n": n,
        "events": events,
        "patients": patients,
        "mm": 64 * patients,
        "my": 8 * events,
        "yy": round(yy),
    }


def contrast(
    table: tuple[tuple[str, int, int, int, int], ...] = (
        ("0", 0, 0, 4000, 200),
        ("1-2", 0, 0, 2000, 400),
        ("3-6", 1500, 330, 1000, 250),
        ("7-13", 1800, 430, 900, 250),
        ("14-29", 2000, 560, 800, 260),
        ("30+", 1200, 370, 500, 180),
    ),
    *,
    outcome: str = "no_show",
) -> pd.DataFrame:
    """Lead-time bands of (label, exposed visits, missed, other visits, missed): reminders go where misses are."""
    rows = []
    for place, (label, n1, y1, n0, y0) in enumerate(table):
        for exposed, n, events in ((True, n1, y1), (False, n0, y0)):
            rows.append(
                {"component": COMPONENT, "outcome": outcome, "confounder": "lead_time", "stratum": label}
                | {"exposed": exposed, "position": place, "state": "published"}
                | {"patients": n // 2, "n": n, "events": events}
            )
    return pd.DataFrame(rows)


def contrast_repeats(cells: pd.DataFrame, *, outcome: str = "no_show") -> pd.DataFrame:
    """Sums as if each patient had two visits in one arm, missed independently of each other: design effect about 1."""
    rows = []
    seen = cells[cells["n"] > 0].groupby("stratum")["exposed"].nunique()
    for scope in ("all", "comparable"):
        part = cells if scope == "all" else cells[cells["stratum"].isin(seen[seen == 2].index)]
        row: dict[str, Any] = {"component": COMPONENT, "outcome": outcome, "scope": scope}
        for arm, exposed in (("1", True), ("0", False)):
            n, y = (int(part.loc[part["exposed"] == exposed, name].sum()) for name in ("n", "events"))
            p = y / n if n else 0.0
            people = n // 2
            yy = round(people * (2 * p * (1 - p) + 4 * p * p))
            row |= {
                f"n{arm}": n,
                f"y{arm}": y,
                f"patients{arm}": people,
                f"mm{arm}": 4 * people,
                f"my{arm}": 2 * y,
                f"yy{arm}": yy,
            }
        row["patients"] = row["patients1"] + row["patients0"]
        rows.append(row | dict.fromkeys(("m1m0", "y1y0", "m1y0", "y1m0"), 0))
    return pd.DataFrame(rows)


def frames(seed: int = 1) -> dict[str, pd.DataFrame]:
    """A whole small release: two sites, 24 weeks, modality strata, one component, what the ingest found."""
    cells = contrast()
    return {
        "site": pd.DataFrame({"site": SITES, "position": range(len(SITES)), "merged_sites": 1}),
        "category": pd.DataFrame(
            {"stratifier": "modality", "stratum": MODALITIES, "position": range(3), "merged_categories": 1}
        ),
        "rollout": pd.DataFrame(
            {
                "site": ["North"],
                "component": ["ai_scheduling"],
                "went_live_on": [monday(12)],
                "ended_on": [None],
                "version": ["1"],
            }
        ),
        "attendance_cells": attendance(seed),
        "retention_cells": retention(seed),
        "repeat_cells": pd.concat([repeats(outcome=name) for name in ("no_show", "late_cancel", "slots_lost", "wait")]),
        "contrast_cells": cells,
        "contrast_repeats": contrast_repeats(cells),
        "reconciliation": pd.DataFrame(
            {"table_name": ["appointment", "patient"], "rows_read": [5060, 900], "kept": [5050, 900]}
            | {
                "dropped_by_policy": [4, 0],
                "changed": [5050, 900],
                "waiting": [0, 0],
                "latest_on": [date(2024, 7, 30), None],
            }
        ),
        "quarantine_count": pd.DataFrame(
            {
                "table_name": ["appointment"] * 2,
                "reason": ["booked_after_start", "starts_at_unreadable"],
                "rows": [4, 2],
            }
        ),
        "quality_result": pd.DataFrame(
            {
                "check_name": ["quarantined_share", "volume"],
                "table_name": ["appointment"] * 2,
                "state": ["passed", "passed"],
            }
            | {"numerator": [6.0, 5060.0], "denominator": [5060.0, 5000.0], "threshold": [0.05, 0.5]}
            | {"failed_rows": [6, 0], "detail": ["", ""]}
        ),
        **privacy_frames(),
    }


def privacy_frames() -> dict[str, pd.DataFrame]:
    """What shows that no identifier left, and one approved quote."""
    looked_at = {"looked_at": 5060, "hits": 0}
    rows: dict[str, dict[str, object]] = {
        "policy_drop": {"table_name": "appointment", "reason": "repeat_of_identical_row", "rows": 4},
        "policy_column": {"table_name": "patient", "column_name": "email", "privacy_class": "direct"}
        | {"action": "drop", "mapped": True, "reason": "names a person"},
        "privacy_check": {"item": 1, "title": "Names", "state": "passed", "checked": "every word"} | looked_at,
        "sweep_result": {"place": "warehouse", "needle": "known identifiers", "made_at": pd.Timestamp("2024-08-01")}
        | {"needles": 3600}
        | looked_at,
        "risk_figure": {"measure": "prosecutor", "value": 0.05, "state": "published", "meaning": "at worst 1 in 20"},
        "attestation": {"position": 0, "about": "actual_knowledge", "attested_by": "A. Officer"}
        | {"attested_on": date(2024, 7, 1), "says": "No one here can tell who is who."},
        "quote": {"quote_id": 71, "year": 2024, "kind": "comment", "text": "The new reminders feel cold."},
    }
    return {name: pd.DataFrame([row]) for name, row in rows.items()}


def store_at(folder: Path, name: str = "warehouse.sqlite") -> Store:
    """An empty, migrated warehouse in a folder."""
    store = open_store(f"sqlite:///{folder / name}")
    (folder / name).write_bytes(_empty_warehouse())  # migrated once: it takes a moment
    return store


@lru_cache
def _empty_warehouse() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite"
        store = open_store(f"sqlite:///{file}")
        store.migrate()
        store.close()
        return file.read_bytes()


def small_practice(folder: Path, seed: int = 1, **changes: Any) -> Store:
    """A warehouse with one small release in it; `changes` are made to its header."""
    store = store_at(folder)
    store.publish(header(**changes), frames(seed))
    return store
