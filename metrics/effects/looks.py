"""How often may we look at an effect, and what may each look conclude, so that a quiet year stays quiet?

A fixed 95 % interval looked at ten times is wrong in 19 of 100 quiet years. Between the looks that a plan has locked,
a page shows the band of `anytime_band`, which may be read at any time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize, special

from metrics.errors import CellError

Floats = np.ndarray[Any, np.dtype[np.float64]]

SMALLEST_GROWTH = 0.02  # a look counts only if information grew by 2 % since the last that counted
_NODES_PER_STEP, _FEWEST_NODES = 5, 48  # of the integration, per standard deviation of an increment
_MOST_STEPS = 300
_SURE = 12.0  # standard deviations: no bound lies further out


@dataclass(frozen=True)
class Look:
    """One look. bound: the effect must exceed so many standard errors; counted: False = keep what was said before.

    share: information so far / information at the plan's end. spent: chance of a wrong word so far, of `alpha`.
    """

    share: float
    bound: float
    spent: float
    counted: bool


def obrien_fleming_looks(information: Sequence[float], planned: float, *, alpha: float = 0.05) -> tuple[Look, ...]:
    """What must an effect exceed at each look, if all looks together may err with chance `alpha` (two-sided)?

    information: 1 / squared standard error at each look so far; planned: at the plan's end. Lan and DeMets' spending of
    O'Brien-Fleming's kind, 4 (1 - Phi(z(1 - alpha/4) / sqrt(share))) [1]: what is spent follows the
    information, so a look that is missed or late changes nothing else. A look with less than 2 % more information
    than the last does not count. Raises CellError for information that is not above 0.
    [1] Lan & DeMets 1983, Biometrika 70:659.
    """
    if not planned > 0 or not all(each > 0 for each in information):
        raise CellError("information is 1 over a squared standard error: above 0")
    shares = [min(each / planned, 1.0) for each in information]
    counted = _counted(shares)
    bounds = iter(_bounds(tuple(share for share, told in zip(shares, counted, strict=True) if told), alpha)[0])
    found: list[Look] = []
    for share, told in zip(shares, counted, strict=True):
        bound = next(bounds) if told else (found[-1].bound if found else math.inf)
        spent = _spent(share, alpha) if told else (found[-1].spent if found else 0.0)
        found.append(Look(share, bound, spent, told))
    return tuple(found)


def pocock_constant(looks: int, *, alpha: float = 0.05) -> float:
    """The one bound for so many evenly spaced looks (Pocock 1977, Biometrika 64:191), in standard errors."""
    return _constant(looks, alpha, lambda place: 1.0)


def obrien_fleming_constant(looks: int, *, alpha: float = 0.05) -> float:
    """The last bound of so many evenly spaced looks; look k's is sqrt(looks / k) times it (O'Brien & Fleming 1979)."""
    return _constant(looks, alpha, lambda place: math.sqrt(looks / place))


def error_of_peeking(looks: int, *, alpha: float = 0.05) -> float:
    """How often does one of so many evenly spaced looks at a fixed interval find an effect that is not there?"""
    fixed = float(special.ndtri(1 - alpha / 2))
    return _crossing([place / looks for place in range(1, looks + 1)], [fixed] * looks)


class Anytime(NamedTuple):
    """An interval that holds however often it is read, and the p-value of no effect that belongs to it."""

    low: float
    high: float
    p: float


def anytime_band(
    value: float, error: float, *, share: float, alpha: float = 0.05, mixing: float | None = None
) -> Anytime:
    """Between which limits does the effect lie, read as often as one likes?

    error: standard error now. share: information now / information where the band shall be narrowest (26 weeks in
    Rapport's plans). Normal mixture [1]: half-width error sqrt((1 + 1/x) log((1 + x) / alpha^2)), x = share times
    `mixing`, by default what makes it narrowest at share 1. It errs less than alpha, for it pays for looking for ever.
    [1] Waudby-Smith et al. 2021, arXiv 2103.06476.
    """
    if not error > 0 or not share > 0 or not 0 < alpha < 1:
        raise CellError("error and share are above 0, and alpha lies between 0 and 1")
    x = share * (narrowest_mixing(alpha) if mixing is None else mixing)
    reach = error * math.sqrt((1 + 1 / x) * math.log((1 + x) / alpha**2))
    log_evidence = (value / error) ** 2 * x / (2 * (1 + x)) - math.log1p(x) / 2
    return Anytime(value - reach, value + reach, math.exp(-max(log_evidence, 0.0)))


def narrowest_mixing(alpha: float = 0.05) -> float:
    """The x that makes the band narrowest: the root of log((1 + x) / alpha^2) = x; 8.21 at alpha .05."""
    return float(optimize.brentq(lambda x: math.log((1 + x) / alpha**2) - x, 0.1, 100))


def approximate_mixing(alpha: float = 0.05) -> float:
    """The closed form others print for it: -2 log alpha + log(1 - 2 log alpha); 7.94 at alpha .05."""
    return -2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))


def _counted(shares: Sequence[float]) -> list[bool]:
    told, last = [], 0.0
    for share in shares:
        told.append(share >= last * (1 + SMALLEST_GROWTH) and last < 1)
        last = share if told[-1] else last
    return told


def _spent(share: float, alpha: float) -> float:
    return float(4 * special.ndtr(-special.ndtri(1 - alpha / 4) / math.sqrt(share)))


@lru_cache(maxsize=1024)  # a look asks for the bounds of all before it, which the look before had asked for
def _bounds(shares: tuple[float, ...], alpha: float) -> tuple[tuple[float, ...], _Path]:
    """The bound of each look, so that the chance of having crossed any so far is what may be spent by then."""
    if not shares:
        return (), _Path()
    *earlier, share = shares
    bounds, path = _bounds(tuple(earlier), alpha)
    bound = path.bound(share, _spent(share, alpha) - (_spent(earlier[-1], alpha) if earlier else 0.0))
    return (*bounds, bound), path.after(share, bound)


def _crossing(shares: Sequence[float], bounds: Sequence[float]) -> float:
    path, total = _Path(), 0.0
    for share, bound in zip(shares, bounds, strict=True):
        total += path.beyond(share, bound)
        path = path.after(share, bound)
    return total


def _constant(looks: int, alpha: float, shape: Callable[[int], float]) -> float:
    if looks < 1:
        raise CellError("a plan has one look or more")
    places = range(1, looks + 1)
    shares, shapes = [place / looks for place in places], [shape(place) for place in places]
    return float(
        optimize.brentq(lambda c: _crossing(shares, [c * each for each in shapes]) - alpha, 1.0, 6.0, xtol=1e-7)
    )


@cache
def _nodes(steps: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [-1, 1] for a range of so many standard deviations of an increment."""
    places, weights = np.polynomial.legendre.leggauss(max(_FEWEST_NODES, _NODES_PER_STEP * steps))
    return places, weights


@dataclass(frozen=True)
class _Path:
    """Where z * sqrt(share) can be if no bound was crossed yet: a density on nodes (recursive integration [1]).

    [1] Armitage, McPherson & Rowe 1969, JRSS A 132:235.
    """

    share: float = 0.0
    nodes: Floats = field(default_factory=lambda: np.zeros(1))
    mass: Floats = field(default_factory=lambda: np.ones(1))  # density times the node's weight

    def beyond(self, share: float, bound: float) -> float:
        """The chance to cross this bound now, not having crossed one before."""
        limit, spread = bound * math.sqrt(share), math.sqrt(share - self.share)
        tails = special.ndtr((self.nodes - limit) / spread) + special.ndtr((-limit - self.nodes) / spread)
        return float(self.mass @ tails)

    def bound(self, share: float, due: float) -> float:
        """The bound that is crossed with the chance `due`."""
        if due <= self.beyond(share, _SURE):
            return _SURE
        return float(optimize.brentq(lambda z: self.beyond(share, z) - due, 0.0, _SURE, xtol=1e-9))

    def after(self, share: float, bound: float) -> _Path:
        """Where it can be after a look that did not cross its bound."""
        limit, spread = bound * math.sqrt(share), math.sqrt(share - self.share)
        limit = min(limit, _SURE * math.sqrt(share) / 1.4)  # nothing lies further out than 8.6 standard deviations
        places, weights = _nodes(int(np.clip(2 * limit / spread, 1, _MOST_STEPS)) + 1)
        nodes = places * limit
        density = np.exp(-(((nodes[:, None] - self.nodes) / spread) ** 2) / 2) / (spread * math.sqrt(2 * math.pi))
        return _Path(share, nodes, (density @ self.mass) * weights * limit)
