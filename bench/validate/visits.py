"""Simulations of visits: waits, gaps between groups, shares beyond those expected, connections, new bookings."""

from __future__ import annotations

import numpy as np
from scipy import special

from bench.validate import made
from bench.validate.people import caseload
from bench.validate.simulation import Draw, Simulation
from warehouse.totals import PART

BETWEEN, WITHIN, TYPICAL = 0.5, 0.6, 12.0  # of the logarithm of a wait; days
REPEAT = "100 weekly patients at a time, staying 20 weeks"
EXCESS = 0.03  # visits missed beyond those expected
EXACT = "no less: exact limits cover more where events are few"


def _true_wait(factor: float = 1.0) -> float:
    """The mean of whole days of a wait that is log-normal."""
    days = np.arange(1, 5000)
    return float(special.ndtr(-(np.log(days / (TYPICAL * factor))) / np.hypot(BETWEEN, WITHIN)).sum())


def _waits(random: np.random.Generator, draws: int, weeks: int, at_once: int, factor: float) -> tuple[dict, dict]:
    seen = caseload(random, draws, weeks, at_once=at_once)
    own = BETWEEN * random.normal(size=len(seen.draw))
    owner = seen.owner
    days = np.floor(TYPICAL * factor * np.exp(own[owner] + WITHIN * random.normal(size=len(owner))))
    of = seen.draw[owner]
    counts = made.added(
        of, draws, waits=np.ones(len(of)), attended=np.ones(len(of)), wait_days=days, wait_days_squared=days**2
    )
    return counts, made.own_sums(seen.draw, draws, seen.visits.astype(float), seen.total(days))


def _wait(weeks: int) -> Simulation:
    truth = _true_wait()

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        counts, sums = _waits(random, draws, weeks, 100, 1.0)
        cells = made.cells("attendance_cells", counts, draws, repeats={"wait": sums})
        return made.told("wait_from_booking", cells, truth)

    return Simulation(f"wait_{weeks}", f"wait from booking, mean over {weeks} weeks", REPEAT, many=many)


def _wait_gap(weeks: int) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        sides = [_waits(random, draws, weeks, at_once, factor) for at_once, factor in ((30, 1.1), (50, 1.0), (20, 1.0))]
        names = ("one", "two", "three")
        counts, sums = (_strata([side[kind] for side in sides], names) for kind in (0, 1))
        cells = made.cells("attendance_cells", counts, draws, by="sex", strata=names, repeats={"wait": sums})
        return made.told("wait_gap", cells, _true_wait(1.1) - _true_wait(), "one")

    what = f"wait, this group less all others, over {weeks} weeks"
    return Simulation(f"wait_gap_{weeks}", what, REPEAT + ", in three groups", many=many)


def _strata(parts: list[dict], names: tuple[str, ...]) -> dict:
    """Rows of several strata under each other."""
    together = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return together | {"stratum": np.repeat(np.array(names, dtype=object), [len(part["draw"]) for part in parts])}


def _beyond(random: np.random.Generator, draws: int) -> list[Draw]:
    """Each visit has a risk that is known, by its lead time, and patients differ besides."""
    seen = caseload(random, draws, 24)
    owner = seen.owner
    lead = random.normal(size=len(owner))
    told = special.expit(-2.0 + 0.5 * lead)
    own = np.exp(0.5 * random.normal(size=len(seen.draw)) - 0.125)[owner]
    missed = (random.random(len(owner)) < np.minimum((told + EXCESS) * own, 1)).astype(float)
    of = seen.draw[owner]
    risk = np.round(told * 1e6)
    counts = made.added(
        of, draws, attended=1 - missed, no_show=missed, no_show_modelled=np.ones(len(of)), no_show_expected=risk
    )
    sums = made.own_sums(seen.draw, draws, seen.visits.astype(float), seen.total(missed))
    cells = made.cells("attendance_cells", counts, draws, repeats={"no_show": sums})
    return made.told("no_show_beyond_expected", cells, EXCESS)


def _share(metric: str, what: str, above: str, below: str, p: tuple[float, float], n: tuple[int, int]) -> Simulation:
    """A share of events that each stand for a patient of their own."""

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        size, chance = random.integers(*n, draws), random.uniform(*p, draws)
        counts = {"draw": np.arange(draws), below: size, above: random.binomial(size, chance), "waits": size}
        return made.told(metric, made.cells("attendance_cells", counts, draws), chance)

    return Simulation(metric, what, f"{p[0]:.0%} to {p[1]:.0%} of {n[0]} to {n[1]}".replace("%", " %"), many=many)


def _booked_by(random: np.random.Generator, draws: int) -> list[Draw]:
    n, p = random.integers(30, 200, draws), random.uniform(0.2, 0.7, draws)
    by_staff = random.binomial(n, p)
    ways = ("staff", "automation")
    counts = {
        "draw": np.tile(np.arange(draws), 2),
        "how": np.repeat(np.array(ways, dtype=object), draws),
        "question": np.full(2 * draws, "rebooking", object),
        "time": np.ones(2 * draws, dtype=int),
        "observed": np.concatenate([by_staff, n - by_staff]),
    }
    return made.told("rebooked_by_staff", made.cells("time_cells", counts, draws, part="rebooking" + PART), p)


def _reminders(random: np.random.Generator, draws: int) -> list[Draw]:
    n, rate = random.integers(60, 400, draws), random.uniform(0.5, 2.0, draws)
    counts = {"draw": np.arange(draws), "reminders_known": n, "reminders": random.poisson(rate * n)}
    return made.told("reminders_per_visit", made.cells("attendance_cells", counts, draws), rate)


def _gap(metric: str, column: str, p: tuple[float, float]) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        sizes, chances = random.integers(60, 400, (3, draws)), random.uniform(*p, (2, draws))
        chances = np.stack([chances[0], chances[1], chances[1]])
        rows = {
            "draw": np.tile(np.arange(draws), 3),
            "stratum": np.repeat(np.array(("one", "two", "three"), dtype=object), draws),
            "scored": sizes.ravel(),
            column: random.binomial(sizes, chances).ravel(),
        }
        cells = made.cells("prediction_cells", rows, draws, by="sex", strata=("one", "two", "three"), part="model")
        return made.told(metric, cells, chances[0] - chances[1], "one")

    return Simulation(metric, f"{column}, this group less all others", "groups of 60 to 400 forecasts", many=many)


VISITS = (
    *(_wait(weeks) for weeks in (12, 52)),
    *(_wait_gap(weeks) for weeks in (4, 12, 52)),
    Simulation(
        "beyond_expected", "missed beyond those expected, over 24 weeks", REPEAT + ", risks by lead time", many=_beyond
    ),
    _share("rebooked", "missed visits booked again", "rebooked", "no_show", (0.2, 0.8), (30, 200)),
    Simulation("rebooked_by", "new bookings made by staff", "20 to 70 % of 30 to 200", many=_booked_by),
    _share(
        "failed_connections",
        "remote visits that could not connect",
        "connection_failed",
        "remote",
        (0.01, 0.08),
        (100, 600),
    ),
    Simulation(
        "reminders",
        "reminders a visit",
        "0.5 to 2 of 60 to 400 visits",
        many=_reminders,
        covers=(0.935, 1.0),
        note=EXACT,
    ),
    _gap("overbooked_gap", "overbooked", (0.02, 0.15)),
    _gap("reminded_gap", "reminded", (0.3, 0.9)),
)
