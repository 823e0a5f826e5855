"""How is a change of a metric written and said? Shares in points of a hundred, times to contact as a ratio."""

from __future__ import annotations

import math

SHARES, LOG_MINUTES = "difference of shares", "log minutes"
LARGEST_EXPONENT = 700.0  # beyond it no floating-point number is large enough


def stored(unit: str, written: float) -> float:
    """A size as people write it (3 points, x 1.5), in the unit effects are kept in."""
    if unit == SHARES:
        return written / 100
    return math.log(written) if unit == LOG_MINUTES else written


def written(unit: str, size: float) -> float:
    """The other way round."""
    if unit == SHARES:
        return size * 100
    if unit != LOG_MINUTES:
        return size
    return math.exp(size) if size < LARGEST_EXPONENT else math.inf


def size_in_words(unit: str, size: float) -> str:
    """A margin or a smallest harm: "3 points", "x 1.5", "2.4 points of 12 to 60"."""
    number = f"{written(unit, size):.2f}".rstrip("0").rstrip(".")
    if unit == LOG_MINUTES:
        return f"x {number}"
    return f"{number} points" if unit == SHARES else f"{number} {unit}"


def change_in_words(unit: str, value: float, low: float, high: float) -> str:
    """An effect with its interval: "-3.4 points (-5.8 to -1.1)", "x 0.82 (0.70 to 0.96)"."""
    a, b, c = (written(unit, number) for number in (value, low, high))
    if unit == LOG_MINUTES:
        return f"x {a:.2f} ({b:.2f} to {c:.2f})"
    sign = "points" if unit == SHARES else unit
    return f"{a:+.1f} {sign} ({b:+.1f} to {c:+.1f})"


def least_written(unit: str) -> float:
    """Below which number is a size as written none? A ratio of 1 is no change."""
    return 1.0 if unit == LOG_MINUTES else 0.0
