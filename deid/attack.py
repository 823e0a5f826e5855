"""Can somebody with every published figure compute one that was withheld? Used by the tests and by `rapport check`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deid.disclosure import GRAINS, may_show

EXACT = 1e-7  # sums of zeros and ones: a combination is exact or far off


def recoverable(published: NDArray[np.float64], hidden: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which hidden sums are a linear combination of published ones?

    published, hidden: one row per sum, one column per finest group, 1 where the sum includes the group. True where a
    hidden row lies in the row space of the published ones.
    """
    if not len(hidden) or not len(published):
        return np.zeros(len(hidden), dtype=bool)
    _, sizes, directions = np.linalg.svd(published, full_matrices=False)
    basis = directions[sizes > sizes.max(initial=0.0) * 1e-10]
    rest = hidden - (hidden @ basis.T) @ basis
    return np.asarray(np.abs(rest).max(axis=1) < EXACT)


def faults(cells: pd.DataFrame, k: int, everywhere: str = "*") -> list[str]:
    """What in a table of released groups breaks the k-rule or overlaps? A sentence for each fault, no values.

    cells: site, grain, week (weeks since the grid began), stratifier, stratum, state, patients; one row per group.
    """
    found: list[str] = []
    shown = cells[cells["state"] == "published"]
    if not all(may_show(int(n), k) for n in shown["patients"]):
        found.append(f"A published group has between 1 and {k - 1} patients.")
    if cells.loc[cells["state"] != "published", "patients"].notna().any():
        found.append("A withheld group carries a number.")
    taken: set[tuple[str, str, str, int]] = set()
    wide: set[tuple[str, str, int]] = set()
    for name, stratum, site, grain, week in zip(
        cells["stratifier"], cells["stratum"], cells["site"], cells["grain"], cells["week"], strict=True
    ):
        for covered in range(week, week + GRAINS[grain]):
            if (name, stratum, site, covered) in taken:
                found.append(f"Two groups of {name} overlap.")
            taken.add((name, stratum, site, covered))
            if site == everywhere:
                wide.add((name, stratum, covered))
    if any(site != everywhere and (name, stratum, week) in wide for name, stratum, site, week in taken):
        found.append("A group of all sites overlaps a group of one site.")
    return sorted(set(found))
