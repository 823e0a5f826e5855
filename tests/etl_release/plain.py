"""The slow way: the same counts by looping over rows in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd

Row = dict[str, Any]
WEEKS = {"week": 1, "4weeks": 4, "12weeks": 12, "24weeks": 24}


def is_rebooked(missed: Row, rows: Iterable[Row], days: int = 14) -> bool:
    for row in rows:
        if row["rebooked_from"] == missed["appointment_id"]:
            return True
        booked = row["booked_on"]
        if row["patient_id"] != missed["patient_id"] or booked is None:
            continue
        soon = missed["starts_on"] <= booked <= missed["starts_on"] + timedelta(days=days)
        if soon and row["starts_on"] > missed["starts_on"]:
            return True
    return False


def count(rows: list[Row], rebooked: set[int]) -> dict[str, int]:
    """Every count of attendance_cells over these appointments."""
    held = [row for row in rows if row["status"] in ("attended", "no_show")]
    lost = [row for row in rows if row["status"] in ("no_show", "late_cancel")]
    waits = [(row["starts_on"] - row["booked_on"]).days for row in held if row["booked_on"] is not None]
    fees = [row["fee"] for row in rows if row["status"] == "attended" and row["fee"] is not None]
    found = {
        word: sum(row["status"] == word for row in rows)
        for word in (
            "attended",
            "no_show",
            "late_cancel",
            "cancelled_patient",
            "cancelled_practice",
            "rescheduled",
            "unknown",
        )
    }
    return found | {
        "patients": len({row["patient_id"] for row in rows}),
        "booked": len(rows),
        "refilled": sum(row["refilled"] is True for row in lost),
        "refill_known": sum(row["refilled"] is not None for row in lost),
        "rebooked": sum(row["status"] == "no_show" and row["appointment_id"] in rebooked for row in rows),
        "exposed": sum(bool(row["exposed"]) for row in held),
        "waits": len(waits),
        "wait_days": sum(waits),
        "wait_days_squared": sum(days * days for days in waits),
        "fees": len(fees),
        "fee_cents": sum(fees),
        "lost_fee_cents": sum(row["fee"] or 0 for row in lost if row["refilled"] is not True),
    }


def squares(rows: list[Row], visits: Callable[[Row], int], events: Callable[[Row], int]) -> dict[str, int]:
    """n, events, patients and the sums over patients of m*m, m*y, y*y."""
    own: dict[int, list[int]] = {}
    for row in rows:
        m, y = own.setdefault(row["patient_id"], [0, 0])
        own[row["patient_id"]] = [m + visits(row), y + events(row)]
    pairs = list(own.values())
    return {
        "n": sum(m for m, _ in pairs),
        "events": sum(y for _, y in pairs),
        "patients": sum(m > 0 for m, _ in pairs),
        "mm": sum(m * m for m, _ in pairs),
        "my": sum(m * y for m, y in pairs),
        "yy": sum(y * y for _, y in pairs),
    }


def inside(rows: Iterable[Row], site: str, grain: str, start: date) -> list[Row]:
    """The appointments of one atom; "*" is every site."""
    end = start + timedelta(weeks=WEEKS[grain])
    return [row for row in rows if start <= row["starts_on"] < end and site in ("*", row["site_id"])]


def lead_band(row: Row) -> int:
    """The number of the lead-time band; 6 = not recorded."""
    if row["booked_on"] is None:
        return 6
    days = (row["starts_on"] - row["booked_on"]).days
    return sum(days >= low for low in (1, 3, 7, 14, 30))


def released(rows: Iterable[Row], cells: pd.DataFrame) -> list[Row]:
    """The appointments in published undivided atoms."""
    shown = cells[(cells["stratifier"] == "all") & (cells["state"] == "published")]
    weeks = {
        (site, start + timedelta(weeks=n))
        for site, grain, start in shown[["site", "grain", "period_start"]].itertuples(index=False)
        for n in range(WEEKS[grain])
    }
    return [
        row for row in rows if (row["site_id"], row["starts_on"] - timedelta(days=row["starts_on"].weekday())) in weeks
    ]
