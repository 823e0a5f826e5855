"""Which figures may leave the practice? The CMS cell rule on numerators too, with nothing left to subtract.

Inside the practice a group of at least k patients may show small counts of what happened to them. Outside, no count of
1 to k-1 is shown, neither of those it happened to nor of the others, neither of visits nor of people, nor a rate that
would tell it, nor enough beside it to compute it (CMS cell-size suppression policy, resdac.org/node/1506;
complementary: Cox 1980, JASA 75:377).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WITHHELD

SMALL = "withheld outside the practice: a count of fewer than {k}"
FEW = "withheld outside the practice: it cannot be shown that at least {k} people are behind each side of it"
BESIDE = "withheld outside the practice: a figure withheld beside it would follow"
UNSAID = "cannot be said from what is published"
CANNOT_SAY = "cannot_say"
WEEKS_AND_SITES = re.compile(r"\b\d[\d,]*( of \d[\d,]*)? (weeks|sites)\b")  # numbers that count nobody
TOO_FINE = 1500  # withheld figures of one metric that can be examined; with more, none of the metric leaves
DECIMALS = {"share": 3, "squared distance": 3, "kappa": 2, "slope": 2, "ratio": 2, "log odds": 2}  # else 1
RATES = {"per 1,000 contacts": 1000, "per visit": 1, "per clinician-week": 1}  # value * n / this = what was counted
COUNTS = ("signals",)  # the value is what was counted
PARTS_OF = {  # what would tell a numerator of the others, where that is withheld
    "slots_lost": ("no_show_rate", "late_cancel_rate"),
    "no_show_beyond_expected": ("no_show_rate",),
    "slots_lost_beyond_expected": ("slots_lost",),
    "rebooked_by_staff": ("rebooked_by_self_service", "rebooked_by_automation"),
    "rebooked_by_self_service": ("rebooked_by_staff", "rebooked_by_automation"),
    "rebooked_by_automation": ("rebooked_by_staff", "rebooked_by_self_service"),
    "crisis_inside_target_out_of_hours": ("crisis_out_of_hours",),
    "crisis_contact": ("crisis_unreached",),
    "wait_gap": ("wait_from_booking",),
    "triage_kappa": ("triage_under", "triage_over"),
    "triage_kappa_weighted": ("triage_under", "triage_over"),
}
NOT_OF_PEOPLE = ("automation_cost",)  # whatever it says, it says of nobody
PLACE = ["stratifier", "site", "stratum", "period"]

Flags = NDArray[np.bool_]


def external(rows: pd.DataFrame, k: int) -> pd.DataFrame:
    """The rows as they may be given to somebody outside; what may not has state "withheld", a reason and no numbers.

    rows: metric, site ("*" = the practice), stratifier, stratum, period, value, low, high, n, unit, state, reason; one
    length of period, with every metric and every site: choose among them afterwards, for a figure that is left out here
    protects nothing. Shares are taken as numerator / n, rates as numerator / n times what they are told per. A
    numerator counts visits, sheets or courses of care, as the metric does, and k of them may be fewer than k people:
    people_with and people_without say how many people at least it happened to, and how many others there are (0: not
    known); of a mean people_with alone counts, those behind n. family: figures of one name count rows of one table, so
    that two of their n that differ by less than k tell a small count; without it none is compared with another.
    A figure that cannot be said loses its n, and is taken for a withheld one where it may be about a few. What is said
    beside a figure is given where it holds no number, or one of weeks or sites.
    """
    rows = rows.reset_index(drop=True)
    people = _people(rows)
    states, counts = rows["state"].astype(str).to_numpy(), _counts(rows)
    shown = states == PUBLISHED
    named = ~rows["metric"].isin(NOT_OF_PEOPLE).to_numpy()
    unsaid = (states == CANNOT_SAY) & named & _may_be_few(counts, people, k)
    small = shown & named & ((counts > 0) & (counts < k)).any(axis=1)
    few = shown & named & ((counts > 0) & (people < k)).any(axis=1)
    hidden = small | few | unsaid
    while True:
        before = hidden.copy()
        hidden |= shown & _without_its_parts(rows, hidden)
        hidden |= _near(rows, counts[:, 0], shown & ~hidden, k)
        for metric in rows["metric"].unique():
            here = np.flatnonzero((rows["metric"] == metric).to_numpy() & (shown | unsaid))
            hidden[here] = _complete(rows.loc[here, PLACE], counts[here], people[here], hidden[here], k)
        if (hidden == before).all():
            return _written(rows, {SMALL: small, FEW: few & ~small}, hidden & shown, k)


def _people(rows: pd.DataFrame) -> NDArray[np.float64]:
    """How many people at least are behind n (of shares and rates those behind its sides), the numerator, the rest."""
    with_, without = (
        pd.to_numeric(rows[name]).fillna(0).to_numpy(dtype=float) if name in rows else np.zeros(len(rows))
        for name in ("people_with", "people_without")
    )
    sided = rows["unit"].isin(["share", *RATES, *COUNTS])
    return np.column_stack([np.where(sided, np.inf, with_), with_, without])


def _may_be_few(counts: NDArray[np.float64], people: NDArray[np.float64], k: int) -> Flags:
    """Figures of unknown value that may be one of fewer than k: each that tells sides, and the rest by n and people."""
    n, behind = counts[:, 0], people[:, 0]
    return (n > 0) & ((n < k) | (behind < k) | np.isinf(behind))


def _counts(rows: pd.DataFrame) -> NDArray[np.float64]:
    """n, the numerator of shares, rates and counts, and of shares the rest; 0 where there is none."""
    n = pd.to_numeric(rows["n"]).fillna(0).to_numpy(dtype=float)
    value = pd.to_numeric(rows["value"]).fillna(0).to_numpy(dtype=float)
    per = rows["unit"].map({"share": 1, **RATES}).to_numpy(dtype=float)
    events = np.where(np.isnan(per), 0, np.round(value * n / per))
    events = np.where(rows["unit"].isin(COUNTS), value, events)
    return np.column_stack([n, events, np.where(rows["unit"] == "share", n - events, 0)])


def _near(rows: pd.DataFrame, n: NDArray[np.float64], shown: Flags, k: int) -> Flags:
    """Figures whose n is less than k below another of the same family in the same place: so many are left out of it."""
    found = np.zeros(len(rows), dtype=bool)
    if "family" not in rows:
        return found
    places = rows.assign(n=n)[shown]
    for _, group in places.groupby(["family", *PLACE]):
        held = np.sort(group["n"].unique())
        close = held[:-1][np.diff(held) < k]
        found[group.index[group["n"].isin(close)]] = True
    return found


def _without_its_parts(rows: pd.DataFrame, hidden: Flags) -> Flags:
    """Figures made of two others, one of which is withheld in the same place."""
    found = np.zeros(len(rows), dtype=bool)
    place = pd.MultiIndex.from_frame(rows[PLACE])
    for whole, parts in PARTS_OF.items():
        gone = place[hidden & rows["metric"].isin(parts).to_numpy()]
        found |= (rows["metric"] == whole).to_numpy() & place.isin(gone)
    return found


def _complete(
    place: pd.DataFrame, counts: NDArray[np.float64], people: NDArray[np.float64], hidden: Flags, k: int
) -> Flags:
    """Withholds more figures of one metric until none that is withheld follows from the totals and the others."""
    lines = _lines(place)
    hidden = hidden.copy()
    alone = np.zeros(len(hidden), dtype=bool)  # the only part of its total, which tells it whatever is done here
    alone[[line[0] for line in lines if len(line) == 1]] = True
    while True:
        if hidden.sum() > TOO_FINE:
            return np.ones(len(hidden), dtype=bool)
        gone = [(line, line[hidden[line]]) for line in lines]
        weak = [line for line, these in gone if _told(counts[these], people[these], k)] + _solved(lines, hidden)
        rest = [line[~hidden[line] & ~alone[line]] for line in weak]
        more = {int(free[np.argmin(counts[free, 0])]) for free in rest if len(free)}
        if not more:
            return hidden
        hidden[list(more)] = True


def _lines(place: pd.DataFrame) -> list[NDArray[np.intp]]:
    """Figures that add up to a total somebody outside may hold: the sites of a practice, the strata, the periods."""
    found = []
    parts = place.reset_index(drop=True)
    for along, whole in (("site", ALL_SITES), ("stratum", ALL), ("period", ALL)):
        others = [name for name in PLACE if name != along]
        within = parts[parts[along].astype(str) != whole]
        found += [group.index.to_numpy() for _, group in within.groupby(others)]
    return found


def _told(counts: NDArray[np.float64], people: NDArray[np.float64], k: int) -> bool:
    """Would the total less the rest tell one figure, or a sum that is itself too small, of visits or of people?

    Several figures are about at least as many people as the one with the most.
    """
    if len(counts) < 2:
        return len(counts) == 1
    sums, most = counts.sum(axis=0), people.max(axis=0)
    return bool(((sums > 0) & ((sums < k) | (most < k))).any())


def _solved(lines: list[NDArray[np.intp]], hidden: Flags) -> list[NDArray[np.intp]]:
    """The lines of withheld figures that follow from several lines together, though from none alone."""
    unknown = np.flatnonzero(hidden)
    if not len(unknown):
        return []
    sums = np.array([np.isin(unknown, line) for line in lines], dtype=float).reshape(-1, len(unknown))
    sizes, directions = np.linalg.eigh(sums.T @ sums)
    basis = directions[:, sizes > max(sizes.max(initial=0.0), 1.0) * 1e-9]
    known = unknown[(basis**2).sum(axis=1) > 1 - 1e-7]
    return [line for line in lines if np.isin(known, line).any()]


def _written(rows: pd.DataFrame, why: Mapping[str, Flags], hidden: Flags, k: int) -> pd.DataFrame:
    given = rows.drop(columns=["people_with", "people_without", "family"], errors="ignore")
    digits = rows["unit"].map(DECIMALS).fillna(1).astype(int)
    for name in ("value", "low", "high"):
        numbers = [None if pd.isna(x) else round(float(x), n) for x, n in zip(rows[name], digits, strict=True)]
        given[name] = pd.Series(numbers, index=rows.index, dtype=object).where(~hidden, None)
    unsaid = rows["state"].astype(str) == CANNOT_SAY
    given["n"] = pd.to_numeric(rows["n"]).astype("Int64").mask(hidden | unsaid)
    counting = unsaid | (rows["state"].astype(str) == PUBLISHED)  # what is said of others is about groups, not counts
    given["reason"] = rows["reason"].where(~counting, rows["reason"].map(_countless))
    given.loc[unsaid & (given["reason"] == ""), "reason"] = UNSAID
    given.loc[hidden, "state"] = WITHHELD
    given.loc[hidden, "reason"] = BESIDE
    for reason, these in why.items():
        given.loc[these, "reason"] = reason.format(k=k)
    return given


def _countless(reason: str) -> str:
    """The parts of what is said beside a figure that count nobody: "3 of 120 are undetermined" would."""
    parts = str(reason).split("; ")
    return "; ".join(part for part in parts if not re.search(r"\d", WEEKS_AND_SITES.sub("", part)))
