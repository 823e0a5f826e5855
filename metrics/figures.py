"""How are shares, means, rates and differences worked out for many groups at once, with honest limits?

Arrays are in the order of the groups; nan where a group says nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special

from metrics.declare import Flags, Floats, Measured, Texts
from metrics.intervals import wilson_limits
from metrics.repeats import NOT_KNOWN, Repeats

LEVEL = 0.95
WILSON = "Wilson 1927, JASA 22:209"
T_LIMITS = "mean with a t interval"
DEFF = ", n divided by the design effect of the patients' own sums (Kish 1965, Survey Sampling)"


def share(events: Floats, n: Floats, repeats: Repeats | None = None, *, enough: Floats | None = None) -> Measured:
    """What share of n? Wilson limits on n, divided by the design effect where visits of one patient are alike."""
    effect = repeats.design_effect if repeats else np.ones(len(n))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, events / n, np.nan)
        effective = n / effect
        variance = value * (1 - value) / effective
    low, high = wilson_limits(value, effective, LEVEL)
    return measured(value, low, high, variance, n, enough=enough, note=unknown(repeats, len(n)))


def mean(
    total: Floats,
    squares: Floats,
    n: Floats,
    *,
    per_unit: Floats | None = None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Measured:
    """What is the mean of n numbers with this sum and sum of squares? t limits, kept within the bounds of the scale.

    per_unit: the variance of one of them as patients make it (nan: not known), where that is more.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = total / n
        plain = np.maximum(squares - n * value**2, 0) / (n - 1)
        spread = plain if per_unit is None else np.fmax(plain, per_unit)
        variance = spread / np.where(n > 0, n, np.nan)
    half = special.stdtrit(np.maximum(n - 1, 1), 0.5 + LEVEL / 2) * np.sqrt(variance)
    low, high = np.maximum(value - half, bounds[0]), np.minimum(value + half, bounds[1])
    return measured(value, low, high, variance, n)


def rate(events: Floats, exposure: Floats, per: float = 1.0, repeats: Repeats | None = None) -> Measured:
    """How many per so many of what they could happen to? Exact Poisson limits (Garwood 1936, Biometrika 28:437).

    repeats: events of one patient come together; then the limits are those of events / dispersion, times dispersion.
    """
    tail, times = (1 - LEVEL) / 2, repeats.dispersion if repeats else np.ones(len(events))
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = np.where(exposure > 0, per / exposure, np.nan)
        low = np.where(events > 0, times * special.gammaincinv(np.maximum(events / times, 1e-9), tail), 0.0)
    high = times * special.gammaincinv(events / times + 1, 1 - tail)
    variance = times * np.maximum(events, 1.0) * unit**2
    return replace(
        measured(events * unit, low * unit, high * unit, variance, exposure), note=unknown(repeats, len(events))
    )


def difference(one: Measured, other: Measured, n: Floats, enough: Floats) -> Measured:
    """By how much does one share exceed another? Newcombe's method 10 (1998, Stat Med 17:873) on both limits."""
    value = one.value - other.value
    low = value - np.hypot(one.value - one.low, other.high - other.value)
    high = value + np.hypot(one.high - one.value, other.value - other.low)
    return measured(value, low, high, one.variance + other.variance, n, enough=enough)


def normal(value: Floats, variance: Floats, n: Floats, *, enough: Floats | None = None) -> Measured:
    """An estimate with normal limits."""
    half = special.ndtri(0.5 + LEVEL / 2) * np.sqrt(variance)
    return measured(value, value - half, value + half, variance, n, enough=enough)


def by_t(value: Floats, variance: Floats, degrees: Floats, n: Floats, *, enough: Floats | None = None) -> Measured:
    """An estimate with t limits; degrees of freedom need not be whole."""
    half = special.stdtrit(degrees, 0.5 + LEVEL / 2) * np.sqrt(variance)
    return measured(value, value - half, value + half, variance, n, enough=enough)


def measured(
    value: Floats,
    low: Floats,
    high: Floats,
    variance: Floats,
    n: Floats,
    *,
    enough: Floats | None = None,
    note: Texts | None = None,
) -> Measured:
    """These numbers; said only where value and both limits are known. enough: what the minimum is held against."""
    known = np.isfinite(value) & np.isfinite(low) & np.isfinite(high)
    value = np.where(known, value, np.nan)
    blank = same(len(n), "")
    held = n if enough is None else enough
    return Measured(value, low, high, variance, n, held, n <= 0, blank, blank if note is None else note)


def missing(found: Measured, why: str, *, when: bool = True) -> Measured:
    """The same, or nothing and why the exports cannot tell."""
    return replace(found, absent=same(len(found.n), why)) if when else found


def noted(found: Measured, *notes: Texts) -> Measured:
    """The same, with more said beside each value."""
    pairs = zip(found.note, *notes, strict=True)
    return replace(found, note=texts(["; ".join(filter(None, told)) for told in pairs]))


def unrecorded(found: Measured, recorded: float, why: str) -> Measured:
    """Nothing can be told where there are visits but nothing of this kind was recorded about any of them."""
    return missing(found, why, when=bool(recorded <= 0 < found.n.sum()))


def unknown(repeats: Repeats | None, count: int) -> Texts:
    """What is said where an interval does not know that patients come back."""
    return same(count, "") if repeats is None else texts(["" if known else NOT_KNOWN for known in repeats.known])


def same(count: int, text: str) -> Texts:
    return np.full(count, text, dtype=object)


def texts(values: list[str]) -> Texts:
    array: np.ndarray[Any, np.dtype[np.object_]] = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def where(said: Flags, values: list[str]) -> Texts:
    """These texts where they apply, else nothing."""
    return texts([text if applies else "" for applies, text in zip(said, values, strict=True)])
