"""Under which version of each definition is what a release publishes counted?

Published periods are carried over as they were counted then, so a definition that changed holds for later ones alone
until everything is made anew. Which definitions there are is told from outside: what they mean is no matter of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

COLUMNS = ("metric", "version", "counted_from")


def frame(versions: Mapping[str, int], previous: pd.DataFrame | None, published_until: date | None) -> pd.DataFrame:
    """The rows of `definition`, without release_id. versions: metric -> the version its counts are made under now.

    previous: the rows of the release whose periods are carried over, None where nothing is. published_until: the first
    Monday that release did not publish yet.
    """
    known = _known(previous)
    rows = []
    for metric, version in versions.items():
        before = known.get(metric, [(version, None)])
        carried = [one for one in before if one[0] != version]
        again = next((one for one in before if one[0] == version), (version, published_until))
        rows += [(metric, *one) for one in [*carried, again]]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _known(previous: pd.DataFrame | None) -> dict[str, list[tuple[int, Any]]]:
    found: dict[str, list[tuple[int, Any]]] = {}
    for metric, version, since in () if previous is None else previous[list(COLUMNS)].itertuples(index=False):
        found.setdefault(metric, []).append((int(version), None if pd.isna(since) else since))
    return found
