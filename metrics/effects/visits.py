"""Which visits count, and which of them are the event? Per row of `attendance_cells`."""

from __future__ import annotations

import numpy as np

from metrics.effects.panels import Floats
from warehouse.frames import Columns

MILLIONTHS = 1_000_000.0


def no_shows(rows: Columns) -> dict[str, Floats]:
    n = add(rows, "attended", "no_show")
    return {"n": n, "events": add(rows, "no_show"), **_foreseen(rows, "no_show")}


def late_cancels(rows: Columns) -> dict[str, Floats]:
    return {"n": add(rows, "attended", "no_show", "late_cancel"), "events": add(rows, "late_cancel")}


def slots_lost(rows: Columns) -> dict[str, Floats]:
    freed = add(rows, "no_show", "late_cancel")
    lost = np.maximum(freed - add(rows, "refilled"), 0)
    n = freed + add(rows, "attended")
    return {"n": n, "events": lost, **_foreseen(rows, "lost")}


def add(rows: Columns, *names: str) -> Floats:
    return np.sum([rows[name].astype(float) for name in names], axis=0)


def _foreseen(rows: Columns, outcome: str) -> dict[str, Floats]:
    """What the declared confounders of the visits let expect, and of how many they are known."""
    names = (f"{outcome}_modelled", f"{outcome}_expected")
    if any(name not in rows for name in names):
        return {}
    modelled, expected = (np.nan_to_num(rows[name].astype(float)) for name in names)
    return {"modelled": modelled, "expected": expected / MILLIONTHS}
