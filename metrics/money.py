"""Does automation pay, after all it costs, and how sure is that?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from metrics.account import Account, accounts, bills_of, currency, lines_of, prices
from metrics.benefit import Assumption, Line, NetBenefit, net_benefit
from metrics.cells import Cells
from metrics.counterfactual import OUTCOME
from metrics.declare import Measured, Metric, Texts
from metrics.definitions import Change
from metrics.figures import measured, missing, normal, noted, same, texts
from metrics.groups import Groups
from metrics.intervals import wilson
from metrics.parts import spoken
from metrics.sides import NO_GO_LIVE, first_live
from warehouse.schema import ALL, WEEKS

SEED = 20260101  # the same release gives the same answer
DRAWS = {ALL: 20_000}
DRAWS_IN_A_PERIOD = 2_000
_NO_FEES = "the exports do not say what was charged for visits (appointment.fee)"
_NEVER = "nothing went live here, or no visits are published from before and after"
_UNDIVIDED = "money is counted for all patients together"
_WITHOUT = (
    "What would have happened without automation is told by the effects on slots lost that are kept with the release, "
    "adjusted for season and trend: one for all sites of a component, taken to hold in all weeks since it came. Where "
    "one cannot be said it is taken from the site's own time before the first go-live, with season, trend and all else "
    "that changed in it. Which of the two is said beside the figure. "
)


_CHANGES = (Change(2, "what would have been lost without automation is told by the adjusted effects", recounted=False),)


def savings(cells: Cells, groups: Groups, period: str) -> Measured:
    """What did the slots no longer lost bring, after the bills for automation?"""
    found = list(accounts(cells, groups, period))
    value, error, n = (
        np.array([each(one) if one else blank for one in found])
        for each, blank in ((_saved, np.nan), (_saved_error, np.nan), (_slots, 0.0))
    )
    told = normal(value, error**2, n)
    lines = [_bills(one) if one else "" for one in found]
    return _of_account(cells, noted(told, _labels(cells, found), texts(lines)), found)


def net(cells: Cells, groups: Groups, period: str) -> Measured:
    """What is left once hours, mending and every declared cost are counted, and what would turn it round?"""
    found = list(accounts(cells, groups, period))
    told = _draw(found, cells, period)
    value, low, high = (
        np.array([getattr(one, name) if one else np.nan for one in told]) for name in ("value", "low", "high")
    )
    slots = np.array([one.slots if one else 0.0 for one in found])
    result = measured(value, np.minimum(low, value), np.maximum(high, value), ((high - low) / 3.92) ** 2, slots)
    said = [_turns(one) if one else "" for one in told]
    return _of_account(cells, noted(result, _labels(cells, found), texts(said), _unpriced(cells, found)), found)


def chance_of_loss(cells: Cells, groups: Groups, period: str) -> Measured:
    """How likely is it that automation costs more than it brings?"""
    found = list(accounts(cells, groups, period))
    told = _draw(found, cells, period)
    value = np.array([one.chance_of_loss if one else np.nan for one in told])
    limits = [wilson(one.chance_of_loss * one.draws, one.draws) if one else (np.nan, np.nan) for one in told]
    low, high = (np.array([each[side] for each in limits]) for side in (0, 1))
    slots = np.array([one.slots if one else 0.0 for one in found])
    result = measured(value, low, high, ((high - low) / 3.92) ** 2, slots)
    return _of_account(cells, noted(result, _labels(cells, found), _unpriced(cells, found)), found)


def cost(cells: Cells, groups: Groups, period: str) -> Measured:
    """What did automation cost?"""
    length = 0 if period == ALL else WEEKS[period]
    bills = [bills_of(cells, one, groups, length) for one in groups.index]
    value = np.array([sum(each.values()) for each in bills], dtype=float)
    n = np.array([len(each) for each in bills], dtype=float)
    value = np.where(n > 0, value, np.nan)
    found = noted(measured(value, value, value, np.zeros(len(value)), n), texts([_lines(each) for each in bills]))
    return missing(found, "the exports hold no costs of automation", when=not len(cells.aside["cost_cells"]["site"]))


def _saved(one: Account) -> float:
    return one.gross - one.cost


def _saved_error(one: Account) -> float:
    return one.fewer_error * (one.fee or 0.0)


def _slots(one: Account) -> float:
    return one.slots


def _draw(found: list[Account | None], cells: Cells, period: str) -> list[NetBenefit | None]:
    declared, draws = prices(cells), DRAWS.get(period, DRAWS_IN_A_PERIOD)
    asked = [lines_of(one, declared) if one else None for one in found]
    return [_drawn(tuple(each[0]), tuple(each[1]), draws) if each else None for each in asked]


@lru_cache(maxsize=1000)
def _drawn(lines: tuple[Line, ...], known: tuple[Assumption, ...], draws: int) -> NetBenefit:
    """Drawn once for the net benefit and the chance of a loss."""
    return net_benefit(lines, known, seed=SEED, draws=draws)


def _of_account(cells: Cells, result: Measured, found: list[Account | None]) -> Measured:
    """Why there is none, where there is none."""
    count = len(found)
    result = replace(result, nobody=np.zeros(count, dtype=bool), unsure=same(count, _NEVER))
    enough = np.array([one.slots if one else np.inf for one in found])  # nothing went live: said so, not "too few"
    result = replace(result, enough=enough)
    result = missing(result, _NO_FEES, when=bool(any(found)) and not any(one.fee for one in found if one))
    return missing(result, NO_GO_LIVE, when=not first_live(cells))


def _labels(cells: Cells, found: list[Account | None]) -> Texts:
    """In which currency, and against what would have been without automation?"""
    money = currency(cells)
    return texts([f"{'in ' + money + ', ' if money else ''}{one.against}" if one else "" for one in found])


def _bills(one: Account) -> str:
    return f"{one.fewer:,.0f} slots no longer lost at {one.fee or 0:,.2f}, less {_lines(one.bills) or 'no bills'}"


def _lines(bills: dict[tuple[str, str], float]) -> str:
    told = sorted(bills.items())
    words = [(spoken(part), kind.replace("_", " "), money) for (part, kind), money in told]
    return ", ".join(f"{part} ({kind}) {money:,.0f}" for part, kind, money in words)


def _turns(one: NetBenefit) -> str:
    """How likely a loss is, and which assumption within its own limits would turn gain into loss or loss into gain."""
    loss = f"chance of a loss {one.chance_of_loss:.0%}"
    turn = next((each for each in one.turns if each.turns and each.at is not None), None)
    if turn is None:
        return f"{loss}; no assumption turns it round within its own limits"
    return f"{loss}; turns round where {turn.name} reach {turn.at:,.1f} {turn.unit}"


def _unpriced(cells: Cells, found: list[Account | None]) -> Texts:
    """What is not in the account because nobody said what it costs."""
    priced, why = "staff_hour" in prices(cells), "without hours of staff: no price or no hours are known"
    return texts(["" if not one or (priced and one.hours is not None) else why for one in found])


def _metric(
    key: str, name: str, asks: str, measure: Callable[[Cells, Groups, str], Measured], **told: object
) -> Metric:
    plain = {
        "version": 2,
        "changes": _CHANGES,
        "side": "money",
        "better": "higher",
        "unit": "money",
        "margin": 1000.0,
        "margin_reason": "a thousand: set your own in a plan",
        "minimum_n": 100,
        "counted": "slots since go-live",
        "cells": ("attendance_cells", "staff_time_cells", "cost_cells", "declared_value", "rollout", "repeat_cells"),
        "exclusions": "periods into which a go-live fell, sites without one, and slots of unknown outcome",
        "over_time": ("attendance_cells",),
        "repeats": ("slots_lost",),
        "effects": (OUTCOME,),
        "undivided": _UNDIVIDED,
    }
    return Metric(key=key, name=name, question=asks, measure=measure, **{**plain, **told})  # type: ignore[arg-type]


MONEY = (
    _metric(
        "no_show_savings",
        "No-show savings",
        "What did the slots no longer lost bring, after the bills for automation?",
        savings,
        numerator="slots no longer lost times the mean fee of visits attended since go-live",
        denominator="less the bills for automation",
        formula="-(adjusted effect) x slots since x fee - bills; without one "
        "(share lost before x slots since - slots lost since) x fee - bills",
        limits=_WITHOUT
        + "Fees are those charged, not those paid. A slot given to someone else is no loss and no gain.",
        source="limits of the effects (errors within a component added, of several as squares); by the time before, "
        "normal limits with n divided by the design effect of repeat visits; fees and bills as known",
    ),
    _metric(
        "net_benefit",
        "Net benefit",
        "What is left of it once hours, mending and every declared cost are counted?",
        net,
        numerator="slots no longer lost times the fee, and hours given back to staff times their price",
        denominator="less the bills for automation and what holding the visits costs",
        formula="gains - costs, drawn 20,000 times (2,000 in a period)",
        limits=_WITHOUT
        + "What trust or harm is worth is not in it. Assumptions are drawn independently of each other.",
        source="2.5 and 97.5 % of draws from the limits of estimates (normal) and declared ranges (triangular), seeded",
    ),
    _metric(
        "net_loss_chance",
        "Chance that it costs more than it brings",
        "How likely is it that automation costs more than it brings?",
        chance_of_loss,
        unit="probability",
        better="lower",
        margin=0.10,
        margin_reason="one in ten",
        numerator="draws in which costs exceed gains",
        denominator="all draws of the account",
        formula="draws below 0 / draws",
        limits=_WITHOUT + "The interval is that of the draws alone; what is not known at all is in no draw.",
        source="as for the net benefit; Wilson 1927 on the draws",
    ),
    _metric(
        "automation_cost",
        "Cost of automation",
        "What did automation cost?",
        cost,
        version=1,
        changes=(),
        better="lower",
        minimum_n=1,
        counted="kinds of bills",
        cells=("attendance_cells", "cost_cells"),
        over_time=(),
        repeats=(),
        effects=(),
        numerator="bills for automation, by component and where it comes from (built, bought, open source)",
        denominator="the period, or everything published",
        exclusions="what nobody wrote a bill for; a site's figure leaves out bills of the practice as a whole",
        formula="sum of bills",
        limits="Work of one's own people is not in it unless it was written down as a cost. It is known, so it has no "
        "interval.",
        source="sums",
    ),
)
