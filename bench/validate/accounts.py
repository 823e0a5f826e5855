"""Simulations of money: savings, net benefit, chance of a loss; and of the stratified contrast behind an effect."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from bench.validate import made
from bench.validate.people import NODES, WEIGHTS, caseload
from bench.validate.simulation import Draw, Floats, Simulation, held
from bench.validate.staff import went_live
from metrics.benefit import Assumption, Line, net_benefit
from metrics.cells import ContrastCells
from metrics.contrast import report
from metrics.intervals import wilson
from metrics.registry import metric_named
from warehouse.frames import Columns
from warehouse.schema import PUBLISHED

BEFORE, AFTER = 52, 28  # weeks
LOST, LESS = -1.7, -2.1  # log odds of losing a slot, before and after
OWN = 1.0  # between patients
FEE, BILL = 90.0, 4_000.0
HOLDING = (12.0, 20.0, 30.0)  # what holding a visit costs: low, likely, high
BANDS = 5
REPEAT = "100 weekly patients at a time, staying 20 weeks"


def _chance(level: float) -> float:
    return float(WEIGHTS @ special.expit(level + OWN * NODES))


def _slots(random: np.random.Generator, draws: int) -> tuple[dict, dict, Columns, Floats]:
    """(totals, sums over patients, periods, slots since go-live)."""
    sides, sums = [], []
    for weeks, level in ((BEFORE, LOST), (AFTER, LESS)):
        seen = caseload(random, draws, weeks)
        lost = random.binomial(seen.visits, special.expit(level + OWN * random.normal(size=len(seen.draw)))).astype(
            float
        )
        m = seen.visits.astype(float)
        sides.append(
            made.added(
                seen.draw, draws, attended=m - lost, no_show=lost, fees=m - lost, fee_cents=(m - lost) * FEE * 100
            )
        )
        sums.append(made.own_sums(seen.draw, draws, m, lost))
    totals, repeats = (
        {**sides[0], **{k: one[0][k] + one[1][k] for k in one[0] if k != "draw"}} for one in (sides, sums)
    )
    rows = {name: np.concatenate([side[name] for side in sides]) for name in sides[0]}
    start = np.repeat(np.datetime64(made.START, "D") + 7 * np.array([0, BEFORE]), draws)
    # two published periods, of which only the side of the go-live matters
    time = {
        "period_start": start,
        "grain": np.full(2 * draws, "4weeks", object),
        "state": np.full(2 * draws, PUBLISHED, object),
    }
    return (
        totals,
        repeats,
        made.columns("attendance_cells", {**rows, **time}),
        sides[1]["attended"] + sides[1]["no_show"],
    )


def _account(random: np.random.Generator, draws: int) -> tuple[made.Cells, Floats]:
    """The cells, and how many fewer slots were truly lost."""
    totals, repeats, periods, slots = _slots(random, draws)
    sites = periods["site"][:draws]
    costs = {
        "site": sites,
        "component": np.full(draws, "reminders", object),
        "vendor_kind": np.full(draws, "bought", object),
        "period_start": np.full(draws, np.datetime64(made.START, "D")),
        "cents": np.full(draws, BILL * 100),
    }
    price = {"name": "filled_slot_cost", "low": HOLDING[0], "value": HOLDING[1], "high": HOLDING[2], "unit": "EUR"}
    declared = {name: np.array([value], dtype=object) for name, value in price.items()}
    cells = made.cells(
        "attendance_cells",
        totals,
        draws,
        repeats={"slots_lost": repeats},
        aside={"rollout": went_live(draws, BEFORE), "cost_cells": costs, "declared_value": declared},
        over_time={"attendance_cells": periods},
    )
    return cells, slots * (_chance(LOST) - _chance(LESS))


def _savings(random: np.random.Generator, draws: int) -> list[Draw]:
    cells, fewer = _account(random, draws)
    return made.told("no_show_savings", cells, fewer * FEE - BILL)


def _net(random: np.random.Generator, draws: int) -> list[Draw]:
    """What holding a visit truly costs is drawn from what was declared."""
    cells, fewer = _account(random, draws)
    low, likely, high = HOLDING
    return made.told("net_benefit", cells, fewer * (FEE - random.triangular(low, likely, high, draws)) - BILL)


def _loss(random: np.random.Generator) -> Draw:
    """The chance can be worked out: one normal estimate times a known fee, less a bill."""
    fewer, error = random.uniform(20, 120), random.uniform(10, 60)
    known = [
        Assumption("slots", fewer, fewer - 1.96 * error, fewer + 1.96 * error, "slots", "estimate"),
        Assumption("fee", FEE, FEE, FEE, "a visit"),
        Assumption("bill", BILL, BILL, BILL, "in all"),
    ]
    found = net_benefit(
        [Line("gain", ("slots", "fee"), True), Line("bill", ("bill",), False)],
        known,
        seed=int(random.integers(2**31)),
        draws=2000,
    )
    truth = float(special.ndtr((BILL / FEE - fewer) / error))
    return held(truth, found.chance_of_loss, *wilson(found.chance_of_loss * found.draws, found.draws))


def _contrast(random: np.random.Generator) -> Draw:
    """Patients with visits of both kinds; who books far ahead is touched more often and misses more."""
    people = 200
    m = 1 + random.poisson(6, people)
    owner = np.repeat(np.arange(people), m)
    band = random.integers(0, BANDS, len(owner))
    touched = random.random(len(owner)) < 0.25 + 0.1 * band
    own = np.exp(0.7 * random.normal(size=people) - 0.245)[owner]
    y = random.random(len(owner)) < np.clip((0.10 + 0.03 * band - 0.03 * touched) * own, 0, 1)
    cells = ContrastCells(
        made.RELEASE, "reminders", "no_show", _arms(band, touched, y), _over_patients(owner, touched, y), 0
    )
    found = report(metric_named("no_show_rate"), cells).adjusted
    return held(-0.03, found.value, found.low, found.high)


def _arms(band: np.ndarray, touched: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    rows = pd.DataFrame(
        {"stratum": [f"{each}" for each in band], "position": band, "exposed": touched, "n": 1, "events": y}
    )
    counts = rows.groupby(["stratum", "position", "exposed"], as_index=False).sum()
    return counts.assign(confounder="lead_time", state=PUBLISHED)


def _over_patients(owner: np.ndarray, touched: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    m1, m0, y1, y0 = (np.bincount(owner, weights=each) for each in (touched, ~touched, y & touched, y & ~touched))
    sums = {
        "n1": m1, "n0": m0, "y1": y1, "y0": y0, "mm1": m1 * m1, "my1": m1 * y1, "yy1": y1 * y1, "mm0": m0 * m0,
        "my0": m0 * y0, "yy0": y0 * y0, "m1m0": m1 * m0, "y1y0": y1 * y0, "m1y0": m1 * y0, "y1m0": y1 * m0,
        "patients": m1 + m0 > 0, "patients1": m1 > 0, "patients0": m0 > 0,
    }  # fmt: skip
    row = {name: float(each.sum()) for name, each in sums.items()}
    return pd.DataFrame([{**row, "scope": scope} for scope in ("all", "comparable")])


ACCOUNTS = (
    Simulation("savings", "no-show savings since go-live", REPEAT + ", 52 weeks before, 28 after", many=_savings),
    Simulation(
        "net_benefit",
        "net benefit, a declared price within its range",
        REPEAT + ", 52 weeks before, 28 after",
        many=_net,
    ),
    Simulation(
        "loss", "chance of a loss, by 2,000 draws of the account", "a bill of 4,000 against 20 to 120 slots", _loss
    ),
    Simulation(
        "contrast",
        "stratified contrast, visits touched less others",
        "200 patients with visits of both kinds, five bands",
        _contrast,
    ),
)
