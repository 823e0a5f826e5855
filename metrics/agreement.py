"""Do two readers, or automation and a clinician, say the same of the same cases?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from metrics.errors import CellError
from metrics.estimate import Estimate, cannot_say
from metrics.intervals import wilson

UNIT = "kappa"
ONE_WORD = "both readers gave one and the same word to every case: agreement by chance is complete"


@dataclass(frozen=True)
class Agreement:
    """Of n cases read twice. agreed: the share with the same word. kappa: agreement beyond chance, 1 = complete."""

    n: int
    agreed: Estimate
    kappa: Estimate


def cohen_kappa(table: pd.DataFrame, *, weights: str | None = None, level: float = 0.95) -> Agreement:
    """How far do two readers agree, beyond what chance would give?

    table: counts, the first reader's words down and the second's across, the same words in the same order. weights:
    None (a word is right or wrong), or "linear" or "quadratic" for words in order (levels of urgency). Normal limits
    with the large-sample variance [1], kept within [-1, 1]; `agreed` is unweighted, with Wilson's limits.
    Raises CellError for another table, other weights, or no case.
    [1] Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323.
    """
    counts = table.to_numpy(dtype=float)
    if list(table.index) != list(table.columns) or not bool((counts >= 0).all()):
        raise CellError("the table needs the same words down and across, and counts that are not negative")
    n = counts.sum()
    if not n > 0:
        raise CellError("no case was read twice")
    p, credit = counts / n, _credit(len(counts), weights)
    same = float(np.trace(counts))
    agreed = Estimate(same / n, *wilson(same, n, level), int(n), "share")
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float((credit * p).sum()), float(rows @ credit @ columns)
    if 1 - chance < 1e-12:
        return Agreement(int(n), agreed, cannot_say(ONE_WORD, unit=UNIT, n=int(n)))
    kappa = (observed - chance) / (1 - chance)
    mean = (credit @ columns)[:, None] + (rows @ credit)[None, :]
    spread = float((p * (credit - mean * (1 - kappa)) ** 2).sum() - (kappa - chance * (1 - kappa)) ** 2)
    reach = float(special.ndtri(0.5 + level / 2)) * np.sqrt(max(spread, 0.0) / n) / (1 - chance)
    return Agreement(int(n), agreed, Estimate(kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0), int(n), UNIT))


def crossed(first: Sequence[str], second: Sequence[str], words: Sequence[str]) -> pd.DataFrame:
    """The table `cohen_kappa` reads, of cases in the same order. Raises CellError for a word that is not listed."""
    if len(first) != len(second) or not {*first, *second} <= set(words):
        raise CellError("both readers must have read the same cases, with listed words only")
    pairs = pd.crosstab(pd.Series(list(first)), pd.Series(list(second)))
    return pairs.reindex(index=list(words), columns=list(words), fill_value=0)


def _credit(many: int, weights: str | None) -> np.ndarray:
    """How much of an agreement each pair of words is worth."""
    if weights not in (None, "linear", "quadratic"):
        raise CellError('weights must be "linear" or "quadratic", or left out')
    if weights is None or many < 2:
        return np.eye(many)
    apart = np.abs(np.subtract.outer(np.arange(many), np.arange(many))) / (many - 1)
    return np.asarray(1 - apart if weights == "linear" else 1 - apart**2)
