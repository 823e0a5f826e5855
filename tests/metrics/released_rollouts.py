"""A made-up release of three sites over 150 weeks, with a component that went live at two of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tests.metrics.practices import World, simulate
from tests.metrics.releases import attendance_row, header, monday
from warehouse.store import Store, open_store

WEEKS = 150
LIVE = (104, 112, None)
NOBODY = (None, None, None)
SITES = ("s00", "s01", "s02")
FEE_CENTS = 10_000


def practice(
    folder: Path,
    *,
    store: Store | None = None,
    effect: float = -0.4,
    live: tuple[int | None, ...] = LIVE,
    **changes: object,
) -> Store:
    """A warehouse of three sites over 150 weeks; a component went live at two of them."""
    panel, _ = simulate(World(weeks=WEEKS, effect=effect, visits=150), live, np.random.default_rng(4))
    rows = [
        attendance_row(row.site, "week", int(row.week), attended=int(row.n - row.events), no_show=int(row.events))
        | {"patients": 60, "refill_known": int(row.events)}
        | {"fees": int(row.n - row.events), "fee_cents": int(row.n - row.events) * FEE_CENTS}
        for row in panel.itertuples()
    ]
    rollout = [
        {"site": site, "component": "ai_scheduling", "went_live_on": monday(week), "ended_on": None, "version": None}
        for site, week in zip(SITES, live, strict=True)
        if week is not None
    ]
    store = store or open_store(f"sqlite:///{folder / 'w.sqlite'}")
    store.migrate()
    told = {
        "site": pd.DataFrame([{"site": site, "position": at, "merged_sites": 1} for at, site in enumerate(SITES)]),
        "attendance_cells": pd.DataFrame(rows),
        "rollout": pd.DataFrame(rollout) if rollout else None,
        **{name: frame for name, frame in changes.items() if isinstance(frame, pd.DataFrame)},
    }
    known = {name: frame for name, frame in told.items() if frame is not None}
    store.publish(header(published_until=monday(WEEKS), data_end=monday(WEEKS)), known)
    return store
