"""What do the answers to a questionnaire add up to, and what must be said beside the number?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from instruments.catalogue import NONE_OWN, find
from instruments.declaration import TOTAL, CutOff, Instrument, Scale
from instruments.errors import InstrumentError
from instruments.sheet import Answers, apart, in_order

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
PRORATED = "prorated"
TOO_FEW = "too_few_answered"
DIFFERS = "stated_total_differs"
STATED_ONLY = "stated_total_only"
_ROUNDING = 0.051  # totals of scales with one decimal are stated with one decimal
_WHOLE_POINT = 0.501  # a total made up for missing items is stated in whole points


@dataclass(frozen=True)
class Score:
    """One answer sheet: total and subscales in points (None where too few items are answered), missing items, flags.

    flags: the cut-offs reached and what must be said (`prorated`, `too_few_answered`, `stated_total_differs`,
    `stated_total_only`), in that order. band: the word for the total, "" without one.
    """

    total: float | None
    subscales: Mapping[str, float | None]
    missing: int
    flags: tuple[str, ...]
    band: str = ""


@dataclass(frozen=True)
class Scores:
    """The same for many sheets: arrays of one length, nan where there is no score; `refused` says why a sheet has none.

    refused: "" | "out_of_range" | "not_an_answer" | "stated_total_out_of_range" | "no_total".
    """

    total: Floats
    subscales: Mapping[str, Floats]
    missing: np.ndarray[Any, np.dtype[np.int64]]
    flags: Mapping[str, Flags]
    refused: np.ndarray[Any, np.dtype[np.str_]]


def score(
    key: str | Instrument,
    answers: Answers = None,
    *,
    total: float | None = None,
    coding: str | None = None,
    own: Mapping[str, Instrument] = NONE_OWN,
) -> Score:
    """What does this answer sheet add up to?

    answers: in the order of the items, None where one is not answered; or {item number: answer}; or, for a
    questionnaire in parts, {scale: its answers}; or one number, a stated total. A mapping may hold "items" and "total".
    total: the total the export states: the items win where both are there, and a difference is flagged. coding: how
    the answers are numbered, where the questionnaire knows several. own: questionnaires a practice declared.
    Raises InstrumentError for an answer the questionnaire cannot have, naming the item and never the answer.
    """
    instrument = key if isinstance(key, Instrument) else find(key, own)
    answers, told = apart(answers)
    total = told if total is None else total
    given = in_order(instrument, answers)
    stated = np.array([np.nan if total is None else total], dtype=float)
    found = score_many(instrument, given[None, :], stated, coding=coding)
    if found.refused[0]:
        raise InstrumentError(_sentence(instrument, str(found.refused[0]), given))
    flags = tuple(flag for flag, raised in found.flags.items() if raised[0])
    subscales = {name: _number(values[0]) for name, values in found.subscales.items()}
    value = _number(found.total[0])
    return Score(value, MappingProxyType(subscales), int(found.missing[0]), flags, _band(instrument, value))


def score_many(
    instrument: Instrument, answers: Floats, stated: Floats | None = None, *, coding: str | None = None
) -> Scores:
    """The same for many sheets at once.

    answers: sheets x items, nan where not answered; stated: the totals the export states, nan where none. A sheet with
    an impossible answer is refused whole: it has no score and no flag.
    """
    stated = np.full(len(answers), np.nan) if stated is None else stated
    refused = _refusals(instrument, answers, stated)
    answers = np.where((refused != "")[:, None], np.nan, answers)
    values = _reversed(instrument, answers, coding)
    scales = {name: _scale(scale, values) for name, scale in instrument.scales.items()}
    missing = np.where(refused == "", np.isnan(answers).sum(axis=1), 0)
    by_items = scales.pop(TOTAL, np.full(len(answers), np.nan))
    untouched = np.isnan(answers).all(axis=1) & (refused == "")
    total = np.where(untouched & (instrument.total is not None), stated, by_items)
    flags = {cut.flag: _raised(cut, {**scales, TOTAL: total}, answers) for cut in instrument.cutoffs}
    flags |= _remarks(instrument, answers, by_items, stated, untouched)
    return Scores(total, MappingProxyType(scales), missing, MappingProxyType(flags), refused)


def _reversed(instrument: Instrument, answers: Floats, coding: str | None) -> Floats:
    coding = instrument.coding if coding is None else coding
    if coding not in instrument.codings:
        raise InstrumentError(f"{instrument.name}: coding must be one of {', '.join(instrument.codings)}")
    values = answers.copy()
    turned = [item - 1 for item in instrument.codings[coding]]
    values[:, turned] = instrument.lowest + instrument.highest - values[:, turned]
    return values


def _scale(scale: Scale, values: Floats) -> Floats:
    part = values[:, [item - 1 for item in scale.items]]
    answered = (~np.isnan(part)).sum(axis=1)
    mean = np.nansum(part, axis=1) / np.maximum(answered, 1)
    points = mean if scale.kind == "mean" else mean * len(scale.items)
    points = np.where((scale.kind == "sum") & (answered == len(scale.items)), np.nansum(part, axis=1), points)
    return np.where(answered >= scale.fewest, points, np.nan)


def _refusals(instrument: Instrument, answers: Floats, stated: Floats) -> np.ndarray[Any, np.dtype[np.str_]]:
    outside, between = _impossible(instrument, answers)
    low, high = instrument.limits(instrument.total) if instrument.total else (-math.inf, math.inf)
    untouched = np.isnan(answers).all(axis=1)
    wrong_total = ~np.isnan(stated) & ((stated < low) | (stated > high)) & untouched
    no_total = ~np.isnan(stated) & untouched & (instrument.total is None)
    return np.select(
        [outside.any(axis=1), between.any(axis=1), no_total, wrong_total],
        ["out_of_range", "not_an_answer", "no_total", "stated_total_out_of_range"],
        "",
    )


def _impossible(instrument: Instrument, answers: Floats) -> tuple[Flags, Flags]:
    """(outside the range, between two answers); nan is neither."""
    outside = (answers < instrument.lowest) | (answers > instrument.highest)
    if not instrument.step:
        return outside, np.zeros_like(outside)
    steps = (answers - instrument.lowest) / instrument.step
    return outside, ~np.isnan(steps) & (np.abs(steps - np.round(steps)) > 1e-9)


def _raised(cut: CutOff, scales: Mapping[str, Floats], answers: Floats) -> Flags:
    values = answers[:, cut.item - 1] if cut.item else scales[cut.scale]
    value = cut.value
    near = 1e-9  # a mean of 1.33 or a sum of 36.0 reached by adding decimals
    raised = {
        "at_least": values >= value - near,
        "above": values > value + near,
        "at_most": values <= value + near,
        "below": values < value - near,
    }[cut.comparison]
    return np.asarray(raised & ~np.isnan(values))


def _remarks(
    instrument: Instrument, answers: Floats, by_items: Floats, stated: Floats, untouched: Flags
) -> dict[str, Flags]:
    answered = ~np.isnan(answers)
    some = answered.any(axis=1)
    made_up, too_few = np.zeros(len(answers), bool), np.zeros(len(answers), bool)
    for scale in instrument.scales.values():
        of_scale = answered[:, [item - 1 for item in scale.items]].sum(axis=1)
        made_up |= (of_scale < len(scale.items)) & (of_scale >= scale.fewest)
        too_few |= some & (of_scale < scale.fewest)
    allowed = np.where(made_up, _WHOLE_POINT, _ROUNDING)
    with np.errstate(invalid="ignore"):
        differs = np.abs(by_items - stated) > allowed
    return {
        PRORATED: made_up,
        TOO_FEW: too_few,
        DIFFERS: differs,
        STATED_ONLY: untouched & ~np.isnan(stated) & (instrument.total is not None),
    }


def _sentence(instrument: Instrument, refused: str, given: Floats) -> str:
    low, high = f"{instrument.lowest:g}", f"{instrument.highest:g}"
    if refused in ("out_of_range", "not_an_answer"):
        outside, between = _impossible(instrument, given)
        items = ", ".join(str(place + 1) for place in np.flatnonzero(outside | between))
        steps = f" in steps of {instrument.step:g}" if instrument.step else ""
        return f"{instrument.name}, item {items}: the answer must lie between {low} and {high}{steps}"
    if refused == "no_total" or instrument.total is None:
        return f"{instrument.name} has no total: give its items, or name one of its scales"
    low_total, high_total = instrument.limits(instrument.total)
    return (
        f"{instrument.name}: the total is a {instrument.total.kind} and lies between {low_total:g} and {high_total:g}"
    )


def _band(instrument: Instrument, total: float | None) -> str:
    if total is None:
        return ""
    reached = [name for name, low in instrument.bands.items() if total >= low]
    return reached[-1] if reached else ""


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
