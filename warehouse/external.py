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

from warehouse.beside import PLACE, Flags, complete
from warehouse.schema import PUBLISHED, WITHHELD
from warehouse.together import together

SMALL = "withheld outside the practice: a count of fewer than {k}"
FEW = "withheld outside the practice: it cannot be shown that at least {k} people are behind each side of it"
BESIDE = "withheld outside the practice: a figure withheld beside it would follow"
UNSAID = "cannot be said from what is published"
CANNOT_SAY = "cannot_say"
WEEKS_AND_SITES = re.compile(r"\b\d[\d,]*( of \d[\d,]*)? (weeks|sites)\b")  # numbers that count nobody
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
ENOUGH = ("enough", "enough_with", "enough_without")


def external(rows: pd.DataFrame, k: int) -> pd.DataFrame:
    """The rows as they may be given to somebody outside; what may not has state "withheld", a reason and no numbers.

    rows: metric, site ("*" = the practice), stratifier, stratum, period, value, low, high, n, unit, state, reason; one
    length of period, with every metric and every site: choose among them afterwards, for a figure that is left out here
    protects nothing. Shares are taken as numerator / n, rates as numerator / n times what they are told per. A
    numerator counts visits, sheets or courses of care, as the metric does, and k of them may be fewer than k people:
    people_with and people_without say how many people at least it happened to, and how many others there are (0: not
    known); of a mean people_with alone counts, those behind n. family: figures of one name count rows of one table, so
    that two of their n that differ by less than k tell a small count; without it none is compared with another.
    enough, enough_with, enough_without: so many of its rows, and of those on either side, are of k people whichever
    they are (inf: not known); what several figures tell together is judged by them.
    people_beside: at least how many are in what follows from it and others, where that is known (warehouse.counted).
    A figure that cannot be said loses its n, and is taken for a withheld one where it may be about a few. What is said
    beside a figure is given where it holds no number, or one of weeks or sites.
    """
    rows = rows.reset_index(drop=True)
    people = _people(rows)
    states, counts = rows["state"].astype(str).to_numpy(), counts_of(rows)
    enough, shown = _enough(rows), states == PUBLISHED
    named = ~rows["metric"].isin(NOT_OF_PEOPLE).to_numpy()
    unsaid = (states == CANNOT_SAY) & named & _may_be_few(counts, people, k)
    small = shown & named & ((counts > 0) & (counts < k)).any(axis=1)
    few = shown & named & ((counts > 0) & (people < k)).any(axis=1)
    hidden = small | few | unsaid
    told = (np.column_stack([counts, np.full(len(rows), np.nan)]), _behind(people, rows), enough)
    while True:
        before = hidden.copy()
        hidden |= shown & _without_its_parts(rows, hidden)
        hidden |= _near(rows, counts[:, 0], shown & ~hidden, k)
        for metric in rows["metric"].unique():
            here = np.flatnonzero((rows["metric"] == metric).to_numpy() & (shown | unsaid))
            hidden[here] = complete(rows.loc[here, PLACE], counts[here], people[here], hidden[here], k)
        hidden |= together(rows, *told, shown & ~hidden, shown | unsaid, k)
        if (hidden == before).all():
            return _written(rows, {SMALL: small, FEW: few & ~small}, hidden & shown, k)


def _people(rows: pd.DataFrame) -> NDArray[np.float64]:
    """How many people at least are behind n (of shares and rates those behind its sides), the numerator, the rest."""
    with_, without = (_numbers(rows, name, 0.0) for name in ("people_with", "people_without"))
    sided = rows["unit"].isin(["share", *RATES, *COUNTS])
    return np.column_stack([np.where(sided, np.inf, with_), with_, without])


def _behind(people: NDArray[np.float64], rows: pd.DataFrame) -> NDArray[np.float64]:
    """The same, n's of shares and rates at least those on one of its sides; and of what follows beside a figure."""
    n, sides = people[:, :1], people[:, 1:]
    beside = _numbers(rows, "people_beside", 0.0)[:, None]
    return np.hstack([np.where(np.isinf(n), sides.max(axis=1, keepdims=True), n), sides, beside])


def _enough(rows: pd.DataFrame) -> NDArray[np.float64]:
    """How many rows behind n, with and without are of k people, whichever they are? inf where that is not known."""
    return np.column_stack([*(_numbers(rows, name, np.inf) for name in ENOUGH), np.full(len(rows), np.inf)])


def _numbers(rows: pd.DataFrame, name: str, unknown: float) -> NDArray[np.float64]:
    """A column, `unknown` where it is not there or says nothing."""
    return (
        pd.to_numeric(rows[name]).fillna(unknown).to_numpy(dtype=float) if name in rows else np.full(len(rows), unknown)
    )


def _may_be_few(counts: NDArray[np.float64], people: NDArray[np.float64], k: int) -> Flags:
    """Figures of unknown value that may be one of fewer than k: each that tells sides, and the rest by n and people."""
    n, behind = counts[:, 0], people[:, 0]
    return (n > 0) & ((n < k) | (behind < k) | np.isinf(behind))


def counts_of(rows: pd.DataFrame) -> NDArray[np.float64]:
    """n, the numerator of shares, rates and counts, and of shares the rest; 0 where there is none, nan if not said."""
    n = pd.to_numeric(rows["n"]).fillna(0).to_numpy(dtype=float)
    value = pd.to_numeric(rows["value"]).to_numpy(dtype=float)
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


def _written(rows: pd.DataFrame, why: Mapping[str, Flags], hidden: Flags, k: int) -> pd.DataFrame:
    given = rows.drop(columns=["people_with", "people_without", "people_beside", "family", *ENOUGH], errors="ignore")
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
