"""Do forecasts treat everybody alike: are they true for each group, and who carries what is done on them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dashboard import amounts, data, parts, words
from dashboard.layout import View
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics.apart import Ratio
from metrics.estimate import State
from metrics.registry import metric_named
from warehouse.schema import ALL, ALL_SITES

NO_GROUP = "This release splits forecasts by nothing, so no group can be compared with the others."
NO_FORECAST = "The exports hold no forecasts of missed visits, so there is nothing to hold against what happened."


def wronged(view: View) -> tuple[Piece, ...]:
    """For which groups are forecasts wrong, of all splits? Said before any split is chosen."""
    found, assessed = data.wrongly_forecast(view.scope)
    return (parts.words_only(parts.text(_told_of_groups(found, assessed)) if assessed else ""),)


def _told_of_groups(found: Sequence[Ratio], assessed: int) -> str:
    if not found:
        return (
            f"In none of {words.count(assessed, 'group')} that can be assessed are forecasts wrong by more than chance."
        )
    said = [
        f"{words.lower_first(words.stratifier(one.stratifier))} {words.stratum(one.stratum, one.stratifier)} "
        f"(missed {one.value:.2f} times as often as forecast, 95 % interval {one.low:.2f} to {one.high:.2f})"
        for one in found
    ]
    sides = {
        "Forecasts are too low for": [name for one, name in zip(found, said, strict=True) if one.value > 1],
        "too high for": [name for one, name in zip(found, said, strict=True) if one.value <= 1],
    }
    told = "; ".join(f"{side} {words.listed(names)}" for side, names in sides.items() if names)
    others = assessed - len(found)
    rest = f" Not told from chance in {words.count(others, 'other group')}." if others else ""
    return f"{words.sentence(told)}{rest}"


def calibration(view: View) -> tuple[Piece, ...]:
    """Of those told the same risk, how many missed: the curve for everybody."""
    return (_calibration(view.only()),)


@data.kept
def _calibration(view: View) -> Piece:
    title = "Do as many miss their visit as the forecasts say?"
    curve = data.calibration(view.scope, None, ALL)
    if curve is None:
        return parts.words_only(parts.heading(title), parts.text(NO_FORECAST))
    bins = curve.bins
    lines = tuple(
        (
            f"{100 * low:.0f} to {100 * high:.0f} %",
            f"{100 * mean:.1f} %",
            f"{100 * seen:.1f} %",
            f"{100 * least:.1f} to {100 * most:.1f} %",
            f"{n:,}",
        )
        for low, high, mean, seen, least, most, n in zip(
            *(bins[name] for name in ("low", "high", "mean_score", "observed", "observed_low", "observed_high", "n")),
            strict=True,
        )
    )
    summary = (
        f"On average forecast and truth lie {100 * curve.average_gap:.1f} points apart, at most "
        f"{100 * curve.largest_gap:.1f}. On the dashed line as many were missed as forecast; above it more were."
    )
    table = Table(("Forecast", "Mean forecast", "Missed", "95 % interval", "Visits"), lines)
    drawn = amounts.build_calibration(bins) if lines else None
    return parts.figure(title, drawn, summary, table, key="calibration")


def groups(view: View, metrics: Sequence[str], *, title: str, key: str) -> tuple[Piece, ...]:
    """The figures of every group of the chosen split, side by side; without a choice those of the first split."""
    known = data.stratifiers(view.scope, tuple(metrics))
    if not known:
        return (parts.words_only(parts.heading(title), parts.text(NO_GROUP)),)
    told = (by for by in known if _any(view, metrics, by))
    wrong = (one.stratifier for one in data.wrongly_forecast(view.scope)[0])
    by = view.by if view.by in known else next(wrong, None) or next(told, known[0])
    return (_groups(replace(view.only(), by=by), tuple(metrics), title, key),)


def _any(view: View, metrics: Sequence[str], by: str) -> bool:
    """Is there a figure for a group of this split?"""
    return any(row.value is not None for name in metrics for row in data.results(view.scope, name, ALL_SITES, by))


@data.kept
def _groups(view: View, metrics: tuple[str, ...], title: str, key: str) -> Piece:
    by = view.by or ""
    found = {name: data.results(view.scope, name, ALL_SITES, by) for name in metrics}
    if all(row.state == State.MISSING for rows in found.values() for row in rows):
        return parts.words_only(parts.heading(title), parts.text(NO_FORECAST))
    strata = list(dict.fromkeys(row.stratum for rows in found.values() for row in rows))
    names = [metric_named(name).name for name in metrics]
    lines = []
    unknown = []
    for stratum in strata:
        rows = [next((row for row in found[name] if row.stratum == stratum), None) for name in metrics]
        cells = [
            f"{words.said(row)} ({words.interval(row)})" if row and row.value is not None else _not(row) for row in rows
        ]
        if all(row is None or row.value is None for row in rows):
            unknown.append(words.stratum(stratum, by))
        lines.append((words.stratum(stratum, by), *cells))
    heading = words.stratifier(by)
    told = f"By {words.lower_first(heading)}, for the whole practice; another split is chosen at the top."
    small = f" Not assessable, because too few people are in it: {words.listed(unknown)}." if unknown else ""
    return parts.table(title, told + small, Table((heading, *names), tuple(lines)), f"{title} {heading}", key=key)


def _not(row: object) -> str:
    """Why a group has no figure."""
    reason = str(getattr(row, "reason", "")) or "not counted"
    return words.sentence(reason).rstrip(".")
