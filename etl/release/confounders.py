"""What differs between visits beside automation, and what does that let expect? Fitted on visits before any go-live.

Each visit's risk is taken from a model of the declared confounders (lead time and new patients crossed, the others
beside), summed over the groups that are published anyway. The model is fitted where everything is made anew, on weeks
in which its bands are published, and kept as published: later releases expect by the same one. Only its summary leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl.release.levels import KNOWN_FOR, UNKNOWN, Factor, Merged, design_of, merged
from etl.release.logistic import Fit, Floats, logistic, straight
from etl.release.rows import BLOCK_ROWS, Column, Rows
from etl.release.strata import NOT_RECORDED, Attribute

INTERCEPT, WHOLE = "intercept", "the model"
MILLION = 1_000_000
FEWEST_ROWS, FEWEST_EVENTS = 200, 20  # below, coefficients are too loose to adjust by
FEWEST_ANSWERS = 100
NOT_SETTLED = "the confounders part the outcomes: no model of them settles"
DECIMALS = 4  # of coefficients: the model in use is the one that is told
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PATIENTS = ("known patient", "new patient", "known or new patient")  # the last: so early that nobody can say
COLUMNS = ("outcome", "term", "coefficient", "standard_error", "rows", "events", "fitted_until", "reason")

Coefficients = dict[str, dict[str, float]]  # factor -> level -> points of the logarithm of the odds


@dataclass(frozen=True)
class Model:
    """What was fitted for one outcome; without coefficients, why nothing was."""

    outcome: str
    intercept: float | None
    coefficients: Coefficients
    table: pd.DataFrame

    def linear(self, factors: Iterable[Factor], size: int) -> Floats:
        """The intercept and a number for each word; nan where a confounder is not known, or nothing was fitted."""
        linear = np.full(size, np.nan if self.intercept is None else self.intercept)
        for factor in (one for each in factors for one in (each, *each.apart)):
            if factor.name in self.coefficients:
                told = self.coefficients[factor.name]
                points = np.array([told.get(level, np.nan) for level in factor.levels] + [np.nan])
                linear += points[factor.codes]
        return linear

    def risks(self, factors: Iterable[Factor], size: int) -> NDArray[np.int32]:
        """Each row's risk in millionths; UNKNOWN where there is none."""
        risks, factors = np.empty(size, dtype=np.int32), list(factors)
        for start in range(0, size, BLOCK_ROWS):
            some = slice(start, min(start + BLOCK_ROWS, size))
            with np.errstate(over="ignore"):
                linear = self.linear((factor.take(some) for factor in factors), some.stop - start)
                risk = np.rint(MILLION / (1 + np.exp(-linear)))
            risks[some] = np.where(np.isnan(risk), UNKNOWN, risk)
        return risks


def factors_of(rows: Rows, names: Sequence[str], known: Mapping[str, Attribute], sites: Sequence[str]) -> list[Factor]:
    """The declared confounders of these rows. known: the attributes whose codes stand in s_<name>."""
    found = {name: _factor(rows, name, known, sites) for name in names}
    if "lead_time" in found and "new_patient" in found:
        lead, new = found.pop("lead_time"), found.pop("new_patient")
        count = len(lead.levels)
        levels = tuple(f"{band} days, {who}" for who in PATIENTS for band in lead.levels)
        codes = new.codes.astype(_smallest(levels)) * count + lead.codes
        codes[(lead.codes < 0) | (new.codes < 0)] = UNKNOWN
        found = {
            "lead_time x new_patient": Factor("lead_time x new_patient", codes, levels, count, (lead, new)),
            **found,
        }
    return list(found.values())


def _factor(rows: Rows, name: str, known: Mapping[str, Attribute], sites: Sequence[str]) -> Factor:
    if name == "new_patient":
        never = np.int8(PATIENTS.index("known or new patient"))
        return Factor(name, np.where(rows["new"] < 0, never, rows["new"].astype(np.int8)), PATIENTS)
    if name == "weekday":
        return Factor(name, rows["weekday"], WEEKDAYS)
    if name == "site":
        return Factor(name, rows["site"], tuple(sites))
    item = known[name]
    codes = rows[item.column].astype(_smallest(item.labels))
    codes[codes >= len(item.labels)] = UNKNOWN
    return Factor(name, codes, item.labels, len(item.labels) if item.ordered else 0)


def _smallest(levels: Sequence[str]) -> np.dtype[Any]:
    """The narrowest kind of number for the codes of these levels: there are ten million of them."""
    return np.min_scalar_type(-1 - len(levels))


def fit(outcome: str, rows: Rows, happened: Column, factors: list[Factor], k: int, until: date | None) -> Model:
    """The model of one outcome. rows: those before any go-live that could have it; happened: which of them did."""
    kept, whole, left_out = _kept(factors, len(rows))
    rows, happened = rows.where(whole), happened[whole]
    events = int(happened.sum())
    if len(rows) < FEWEST_ROWS or not FEWEST_EVENTS <= events <= len(rows) - FEWEST_EVENTS:
        return _none(outcome, "too few visits before the first go-live", left_out, until)
    joined = [merged(factor.take(whole), rows, happened, k) for factor in kept]
    joined = [one for one in joined if len(set(one.groups.values())) > 1]
    design, n, sums = design_of(joined, happened)
    found = logistic(design, n, sums)
    if found is None:
        return _none(outcome, NOT_SETTLED, left_out, until)
    return _told(outcome, joined, found, (len(rows), events), left_out, until)


def fit_points(outcome: str, rows: Rows, points: Floats, factors: list[Factor], k: int, until: date | None) -> Model:
    """The same of a score. rows: answers before any go-live, and their points.

    How many there were is not told: unlike visits they are not held to weeks in which their groups are published.
    """
    kept, whole, left_out = _kept(factors, len(rows))
    rows, points = rows.where(whole), points[whole]
    if len(rows) < FEWEST_ANSWERS:
        return _none(outcome, "too few answers before the first go-live", left_out, until)
    joined = [merged(factor.take(whole), rows, None, k) for factor in kept]
    joined = [one for one in joined if len(set(one.groups.values())) > 1]
    found = straight(*design_of(joined, points), float((points * points).sum()))
    if found is None:
        return _none(outcome, NOT_SETTLED, left_out, until)
    return _told(outcome, joined, found, (None, None), left_out, until)


def _kept(factors: list[Factor], size: int) -> tuple[list[Factor], NDArray[np.bool_], list[tuple[str, str]]]:
    """The factors known for enough rows, the rows of which all of those are known, and what was left out and why."""
    kept: list[Factor] = []
    left_out: list[tuple[str, str]] = []
    for factor in (one for each in factors for one in each.usable()):
        if factor.known >= KNOWN_FOR:
            kept.append(factor)
        else:
            left_out.append((factor.name, f"left out: known for {factor.known:.0%} of them before the go-live"))
    whole = np.ones(size, dtype=bool)
    for factor in kept:
        whole &= factor.codes >= 0
    return kept, whole, left_out


def _told(
    outcome: str,
    joined: list[Merged],
    found: Fit,
    sizes: tuple[int | None, int | None],
    left_out: list[tuple[str, str]],
    until: date | None,
) -> Model:
    points = [round(float(value), DECIMALS) for value in found.coefficients]
    errors = [float(f"{value:.2g}") for value in found.errors]
    rows: list[tuple[Any, ...]] = [(outcome, INTERCEPT, points[0], errors[0], *sizes, until, None)]
    coefficients: Coefficients = {}
    first = 0
    for one in joined:
        told = coefficients.setdefault(one.factor.name, {})
        for level, group in sorted(one.groups.items()):
            value, error = (points[first + group], errors[first + group]) if group else (0.0, None)
            told[one.factor.levels[level]] = value
            term = _term(one.factor.name, one.factor.levels[level])
            rows.append((outcome, term, value, error, None, None, until, None if group else "held against this"))
        first += max(one.groups.values())
    rows += [(outcome, name, None, None, None, None, until, reason) for name, reason in left_out]
    return Model(outcome, points[0], coefficients, _frame(rows))


def _none(outcome: str, reason: str, left_out: list[tuple[str, str]], until: date | None) -> Model:
    rows: list[tuple[Any, ...]] = [(outcome, WHOLE, None, None, None, None, until, reason)]
    rows += [(outcome, name, None, None, None, None, until, why) for name, why in left_out]
    return Model(outcome, None, {}, _frame(rows))


def stored(outcome: str, table: pd.DataFrame) -> Model:
    """The model an earlier release tells of."""
    own = table[table["outcome"] == outcome] if len(table) else pd.DataFrame(columns=list(COLUMNS))
    coefficients: Coefficients = {}
    intercept: float | None = None
    for term, value in own[["term", "coefficient"]].itertuples(index=False):
        name, separator, level = str(term).partition(": ")
        if pd.isna(value):
            continue
        if separator:
            coefficients.setdefault(name, {})[level] = float(value)
        elif term == INTERCEPT:
            intercept = float(value)
    return Model(outcome, intercept, coefficients, own.reindex(columns=list(COLUMNS)))


def _term(factor: str, level: str) -> str:
    return f"{factor}: {level or NOT_RECORDED}"


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"rows": "Int64", "events": "Int64"})
