"""Under which version of its definition was a period counted, and where does a series break for that?

A release carries over what was published before, as it was counted then. Where only how a figure is worked out from the
counts has changed, the whole series is worked out anew and nothing breaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from warehouse.frames import Columns


@dataclass(frozen=True)
class Change:
    """What a new version of a definition changed. recounted: is something else counted, or in another way?"""

    version: int
    says: str
    recounted: bool


@dataclass(frozen=True)
class Era:
    """A version of a definition and the first Monday counted under it; None: from the beginning."""

    version: int
    since: date | None


def eras(metric: str, held: Columns) -> tuple[Era, ...]:
    """The versions a release's periods were counted under, in order of time; none where it does not say."""
    found = []
    for place in np.flatnonzero(held["metric"] == metric):
        day = held["counted_from"][place]
        found.append(Era(int(held["version"][place]), None if np.isnat(day) else day.astype("datetime64[D]").item()))
    return tuple(sorted(found, key=lambda era: (era.since is not None, era.since or date.min, era.version)))


def note(known: Sequence[Era], counting: int, period: date | None) -> str:
    """What must be said with the figure of a period (None: everything published); "" where there is one version.

    counting: the version counted under now.
    """
    if period is not None:
        mine = [era for era in known if era.since is None or era.since <= period]
        old = mine[-1].version if mine else counting
        return "" if old == counting else f"counted under version {old} of its definition, which is {counting} now"
    held = [era for era in known if era.since is not None]
    if held:
        parts = [f"under version {era.version} from {era.since} on" for era in held]
        return f"its definition changed: counted under version {known[0].version}, {', '.join(parts)}"
    return note(known, counting, date.max)


def breaks(known: Sequence[Era]) -> tuple[Era, ...]:
    """Where a series of these versions breaks."""
    return tuple(era for era in known if era.since is not None)
