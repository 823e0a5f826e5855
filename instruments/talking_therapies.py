"""How many improved, recovered or got worse in care, as NHS Talking Therapies counts it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from instruments.errors import InstrumentError

if TYPE_CHECKING:
    import pandas as pd

Flags = np.ndarray[Any, np.dtype[np.bool_]]

FEWEST_CONTACTS = 2  # NHS Talking Therapies: a finished course has at least two treatment contacts


@dataclass(frozen=True)
class Threshold:
    """A measure of NHS Talking Therapies: caseness at or above, and a reliable change of at least, in points."""

    caseness: float
    change: float


# NHS Talking Therapies manual; the two measures every patient has.
NHS_MEASURES: Mapping[str, Threshold] = MappingProxyType({"phq9": Threshold(10, 6), "gad7": Threshold(8, 4)})


@dataclass(frozen=True)
class NhsOutcomes:
    """Outcomes of finished courses, as NHS Talking Therapies counts them. Rates are None where nobody is counted on.

    finished = caseness_start + not_caseness_start. Recovery and reliable recovery are shares of caseness_start;
    reliable improvement and deterioration of finished. reliably_improved, reliably_deteriorated, no_reliable_change
    and without_pair (no measure scored both at the start and at the end) add up to finished.
    mixed_improved_and_deteriorated is a part of no_reliable_change.
    """

    referrals: int
    finished: int
    caseness_start: int
    not_caseness_start: int
    recovered: int
    recovery_rate: float | None
    reliably_improved: int
    reliable_improvement_rate: float | None
    reliably_deteriorated: int
    reliable_deterioration_rate: float | None
    no_reliable_change: int
    mixed_improved_and_deteriorated: int
    reliably_recovered: int
    reliable_recovery_rate: float | None
    recovered_but_not_reliably: int
    without_pair: int


def nhs_outcomes(referrals: pd.DataFrame, *, measures: Mapping[str, Threshold] = NHS_MEASURES) -> NhsOutcomes:
    """How many improved, recovered or got worse, as NHS Talking Therapies defines it?

    referrals: one row each; discharged (0/1), treatment_contacts, and per measure MEASURE_first and MEASURE_last
    (phq9, gad7), missing where not scored. Finished = discharged after at least two treatment contacts. Caseness: at
    or above the threshold on any measure at the start. Recovered: at caseness at the start, and at the end below on
    every measure scored at either end. Reliably improved: a fall of at least the reliable change on one measure and
    no such rise on another; deteriorated the reverse; a measure counts where it is scored at both ends.
    A course without a pair stays in the denominators: it has not been shown to improve.
    Raises InstrumentError where a column is missing.
    """
    present = {name: told for name, told in measures.items() if {f"{name}_first", f"{name}_last"} <= set(referrals)}
    if not present or not {"discharged", "treatment_contacts"} <= set(referrals):
        wanted = ", ".join(f"{name}_first, {name}_last" for name in measures)
        raise InstrumentError(f"referrals need discharged, treatment_contacts and at least one pair of {wanted}")
    over = (referrals["discharged"].to_numpy(dtype=float) == 1) & (
        referrals["treatment_contacts"].to_numpy(dtype=float) >= FEWEST_CONTACTS
    )
    courses = referrals[over]
    case, well, better, worse, paired = find_states(courses, present)
    recovered, both = case & well, better & worse
    improved, deteriorated = better & ~worse, worse & ~better
    reliably = recovered & improved
    finished, cases = len(courses), int(case.sum())
    return NhsOutcomes(
        referrals=len(referrals),
        finished=finished,
        caseness_start=cases,
        not_caseness_start=finished - cases,
        recovered=int(recovered.sum()),
        recovery_rate=_rate(recovered, cases),
        reliably_improved=int(improved.sum()),
        reliable_improvement_rate=_rate(improved, finished),
        reliably_deteriorated=int(deteriorated.sum()),
        reliable_deterioration_rate=_rate(deteriorated, finished),
        no_reliable_change=int((paired & ~improved & ~deteriorated).sum()),
        mixed_improved_and_deteriorated=int(both.sum()),
        reliably_recovered=int(reliably.sum()),
        reliable_recovery_rate=_rate(reliably, cases),
        recovered_but_not_reliably=int((recovered & ~improved).sum()),
        without_pair=int((~paired).sum()),
    )


def find_states(courses: pd.DataFrame, measures: Mapping[str, Threshold]) -> tuple[Flags, Flags, Flags, Flags, Flags]:
    """(at caseness, well at the end, better on one, worse on one, has a pair) of each course."""
    nobody = np.zeros(len(courses), bool)
    case, well, better, worse, paired = nobody, ~nobody, nobody, nobody, nobody
    for name, told in measures.items():
        first, last = (courses[f"{name}_{end}"].to_numpy(dtype=float) for end in ("first", "last"))
        pair = ~(np.isnan(first) | np.isnan(last))
        case = case | (first >= told.caseness)
        well = well & ((last < told.caseness) | (np.isnan(first) & np.isnan(last)))
        better = better | (first - last >= told.change)
        worse = worse | (last - first >= told.change)
        paired = paired | pair
    return case, well & paired, better, worse, paired


def _rate(counted: Flags, denominator: int) -> float | None:
    return int(counted.sum()) / denominator if denominator else None
