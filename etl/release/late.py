"""Over which weeks do the vault's rows no longer make up what was published of them?

Appointments that come late wait in the vault; a questionnaire or a comment that comes late does not. Strata, or a
window of weeks, decided after the undivided group would then add to more than it: the difference would be the late row.
So where any count changed, the rest of those twelve weeks waits until published periods are made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from deid.disclosure import BLOCK, CHUNK
from etl.release.grid import Grid


def chunks_changed(
    now: Mapping[str, pd.DataFrame],
    published: Mapping[str, pd.DataFrame],
    keys: Mapping[str, Sequence[str]],
    grid: Grid,
) -> set[int]:
    """First weeks of all chunks of a block in which a published group would now be told otherwise.

    now, published: table -> its undivided rows of the same atoms; keys: what names a row besides site and period.
    """
    found: set[int] = set()
    for name, rows in now.items():
        at = ["site", "grain", "period_start", *keys[name]]
        counts = [column for column in published[name].columns if column in rows and column not in (*at, *_WORDS)]
        old, new = (_plain(frame, at, counts) for frame in (published[name], rows))
        different = pd.concat([old, new]).drop_duplicates(keep=False)
        for day in different["period_start"].unique():
            first = grid.week(day) // BLOCK * BLOCK
            found.update(range(first, first + BLOCK, CHUNK))
    return found


_WORDS = ("state", "stratifier", "stratum", "release_id")


def _plain(rows: pd.DataFrame, at: Sequence[str], counts: Sequence[str]) -> pd.DataFrame:
    numbers = {name: pd.to_numeric(rows[name]).astype("Float64").fillna(-1).astype("int64") for name in counts}
    return rows[[*at]].assign(period_start=pd.to_datetime(rows["period_start"]), **numbers).reset_index(drop=True)
