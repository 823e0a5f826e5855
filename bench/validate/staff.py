"""Simulations of staff: burnout with few answers and with silence that is not chance, hours, hours given back."""

from __future__ import annotations

import numpy as np

from bench.validate import made
from bench.validate.people import Scores
from bench.validate.simulation import Draw, Floats, Simulation, all_held
from metrics.nonresponse import worst_case
from warehouse.frames import Columns
from warehouse.schema import PUBLISHED
from warehouse.totals import PART

CBI = Scores(45.0, 1e-9, 18.0, 0, 100, 100 / 28)
HUNDREDTHS = 100
PEOPLE, HOURS, OWN = 12, 5.0, 1.6  # of a site; a week each; from week to week, hours
WEEK_SD = 0.25  # hours: weeks in which all have more, or less
GIVEN = 0.8  # hours a person and week


def _cbi(counts: dict[str, np.ndarray], draws: int, instrument: str = "CBI", scale: str = "work") -> made.Cells:
    size = len(counts["draw"])
    words = {"instrument": np.full(size, instrument, object), "scale": np.full(size, scale, object)}
    return made.cells("staff_cells", {**counts, **words}, draws, part=f"{instrument}{PART}{scale}")


def _burnout(low: int, high: int) -> Simulation:
    truth = CBI.true_mean()

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        n = random.integers(low, high + 1, draws)
        of = np.repeat(np.arange(draws), n)
        points = np.round(HUNDREDTHS * CBI.at(np.full(len(of), CBI.mean), random))
        counts = made.added(
            of, draws, answered=np.ones(len(of)), invited=np.ones(len(of)), points=points, points_squared=points**2
        )
        return made.told("burnout", _cbi(counts, draws), truth)

    return Simulation(
        f"burnout_{high}", "burnout (CBI), mean of those who answer", f"{low} to {high} answers", many=many
    )


def _burnt_out(random: np.random.Generator, draws: int) -> list[Draw]:
    n, p = random.integers(8, 80, draws), random.uniform(0.15, 0.6, draws)
    counts = {"draw": np.arange(draws), "invited": n, "answered": n, "past_cutoff": random.binomial(n, p)}
    return made.told("burnt_out_mini_z", _cbi(counts, draws, "Mini-Z", "total"), p)


def _responses(random: np.random.Generator, draws: int) -> list[Draw]:
    n, p = random.integers(8, 80, draws), random.uniform(0.3, 0.9, draws)
    counts = {"draw": np.arange(draws), "invited": n, "answered": random.binomial(n, p)}
    return made.told("staff_answered", _cbi(counts, draws), p)


def _silent(random: np.random.Generator, draws: int, bounds: bool) -> list[Draw]:
    """The worn out answer less. Of all 40 who were asked: the mean of all is the truth of that survey."""
    points = CBI.at(np.full(draws * 40, CBI.mean), random).reshape(draws, 40)
    came = random.random(points.shape) < np.where(points > 50, 0.35, 0.85)
    n, total = came.sum(axis=1), (points * came).sum(axis=1)
    truth = points.mean(axis=1)
    if not bounds:
        rounded = np.round(HUNDREDTHS * points) * came
        counts = {"draw": np.arange(draws), "invited": np.full(draws, 40), "answered": n}
        counts |= {"points": rounded.sum(axis=1), "points_squared": (rounded**2).sum(axis=1)}
        return made.told("burnout", _cbi(counts, draws), truth)
    worst = [worst_case(float(a), int(b), 40, low=0, high=100) for a, b in zip(total, n, strict=True)]
    low, high = (np.array([getattr(one, name) for one in worst]) for name in ("lowest", "highest"))
    return all_held(truth, (low + high) / 2, low, high)


def _weeks(random: np.random.Generator, draws: int, periods: int, length: int, level: Floats) -> dict[str, np.ndarray]:
    """Hours of a site's staff in each period; level: of each period. People differ from week to week, and weeks too."""
    shape = (draws, periods)
    spread = np.hypot(WEEK_SD, OWN / np.sqrt(PEOPLE)) / np.sqrt(length)
    mean = level + spread * random.normal(size=shape)
    weeks = np.full(shape, PEOPLE * length)
    start = np.datetime64(made.START, "D") + 7 * length * np.arange(periods)
    return {
        "draw": np.repeat(np.arange(draws), periods),
        "period_start": np.tile(start, draws),
        "grain": np.full(draws * periods, "week" if length == 1 else f"{length}weeks", object),
        "state": np.full(draws * periods, PUBLISHED, object),
        "people_weeks": weeks.ravel(),
        "admin_hours": np.round(HUNDREDTHS * mean * weeks).ravel(),
    }


def _hours(periods: int, length: int) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        trend = HOURS - 0.5 * np.arange(periods) / periods
        rows = _weeks(random, draws, periods, length, trend)
        return made.told("admin_hours", made.cells("staff_time_cells", rows, draws), float(trend.mean()))

    what = "hours of administration a person and week, with a trend"
    return Simulation(f"hours_{periods}", what, f"12 people, {periods} periods of {_long(length)}", many=many)


def _given_back(periods: int, length: int) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        level = np.where(np.arange(periods) < periods // 2, HOURS, HOURS - GIVEN)
        rows = _weeks(random, draws, periods, length, level)
        cells = made.cells("staff_time_cells", rows, draws, aside={"rollout": went_live(draws, periods // 2 * length)})
        return made.told("hours_given_back", cells, GIVEN)

    setting = f"12 people, {periods // 2} periods of {_long(length)} before and after"
    return Simulation(f"given_back_{periods}", "hours given back to staff", setting, many=many)


def went_live(draws: int, week: int) -> Columns:
    """Something went live at every site after so many weeks."""
    day = np.datetime64(made.START, "D") + 7 * week
    return {"site": np.array([f"{number:05d}" for number in range(draws)], object), "went_live_on": np.full(draws, day)}


def _long(length: int) -> str:
    return "a week" if length == 1 else f"{length} weeks"


STAFF = (
    _burnout(8, 15),
    _burnout(16, 60),
    Simulation("burnt_out", "burnt out (Mini-Z), share of those who answer", "15 to 60 % of 8 to 80", many=_burnt_out),
    Simulation("staff_answered", "staff who answered", "30 to 90 % of 8 to 80", many=_responses),
    Simulation(
        "burnout_all",
        "burnout of all who were asked, by the mean of those who answer",
        "40 asked; 35 % of the worn out answer, 85 % of the others",
        many=lambda random, draws: _silent(random, draws, False),
        known=True,
        note="why the bounds for those who did not answer stand beside it",
    ),
    Simulation(
        "burnout_bounds",
        "the same, bounds for those who did not answer",
        "40 asked; 35 % of the worn out answer, 85 % of the others",
        many=lambda random, draws: _silent(random, draws, True),
        covers=(1.0, 1.0),
        biased=True,
        note="bounds, whatever the silent would have said: they always hold",
    ),
    *(_hours(*periods) for periods in ((6, 4), (26, 1), (13, 4))),
    *(_given_back(*periods) for periods in ((8, 4), (52, 1))),
)
