"""What did automation gain and cost a site since it went live? Slots, fees, hours and bills, put side by side.

What would have happened without it is told by the adjusted effects kept with the release; where one of them cannot be
said, by the site's own time before. Every figure says by which.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from metrics.benefit import Assumption, Line
from metrics.cells import Cells
from metrics.counterfactual import NO_EFFECTS, Avoided, Stretch, avoided, slots_in, stretches_of
from metrics.groups import Group, Groups
from metrics.hours import BURDENS, HUNDREDTHS, spread_of_rows
from metrics.repeats import repeats_of
from metrics.sides import LABEL, Flags, Periods, inside, periods_of, sites_of
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS

CENTS = 100.0
Z = 1.959963984540054


@dataclass(frozen=True)
class Account:
    """One group's: slots since go-live, and how many fewer were lost than would have been without automation.

    fewer, fewer_error: slots no longer lost, and the standard error. against: what would have been, by what? fee: mean
    realised fee. hours, hours_error: given back to staff, None where they are not known. bills: (component, where it
    comes from) -> money.
    """

    slots: float
    fewer: float
    fewer_error: float
    fee: float | None
    hours: float | None
    hours_error: float
    bills: dict[tuple[str, str], float]
    against: str = LABEL

    @property
    def gross(self) -> float:
        return self.fewer * (self.fee or 0.0)

    @property
    def cost(self) -> float:
        return sum(self.bills.values())


@dataclass(frozen=True)
class Price:
    """A declared price: its value and the limits it lies between, in the practice's currency."""

    value: float
    low: float
    high: float


def prices(cells: Cells) -> dict[str, Price]:
    """What the practice declared: staff_hour, clinician_hour, filled_slot_cost; what it did not is not there."""
    held = cells.aside["declared_value"]
    rows = zip(*(held[name] for name in ("name", "value", "low", "high")), strict=True)
    return {str(name): Price(*told) for name, *told in rows if all(np.isfinite(one) for one in told)}


def currency(cells: Cells) -> str:
    """Its three letters; "" where none is declared."""
    held = cells.aside["declared_value"]
    return next((str(unit) for name, unit in zip(held["name"], held["unit"], strict=True) if name == "currency"), "")


def bills_of(cells: Cells, one: Group, groups: Groups, length: int) -> dict[tuple[str, str], float]:
    """What automation cost in a group's period: of its sites and, for the practice, of no one site."""
    held, start = cells.aside["cost_cells"], cells.release.grid_start
    if start is None or not len(held["site"]):
        return {}
    week = ((held["period_start"].astype("datetime64[D]") - np.datetime64(start, "D")).astype(np.int64) // 7).astype(
        float
    )
    of_sites = (*sites_of(one, cells), *([ALL_SITES] if one.site == ALL_SITES else []))
    chosen = inside(one, week, cells, groups, length) & np.isin(held["site"], of_sites)
    found: dict[tuple[str, str], float] = {}
    for place in np.flatnonzero(chosen):
        key = (str(held["component"][place]), str(held["vendor_kind"][place]))
        found[key] = found.get(key, 0.0) + float(held["cents"][place]) / CENTS
    return found


@dataclass(frozen=True)
class _Site:
    """A site's periods since go-live that are asked for, and what is counted in them; fewer: by the time before."""

    name: str
    after: Flags
    slots: float
    fewer: float
    variance: float
    fees: float
    fee_cents: float


def accounts(cells: Cells, groups: Groups, period: str) -> Iterator[Account | None]:
    """One per group; None where nothing went live, or either side of it is not published."""
    slots = periods_of(cells, cells.by_period("attendance_cells"))
    effects = repeats_of(cells, groups, "slots_lost", period).design_effect
    hours = cells.tables.get("staff_time_cells")
    staff = periods_of(cells, hours) if hours is not None else None
    spread = _reach_of_hours(cells)[hours["state"] == PUBLISHED] if hours is not None else np.zeros(0)
    length = 0 if period == ALL else WEEKS[period]
    stretches = stretches_of(cells) if len(cells.aside["effect_result"]["component"]) else None
    for one, effect in zip(groups.index, effects, strict=True):
        parts = [_of_site(slots, site, one, cells, groups, length, float(effect)) for site in sites_of(one, cells)]
        known = [part for part in parts if part]
        if not known:
            yield None
            continue
        of_sites = [_hours(staff, spread, site, one, cells, groups, length) for site in sites_of(one, cells)]
        given = [each for each in of_sites if each]
        fees, paid = sum(part.fees for part in known), sum(part.fee_cents for part in known)
        without = _without(known, stretches, slots, whole=period == ALL)
        yield Account(
            slots=sum(part.slots for part in known),
            fewer=without.slots,
            fewer_error=without.error,
            fee=paid / fees / CENTS if fees else None,
            hours=sum(each[0] for each in given) if given else None,
            hours_error=math.sqrt(sum(each[1] for each in given)) if given else 0.0,
            bills=bills_of(cells, one, groups, length),
            against=without.against,
        )


def _without(
    known: list[_Site], stretches: Mapping[str, Sequence[Stretch]] | None, periods: Periods, *, whole: bool
) -> Avoided:
    """What would have been lost without automation: by the adjusted effects, else by the time before, and why."""
    told: Avoided | str = f"{LABEL}: {NO_EFFECTS}"
    if stretches is not None:
        told = avoided(stretches, [(one.name, one.after) for one in known], periods, whole=whole)
    if isinstance(told, Avoided):
        return told
    return Avoided(sum(one.fewer for one in known), math.sqrt(sum(one.variance for one in known)), told)


def _of_site(
    periods: Periods, site: str, one: Group, cells: Cells, groups: Groups, length: int, effect: float
) -> _Site | None:
    """A site's share in a group's account; None without slots on both sides of its first go-live."""
    here = periods.at(site, ALL)
    after = here & periods.after & inside(one, periods.start, cells, groups, length)
    (n0, lost0), (n1, lost1) = (_lost(periods, side) for side in (here & periods.before, after))
    if not n0 or not n1:
        return None
    p0, p1 = lost0 / n0, lost1 / n1
    variance = effect * (n1**2 * p0 * (1 - p0) / n0 + n1 * p1 * (1 - p1))
    fees, cents = (periods.total(name, after) for name in ("fees", "fee_cents"))
    return _Site(site, after, n1, p0 * n1 - lost1, variance, fees, cents)


def _lost(periods: Periods, chosen: Flags) -> tuple[float, float]:
    """(slots attended, missed or cancelled late; of them lost after refill)."""
    missed, late, refilled = (periods.total(name, chosen) for name in ("no_show", "late_cancel", "refilled"))
    return float(slots_in(periods.counts)[chosen].sum()), max(missed + late - refilled, 0.0)


def _reach_of_hours(cells: Cells) -> np.ndarray:
    """Per row: the variance of a person's week, grown so that normal limits reach as far as those of t."""
    told = spread_of_rows(cells, BURDENS)
    return np.asarray(told.variance * (special.stdtrit(told.degrees, 0.975) / Z) ** 2)


def _hours(
    periods: Periods | None, spread: np.ndarray, site: str, one: Group, cells: Cells, groups: Groups, length: int
) -> tuple[float, float] | None:
    """(hours given back, variance of that); None without hours on both sides."""
    if periods is None:
        return None
    here = periods.at(site, ALL)
    after = here & periods.after & inside(one, periods.start, cells, groups, length)
    before = here & periods.before
    then, now = periods.total("people_weeks", before), periods.total("people_weeks", after)
    if not then or not now:
        return None
    per_week = [
        sum(periods.total(name, side) for name in BURDENS) / HUNDREDTHS / people
        for side, people in ((before, then), (after, now))
    ]
    own = float(np.nanmean(spread[here])) if np.isfinite(spread[here]).any() else 0.0
    return now * (per_week[0] - per_week[1]), now**2 * own * (1 / then + 1 / now)


def lines_of(account: Account, declared: dict[str, Price]) -> tuple[list[Line], list[Assumption]]:
    """The account as `metrics.benefit` reads it; hours without a price, and prices not declared, are left out."""
    fee = account.fee or 0.0
    reach = Z * account.fewer_error
    known = [
        Assumption(
            "slots no longer lost", account.fewer, account.fewer - reach, account.fewer + reach, "slots", "estimate"
        ),
        Assumption("realised fee", fee, fee, fee, "a visit"),
    ]
    lines = [Line("slots no longer lost", ("slots no longer lost", "realised fee"), True)]
    if "filled_slot_cost" in declared:
        known.append(_priced("cost of a filled slot", declared["filled_slot_cost"], "a visit"))
        lines.append(Line("holding the visits", ("slots no longer lost", "cost of a filled slot"), False))
    if account.hours is not None and "staff_hour" in declared:
        wide = Z * account.hours_error
        known.append(
            Assumption(
                "hours given back", account.hours, account.hours - wide, account.hours + wide, "hours", "estimate"
            )
        )
        known.append(_priced("price of an hour", declared["staff_hour"], "an hour"))
        lines.append(Line("hours given back to staff", ("hours given back", "price of an hour"), True))
    for (component, kind), money in sorted(account.bills.items()):
        name = f"{component.replace('_', ' ')} ({kind.replace('_', ' ')})"
        known.append(Assumption(name, money, money, money, "in all"))
        lines.append(Line(name, (name,), False))
    return lines, known


def _priced(name: str, price: Price, unit: str) -> Assumption:
    return Assumption(name, price.value, price.low, price.high, unit)
