"""When somebody is in danger, how soon is a human with them, and what does automation miss?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import special

from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric
from metrics.figures import LEVEL, WILSON, measured, noted, rate, same, share, texts
from metrics.groups import Groups
from metrics.intervals import wilson_limits
from metrics.times import ALONE, KM, quantile, question
from warehouse.schema import ALL_SITES

MILLIONTHS = 1e6
_SIGNALS = "signs of danger noticed in the period, by a human, the patient or automation"
_SEEN = "Only what somebody noticed and wrote down can be counted: danger nobody noticed is in no figure."
_CENSORED = "A signal without human contact yet counts for as long as it was seen, and is never taken for answered."


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


def _metric(key: str, name: str, asks: str, **told: object) -> Metric:
    plain = {
        "version": 1,
        "side": "safety",
        "better": "lower",
        "unit": "share",
        "minimum_n": 11,
        "counted": "signals",
        "cells": ("crisis_cells", "safety_fact"),
        "source": WILSON,
        "denominator": _SIGNALS,
        "exclusions": "signals whose time is unknown",
        "limits": _SEEN,
    }
    return Metric(key=key, name=name, question=asks, **{**plain, **told})  # type: ignore[arg-type]


def _wait(key: str, name: str, asks: str, part: float, margin: float, why: str) -> Metric:
    return _metric(
        key,
        name,
        asks,
        unit="minutes",
        margin=margin,
        margin_reason=why,
        counted="signals",
        cells=("time_cells",),
        numerator=f"minutes from being noticed to human contact, by which {part:.0%} were reached",
        exclusions="signals whose time is unknown. " + _CENSORED,
        formula=f"first time at which the share still without contact is {1 - part:.0%} or less",
        limits=_SEEN + " An automatic message is no contact.",
        source=KM,
        measure=quantile(part, "minutes"),
        only=question("crisis"),
    )


CRISIS = (
    _wait(
        "crisis_median",
        "Median time to human contact",
        "In a crisis, within how many minutes is a human with half of the patients?",
        0.5,
        15.0,
        "a quarter of an hour: a quarter of the shortest target",
    ),
    _wait(
        "crisis_p90",
        "Time by which nine in ten are reached",
        "In a crisis, within how many minutes is a human with nine of ten patients?",
        0.9,
        60.0,
        "an hour for those who wait longest",
    ),
    _wait(
        "crisis_p95",
        "Time by which nineteen in twenty are reached",
        "In a crisis, within how many minutes is a human with nineteen of twenty patients?",
        0.95,
        120.0,
        "two hours for the last: harm is done in the tail",
    ),
    _metric(
        "crisis_typical",
        "Typical time to human contact",
        "In a crisis, how many minutes does it typically take until a human is in contact?",
        unit="minutes",
        margin=15.0,
        margin_reason="as for the median",
        counted="signals with human contact",
        numerator="logarithms of 1 + minutes to human contact, summed",
        denominator="signals with human contact",
        exclusions="signals without human contact yet: how many is said beside it",
        formula="exp(log minutes / contacted) - 1",
        limits=_SEEN
        + " Those not reached yet are left out, so it is too good where many wait: read it beside the median.",
        source="geometric mean with a t interval on the logarithms",
        measure=geometric_mean,
    ),
    _metric(
        "crisis_inside_target",
        "Human contact inside the target",
        "In a crisis, what share of patients is with a human within the time the practice has set itself?",
        better="higher",
        margin=0.03,
        margin_reason="three crises in a hundred answered too late",
        counted="signals",
        smallest="signals whose fate is known",
        numerator="signals with human contact within the target of their severity (inclusive)",
        denominator="signals answered, or unanswered for longer than the target",
        exclusions="unanswered signals younger than the target and those of unknown severity: undetermined",
        formula="within target / (within target + past target)",
        limits=_SEEN + " Targets are the practice's own where it declares them.",
        source=WILSON + "; limits of the worst and best case of the undetermined (Manski 1989, J Hum Resour 24:343)",
        measure=inside_target,
    ),
    _metric(
        "crisis_unreached",
        "Nobody reached yet",
        "What share of signs of danger has no human followed up with contact yet?",
        margin=0.02,
        margin_reason="two in a hundred left alone",
        numerator="signals without any human contact when the data end",
        formula="unreached / signals",
        limits=_SEEN + " The latest signals have had less time: a short period near the end of the data looks worse.",
        measure=unreached,
    ),
    _metric(
        "crisis_closed_by_automation",
        "Closed by automation alone",
        "How many signs of danger did automation close without any human in contact?",
        unit="signals",
        margin=0.5,
        margin_reason="none is acceptable: half of one is less than one",
        minimum_n=1,
        numerator="signals closed by automation with no human contact before",
        denominator="(a count of signals, not a share)",
        formula="closed by automation",
        limits="One is too many, whatever the interval says: `rapport follow-up` names them inside the practice. "
        + _SEEN,
        source="Garwood 1936, Biometrika 28:437",
        measure=closed_by_automation,
    ),
    _metric(
        "crisis_out_of_hours",
        "Outside opening hours",
        "What share of signs of danger falls outside opening hours?",
        margin=0.10,
        margin_reason="it says where people are needed; by itself it is no harm",
        numerator="signals noticed outside the practice's opening hours",
        formula="out of hours / signals",
        measure=out_of_hours,
    ),
    _metric(
        "crisis_inside_target_out_of_hours",
        "Human contact inside the target, out of hours",
        "Outside opening hours, what share of patients in a crisis is with a human within the target?",
        better="higher",
        margin=0.05,
        margin_reason="one in twenty: fewer people are there at night",
        counted="signals outside opening hours",
        numerator="signals outside opening hours with human contact within the target",
        denominator="signals noticed outside opening hours",
        formula="out of hours within target / out of hours",
        limits=_SEEN + " Undetermined ones stay below the line, so it is at least this.",
        measure=inside_target_out_of_hours,
    ),
    _metric(
        "crisis_found_by_automation",
        "Real danger automation noticed",
        "Of real danger, what share did automation notice?",
        better="higher",
        margin=0.05,
        margin_reason="one real crisis in twenty missed",
        counted="signals judged real",
        numerator="signals judged real that automation noticed",
        denominator="signals judged real, by whomever noticed",
        exclusions="signals judged false, and those not judged",
        formula="real found / (real found + real missed)",
        limits=_SEEN + " So the share is too high where what automation misses nobody notices.",
        measure=found_by_automation,
    ),
    _metric(
        "crisis_alarms_real",
        "Alarms that were real",
        "Of the alarms automation raised, what share was real?",
        better="higher",
        margin=0.10,
        margin_reason="people stop heeding alarms of which too many are false",
        counted="alarms of automation that were judged",
        numerator="signals noticed by automation and judged real",
        denominator="signals noticed by automation and judged",
        exclusions="signals not judged, and those automation did not raise",
        formula="real found / (real found + false by automation)",
        measure=alarms_real,
    ),
    _metric(
        "crisis_false_alarms",
        "False alarms a clinician and week",
        "How many false alarms of automation does a clinician get in a week?",
        unit="per clinician-week",
        margin=0.5,
        margin_reason="one more every two weeks is felt",
        counted="clinician-weeks",
        numerator="signals noticed by automation and judged false",
        denominator="clinicians with a visit in the week, summed over the weeks",
        exclusions="signals not judged",
        formula="false by automation / clinician weeks",
        limits="Alarms are not evenly shared: some clinicians get most of them. Those not judged may be false too.",
        source="Garwood 1936, Biometrika 28:437 (exact Poisson limits)",
        measure=false_alarms,
        undivided="clinician-weeks are counted for all patients together",
    ),
)
