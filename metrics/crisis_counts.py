"""How are the figures about crises worked out from counts of signals? See metrics/crisis.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import special

from metrics.cells import Cells
from metrics.declare import Floats, Measured
from metrics.figures import LEVEL, measured, noted, rate, same, share, texts
from metrics.groups import Groups, group
from metrics.intervals import wilson_limits
from metrics.times import ALONE, curves_of, question
from warehouse.schema import ALL_SITES

MILLIONTHS = 1e6


def _counts(cells: Cells, groups: Groups, *names: str) -> tuple[Floats, ...]:
    counts = cells.tables["crisis_cells"]
    return tuple(groups.total(np.nan_to_num(counts[name])) for name in names)


def geometric_mean(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many minutes does it typically take? The geometric mean: one very late answer does not carry it."""
    n, total, squares = _counts(cells, groups, "contacted", "log_minutes", "log_minutes_squared")
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n / MILLIONTHS
        variance = np.maximum(squares / MILLIONTHS**2 - n * mean**2, 0) / (n - 1) / n
    half = special.stdtrit(np.maximum(n - 1, 1), 0.5 + LEVEL / 2) * np.sqrt(variance)
    value, low, high = (np.expm1(log) for log in (mean, np.maximum(mean - half, 0), mean + half))
    found = measured(value, low, high, ((value + 1) ** 2) * variance, n)
    (unreached,) = _counts(cells, groups, "unreached")
    left_out = [f"{one:.0f} without contact yet are not in it" if one else "" for one in unreached]
    return noted(found, same(len(n), ALONE), texts(left_out))


def inside_target(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share was with a human within the target of its severity? The limits allow for the undetermined.

    By severity, where each group has one target, each undetermined one counts for as long as it was seen instead.
    """
    within, past, open_ = _counts(cells, groups, "within_target", "past_target", "undetermined")
    known, n = within + past, within + past + open_
    with np.errstate(divide="ignore", invalid="ignore"):
        value, worst, best = within / known, within / n, (within + open_) / n
    low, high = wilson_limits(worst, n, LEVEL)[0], wilson_limits(best, n, LEVEL)[1]
    curve = _by_severity(cells, groups, period)
    seen = np.isfinite(curve).all(axis=0) & (curve[0] > 0) & (curve[0] < 1)
    value, low, high = (np.where(seen, two, one) for one, two in zip((value, low, high), curve, strict=True))
    found = measured(value, low, high, value * (1 - value) / np.where(known > 0, known, np.nan), n, enough=known)
    both = "neither inside nor outside: the interval allows for both"
    ways = np.where(seen, "counted for as long as they were seen", both)
    told = [f"{some:.0f} of {all_:.0f} are undetermined, {way}" for some, all_, way in zip(open_, n, ways, strict=True)]
    said = texts([text if some else "" for text, some in zip(told, open_, strict=True)])
    return noted(found, same(len(n), ALONE), said)


def _by_severity(cells: Cells, groups: Groups, period: str) -> Floats:
    """(share inside, low, high) by Kaplan-Meier at the target of each group's severity; nan where it has none."""
    held = cells.aside["declared_value"]
    targets = {str(name): float(value) for name, value in zip(held["name"], held["value"], strict=True)}
    target = np.array([targets.get(f"crisis_target.{one.stratum}", np.nan) for one in groups.index])
    nothing = np.full((3, len(target)), np.nan)
    if cells.by != "severity" or "time_cells" not in cells.tables or not np.isfinite(target).any():
        return nothing
    timed = group(cells, "time_cells", period, only=question("crisis"))
    survival, low, high = curves_of(cells, timed).at(
        np.array([targets.get(f"crisis_target.{one.stratum}", np.nan) for one in timed.index])
    )
    places = {(one.site, one.stratum, one.period): place for place, one in enumerate(timed.index)}
    for place, one in enumerate(groups.index):
        other = places.get((one.site, one.stratum, one.period))
        if other is not None and np.isfinite(target[place]):
            nothing[:, place] = 1 - survival[other], 1 - high[other], 1 - low[other]
    return nothing


def unreached(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share has no human reached yet?"""
    return _share(cells, groups, "unreached", "signals")


def closed_by_automation(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many did automation close with no human in contact?"""
    signals, closed = _counts(cells, groups, "signals", "closed_by_automation")
    found = rate(closed, np.ones(len(closed)))
    found = replace(found, n=signals, enough=signals, nobody=signals <= 0)
    return replace(found, always=texts([_fact(cells) if one.site == ALL_SITES else "" for one in groups.index]))


def out_of_hours(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share falls outside opening hours?"""
    return _share(cells, groups, "out_of_hours", "signals")


def inside_target_out_of_hours(cells: Cells, groups: Groups, period: str) -> Measured:
    """Of those outside opening hours, what share was with a human within the target?"""
    return _share(cells, groups, "out_of_hours_within_target", "out_of_hours")


def found_by_automation(cells: Cells, groups: Groups, period: str) -> Measured:
    """Of real danger, what share did automation notice?"""
    found, missed, open_ = _counts(cells, groups, "real_found", "real_missed", "not_judged")
    told = [f"{some:.0f} signals are not judged yet and not in it" if some else "" for some in open_]
    return noted(share(found, found + missed), same(len(found), ALONE), texts(told))


def alarms_real(cells: Cells, groups: Groups, period: str) -> Measured:
    """Of what automation raised the alarm for, what share was real?"""
    found, false = _counts(cells, groups, "real_found", "false_by_automation")
    return noted(share(found, found + false), same(len(found), ALONE))


def false_alarms(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many false alarms does a clinician get in a week?"""
    false, weeks = _counts(cells, groups, "false_by_automation", "clinician_weeks")
    return rate(false, weeks)


def _share(cells: Cells, groups: Groups, above: str, below: str) -> Measured:
    events, n = _counts(cells, groups, above, below)
    return noted(share(events, n), same(len(n), ALONE))


def _fact(cells: Cells) -> str:
    """What is known whatever a gate withholds: did it happen at all?"""
    facts = cells.aside["safety_fact"]
    return next(
        (str(says) for fact, says in zip(facts["fact"], facts["says"], strict=True) if fact == "closed_by_automation"),
        "",
    )
