"""How are the figures about forecasts of missed visits worked out from bins of scores? See metrics/predictor.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from scipy import special

from metrics.audit_many import aucs, briers, recalibrated
from metrics.cells import Cells
from metrics.declare import Floats, Measured
from metrics.figures import LEVEL, measured, missing, normal, noted, same, share, texts, unknown
from metrics.grid import weeks_since
from metrics.groups import Groups
from metrics.intervals import wilson_limits
from metrics.repeats import Repeats, repeats_of
from warehouse.frames import Columns
from warehouse.schema import ALL, PUBLISHED, WEEKS

BINS = 100
MILLIONTHS = 1e6
IN_TIME = "48-72"  # hours ahead: when something can still be done with the slot
DRIFT_WEEKS = 12
Z = float(special.ndtri(0.5 + LEVEL / 2))
ONE_KIND = "all visits were missed, or none, or all forecasts are the same: there is nothing to tell apart"


def model_in_use(cells: Cells) -> str:
    """The model whose forecasts are the latest; "" without any."""
    spans = cells.spans["prediction_cells"]
    shown = np.flatnonzero((spans["state"] == PUBLISHED) & (spans["part"] != ""))
    if not len(shown):
        return ""
    weeks = np.array([WEEKS[grain] for grain in spans["grain"][shown]]) * spans["periods"][shown]
    ends = spans["period_start"][shown] + weeks * np.timedelta64(7, "D")
    return str(max(zip(ends, spans["part"][shown], strict=True))[1])


def binned(counts: Columns, rows: np.ndarray, places: np.ndarray, groups: int, *names: str) -> dict[str, Floats]:
    """Each count as groups x bins."""
    place = places * BINS + counts["bin"][rows]
    return {
        name: np.bincount(place, weights=np.nan_to_num(counts[name][rows]), minlength=groups * BINS)
        .reshape(groups, BINS)
        .astype(np.float64)
        for name in names
    }


def _chosen(cells: Cells, groups: Groups, period: str, horizon: str = "") -> np.ndarray:
    """Which of the groups' rows count: over everything those of the model in use, in a period those of any."""
    counts = cells.tables["prediction_cells"]
    keep = np.ones(len(groups.rows), dtype=bool)
    if period == ALL:
        keep &= counts["model"][groups.rows] == model_in_use(cells)
    if horizon:
        keep &= counts["horizon"][groups.rows] == horizon
    return keep


def _bins(cells: Cells, groups: Groups, period: str, *names: str) -> dict[str, Floats]:
    keep = _chosen(cells, groups, period)
    counts = cells.tables["prediction_cells"]
    return binned(counts, groups.rows[keep], groups.places[keep], len(groups.index), *names)


def _scores(found: Mapping[str, Floats]) -> Floats:
    """The mean score of each bin; its middle where nobody is in it."""
    middle = (np.arange(BINS) + 0.5) / BINS
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(found["scored"] > 0, found["score"] / MILLIONTHS / found["scored"], middle)


def auc(cells: Cells, groups: Groups, period: str) -> Measured:
    """How often did a missed visit score higher than a kept one?"""
    found = _bins(cells, groups, period, "scored", "missed")
    value, error = aucs(found["missed"], found["scored"] - found["missed"])
    return _limited(cells, groups, period, value, error, found, (0, 1), level=False)


def brier(cells: Cells, groups: Groups, period: str) -> Measured:
    """How far are the risks from what happened, squared?"""
    found = _bins(cells, groups, period, "scored", "missed", "score", "score_squared")
    squares = found["score_squared"] / MILLIONTHS**2
    value, error = briers(_scores(found), found["missed"], found["scored"], squares)
    return _limited(cells, groups, period, value, error, found, (0, 1))


def fitted(what: str) -> Callable[[Cells, Groups, str], Measured]:
    """One figure of the recalibration: "intercept", "slope" or "large"."""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        found = _bins(cells, groups, period, "scored", "missed", "score")
        fits = recalibrated(_scores(found), found["missed"], found["scored"])
        told = (getattr(fits, what), getattr(fits, f"{what}_error"))
        return _limited(cells, groups, period, *told, found, level=what != "slope")

    return measure


def observed_expected(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many visits were missed for each that was forecast?"""
    found = _bins(cells, groups, period, "scored", "missed", "score")
    n, missed, told = (found[name].sum(axis=1) for name in ("scored", "missed", "score"))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(told > 0, told / MILLIONTHS / n, np.nan)
        seen = np.where(n > 0, missed / n, np.nan)
        repeats = _repeats(cells, groups, period, "missed")
        effective = n / repeats.design_effect
        variance = seen * (1 - seen) / effective / expected**2
    low, high = wilson_limits(seen, effective, LEVEL)
    note = unknown(repeats, len(n))
    ends = (seen / expected, low / expected, high / expected)
    result = measured(*ends, variance, n, enough=_fewer(missed, n), note=note)
    return noted(result, _said(cells, groups, period))


def of_alerts(above: str, below: str, horizon: str = "") -> Callable[[Cells, Groups, str], Measured]:
    """What share of one count is the other?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts, keep = cells.tables["prediction_cells"], _chosen(cells, groups, period, horizon)
        places, rows = groups.places[keep], groups.rows[keep]
        events, n = (
            np.bincount(places, weights=np.nan_to_num(counts[name][rows]), minlength=len(groups.index)).astype(float)
            for name in (above, below)
        )
        repeats = _repeats(cells, groups, period, above)
        return noted(share(np.minimum(events, n), n, repeats), _said(cells, groups, period))

    return measure


def rubber_stamped(cells: Cells, groups: Groups, period: str) -> Measured:
    """Of what was done on a forecast, what share did no person change?"""
    counts, keep = cells.tables["prediction_cells"], _chosen(cells, groups, period)
    places, rows = groups.places[keep], groups.rows[keep]
    acted, changed = (
        np.bincount(places, weights=np.nan_to_num(counts[name][rows]), minlength=len(groups.index)).astype(float)
        for name in ("acted", "overridden")
    )
    silent = "no change by a person is recorded at all: either nobody ever decides otherwise, or it is not written down"
    said = same(len(acted), silent if changed.sum() == 0 < acted.sum() else "")
    alone = share(np.maximum(acted - changed, 0), acted, _repeats(cells, groups, period, "left_alone"))
    return noted(alone, _said(cells, groups, period), said)


def _repeats(cells: Cells, groups: Groups, period: str, what: str) -> Repeats:
    """How alike forecasts of one patient are: of the model in use."""
    return repeats_of(cells, groups, f"forecast.{model_in_use(cells)}.{what}", period)


def drift(cells: Cells, groups: Groups, period: str) -> Measured:
    """How far have the risks slipped since the model's first twelve weeks, in log odds?"""
    counts, model = cells.by_period("prediction_cells"), model_in_use(cells)
    of_model = np.flatnonzero((counts["model"] == model) & (counts["state"] == PUBLISHED))
    count = len(groups.index)
    if not len(of_model) or cells.release.grid_start is None:
        none = np.full(count, np.nan)
        return missing(normal(none, none, np.zeros(count)), "nothing of this model is published by period")
    block = weeks_since(cells.release.grid_start, counts["period_start"][of_model]) // DRIFT_WEEKS
    first = of_model[block == block.min()]
    names = ("scored", "missed", "score")
    then = binned(counts, first, np.zeros(len(first), dtype=np.int64), 1, *names)
    if period == ALL:
        last = of_model[block == block.max()]
        practice = np.zeros(len(last), dtype=np.int64)
        now = binned(counts, last, practice, count, *names)
    else:
        now = _bins(cells, groups, period, *names)
    before, after = (recalibrated(_scores(each), each["missed"], each["scored"]) for each in (then, now))
    n, missed = now["scored"].sum(axis=1), now["missed"].sum(axis=1)
    apart = period != ALL or int(block.max()) > int(block.min())
    value = after.large - before.large if apart else np.full(count, np.nan)
    repeats = _repeats(cells, groups, period, "missed")
    variance = repeats.design_effect * (after.large_error**2 + before.large_error**2)
    found = noted(normal(value, variance, n, enough=_fewer(missed, n)), unknown(repeats, count))
    one_period = "the model has been in use for no more than twelve weeks: there is nothing to hold it against"
    found = replace(found, unsure=same(count, ONE_KIND if apart else one_period))
    index = stability(then["scored"][0], now["scored"])
    return noted(
        found, texts([f"stability index of the scores {one:.2f}" if np.isfinite(one) else "" for one in index])
    )


def stability(then: Floats, now: Floats) -> Floats:
    """The population stability index of each group against one distribution, over tenths of the scores of `then`.

    Below 0.1 is taken as stable, above 0.25 as another population (Siddiqi 2006, Credit Risk Scorecards).
    """
    running = np.cumsum(then) / max(then.sum(), 1)
    tenth = np.minimum((running - 1e-12) * 10, 9).astype(int)
    before = np.bincount(tenth, weights=then, minlength=10) / max(then.sum(), 1)
    after = np.stack([np.bincount(tenth, weights=row, minlength=10) for row in now])
    with np.errstate(divide="ignore", invalid="ignore"):
        after = after / after.sum(axis=1, keepdims=True)
        floor = 1e-4
        p, q = np.maximum(before, floor), np.maximum(after, floor)
        return np.asarray(np.where(np.isfinite(after).all(axis=1), ((q - p) * np.log(q / p)).sum(axis=1), np.nan))


def _limited(
    cells: Cells,
    groups: Groups,
    period: str,
    value: Floats,
    error: Floats,
    found: Mapping[str, Floats],
    bounds: tuple[float, float] = (-np.inf, np.inf),
    *,
    level: bool = True,
) -> Measured:
    """level: is it about how many are missed, which is alike in a patient, not about who of them?"""
    n, missed = found["scored"].sum(axis=1), found["missed"].sum(axis=1)
    repeats = _repeats(cells, groups, period, "missed")
    error = error * np.sqrt(repeats.design_effect if level else 1.0)
    limits = np.maximum(value - Z * error, bounds[0]), np.minimum(value + Z * error, bounds[1])
    result = measured(value, *limits, error**2, n, enough=_fewer(missed, n))
    result = noted(replace(result, unsure=same(len(n), ONE_KIND)), *([unknown(repeats, len(n))] if level else []))
    return noted(result, _said(cells, groups, period))


def _fewer(missed: Floats, n: Floats) -> Floats:
    """Those of the rarer kind: missed or kept."""
    return np.minimum(missed, n - missed)


def _said(cells: Cells, groups: Groups, period: str) -> np.ndarray:
    model, known = model_in_use(cells), {part for part in cells.spans["prediction_cells"]["part"] if part}
    other = f"; {len(known) - 1} before it not counted" if len(known) > 1 else ""
    of = f"model {model}{other}" if period == ALL and model else ""
    return same(len(groups.index), of)
