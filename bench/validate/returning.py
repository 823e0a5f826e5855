"""Simulations of what happens again and again to those who come back: sheets, connections, reminders, new bookings.

Each over 4, 12 and 52 weeks of a caseload (bench/validate/people.py), by the metrics themselves, from cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import special

from bench.validate import made
from bench.validate.people import NODES, WEIGHTS, Caseload, caseload
from bench.validate.simulation import HONEST, Draw, Floats, Simulation
from metrics.cells import Cells
from warehouse.totals import PART

WEEKS = (4, 12, 52)
UNLIKE = 1.0  # log odds between patients, or the standard deviation of what is said otherwise
READY = 0.6  # log odds of answering
LOST_LINE = -2.8  # log odds of a remote visit that cannot connect
MISSED = -1.7  # log odds of missing a visit
AGAIN = 0.5  # log odds of booking again
BY_STAFF = 0.0  # log odds that staff make the booking
A_VISIT, PATIENTS_OWN = 1.2, 0.5  # reminders; standard deviation of their log rate between patients
GROUPS = (("one", 30), ("two", 50), ("three", 20))  # patients in care at a time
ALIKE = "{} patients in care at a time, staying 20 weeks, unlike one another"
EXACT = "no less: exact limits cover more where events are few"


@dataclass(frozen=True)
class Counted:
    """Of each patient of many draws, how many of what counts (m) and of those, how many events (y)."""

    draw: np.ndarray
    m: Floats
    y: Floats

    def cells(self, draws: int, below: str, above: str) -> dict[str, np.ndarray]:
        return made.added(self.draw, draws, **{below: self.m, above: self.y})

    def sums(self, draws: int) -> dict[str, np.ndarray]:
        return made.own_sums(self.draw, draws, self.m, self.y)


def mean_risk(middle: float, spread: float = UNLIKE) -> float:
    """The mean over patients of a risk whose log odds are normal."""
    return float(WEIGHTS @ special.expit(middle + spread * NODES))


def happened(random: np.random.Generator, seen: Caseload, middle: float, many: np.ndarray | None = None) -> Counted:
    """Each patient has a risk of their own. many: how many count, where that is not each visit."""
    m = seen.visits if many is None else many
    y = random.binomial(m, special.expit(middle + UNLIKE * random.normal(size=len(m))))
    return Counted(seen.draw, m.astype(float), y.astype(float))


def misses(random: np.random.Generator, seen: Caseload) -> np.ndarray:
    """How many visits each patient missed."""
    return random.binomial(seen.visits, special.expit(MISSED + UNLIKE * random.normal(size=len(seen.draw))))


@dataclass(frozen=True)
class Asked:
    """A metric, cells made up for it, and what is true of them. at_once: patients in care; note: why it covers more."""

    metric: str
    what: str
    cells: Callable[[np.random.Generator, int], Cells]
    truth: float
    stratum: str = ""
    at_once: int = 100
    note: str = ""

    def over(self, weeks: int) -> Iterator[Simulation]:
        """Its line; over a year another beside it, of the same draws without the sums over patients."""
        key, said, setting = (
            f"{self.metric}_over_{weeks}",
            f"{self.what}, over {weeks} weeks",
            ALIKE.format(self.at_once),
        )
        covers = (0.935, 1.0) if self.note else HONEST
        yield Simulation(key, said, setting, many=partial(self._draws, True), covers=covers, note=self.note)
        if weeks == WEEKS[-1]:
            alone = "the same, as if each were of another patient"
            note = "why sums over patients are published of it"
            yield Simulation(
                f"{key}_ignored", alone, setting, many=partial(self._draws, False), known=True, note=note, stream=key
            )

    def _draws(self, knows: bool, random: np.random.Generator, draws: int) -> list[Draw]:
        cells = self.cells(random, draws)
        return made.told(self.metric, cells if knows else made.alone(cells), self.truth, self.stratum)


def _sheets(weeks: int) -> Asked:
    def cells(random: np.random.Generator, draws: int) -> Cells:
        found = happened(random, caseload(random, draws, weeks, every=4), READY)
        named = {"instrument": np.full(draws, "WAI-SR", object), "scale": np.full(draws, "total", object)}
        counts = found.cells(draws, "invited", "answered") | named
        repeats = {"answered.WAI-SR": found.sums(draws)}
        return made.cells("score_cells", counts, draws, part=f"WAI-SR{PART}total", repeats=repeats)

    return Asked("alliance_answered", "sheets that came back, every fourth visit", cells, mean_risk(READY))


def _visits(
    key: str, what: str, columns: tuple[str, str], weeks: int, made_up: Callable, truth: float, note: str = ""
) -> Asked:
    """A metric of attendance_cells. made_up: random, caseload -> what counts of each patient."""

    def cells(random: np.random.Generator, draws: int) -> Cells:
        found = made_up(random, caseload(random, draws, weeks))
        return made.cells(
            "attendance_cells",
            found.cells(draws, *columns) | {"waits": np.ones(draws)},
            draws,
            repeats={key.removesuffix("_per_visit"): found.sums(draws)},
        )

    return Asked(key, what, cells, truth, note=note)


def _reminded(random: np.random.Generator, seen: Caseload) -> Counted:
    own = np.exp(PATIENTS_OWN * random.normal(size=len(seen.draw)) - PATIENTS_OWN**2 / 2)
    return Counted(seen.draw, seen.visits.astype(float), random.poisson(A_VISIT * own * seen.visits).astype(float))


def _rebooked(random: np.random.Generator, seen: Caseload) -> Counted:
    return happened(random, seen, AGAIN, misses(random, seen))


def _by_staff(weeks: int) -> Asked:
    def cells(random: np.random.Generator, draws: int) -> Cells:
        seen = caseload(random, draws, weeks)
        found = happened(random, seen, BY_STAFF, _rebooked(random, seen).y.astype(int))
        totals = found.cells(draws, "n", "mine")
        counts = {
            "draw": np.tile(np.arange(draws), 2),
            "how": np.repeat(np.array(("staff", "automation"), dtype=object), draws),
            "question": np.full(2 * draws, "rebooking", object),
            "time": np.ones(2 * draws, dtype=int),
            "observed": np.concatenate([totals["mine"], totals["n"] - totals["mine"]]),
        }
        repeats = {"rebooking.by_staff": found.sums(draws)}
        return made.cells("time_cells", counts, draws, part="rebooking" + PART, repeats=repeats)

    return Asked("rebooked_by_staff", "new bookings made by staff", cells, mean_risk(BY_STAFF))


def _gap(column: str, middle: float, lead: float, weeks: int) -> Asked:
    """Three groups of patients, the first with other odds."""

    def cells(random: np.random.Generator, draws: int) -> Cells:
        names = [name for name, _ in GROUPS]
        parts = [
            happened(random, caseload(random, draws, weeks, at_once=size), middle + lead * (name == "one"))
            for name, size in GROUPS
        ]
        counts = [part.cells(draws, "scored", column) for part in parts]
        rows = {name: np.concatenate([one[name] for one in counts]) for name in counts[0]}
        rows["stratum"] = np.repeat(np.array(names, dtype=object), draws)
        rows["model"] = np.full(len(rows["draw"]), "model", object)
        everybody = Counted(*(np.concatenate(each) for each in zip(*((p.draw, p.m, p.y) for p in parts), strict=True)))
        own = everybody.sums(draws) | {"stratifier": np.full(draws, "all", object)}
        return made.cells(
            "prediction_cells",
            rows,
            draws,
            by="sex",
            strata=tuple(names),
            part="model",
            repeats={f"forecast.model.{column}": own},
        )

    truth = mean_risk(middle + lead) - mean_risk(middle)
    return Asked(f"{column}_gap", f"{column}, this group less all others", cells, truth, "one")


RETURNING = tuple(
    line
    for weeks in WEEKS
    for asked in (
        _sheets(weeks),
        _visits(
            "failed_connections",
            "remote visits that could not connect",
            ("remote", "connection_failed"),
            weeks,
            lambda random, seen: happened(random, seen, LOST_LINE),
            mean_risk(LOST_LINE),
        ),
        _visits(
            "reminders_per_visit",
            "reminders a visit",
            ("reminders_known", "reminders"),
            weeks,
            _reminded,
            A_VISIT,
            note=EXACT,
        ),
        _visits("rebooked", "missed visits booked again", ("no_show", "rebooked"), weeks, _rebooked, mean_risk(AGAIN)),
        _by_staff(weeks),
        _gap("overbooked", -2.6, 0.5, weeks),
        _gap("reminded", 0.8, 0.4, weeks),
    )
    for line in asked.over(weeks)
)
