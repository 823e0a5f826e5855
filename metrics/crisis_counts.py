"""How are the figures about crises worked out from counts of signals? See metrics/crisis.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import special

from metrics.cells import Cells
from metrics.declare import Floats, Measured
from metrics.figures import LEVEL, measured, noted, rate, share, texts, unknown
from metrics.groups import Groups, group
from metrics.intervals import wilson_limits
from metrics.repeats import repeats_of
from metrics.times import curves_of, question
from warehouse.schema import ALL_SITES

MILLIONTHS = 1e6
HUNDREDTHS = 100.0


def _counts(cells: Cells, groups: Groups, *names: str) -> tuple[Floats, ...]:
    counts = cells.tables["crisis_cells"]
    return tuple(groups.total(np.nan_to_num(counts[name])) for name in names)


def geometric_mean(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many minutes does it typically take? The geometric mean: one very late answer does not carry it."""
    n, total, squares = _counts(cells, groups, "contacted", "log_minutes", "log_minutes_squared")
    repeats = repeats_of(cells, groups, "crisis.log_minutes", period)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n / MILLIONTHS
        plain = np.maximum(squares / MILLIONTHS**2 - n * mean**2, 0) / (n - 1)
        variance = np.fmax(plain, repeats.per_visit / HUNDREDTHS**2) / n
    half = special.stdtrit(np.maximum(n - 1, 1), 0.5 + LEVEL / 2) * np.sqrt(variance)
    value, low, high = (np.expm1(log) for log in (mean, np.maximum(mean - half, 0), mean + half))
    found = measured(value, low, high, ((value + 1) ** 2) * variance, n)
    (unreached,) = _counts(cells, groups, "unreached")
    left_out = [f"{one:.0f} without contact yet are not in it" if one else "" for one in unreached]
    return noted(found, unknown(repeats, len(n)), texts(left_out))


def inside_target(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share was with a human within the target of its severity? The limits allow for the undetermined.

    By severity, where each group has one target, each undetermined one counts for as long as it was seen instead.
    """
    within, past, open_ = _counts(cells, groups, "within_target", "past_target", "undetermined")
    known, n = within + past, within + past + open_
    with np.errstate(divide="ignore", invalid="ignore"):
        value, worst, best = within / known, within / n, (within + open_) / n
    repeats = repeats_of(cells, groups, "crisis.within_target", period)
    effective = n / repeats.design_effect
    low, high = wilson_limits(worst, effective, LEVEL)[0], wilson_limits(best, effective, LEVEL)[1]
    curve = _by_severity(cells, groups, period)
    seen = np.isfinite(curve).all(axis=0) & (curve[0] > 0) & (curve[0] < 1)
    value, low, high = (np.where(seen, two, one) for one, two in zip((value, low, high), curve, strict=True))
    variance = repeats.design_effect * value * (1 - value) / np.where(known > 0, known, np.nan)
    found = measured(value, low, high, variance, n, enough=known)
    both = "neither inside nor outside: the interval allows for both"
    ways = np.where(seen, "counted for as long as they were seen", both)
    told = [f"{some:.0f} of {all_:.0f} are undetermined, {way}" for some, all_, way in zip(open_, n, ways, strict=True)]
    said = texts([text if some else "" for text, some in zip(told, open_, strict=True)])
    return noted(found, unknown(repeats, len(n)), said)


def _by_severity(cells: Cells, groups: Groups, period: str) -> Floats:
    """(share inside, low, high) by Kaplan-Meier at the target of each group's severity; nan where it has none."""
    held = cells.aside["declared_value"]
    targets = {str(name): float(value) for name, value in zip(held["name"], held["value"], strict=True)}
    target = np.array([targets.get(f"crisis_target.{one.stratum}", np.nan) for one in groups.index])
    nothing = np.full((3, len(target)), np.nan)
    if cells.by != "severity" or "time_cells" not in cells.tables or not np.isfinite(target).any():
        return nothing
    timed = group(cells, "time_cells", period, only=question("crisis"))
    repeats = repeats_of(cells, timed, "crisis.within_target", period)
    survival, low, high = (
        curves_of(cells, timed)
        .widened(repeats.design_effect)
        .at(np.array([targets.get(f"crisis_target.{one.stratum}", np.nan) for one in timed.index]))
    )
    places = {(one.site, one.stratum, one.period): place for place, one in enumerate(timed.index)}
    for place, one in enumerate(groups.index):
        other = places.get((one.site, one.stratum, one.period))
        if other is not None and np.isfinite(target[place]):
            nothing[:, place] = 1 - survival[other], 1 - high[other], 1 - low[other]
    return nothing


def unreached(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share has no human reached yet?"""
    return _share(cells, groups, period, "unreached", "signals")


def closed_by_automation(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many did automation close with no human in contact?"""
    signals, closed = _counts(cells, groups, "signals", "closed_by_automation")
    found = rate(closed, np.ones(len(closed)))
    found = replace(found, n=signals, enough=signals, nobody=signals <= 0)
    return replace(found, always=texts([_fact(cells) if one.site == ALL_SITES else "" for one in groups.index]))


def out_of_hours(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share falls outside opening hours?"""
    return _share(cells, groups, period, "out_of_hours", "signals")


def inside_target_out_of_hours(cells: Cells, groups: Groups, period: str) -> Measured:
    """Of those outside opening hours, what share was with a human within the target?"""
    return _share(cells, groups, period, "out_of_hours_within_target", "out_of_hours")


def found_by_automation(cells: Cells, groups: Groups, period: str) -> Measured:
    """Of real danger, what share did automation notice?"""
    found, missed, open_ = _counts(cells, groups, "real_found", "real_missed", "not_judged")
    told = [f"{some:.0f} signals are not judged yet and not in it" if some else "" for some in open_]
    repeats = repeats_of(cells, groups, "crisis.real_found", period)
    return noted(share(found, found + missed, repeats), texts(told))


def alarms_real(cells: Cells, groups: Groups, period: str) -> Measured:
    """Of what automation raised the alarm for, what share was real?"""
    found, false = _counts(cells, groups, "real_found", "false_by_automation")
    return share(found, found + false, repeats_of(cells, groups, "crisis.alarm_real", period))


def false_alarms(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many false alarms does a clinician get in a week?"""
    false, weeks = _counts(cells, groups, "false_by_automation", "clinician_weeks")
    return rate(false, weeks, repeats=repeats_of(cells, groups, "crisis.false_alarm", period))


def _share(cells: Cells, groups: Groups, period: str, above: str, below: str) -> Measured:
    events, n = _counts(cells, groups, above, below)
    return share(events, n, repeats_of(cells, groups, f"crisis.{above}", period))


def _fact(cells: Cells) -> str:
    """What is known whatever a gate withholds: did it happen at all?"""
    facts = cells.aside["safety_fact"]
    return next(
        (str(says) for fact, says in zip(facts["fact"], facts["says"], strict=True) if fact == "closed_by_automation"),
        "",
    )
