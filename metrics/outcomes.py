"""Do patients get better in care, as NHS Talking Therapies counts it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from instruments import find
from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric, Texts
from metrics.figures import T_LIMITS, WILSON, mean, missing, noted, share, texts
from metrics.groups import Groups
from metrics.scores import HUNDREDTHS

_NHS = "NHS Talking Therapies manual, outcome definitions; " + WILSON
_PAIR = (
    "A course without a first and a last score has not been shown to change: it stays below the line, so few pairs "
    "make the figure low. How many have both is said beside it."
)


@dataclass(frozen=True)
class _Questionnaire:
    """A questionnaire of outcome: its name, the word for keys and texts, caseness at or above, reliable change."""

    name: str
    word: str
    of: str
    caseness: int
    change: int


_ASKED = (
    _Questionnaire("PHQ-9", "depression", "symptoms of depression", 10, 6),
    _Questionnaire("GAD-7", "anxiety", "symptoms of anxiety", 8, 4),
)


def _rate(above: str, below: str) -> Callable[[Cells, Groups, str], Measured]:
    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        events, n = _counts(cells, groups, above, below)
        return noted(share(events, n), _pairs(cells, groups, above))

    return measure


def _recovery(above: str) -> Callable[[Cells, Groups, str], Measured]:
    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        events, n, paired, finished = _counts(cells, groups, above, "at_caseness", "paired", "finished")
        found = noted(share(events, n), _pairs(cells, groups, above))
        why = "none of those with a first and a last score was at caseness at first"
        return missing(found, why, when=bool(paired.sum() > 0 and n.sum() == 0 and finished.sum() > 0))

    return measure


def _change(instrument: str) -> Callable[[Cells, Groups, str], Measured]:
    declared = find(instrument)

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        n, total, squares = _counts(cells, groups, "paired", "change", "change_squared")
        low, high = declared.limits(declared.scales["total"])
        found = mean(total / HUNDREDTHS, squares / HUNDREDTHS**2, n, bounds=(low - high, high - low))
        return noted(found, _pairs(cells, groups, "change"))

    return measure


def _counts(cells: Cells, groups: Groups, *names: str) -> tuple[Floats, ...]:
    counts = cells.tables["outcome_cells"]
    return tuple(groups.total(np.nan_to_num(counts[name])) for name in names)


def _pairs(cells: Cells, groups: Groups, above: str) -> Texts:
    """Of how many finished courses there is a first and a last score, and what share of those it is."""
    events, paired, finished = _counts(cells, groups, above, "paired", "finished")
    told = []
    for few, some, all_ in zip(events, paired, finished, strict=True):
        pairs = f"{some:.0f} of {all_:.0f} finished courses have a first and a last score"
        of_pairs = f"; of those {few / some:.0%}" if some and above in ("improved", "deteriorated") else ""
        told.append(pairs + of_pairs if all_ else "")
    return texts(told)


def _metrics(asked: _Questionnaire) -> Iterator[Metric]:
    shared: dict[str, Any] = {
        "version": 1,
        "side": "outcome",
        "minimum_n": 11,
        "cells": ("outcome_cells",),
        "only": (("instrument", (asked.name,)),),
    }
    kinds: tuple[tuple[str, str, str, Any, str, str], ...] = (
        (
            "improved",
            "Reliable improvement",
            f"What share of patients ends care with clearly fewer {asked.of}?",
            "higher",
            f"courses whose last score is lower than the first by at least {asked.change} points",
            "improved / finished",
        ),
        (
            "deteriorated",
            "Reliable deterioration",
            f"What share of patients ends care with clearly more {asked.of}?",
            "lower",
            f"courses whose last score is higher than the first by at least {asked.change} points",
            "deteriorated / finished",
        ),
    )
    for count, name, question, better, numerator, formula in kinds:
        yield Metric(
            key=f"{asked.word}_{count}",
            question=question,
            name=f"{name} ({asked.name})",
            unit="share",
            better=better,
            margin=0.05,
            margin_reason="one course in twenty",
            counted="finished courses of care",
            numerator=numerator,
            denominator="courses that ended in the period after two attended visits or more (finished)",
            exclusions="courses still going on, and those with one visit or none",
            formula=formula,
            limits=f"{_PAIR} It says that a patient changed, not that care did it.",
            source=_NHS,
            measure=_rate(count, "finished"),
            **shared,
        )
    for count, name, question in (
        ("recovered", "Recovery", f"What share of patients with marked {asked.of} ends care without?"),
        (
            "reliably_recovered",
            "Reliable recovery",
            f"What share of patients with marked {asked.of} ends care without, and clearly better?",
        ),
    ):
        also = f", and lower by at least {asked.change} points" if count != "recovered" else ""
        yield Metric(
            key=f"{asked.word}_{count}",
            question=question,
            name=f"{name} ({asked.name})",
            unit="share",
            better="higher",
            margin=0.05,
            margin_reason="one patient in twenty; the NHS standard is that half recover",
            counted="finished courses at caseness at first, with a last score",
            numerator=f"of those, below {asked.caseness} at last{also}",
            denominator=f"finished courses with a first and a last score, the first at {asked.caseness} or above",
            exclusions="courses below caseness at first, without a last score, still going on, or of one visit or none",
            formula=f"{count} / at caseness",
            limits="Somebody just above the threshold can cross it by chance: read it beside reliable recovery. "
            "Patients who leave without a last score are not in it.",
            source=_NHS,
            measure=_recovery(count),
            **shared,
        )
    yield Metric(
        key=f"{asked.word}_change",
        question=f"By how many points do {asked.of} change over a course of care?",
        name=f"Mean change ({asked.name})",
        unit="points",
        better="lower",
        margin=1.0,
        margin_reason="a fifth of what a patient would notice",
        counted="finished courses with a first and a last score",
        numerator="last less first score, summed, in points",
        denominator="finished courses with a first and a last score",
        exclusions="courses without both scores, still going on, or of one visit or none",
        formula="change / pairs",
        limits="Scores fall by themselves after a bad time (regression to the mean), with care or without.",
        source=T_LIMITS,
        measure=_change(asked.name),
        **shared,
    )


OUTCOMES = tuple(metric for asked in _ASKED for metric in _metrics(asked))
