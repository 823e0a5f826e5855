"""Simulations of messages, what patients write, what telling them does, and time in care with automation or not."""

from __future__ import annotations

import numpy as np
from scipy import special

from bench.validate import made
from bench.validate.people import NODES, WEIGHTS
from bench.validate.simulation import Draw, Floats, Simulation, all_held
from bench.validate.stays import COMPLETES, LEAVES, LOST
from bench.validate.visits import EXACT
from metrics.cells import LONGEST_HORIZON
from metrics.figures import by_t
from metrics.messages import SUMS, paired

OWN = 0.8  # log odds between patients


def _share(metric: str, what: str, above: str, below: str) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        n, p = random.integers(500, 5000, draws), random.uniform(0.005, 0.03, draws)
        rows = {"draw": np.arange(draws), below: n, above: random.binomial(n, p)}
        return made.told(metric, made.cells("contact_cells", rows | _kind("yes", draws), draws), p)

    return Simulation(metric, what, "0.5 to 3 % of 500 to 5,000, each to a patient of its own", many=many)


def _kind(personalised: str, size: int) -> dict[str, np.ndarray]:
    words = {"kind": "reminder", "automated": "yes", "personalised": personalised}
    return {name: np.full(size, word, object) for name, word in words.items()}


def _opt_out_gap(random: np.random.Generator, draws: int) -> list[Draw]:
    n, p = random.integers(300, 3000, (2, draws)), random.uniform(0.005, 0.03, (2, draws))
    gone = random.binomial(n, p)
    sides = [_kind(word, draws) for word in ("yes", "no")]
    words = {name: np.concatenate([side[name] for side in sides]) for name in sides[0]}
    rows = {"draw": np.tile(np.arange(draws), 2), "delivered": n.ravel(), "opted_out": gone.ravel(), **words}
    return made.told("message_opt_out_gap", made.cells("contact_cells", rows, draws), p[0] - p[1])


def _written(metric: str, low: float, high: float) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        contacts, rate = random.integers(500, 8000, draws), random.uniform(low, high, draws)
        rows = {"draw": np.arange(draws), "contacts": contacts, "comments": contacts // 20}
        rows[metric] = random.poisson(rate * contacts / 1000)
        return made.told(metric, made.cells("feedback_cells", rows, draws), rate)

    what = f"{metric.replace('_', ' ')}, per 1,000 contacts"
    return Simulation(
        metric, what, f"{low:g} to {high:g} in 500 to 8,000 contacts", many=many, covers=(0.935, 1.0), note=EXACT
    )


def _told(people: int, weekly: bool) -> Simulation:
    """The same patients before and after; each cancels (or comes) more or less than others, after as before."""
    before, after = (-1.6, -1.4) if not weekly else (-0.4, -0.5)

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        shape = (draws, people)
        own = OWN * random.normal(size=shape)
        m1, m0 = (random.integers(4, 13, shape) if weekly else 1 + random.poisson(8, shape) for _ in range(2))
        y1, y0 = (random.binomial(m, special.expit(level + own)) for m, level in ((m1, after), (m0, before)))
        sums = dict(
            n1=m1, y1=y1, mm1=m1 * m1, my1=m1 * y1, yy1=y1 * y1, n0=m0, y0=y0, mm0=m0 * m0, my0=m0 * y0, yy0=y0 * y0,
            m1m0=m1 * m0, y1y0=y1 * y0, m1y0=m1 * y0, y1m0=y1 * m0, patients=np.ones(shape),
        )  # fmt: skip
        totals = {name: sums[name].sum(axis=1).astype(float) for name in SUMS}
        found = np.array([paired({name: totals[name][draw] for name in SUMS}) for draw in range(draws)])
        told = by_t(found[:, 0], found[:, 1], totals["patients"] - 1, totals["patients"])
        truth = _mean_chance(after) - _mean_chance(before)
        return all_held(truth, told.value, told.low, told.high)

    name, what = ("attended", "visits a week") if weekly else ("cancelled", "cancellations")
    return Simulation(
        f"told_{name}_{people}",
        f"{what} after patients were told, less before",
        f"{people} patients, seen on both sides",
        many=many,
    )


def _mean_chance(level: float) -> float:
    return float(WEIGHTS @ special.expit(level + OWN * NODES))


def _lives(random: np.random.Generator, draws: int, many: int, leaves: float) -> tuple[Floats, Floats]:
    """(at risk, ended unplanned) per draw and week in care."""
    chances = np.array([leaves, COMPLETES, LOST])[:, None, None]
    times = random.geometric(chances, (3, draws, many))
    time, left = times.min(axis=0), times.argmin(axis=0) == 0
    weeks = np.arange(1, LONGEST_HORIZON + 1)
    at_risk = (time[:, :, None] >= weeks).sum(axis=1)
    return at_risk, ((time[:, :, None] == weeks) & left[:, :, None]).sum(axis=1)


def _weeks(at_risk: Floats, unplanned: Floats, draws: int) -> dict[str, np.ndarray]:
    blank = np.zeros(at_risk.shape)
    rows = {"draw": np.arange(draws), "at_risk": at_risk, "unplanned": unplanned}
    return rows | {name: blank for name in ("completed", "transferred", "administrative")}


def _exposed(few: int, much: int) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        names = ("automation", "none")
        sides = [
            _weeks(*_lives(random, draws, size, leaves), draws)
            for size, leaves in ((few, LEAVES * 1.3), (much, LEAVES))
        ]
        rows = {name: np.concatenate([side[name] for side in sides]) for name in sides[0]}
        rows["stratum"] = np.repeat(np.array(names, dtype=object), draws)
        split = made.cells("retention_cells", rows, draws, by="exposure", strata=names)
        whole = _weeks(sides[0]["at_risk"] + sides[1]["at_risk"], sides[0]["unplanned"] + sides[1]["unplanned"], draws)
        cells = made.with_exposure(made.cells("retention_cells", whole, draws), split)
        return made.told("in_care_gap_exposed", cells, (1 - LEAVES * 1.3) ** 12 - (1 - LEAVES) ** 12)

    what = "still in care at 12 weeks, touched by automation less others"
    return Simulation(f"in_care_gap_{few}", what, f"{few} and {much} patients", many=many)


def _in_care(metric: str, what: str, truth: float, size: int) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        rows = _weeks(*_lives(random, draws, size, LEAVES), draws)
        return made.told(metric, made.cells("retention_cells", rows, draws), truth)

    return Simulation(f"{metric}_{size}", what, f"{size} patients", many=many)


def _first_visit(random: np.random.Generator, draws: int) -> list[Draw]:
    n, p = random.integers(40, 300, draws), random.uniform(0.03, 0.2, draws)
    blank = np.zeros((draws, LONGEST_HORIZON))
    rows = _weeks(blank, blank, draws) | {"starts_followed": n, "left_after_first": random.binomial(n, p)}
    return made.told("left_after_first_visit", made.cells("retention_cells", rows, draws), p)


MESSAGES = (
    _share("message_opt_outs", "messages after which a patient opted out", "opted_out", "delivered"),
    Simulation(
        "opt_out_gap",
        "opt-outs, personalised less generic",
        "0.5 to 3 % of 300 to 3,000 of each kind",
        many=_opt_out_gap,
    ),
    _share("message_escalated", "messages handed to a person", "escalated", "sent"),
    _written("processed", 1, 6),
    _written("cared_for", 2, 10),
    _written("complaints", 0.5, 4),
    *(_told(people, False) for people in (30, 120)),
    *(_told(people, True) for people in (30, 120)),
    *(_exposed(*sizes) for sizes in ((40, 160), (150, 150))),
    _in_care("mean_weeks_in_care", "mean weeks in care, of 26, few patients", (1 - (1 - LEAVES) ** 26) / LEAVES, 100),
    _in_care("in_care_12_weeks", "still in care at 12 weeks, few patients", (1 - LEAVES) ** 12, 40),
    Simulation("first_visit", "left after the first visit", "3 to 20 % of 40 to 300", many=_first_visit),
)
