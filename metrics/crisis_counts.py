"""How are the figures about crises worked out from counts of signals? See metrics/crisis.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import special

from metrics.cells import Cells
from metrics.declare import Floats, Measured
from metrics.figures import LEVEL, measured, noted, rate, same, share, texts
from metrics.groups import Groups
from metrics.intervals import wilson_limits
from metrics.times import ALONE
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
    """What share was with a human within the target of its severity? The limits allow for the undetermined."""
    within, past, open_ = _counts(cells, groups, "within_target", "past_target", "undetermined")
    known, n = within + past, within + past + open_
    with np.errstate(divide="ignore", invalid="ignore"):
        value, worst, best = within / known, within / n, (within + open_) / n
    low, high = wilson_limits(worst, n, LEVEL)[0], wilson_limits(best, n, LEVEL)[1]
    found = measured(value, low, high, value * (1 - value) / np.where(known > 0, known, np.nan), n, enough=known)
    told = [
        f"{some:.0f} of {all_:.0f} are undetermined, neither inside nor outside: the interval allows for both"
        for some, all_ in zip(open_, n, strict=True)
    ]
    return noted(
        found, same(len(n), ALONE), texts([text if some else "" for text, some in zip(told, open_, strict=True)])
    )


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
