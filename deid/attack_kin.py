"""Which tables count the same rows, and do the groups of one less those of the other tell of a third?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from deid.attack_families import undivided
from deid.attack_systems import numbered, of_several

Frames = Mapping[str, pd.DataFrame]

ENDED = "courses of care that ended"
TOGETHER = {  # what they count: how the names begin that `undivided` gives the tables
    ENDED: ("outcome_cells",),
    "requests for care": ("triage_cells", "time_cells right_care"),
    "missed visits": ("time_cells rebooking",),  # and attendance_cells
}


def told_together(frames: Frames, grid_start: object) -> Iterator[str]:
    """What follows from two tables that count the same rows, and from neither alone? Sentences, without values."""
    for what in TOGETHER:
        yield from told_of(what, frames, grid_start)


def told_of(what: str, frames: Frames, grid_start: object) -> Iterator[str]:
    """The same of one kind of rows, named as in `TOGETHER`."""
    found = [rows for name, rows in undivided(frames) if name.startswith(TOGETHER[what])]
    visits = frames.get("attendance_cells")
    if what == "missed visits" and visits is not None and len(visits):
        found.append(visits.assign(booked=visits["no_show"]))
    tables = [numbered(rows, grid_start) for rows in found]
    for at, one in enumerate(tables):
        for other in tables[:at]:
            yield from of_several([one, other], what)
