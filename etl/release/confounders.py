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

from deid.disclosure import MIXED_EARLY
from etl.release.logistic import Fit, Floats, logistic, straight
from etl.release.rows import Column, Rows
from etl.release.strata import NOT_RECORDED, Attribute

INTERCEPT, WHOLE = "intercept", "the model"
UNKNOWN = -1
MILLION = 1_000_000
FEWEST_ROWS, FEWEST_EVENTS = 200, 20  # below, coefficients are too loose to adjust by
FEWEST_ANSWERS = 100
KNOWN_FOR = 0.5  # of the visits: else a confounder is left out
NOT_SETTLED = "the confounders part the outcomes: no model of them settles"
DECIMALS = 4  # of coefficients: the model in use is the one that is told
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PATIENTS = ("known patient", "new patient", "known or new patient")  # the last: so early that nobody can say
COLUMNS = ("outcome", "term", "coefficient", "standard_error", "rows", "events", "fitted_until", "reason")

Codes = NDArray[np.int64]
Coefficients = dict[str, dict[str, float]]  # factor -> level -> points of the logarithm of the odds


@dataclass(frozen=True)
class Factor:
    """One confounder: a code per row (UNKNOWN where it is not known), the levels in order, and how many in a run are
    neighbours (0: they have no order). apart: the two it crosses, for where they are not known together."""

    name: str
    codes: Codes
    levels: tuple[str, ...]
    run: int = 0
    apart: tuple[Factor, ...] = ()

    def take(self, chosen: Column) -> Factor:
        apart = tuple(each.take(chosen) for each in self.apart)
        return Factor(self.name, self.codes[chosen], self.levels, self.run, apart)

    @property
    def known(self) -> float:
        return float((self.codes >= 0).mean()) if len(self.codes) else 0.0

    def usable(self) -> tuple[Factor, ...]:
        """Itself, or what it crosses, where it is known for too few."""
        return self.apart if self.apart and self.known < KNOWN_FOR else (self,)


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
        with np.errstate(over="ignore"):
            risk = np.rint(MILLION / (1 + np.exp(-self.linear(factors, size))))
        return np.where(np.isnan(risk), UNKNOWN, risk).astype(np.int32)


def factors_of(rows: Rows, names: Sequence[str], known: Mapping[str, Attribute], sites: Sequence[str]) -> list[Factor]:
    """The declared confounders of these rows. known: the attributes whose codes stand in s_<name>."""
    found = {name: _factor(rows, name, known, sites) for name in names}
    if "lead_time" in found and "new_patient" in found:
        lead, new = found.pop("lead_time"), found.pop("new_patient")
        count = len(lead.levels)
        codes = np.where((lead.codes < 0) | (new.codes < 0), UNKNOWN, new.codes * count + lead.codes)
        levels = tuple(f"{band} days, {who}" for who in PATIENTS for band in lead.levels)
        found = {
            "lead_time x new_patient": Factor("lead_time x new_patient", codes, levels, count, (lead, new)),
            **found,
        }
    return list(found.values())


def _factor(rows: Rows, name: str, known: Mapping[str, Attribute], sites: Sequence[str]) -> Factor:
    if name == "new_patient":
        return Factor(name, np.where(rows["new"] < 0, PATIENTS.index("known or new patient"), rows["new"]), PATIENTS)
    if name == "weekday":
        return Factor(name, rows["weekday"].astype(np.int64), WEEKDAYS)
    if name == "site":
        return Factor(name, rows["site"].astype(np.int64), tuple(sites))
    item = known[name]
    codes = rows[item.column].astype(np.int64)
    return Factor(
        name,
        np.where(codes >= len(item.labels), UNKNOWN, codes),
        item.labels,
        len(item.labels) if item.ordered else 0,
    )


def fit(outcome: str, rows: Rows, happened: Column, factors: list[Factor], k: int, until: date | None) -> Model:
    """The model of one outcome. rows: those before any go-live that could have it; happened: which of them did."""
    kept, whole, left_out = _kept(factors, len(rows))
    rows, happened = rows.where(whole), happened[whole]
    events = int(happened.sum())
    if len(rows) < FEWEST_ROWS or not FEWEST_EVENTS <= events <= len(rows) - FEWEST_EVENTS:
        return _none(outcome, "too few visits before the first go-live", left_out, until)
    merged = [_merged(factor.take(whole), rows["patient"], happened, k) for factor in kept]
    merged = [one for one in merged if len(set(one.groups.values())) > 1]
    design, n, sums = _grouped(merged, happened)
    found = logistic(design, n, sums)
    if found is None:
        return _none(outcome, NOT_SETTLED, left_out, until)
    return _told(outcome, merged, found, (len(rows), events), left_out, until)


def fit_points(outcome: str, rows: Rows, points: Floats, factors: list[Factor], k: int, until: date | None) -> Model:
    """The same of a score. rows: answers before any go-live, and their points.

    How many there were is not told: unlike visits they are not held to weeks in which their groups are published.
    """
    kept, whole, left_out = _kept(factors, len(rows))
    rows, points = rows.where(whole), points[whole]
    if len(rows) < FEWEST_ANSWERS:
        return _none(outcome, "too few answers before the first go-live", left_out, until)
    merged = [_merged(factor.take(whole), rows["patient"], None, k) for factor in kept]
    merged = [one for one in merged if len(set(one.groups.values())) > 1]
    found = straight(*_grouped(merged, points), float((points * points).sum()))
    if found is None:
        return _none(outcome, NOT_SETTLED, left_out, until)
    return _told(outcome, merged, found, (None, None), left_out, until)


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


@dataclass(frozen=True)
class _Merged:
    """A factor with thin levels joined: level -> number of its group; group 0 is what the others are held against."""

    factor: Factor
    groups: dict[int, int]

    def codes(self) -> Codes:
        table = np.zeros(len(self.factor.levels), dtype=np.int64)
        for level, group in self.groups.items():
            table[level] = group
        return table[self.factor.codes]


def _merged(factor: Factor, patients: Column, happened: Column | None, k: int) -> _Merged:
    """Levels with fewer than k patients, or in which hardly any or all had the outcome, join others."""
    groups = [[level] for level in range(len(factor.levels)) if factor.run or (factor.codes == level).any()]

    def thin(group: list[int]) -> bool:
        here = np.isin(factor.codes, group)
        few = happened is not None and min(happened[here].sum(), (~happened[here]).sum()) < MIXED_EARLY
        return bool(few) or len(np.unique(patients[here])) < k

    while len(groups) > 1 and (found := [at for at, group in enumerate(groups) if thin(group)]):
        at = found[0]
        into = _partner(at, groups, factor)
        groups[min(at, into)] += groups[max(at, into)]
        del groups[max(at, into)]
    largest = max(range(len(groups)), key=lambda at: int(np.isin(factor.codes, groups[at]).sum()), default=0)
    order = [largest, *(at for at in range(len(groups)) if at != largest)]
    return _Merged(factor, {level: number for number, at in enumerate(order) for level in groups[at]})


def _partner(at: int, groups: list[list[int]], factor: Factor) -> int:
    """The neighbour of the same run, else the smallest other group."""
    others = [other for other in range(len(groups)) if other != at]
    if factor.run:
        beside = [other for other in (at + 1, at - 1) if other in others]
        alike = [other for other in beside if groups[other][0] // factor.run == groups[at][0] // factor.run]
        others = alike or beside
        return others[0]
    return min(others, key=lambda other: int(np.isin(factor.codes, groups[other]).sum()))


def _grouped(merged: list[_Merged], values: Column) -> tuple[Floats, Floats, Floats]:
    """A line per distinct row: the design, how many rows, and the sum of their values."""
    codes = [one.codes() for one in merged]
    shape = [1 + int(each.max()) for each in codes]
    line = np.zeros(len(values), dtype=np.int64)
    for each, size in zip(codes, shape, strict=True):
        line = line * size + each
    lines, at = np.unique(line, return_inverse=True)
    n = np.bincount(at).astype(np.float64)
    sums = np.bincount(at, weights=values).astype(np.float64)
    columns = [np.ones(len(lines))]
    for each, size in zip(np.unravel_index(lines, shape) if shape else (), shape, strict=True):
        columns += [(each == level).astype(np.float64) for level in range(1, size)]
    return np.column_stack(columns), n, sums


def _told(
    outcome: str,
    merged: list[_Merged],
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
    for one in merged:
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
