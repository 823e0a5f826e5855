"""How alike are two answers of one patient once they are cut in two, if as they are they correlate so much?"""

from __future__ import annotations

import numpy as np
from scipy import special

from metrics.declare import Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
STRONGEST = 0.99


def cut_in_two(correlation: Floats, share: Floats) -> Floats:
    """The correlation of two yes-or-no answers, cut where `share` of two normal scores with this correlation lies.

    (P(both past) - share^2) / (share (1 - share)), the first by the tetrachoric integral [1]: never above the
    correlation itself. Arrays of one length; correlation in [0, 1), share in (0, 1); nan stays nan.
    [1] Pearson 1900, Phil Trans R Soc A 195:1.
    """
    cut = special.ndtri(share)[:, None]
    half = np.arcsin(np.clip(correlation, 0.0, STRONGEST))[:, None] / 2
    angle = half * (1 + NODES)
    both = (half[:, 0] / (2 * np.pi)) * (np.exp(-(cut**2) / (1 + np.sin(angle))) @ WEIGHTS)
    return np.asarray(both / (share * (1 - share)))


def effect_past_cut(effect: Floats, own_visits: Floats, share: Floats, n: Floats) -> Floats:
    """The design effect of a share past a cut-off, from that of the mean score; at least 1.

    effect: 1 + (own_visits - 1) x correlation, with own_visits the sum of the squares of patients' counts over that of
    the counts. Where those are not known, that of the mean: an upper limit.
    """
    spare = own_visits - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.where(spare > 0, (effect - 1) / spare, np.nan)
        inside = np.clip(share, 0.5 / n, 1 - 0.5 / n)
    known = np.isfinite(correlation) & np.isfinite(inside) & (correlation < 1)
    found = cut_in_two(np.where(known, correlation, 0.0), np.where(known, inside, 0.5))
    return np.maximum(np.where(known, 1 + np.where(spare > 0, spare, 0.0) * found, effect), 1.0)
