"""Does automation wear staff out, or take work off them?"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping

import numpy as np

from instruments import Instrument, InstrumentError, declared, find
from metrics import scores
from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric, Texts
from metrics.errors import CellError
from metrics.figures import T_LIMITS, WILSON, mean, noted, share, texts
from metrics.groups import Groups
from metrics.hours import HOURS
from metrics.nonresponse import worst_case

OWN = "automation_load"  # the questionnaire a practice declares about work with automation (docs/instruments.md)
_BOUNDS = "; bounds for those who did not answer: Manski 1989, J Hum Resour 24:343"
_SILENT = (
    "Those who are worn out answer less: how many answered, and between what the figure of all lies whatever the "
    "others would have said, stands beside it. Nobody is followed: other people may answer each time."
)


def own_instruments(cells: Cells) -> Mapping[str, Instrument]:
    """The questionnaires the practice declared; one that cannot be read is left out."""
    held = cells.aside["declared_instrument"]
    found = {}
    for key, told in zip(held["instrument"], held["declaration"], strict=True):
        try:
            found[key] = declared(key, tomllib.loads(told))
        except (InstrumentError, tomllib.TOMLDecodeError):
            continue
    return found


def limits_of(cells: Cells, instrument: str, scale: str) -> tuple[float, float]:
    """The lowest and highest score; no limit where the questionnaire is not known any more."""
    try:
        declared = find(instrument, own_instruments(cells))
        return declared.limits(declared.scales[scale])
    except (InstrumentError, KeyError):
        return -np.inf, np.inf


def mean_score(instrument: str, scale: str) -> Callable[[Cells, Groups, str], Measured]:
    """How high is the mean score of staff who answered?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        invited, n, total, squares = _counts(cells, groups, "invited", "answered", "points", "points_squared")
        points, bounds = total / scores.HUNDREDTHS, limits_of(cells, instrument, scale)
        found = mean(points, squares / scores.HUNDREDTHS**2, n, bounds=bounds)
        return noted(found, _bounds(points, n, invited, bounds, "{:.1f}"))

    return measure


def past_cutoff(instrument: str, scale: str) -> Callable[[Cells, Groups, str], Measured]:
    """What share of staff who answered is past the cut-off?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        invited, n, past = _counts(cells, groups, "invited", "answered", "past_cutoff")
        return noted(share(past, n), _bounds(past, n, invited, (0.0, 1.0), "{:.0%}"))

    return measure


def answered(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of staff who were asked answered?"""
    invited, n = _counts(cells, groups, "invited", "answered")
    return share(np.minimum(n, invited), invited)


def _counts(cells: Cells, groups: Groups, *names: str) -> tuple[Floats, ...]:
    counts = cells.tables["staff_cells"]
    return tuple(groups.total(np.nan_to_num(counts[name])) for name in names)


def _bounds(total: Floats, n: Floats, invited: Floats, bounds: tuple[float, float], form: str) -> Texts:
    """Between what the figure of all who were asked lies, whatever the silent would have said."""
    said = []
    for each, some, asked in zip(total, n, invited, strict=True):
        if not 0 < some < asked or not np.isfinite(bounds).all():
            said.append(f"all {asked:.0f} answered" if 0 < some == asked else "")
            continue
        try:
            worst = worst_case(float(each), int(some), int(asked), low=bounds[0], high=bounds[1])
        except CellError:
            said.append("")
            continue
        ends = " and ".join(form.format(end) for end in (worst.lowest, worst.highest))
        said.append(f"{some:.0f} of {asked:.0f} answered; whatever the others would say, that of all is between {ends}")
    return texts(said)


def _metric(key: str, instrument: str, scale: str, name: str, asks: str, **told: object) -> Metric:
    plain = {
        "version": 1,
        "side": "staff",
        "better": "lower",
        "unit": "points",
        "minimum_n": 5,
        "counted": "answers",
        "cells": ("staff_cells",),
        "numerator": "scores summed",
        "denominator": "sheets of staff asked in the period, complete enough to score",
        "exclusions": "sheets with too few items answered to score",
        "formula": "points / answered",
        "limits": _SILENT,
        "source": T_LIMITS + _BOUNDS,
        "measure": mean_score(instrument, scale),
        "only": scores.only(instrument, scale),
    }
    return Metric(key=key, name=name, question=asks, **{**plain, **told})  # type: ignore[arg-type]


def _burnout(key: str, instrument: str, scale: str, about: str, margin: float, why: str) -> Metric:
    words = f"{instrument}, {about}"
    asks = f"How worn out is staff by {about}?" if instrument == "CBI" else f"How high is the {about} of staff?"
    return _metric(key, instrument, scale, f"Burnout ({words})", asks, margin=margin, margin_reason=why)


def _share(key: str, instrument: str, scale: str, name: str, cut: str) -> Metric:
    return _metric(
        key,
        instrument,
        scale,
        name,
        f"What share of staff is burnt out, by the {instrument}?",
        unit="share",
        margin=0.10,
        margin_reason="one in ten more of those one works with",
        numerator=f"answers past the cut-off ({cut})",
        formula="past cut-off / answered",
        source=WILSON + _BOUNDS,
        measure=past_cutoff(instrument, scale),
    )


def _own(key: str, scale: str, name: str, asks: str) -> Metric:
    return _metric(
        key,
        OWN,
        scale,
        name,
        asks,
        margin=0.3,
        margin_reason="about a third of a point of an item",
        limits=_SILENT + " The items are the practice's own: they cannot be held against another's.",
    )


_CBI = (5.0, "five points of a hundred: what the questionnaire's authors call a difference of note")
STAFF = (
    _burnout("burnout", "CBI", "work", "work", *_CBI),
    _burnout("burnout_personal", "CBI", "personal", "life as a whole", *_CBI),
    _burnout("burnout_client", "CBI", "client", "work with patients", *_CBI),
    _burnout("burnout_exhaustion", "OLBI", "exhaustion", "exhaustion", 0.2, "a fifth of a point of an item"),
    _burnout("burnout_disengagement", "OLBI", "disengagement", "disengagement", 0.2, "a fifth of a point of an item"),
    _burnout("burnout_pfi", "PFI", "total", "burnout", 0.3, "a third of a point of an item"),
    _share("burnt_out_mini_z", "Mini-Z", "total", "Burnt out (Mini-Z)", "3 or more of 5"),
    _share("burnt_out_pfi", "PFI", "total", "Burnt out (PFI)", "1.33 or more of 4"),
    _metric(
        "staff_answered",
        "CBI",
        "work",
        "Staff who answered",
        "What share of staff who were asked about burnout answered?",
        unit="share",
        better="higher",
        margin=0.10,
        margin_reason="one in ten more who say nothing can hide as much as burnout could change",
        counted="staff asked",
        numerator="sheets answered completely enough to score",
        denominator="sheets asked for in the period",
        exclusions="sheets given without being asked for",
        formula="answered / invited",
        limits="It does not say why the others kept silent.",
        source=WILSON,
        measure=answered,
    ),
    _own("emotional_labour", "labour", "Emotional labour", "How heavy is the work automation leaves to people?"),
    _own("training_lacking", "training", "Training lacking", "How far does staff lack training for automation?"),
    _own("deskilling", "deskilling", "Losing skills", "How far does staff feel that it loses skills to automation?"),
    *HOURS,
)
