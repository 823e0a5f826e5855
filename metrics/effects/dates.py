"""Are there better go-live dates, or a better order of sites, than those planned?

What is compared is the error of the aim's effect on the day of decision, so many weeks after the first go-live as in
the plan: drift and season hide a step that comes one year into two worst of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from metrics.plan import Plan

SHIFTS = (0, 4, 8, 13, 26)  # weeks later
SPACINGS = (0, 4, 8, 13)  # weeks between two sites
WORTH_IT = 0.90  # of the error: a smaller gain is not worth moving a rollout for


@dataclass(frozen=True)
class Dates:
    """A way of going live. error: of the aim on the day of decision; inflation: of the variance by drift and season."""

    go_live: Mapping[str, date]
    decision_on: date
    error: float
    inflation: float
    says: str


def candidates(plan: Plan, sizes: Mapping[str, float], earliest: date) -> tuple[tuple[str, Plan], ...]:
    """Plans that differ in dates alone, none before `earliest`. sizes: visits per site, which give the orders tried."""
    first = max(min(plan.go_live.values()), earliest)
    length = plan.decision_on - min(plan.go_live.values())
    by_size = sorted(plan.go_live, key=lambda site: -sizes.get(site, 0.0))
    orders = {"in the order planned": sorted(plan.go_live, key=lambda site: plan.go_live[site])}
    orders |= {"the largest site first": by_size, "the smallest site first": by_size[::-1]}
    found: dict[tuple[tuple[str, date], ...], tuple[str, Plan]] = {}
    for shift in SHIFTS:
        for spacing in SPACINGS if len(by_size) > 1 else (0,):
            for words, order in orders.items():
                begin = first + timedelta(weeks=shift)
                days = {site: begin + timedelta(weeks=spacing * at) for at, site in enumerate(order)}
                changed = replace(plan, go_live=days, decision_on=begin + length)
                says = _says(begin, spacing, words, len(order))
                found.setdefault(tuple(sorted(days.items())), (says, changed))
    return tuple(found.values())


def _says(begin: date, spacing: int, words: str, sites: int) -> str:
    if sites == 1:
        return f"on {begin}"
    if spacing == 0:
        return f"all sites on {begin}"
    return f"from {begin}, a site every {spacing} weeks, {words}"


def best(tried: Sequence[Dates]) -> Dates | None:
    """The dates with the smallest error; the earliest of those as good."""
    ordered = sorted(tried, key=lambda one: (round(one.error, 4), min(one.go_live.values())))
    return ordered[0] if ordered else None
