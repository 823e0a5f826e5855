"""Simulations of how long it takes, and how urgent it is found, for those who come back again and again."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import special

from bench.validate import made
from bench.validate.crises import IN_STEPS, TARGET, rounded
from bench.validate.people import Caseload, caseload
from bench.validate.returning import WEEKS, Asked, misses
from bench.validate.simulation import Floats
from metrics.cells import Cells
from warehouse.families import WITHIN
from warehouse.totals import PART

OWN, EACH = 0.5, 0.6  # of the log of a time: between patients, and from one time to the next
MINUTES = 25.0  # typical
NEVER = {"crisis": 0.02, "right_care": 0.2, "rebooking": 0.2}  # of them, not over however long they are followed
FOLLOWED = {"crisis": 20_160, "right_care": 84, "rebooking": 60}
SEVERITIES = ("low", "medium", "high")
MANY = {4: 800, 12: 400, 52: 200}  # patients in care at a time where the last of many signals are asked for
FEW = {4: 100, 12: 100, 52: 30}  # where of many a day would be a long step beside the width of an interval
ASK, A_REQUEST_IN = 300, 8  # patients in care at a time who ask for care, every so many weeks
LEVELS = 5
CUTS = np.array([-1.3, -0.6, 0.3, 1.1])  # of a request's urgency, into five levels
URGENCY, OF_REQUEST = 0.7, 0.8  # standard deviation of patients' own urgency, and of their requests about it
LEANING, ERROR = 0.35, 0.5  # automation errs about some patients always, and about each request
APART = np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS))


def _times(
    random: np.random.Generator, name: str, typical: float, seen: Caseload
) -> tuple[np.ndarray, Floats, np.ndarray]:
    """(whose, time as released, was it over?) of each event of the caseload."""
    whose = seen.owner
    log = OWN * random.normal(size=len(seen.draw))[whose] + EACH * random.normal(size=len(whose))
    time = np.ceil(typical * np.exp(log))
    over_ = (random.random(len(whose)) >= NEVER[name]) & (time < FOLLOWED[name])
    time = rounded(time, True) if name == "crisis" else time
    return whose, np.where(over_, time, FOLLOWED[name]), over_


def _sums(name: str, seen: Caseload, time: Floats, over_: np.ndarray, draws: int) -> dict[str, made.Made]:
    """Patients' own sums, as a release holds them: how many were over within so long."""
    return {
        f"{name}.within_{limit}": made.own_sums(
            seen.draw, draws, seen.visits.astype(float), seen.total((over_ & (time <= limit)).astype(float))
        )
        for limit in WITHIN[name]
    }


def _rows(name: str, draw: np.ndarray, time: Floats, over_: np.ndarray) -> made.Made:
    words = {"question": np.full(len(draw), name, object), "how": np.full(len(draw), "", object)}
    return {"draw": draw, "time": time, "observed": over_ * 1, "censored": 1 - over_ * 1, **words}


def _quantile(metric: str, name: str, what: str, p: float, at: float, weeks: int, at_once: int = 100) -> Asked:
    """at: where the share p is over, in the middle of a step, so that what is released errs to neither side."""
    typical = at / float(np.exp(np.hypot(OWN, EACH) * special.ndtri(p / (1 - NEVER[name]))))
    truth = float(rounded(np.array([at]), True)[0]) if name == "crisis" else float(np.ceil(at))

    def cells(random: np.random.Generator, draws: int) -> Cells:
        every = {"crisis": 3, "right_care": 4, "rebooking": 1}[name]
        seen = caseload(random, draws, weeks, every=every, at_once=at_once)
        if name == "rebooking":
            found = misses(random, seen)
            seen = Caseload(seen.draw[found > 0], found[found > 0])
        whose, time, over_ = _times(random, name, typical, seen)
        return made.cells(
            "time_cells",
            _rows(name, seen.draw[whose], time, over_),
            draws,
            part=name + PART,
            repeats=_sums(name, seen, time, over_, draws),
        )

    return Asked(metric, what, cells, truth, at_once=at_once, note=IN_STEPS)


def _inside_by_severity(weeks: int) -> Asked:
    """One severity of three, of which a patient has some and some."""
    truth = (1 - NEVER["crisis"]) * float(special.ndtr(np.log(TARGET / MINUTES) / np.hypot(OWN, EACH)))

    def cells(random: np.random.Generator, draws: int) -> Cells:
        seen = caseload(random, draws, weeks, every=2)
        whose, time, over_ = _times(random, "crisis", MINUTES, seen)
        draw, within = seen.draw[whose], over_ & (time <= TARGET)
        number = random.integers(0, 3, len(whose))
        severity = np.array(SEVERITIES, dtype=object)[number]
        counts = {
            **{"draw": draw, "stratum": severity, "signals": np.ones(len(draw))},
            **{"within_target": within * 1.0, "past_target": ~within * 1.0},
        }
        place, size = 3 * whose + number, 3 * len(seen.draw)
        m, y = (np.bincount(place, weights=each, minlength=size) for each in (np.ones(len(whose)), within))
        own = made.own_sums(np.add.outer(seen.draw * 3, np.arange(3)).ravel(), 3 * draws, m, y)
        own |= {"draw": np.repeat(np.arange(draws), 3), "stratum": np.tile(np.array(SEVERITIES, dtype=object), draws)}
        values = np.full(3, float(TARGET))
        target = {"name": np.array([f"crisis_target.{one}" for one in SEVERITIES], object), "value": values}
        first = made.cells(
            "crisis_cells",
            counts,
            draws,
            by="severity",
            strata=SEVERITIES,
            repeats={"crisis.within_target": own},
            aside={"declared_value": target | {"low": values, "high": values}},
        )
        rows = {**_rows("crisis", draw, time, over_), "stratum": severity}
        return made.also(first, "time_cells", rows, "crisis" + PART)

    what = "reached inside the target of the most urgent, Kaplan-Meier"
    return Asked("crisis_inside_target", what, cells, truth, "high")


def _levels(random: np.random.Generator, seen: Caseload) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(whose, automation's level, the clinician's) of each request, from 0."""
    whose = seen.owner
    urgency = URGENCY * random.normal(size=len(seen.draw))[whose] + OF_REQUEST * random.normal(size=len(whose))
    error = LEANING * random.normal(size=len(seen.draw))[whose] + ERROR * random.normal(size=len(whose))
    return whose, np.searchsorted(CUTS, urgency + error), np.searchsorted(CUTS, urgency)


def _requests(random: np.random.Generator, seen: Caseload, draws: int) -> Cells:
    whose, given, right = _levels(random, seen)
    place = (seen.draw[whose] * LEVELS + given) * LEVELS + right
    counts = np.bincount(place, minlength=draws * LEVELS**2)
    pair = np.arange(LEVELS**2)
    rows = {
        "draw": np.repeat(np.arange(draws), LEVELS**2),
        "automation_level": np.tile(pair // LEVELS + 1, draws),
        "clinician_level": np.tile(pair % LEVELS + 1, draws),
        "requests": counts,
    }
    apart = given - right
    told = {"under": apart > 0, "over": apart < 0, "same": apart == 0, "apart": apart**2}
    told["away"] = (given - LEVELS // 2) ** 2 + (right - LEVELS // 2) ** 2
    told["apart_and_away"] = told["apart"] + told["away"]
    own = {
        f"triage.{name}": made.own_sums(seen.draw, draws, seen.visits.astype(float), seen.total(values.astype(float)))
        for name, values in told.items()
    }
    return made.cells("triage_cells", rows, draws, repeats=own)


@cache
def _chances() -> Floats:
    """The chance of each pair of levels, automation's down: exact over a request's urgency."""
    edges = np.concatenate([[-np.inf], CUTS, [np.inf]])
    fine = np.linspace(-6, 6, 24_001) * np.hypot(URGENCY, OF_REQUEST)
    density = np.exp(-0.5 * (fine / np.hypot(URGENCY, OF_REQUEST)) ** 2)
    density /= density.sum()
    given = np.diff(special.ndtr((edges[None, :] - fine[:, None]) / np.hypot(LEANING, ERROR)), axis=1)
    right = np.searchsorted(CUTS, fine)
    return np.stack([(given * (density * (right == level))[:, None]).sum(axis=0) for level in range(LEVELS)], axis=1)


def _true_kappa(weighted: bool) -> float:
    p = _chances()
    credit = 1 - (APART / (LEVELS - 1)) ** 2 if weighted else np.eye(LEVELS)
    seen, chance = float((credit * p).sum()), float(p.sum(axis=1) @ credit @ p.sum(axis=0))
    return (seen - chance) / (1 - chance)


def _triage(metric: str, what: str, truth: float, weeks: int) -> Asked:
    def cells(random: np.random.Generator, draws: int) -> Cells:
        seen = caseload(random, draws, weeks, every=A_REQUEST_IN, at_once=ASK)
        return _requests(random, seen, draws)

    return Asked(metric, what, cells, truth, at_once=ASK)


RETURNING_TIMES = tuple(
    line
    for weeks in WEEKS
    for asked in (
        _quantile("crisis_median", "crisis", "median of the minutes to a human", 0.5, 80.5, weeks),
        _quantile("crisis_p90", "crisis", "p90 of the minutes to a human", 0.9, 50.5, weeks, MANY[weeks]),
        _quantile("crisis_p95", "crisis", "p95 of the minutes to a human", 0.95, 70.5, weeks, MANY[weeks]),
        _inside_by_severity(weeks),
        _quantile("rebooking_median", "rebooking", "median of the days to a new booking", 0.5, 14.5, weeks, FEW[weeks]),
        _quantile(
            "right_care_median", "right_care", "median of the days to the right care", 0.5, 30.5, weeks, FEW[weeks]
        ),
        _triage("triage_under", "under-triage", float(_chances()[APART > 0].sum()), weeks),
        _triage("triage_over", "over-triage", float(_chances()[APART < 0].sum()), weeks),
        _triage("triage_kappa", "agreement on urgency, kappa", _true_kappa(False), weeks),
        _triage("triage_kappa_weighted", "agreement on urgency, weighted kappa", _true_kappa(True), weeks),
    )
    for line in asked.over(weeks)
)
